"""Columns of a raw table as numbers, times, true or false, or texts, decided on the whole file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype as is_moments

from functions.core.errors import InvalidDatasetError, raise_for_faults
from functions.core.ingest import written_times
from functions.core.ingest.conversion import read_column, read_distinct
from functions.core.ingest.distinct import Distinct, distinct
from functions.core.ingest.reading import RawTable
from functions.core.ingest.recognition import Recognised, recognise_numbers, recognise_texts
from functions.core.ingest.spelling import ColumnFormat, PinnedRole
from functions.core.ingest.written_numbers import Mark
from functions.core.wording import quoted


@dataclass(frozen=True)
class ReadColumn:
    """A column's values (n,) as ``data``, and how they are written.

    Numbers, true and false (1 and 0) and times (seconds since 1970, UTC) are float64, NaN where missing; texts are
    stripped. ``note`` says, behind "Column 'x': ", what is not plain; ``question`` is a sentence where the file can't
    decide, and then the values are a guess.
    """

    data: pd.Series
    format: ColumnFormat
    note: str | None = None
    question: str | None = None


def read_columns(raw: RawTable, roles: Mapping[str, str]) -> dict[str, ReadColumn]:
    """Read each column of a raw table of n rows.

    What one column leaves open, such as whether 1.234 is a thousand, another of the file decides; what none decides
    is a question.

    Args:
        raw: what ``read_table`` returned.
        roles: of columns that the user has pinned, ``role`` or ``role:how`` (see ``PinnedRole``).

    Raises:
        InvalidDatasetError: a column that is pinned as time, number or amount has values that are none; the message
            names the first one's row.
    """
    columns = {
        str(name): _Column(values, PinnedRole.of(roles.get(str(name), "")), raw) for name, values in raw.frame.items()
    }
    found = {name: column.recognised for name, column in columns.items()}
    evidence = _Evidence.of(found.values())
    faults: list[InvalidDatasetError] = []
    read: dict[str, ReadColumn] = {}
    for name, column in columns.items():
        try:
            read[name] = column.read(evidence)
        except InvalidDatasetError as fault:
            faults.append(fault)
    raise_for_faults(faults)
    return read


@dataclass(frozen=True)
class _Evidence:
    """What the columns that are clear show: decimal marks, and whether day or month is first."""

    marks: frozenset[Mark]
    layouts: frozenset[str]

    @classmethod
    def of(cls, found: Iterable[Recognised]) -> "_Evidence":
        clear = [each.format for each in found if not each.rivals]
        return cls(
            frozenset(each.decimal for each in clear if each.decimal is not None),
            frozenset(each.layout for each in clear if each.layout in {"dmy", "mdy"}),
        )

    def decide(self, found: Recognised) -> tuple[ColumnFormat, ColumnFormat | None]:
        """Return a column's format, and a rival where nothing decides between them."""
        if not found.rivals:
            return found.format, None
        rival = found.rivals[0]
        if rival.layout == "clock point":
            return (rival if "," in self.marks else found.format), None
        both = (found.format, rival)
        shown = [each for each in both if each.layout in self.layouts or (each.decimal in self.marks)]
        return (shown[0], None) if len(shown) == 1 else both


@dataclass(frozen=True)
class _Column:
    """A raw column, what the user has said of it, and the table that it is of."""

    raw: pd.Series
    pin: PinnedRole
    table: RawTable

    @cached_property
    def distinct(self) -> Distinct:
        return distinct(self.raw, self.table.source.first_row)

    @cached_property
    def known(self) -> ColumnFormat | None:
        """How it was written, where its values are read already."""
        form = self.table.formats.get(str(self.raw.name))
        numeric = pd.api.types.is_numeric_dtype(self.raw.dtype)
        return form if form is not None and numeric is (form.kind != "text") else None

    @cached_property
    def recognised(self) -> Recognised:
        if self.known is not None:
            return Recognised(self.known)
        dtype, name = self.raw.dtype, str(self.raw.name)
        if is_moments(dtype) and not (self.pin.text or self.pin.number):
            return Recognised(ColumnFormat("time", layout="ymd"))
        if pd.api.types.is_bool_dtype(dtype) and not self.pin.text:
            return Recognised(ColumnFormat("boolean"))
        if pd.api.types.is_numeric_dtype(dtype) and not self.pin.text:
            found = recognise_numbers(self.raw, name, self.pin, self.table.source.decimal)
            if found is not None:
                return found
        return recognise_texts(self.distinct, name, self.pin)

    def read(self, evidence: _Evidence) -> ReadColumn:
        if self.known is not None:
            return ReadColumn(self.raw if self.known.kind == "text" else self.raw.astype(np.float64), self.known)
        form, rival = evidence.decide(self.recognised)
        form = self._demanded(form)
        dtype = self.raw.dtype
        if pd.api.types.is_numeric_dtype(dtype) or (form.kind == "time" and is_moments(dtype)):
            values = read_column(self.raw, form, first_row=self.table.source.first_row)
        else:
            values = read_distinct(self.raw, self.distinct, form)
        notes = [each for each in (form.described(usual=self.table.source.decimal), self.recognised.note) if each]
        question = _question(self.table.source.name, str(self.raw.name), form, rival) if rival else None
        return ReadColumn(values, form, "; ".join(notes) or None, question)

    def _demanded(self, form: ColumnFormat) -> ColumnFormat:
        """Return the format that a pin demands of values that have none, so that reading them finds the first fault."""
        if self.pin.time and form.kind != "time" and not (form.kind == "numeric" and form.layout is None):
            closest = self.pin.order or written_times.closest(self.distinct.texts) or "ymd"
            return ColumnFormat("time", layout=closest)
        if self.pin.time and form.kind == "numeric" and form.layout is None:
            return replace(form, kind="time")
        if self.pin.number and form.kind != "numeric":
            return ColumnFormat("numeric", decimal=self.pin.mark)
        return form


def _question(file: str, name: str, form: ColumnFormat, rival: ColumnFormat) -> str:
    if form.kind == "time":
        return (
            f"{file} has dates in column {quoted(name)} that can be read with the day or with the month first, as "
            f"03/04/2026 can; set its role to 'time:dmy' (day first) or 'time:mdy' in FRAUDFLOW_ROLES."
        )
    mark = "." if {form.thousands, rival.thousands} & {"."} else ","
    return (
        f"{file} has numbers in column {quoted(name)} such as 1{mark}234, which can be 1234 or 1.234; "
        f"set its role to 'number:comma' or 'number:point', after the decimal mark, in FRAUDFLOW_ROLES."
    )
