"""History columns in words: what each of them is, and what its value says of one transaction."""

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

from functions.core.histories.history_definitions import SECONDS, Aggregate
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.numerals import UNKNOWN, share, value
from functions.core.wording import quoted

type Words = Mapping[str, str]

_TITLES: Mapping[Aggregate, str] = MappingProxyType(
    {
        "count": "transactions of {entity} {period}",
        "sum": "sum of {amount} of {entity} {period}",
        "mean": "mean of {amount} of {entity} {period}",
        "max": "largest {amount} of {entity} {period}",
        "distinct": "different {merchants} of {entity} {period}",
        "night_share": "share of transactions of {entity} at night {period}",
        "since_last": "time since the last transaction of {entity}",
        "ratio": "{amount} as a multiple of the mean of {entity} {period}",
    }
)
# Of the others, "... is 310" follows the title.
_PHRASES: Mapping[Aggregate, str] = MappingProxyType(
    {
        "count": "{value} {transactions} of {entity} {period}",
        "distinct": "{value} different {merchants} of {entity} {period}",
        "night_share": "{value} of transactions of {entity} at night {period}",
        "since_last": "{value} since the last transaction of {entity}",
        "ratio": "{amount} {value} times the mean of {entity} {period}",
    }
)
# A column that is named in one of these words takes their plural; the values of any other are "values of" it.
_PLURAL = re.compile(r"merchant|shop|store|seller|vendor|payee|receiver|recipient", re.IGNORECASE)
_LENGTHS = (("day", SECONDS["d"]), ("hour", SECONDS["h"]), ("minute", SECONDS["m"]), ("second", 1))


def titles(plan: HistoryPlan) -> dict[str, str]:
    """Return what each history column is, by its name: ``transactions of cc_num in the last hour``."""
    return {column.name: title(plan, column) for column in plan.columns}


def title(plan: HistoryPlan, column: HistoryColumn) -> str:
    """Return what a history column is."""
    return _TITLES[column.aggregate].format_map(_words(plan, column, singular=False))


def phrase(plan: HistoryPlan, column: HistoryColumn, number: float | None) -> str:
    """Return what a value of a history column says: ``7 transactions of cc_num in the last hour, usually 1``.

    Args:
        plan: of the column.
        column: the history column.
        number: its value; None or NaN where none is known.
    """
    usual = "" if column.usual is None or not math.isfinite(column.usual) else _written(plan, column, column.usual)
    if number is None or not math.isfinite(number):
        return _not_known(plan, column, usual)
    words = {
        **_words(plan, column, singular=number == 1),
        "value": _capped(plan, column, number, _written(plan, column, number)),
    }
    said = _PHRASES.get(column.aggregate, f"{_TITLES[column.aggregate]} is {{value}}").format_map(words)
    return f"{said}, usually {usual}" if usual else said


def _not_known(plan: HistoryPlan, column: HistoryColumn, usual: str) -> str:
    """Return that there is no value: as nothing was known to count, whether or not there was something."""
    if column.aggregate == "since_last":
        said = "no earlier transaction of {entity} known {period}".format_map(_words(plan, column, singular=True))
        return f"{said}, usually one {usual} before" if usual else said
    said = f"{title(plan, column)} {UNKNOWN}"
    return f"{said}, usually {usual}" if usual else said


def _words(plan: HistoryPlan, column: HistoryColumn, *, singular: bool) -> Words:
    return {
        "entity": _name(column.entity),
        "amount": _name(plan.amount or "amount"),
        "merchants": _merchants(plan.merchant or "merchant", singular=singular),
        "transactions": "transaction" if singular else "transactions",
        "period": _period(plan, column),
    }


def _merchants(column: str, *, singular: bool) -> str:
    if _PLURAL.fullmatch(column):
        return column if singular else f"{column}s"
    return f"{'value' if singular else 'values'} of {_name(column)}"


def _period(plan: HistoryPlan, column: HistoryColumn) -> str:
    if column.window is None or plan.unit is None:
        return "so far"
    unit, seconds = next(each for each in _LENGTHS if column.window % each[1] == 0)
    length = column.window // seconds
    return f"in the last {unit}" if length == 1 else f"in the last {length:,} {unit}s"


def _written(plan: HistoryPlan, column: HistoryColumn, number: float) -> str:
    """Write a value of a column, or what is usual of it."""
    if column.aggregate == "night_share":
        return share(number)
    if column.aggregate == "ratio":
        return value(number, 3)
    if column.aggregate != "since_last":
        return value(number)
    if plan.unit is None:
        return _of_unit(value(number), "unit", f" of {_name(plan.clock)}")
    unit, seconds = next((each for each in _LENGTHS if abs(number) >= each[1]), _LENGTHS[-1])
    return _of_unit(value(number / seconds, 2), unit)


def _of_unit(number: str, unit: str, more: str = "") -> str:
    return f"{number} {unit}{'' if number == '1' else 's'}{more}"


def _capped(plan: HistoryPlan, column: HistoryColumn, number: float, written: str) -> str:
    # Of more transactions, only the latest are remembered.
    capped = column.aggregate == "count" and number >= plan.events_at_most
    return f"at least {written}" if capped else written


def _name(column: str) -> str:
    return quoted(column)[1:-1]
