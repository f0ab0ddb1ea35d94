"""Detection of text columns that are new in each file, such as dates, months, weeks and batch numbers."""

import re
from collections import Counter
from collections.abc import Collection

from functions.core.drift.reference import CategoricalProfile

# The reference's categories hold less than this share of what they held: most rows have new values.
_LEFT = 0.5
# At least this share of the texts has one form; the others are taken for typing errors.
_MOST = 0.9
_LOOKED_AT = 100
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NAMES = frozenset([*_MONTHS, *(name[:3] for name in _MONTHS), "sept"])


def moves_on(profile: CategoricalProfile, counted: Counter[str]) -> bool:
    """Return whether most new rows have categories that the reference lacks, in the form that all its texts have.

    The form is the text without its numbers and months: ``2026-W07`` and ``2026-W11`` share one, as do ``Jan 2026`` and
    ``Mar 2026``, or ``batch-17`` and ``batch-18``. A text without number or month has no form.
    """
    before, now = sum(profile.categories.values()), sum(counted[name] for name in profile.categories)
    n, m = before + profile.other, counted.total()
    if not before or not m or now / m >= _LEFT * before / n:
        return False
    new = [name for name, _ in counted.most_common(_LOOKED_AT)]
    form = _common_form(profile.categories)
    return form is not None and form == _common_form(new)


def _common_form(texts: Collection[str]) -> str | None:
    form, times = Counter(map(_form, texts)).most_common(1)[0]
    return form if times >= _MOST * len(texts) and ("#" in form or "@" in form) else None


def _form(text: str) -> str:
    """Return a text with ``#`` for each number and ``@`` for each month's name: next to a year, any word may be one."""
    dated = _YEAR.search(text) is not None

    def month(word: re.Match[str]) -> str:
        return "@" if word[0].casefold() in _NAMES or (dated and len(word[0]) > 1) else word[0]

    return _NUMBER.sub("#", _WORD.sub(month, text.strip()))
