"""Choice of the target column: by its name, by its values, and only then the last one."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from functions.core.errors import TargetError, UndecidedError
from functions.core.ingest.columns import ReadColumn
from functions.core.roles import name_words
from functions.core.roles.column_facts import Facts
from functions.core.roles.label_words import says_class, spell
from functions.core.wording import named, quoted

# Two labels have few spellings: "Yes", "yes " and "NO" are three.
_MOST_SPELLINGS = 6
# A column with more values than these is no label that somebody misspelt.
_MOST_CLASSES = 10


@dataclass(frozen=True, slots=True)
class TargetChoice:
    """The target's column, why it is the one, whether that is a guess, and whether it was found as the last one."""

    column: str
    reason: str
    guess: bool
    last: bool = False


def choose_target(
    columns: Mapping[str, ReadColumn], facts: Mapping[str, Facts], *, target: str | None, name: str
) -> TargetChoice:
    """Return the column that is the target.

    The configured one; or the one whose name says fraud, or genuine; or the one whose values do; or the one that is
    called as labels are (class, label, target, y); or the last one. All but the configured one have two values.

    Args:
        columns: of n rows, in the file's order.
        facts: of the same columns.
        target: the configured column, or None.
        name: what messages call the file.

    Raises:
        TargetError: there is no column of that name; the message lists those with a similar one.
        UndecidedError: two columns may be the target, or none looks like one.
    """
    if target is not None:
        return TargetChoice(_configured(list(columns), target.strip(), name), "as configured", guess=False)
    chosen = _recognise(columns, facts, name)
    return replace(chosen, last=chosen.column == list(columns)[-1])


def _recognise(columns: Mapping[str, ReadColumn], facts: Mapping[str, Facts], name: str) -> TargetChoice:
    two = [each for each in columns if _labels(columns[each], facts[each]) == 2]  # noqa: PLR2004 - fraud or not
    last = list(columns)[-1]
    for says, reason, guess in _signs(columns):
        found = [each for each in two if says(each)]
        if len(found) == 1:
            return TargetChoice(found[0], reason, guess)
        if found:
            raise _several(found, name)
    if last in two:
        return TargetChoice(last, "the last column, and it has two values", guess=True)
    named_so = [each for each in columns if _is_spoilt_label(each, facts[each])]
    if len(named_so) == 1 or last in named_so:
        # Its labels are at fault, and what is said of them is of use.
        return TargetChoice(last if last in named_so else named_so[0], "its name says so", guess=True)
    raise _none(two, name)


def _signs(columns: Mapping[str, ReadColumn]) -> Sequence[tuple[Callable[[str], bool], str, bool]]:
    """Return tests of a column's name, the surest first, with the reason and whether the choice is a guess."""
    last = list(columns)[-1]

    def speaks(each: str) -> bool:
        return says_class(_spellings(columns[each]))

    def says_no_fraud(each: str) -> bool:
        return name_words.says_fraud(each) or name_words.says_genuine(each)

    return (
        (says_no_fraud, "its name says so", False),
        (speaks, "its values say so", False),
        (name_words.says_chargeback, "its name says chargeback", True),
        (lambda each: each == last and name_words.says_label(each), "the last column, called as labels are", True),
        (name_words.says_label, "it is called as labels are", True),
        (lambda each: each == last and name_words.may_say_label(each), "the last column, called as labels are", True),
        (name_words.may_say_label, "it is called as labels often are", True),
        (name_words.says_verdict, "its name says a verdict on fraud", True),
    )


def _configured(columns: list[str], wanted: str, name: str) -> str:
    if wanted in columns:
        return wanted
    close = difflib.get_close_matches(wanted.lower(), [column.lower() for column in columns], n=3)
    alike = [quoted(column) for column in columns if column.lower() in close]
    hint = f"did you mean {' or '.join(alike)}?" if alike else f"its columns are {named([quoted(c) for c in columns])}."
    raise TargetError(f"{name} has no target column {quoted(wanted)}; {hint}")


def _labels(column: ReadColumn, facts: Facts) -> int:
    """Return how many labels a column has, however they are spelt; 0 where they are many."""
    if facts.distinct > _MOST_SPELLINGS or column.format.kind == "time":
        return 0
    return len(_spellings(column)) if column.format.kind == "text" else facts.distinct


def _spellings(column: ReadColumn) -> set[str]:
    return {spell(each) for each in column.data.dropna().unique().tolist()} - {""}


def _is_spoilt_label(name: str, facts: Facts) -> bool:
    sure = name_words.says_fraud(name) or name_words.says_genuine(name) or name_words.says_label(name)
    return sure and facts.distinct <= _MOST_CLASSES


def _several(found: Sequence[str], name: str) -> UndecidedError:
    settings = named([f"FRAUDFLOW_TARGET={each}" for each in found])
    return UndecidedError(
        f"{name} has {len(found)} columns that may be the target: {named([quoted(each) for each in found])}; "
        f"say which it is: {settings} (or --target)."
    )


def _none(two: Sequence[str], name: str) -> UndecidedError:
    hint = f" (such as {named([quoted(each) for each in two], limit=3)}, which has two values)" if len(two) == 1 else ""
    return UndecidedError(
        f"No column of {name} looks like a label of fraud, so it may be a file to score and not one to train on "
        f"(`fraudflow score` scores it); "
        f"if one is the label{hint}, name it: FRAUDFLOW_TARGET=COLUMN or --target COLUMN."
    )
