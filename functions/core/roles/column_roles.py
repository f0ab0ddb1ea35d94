"""The role of a column, from its name and its values, with a reason for people."""

from collections.abc import Iterator
from dataclasses import dataclass

from functions.core.data.tables import Kind, Role
from functions.core.ingest.spelling import ColumnFormat
from functions.core.roles import name_words
from functions.core.roles.column_facts import Facts

# Of a feature, by its role and, for those that hold numbers, by how it is written.
TEXTUAL: frozenset[Role] = frozenset({"entity", "category"})
# Never a feature.
UNUSED: frozenset[Role] = frozenset({"target", "identifier", "text", "constant", "empty", "leak"})

NEARLY_UNIQUE = 0.98
# From so many rows on, values that never repeat do so for a reason.
FEW_ROWS = 20
FEW_LEVELS = 20
MANY_LEVELS = 1000
# Levels per row that make codes those of cards or customers, and not of kinds of things.
ENTITY_SHARE, CODE_SHARE = 0.05, 0.3
TEXT_SHARE, TEXT_WORDS, TEXT_LENGTH = 0.2, 3, 30
# Epochs in seconds between 1980 and 2100, which are also those in milliseconds, divided by 1,000.
EPOCHS = (3.2e8, 4.2e9)
CLOCK_LEVELS = 100
# So large are numbers of cards, phones and accounts, and hardly ever counts of them.
LONG_NUMBER = 1e6
# The shortest card numbers have 13 digits.
CARD_NUMBER = 1e12


@dataclass(frozen=True, slots=True)
class ColumnRole:
    """What a column is, whether the model gets it, and why, in a clause that quotes none of its values.

    ``suspect`` is a used column that may know the label.
    """

    name: str
    role: Role
    used: bool
    reason: str
    suspect: bool = False


def decide(name: str, form: ColumnFormat, facts: Facts) -> ColumnRole:
    """Return the role of a column that nobody has pinned, by its name, how it is written and facts of its values."""
    role, reason = next(_readings(name, form, facts))
    used = role not in UNUSED
    if role == "entity" and facts.share >= NEARLY_UNIQUE and facts.present >= FEW_ROWS:
        used, reason = False, f"{reason}; left out, since hardly any value occurs twice"
    return ColumnRole(name, role, used, reason)


def kind_of(role: Role, form: ColumnFormat) -> Kind:
    """Return the kind of a feature of that role."""
    if role in TEXTUAL:
        return "categorical"
    return "boolean" if form.kind == "boolean" else "numeric"


def _readings(name: str, form: ColumnFormat, facts: Facts) -> Iterator[tuple[Role, str]]:
    """Yield the roles that fit, the surest first."""
    if not facts.present:
        yield "empty", "no value in any row"
    if facts.distinct == 1 and facts.present == facts.rows:
        yield "constant", "the same value in every row"
    if form.kind == "time":
        yield "time", "written as times"
    if form.kind == "boolean":
        yield "boolean", "true and false"
    yield from _of_numbers(name, form, facts) if form.kind == "numeric" else _of_texts(name, facts)


def _of_numbers(name: str, form: ColumnFormat, facts: Facts) -> Iterator[tuple[Role, str]]:
    if form.layout is not None:
        yield "number", "times of day, in seconds"
    if form.unit and form.unit != "%":
        yield "amount", f"written with {form.unit}"
    clock = _clock(name, facts)
    if clock:
        yield "time", clock
    if name_words.says_money(name):
        yield "amount", "its name says money"
    if facts.binary:
        yield "boolean", "0 and 1"
    if facts.whole:
        yield from _of_whole_numbers(name, facts)
    elif "ip" in name_words.words(name) and name_words.names_party(name) and facts.distinct > FEW_LEVELS:
        yield "entity", "its name says an address of the network"
    yield "number", "whole numbers" if facts.whole else "numbers"


def _clock(name: str, facts: Facts) -> str | None:
    """Return why numbers are a clock's; None when they are not."""
    if facts.rises and name_words.counts_time(name):
        return "its name says time, and it never falls from row to row"
    if not name_words.says_clock(name) or facts.smallest < 0:
        return None
    scale = 1000.0 if facts.smallest > EPOCHS[1] else 1.0
    if EPOCHS[0] <= facts.smallest / scale and facts.largest / scale <= EPOCHS[1]:
        return f"its name says time, and its values are {'milli' if scale > 1 else ''}seconds since 1970"
    if facts.rises:
        return "its name says time, and it never falls from row to row"
    if facts.whole and facts.distinct >= CLOCK_LEVELS:
        return "its name says time (a guess: its values do not rise with the rows)"
    return None


def _of_whole_numbers(name: str, facts: Facts) -> Iterator[tuple[Role, str]]:
    nearly = facts.share >= NEARLY_UNIQUE and facts.present >= FEW_ROWS
    if nearly and name_words.says_identifier(name):
        yield "identifier", f"its name says an identifier, and {_repeats(facts)}"
    if name_words.says_row(name) and facts.share > CODE_SHARE:
        yield "identifier", "its name says that it numbers rows"
    if facts.present >= FEW_ROWS and not name_words.says_measure(name):
        if facts.consecutive:
            yield "identifier", "numbers the rows without a gap"
        if facts.steps:
            yield "identifier", "rises with every row (a guess: a clock would do so too)"
    if facts.smallest >= CARD_NUMBER and not name_words.says_measure(name):
        yield "entity", "numbers of 13 digits and more, as cards have"
    if name_words.may_number_parties(name) and (facts.distinct > FEW_LEVELS or facts.largest >= LONG_NUMBER):
        yield from _of_names(name, facts)


def _of_names(name: str, facts: Facts) -> Iterator[tuple[Role, str]]:
    """Yield what a name says of numbers or texts that repeat."""
    if name_words.names_person(name):
        yield "entity", "its name says a person, card, account or device"
    if name_words.names_party(name) and facts.distinct > FEW_LEVELS:
        yield "entity", f"its name says a person, card, account or device, of which there are {facts.distinct:,}"
    if name_words.says_id(name):
        if facts.distinct > MANY_LEVELS or facts.share > ENTITY_SHARE:
            yield "entity", f"its name says an identifier, and its {facts.distinct:,} values repeat"
        yield "category", f"identifiers of {facts.distinct:,} kinds"


def _of_texts(name: str, facts: Facts) -> Iterator[tuple[Role, str]]:
    nearly = facts.share >= NEARLY_UNIQUE and facts.present >= FEW_ROWS
    if nearly and name_words.says_identifier(name):
        yield "identifier", f"its name says an identifier, and {_repeats(facts)}"
    if facts.pattern is not None:
        yield "entity", f"its values look like {facts.pattern}"
    yield from _of_names(name, facts)
    phrases = facts.words >= 2  # noqa: PLR2004 - a code is one word
    if (
        (facts.words >= TEXT_WORDS or (phrases and facts.length >= TEXT_LENGTH))
        and facts.share >= TEXT_SHARE
        and facts.distinct >= FEW_ROWS
    ):
        yield "text", f"free text: {facts.words:.0f} words on average, and {facts.distinct:,} of them differ"
    if nearly:
        yield "identifier", _repeats(facts)
    if facts.share >= CODE_SHARE and facts.distinct >= CLOCK_LEVELS and not phrases:
        yield "entity", f"{facts.distinct:,} different codes in {facts.present:,} rows (a guess)"
    yield "category", f"{facts.distinct:,} different texts" if facts.distinct > 1 else "one text, or none"


def _repeats(facts: Facts) -> str:
    return "no value occurs twice" if facts.unique else "hardly any value occurs twice"
