"""Examination of a raw table: the target, a role for each column, and what is asked, noted or at fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from functions.core.errors import InfiniteValuesError, InvalidDatasetError, UndecidedError
from functions.core.ingest.columns import ReadColumn, read_columns
from functions.core.ingest.reading import RawTable, Source
from functions.core.roles import column_facts
from functions.core.roles.column_facts import Facts
from functions.core.roles.column_roles import TEXTUAL, ColumnRole, decide
from functions.core.roles.leaks import LeakSearch, Suspicion
from functions.core.roles.pinned_roles import RoleChoices
from functions.core.roles.target import Target, resolve_target
from functions.core.roles.target_choice import TargetChoice, choose_target
from functions.core.wording import named, quoted


@dataclass(frozen=True)
class ExaminedFile:
    """What a file is found to be.

    Attributes:
        source: how it was read.
        columns: each of its columns, by name, without rows that are left out.
        roles: of the same columns, in the file's order.
        choice: the target's column; None where it is asked about or at fault.
        target: with its labels; None where they are.
        suspects: columns that may know the label.
        faults: what keeps a run from starting; questions are ``UndecidedError``.
        unlabelled: rows without a label that were left out.
    """

    source: Source
    columns: Mapping[str, ReadColumn]
    roles: Sequence[ColumnRole]
    choice: TargetChoice | None
    target: Target | None
    suspects: Mapping[str, Suspicion]
    faults: Sequence[InvalidDatasetError]
    unlabelled: int = 0

    @property
    def questions(self) -> list[str]:
        """What has to be said before a run, each with the setting to copy."""
        return [str(fault) for fault in self.faults if isinstance(fault, UndecidedError)]


def examine(
    raw: RawTable,
    *,
    target: str | None = None,
    positive_label: str | None = None,
    choices: RoleChoices | None = None,
    rows: int | None = None,
) -> ExaminedFile:
    """Examine a raw table; what is wrong with the file is not raised, so that all of it can be said.

    Args:
        raw: what ``read_table`` returned: n rows.
        target: the target's column, or None to recognise it.
        positive_label: the label that means fraud, or None to recognise it.
        choices: what settings say of columns.
        rows: about how many there are, where the table is a sample of them; None where it is all of them.

    Raises:
        InvalidSettingsError: settings name columns that are not there, or can't be what they are named as.
        InvalidDatasetError: a column that is pinned as times or numbers has values that are none.
    """
    choices = choices or RoleChoices()
    choices.require([str(each) for each in raw.frame], raw.source.name)
    columns = _read(raw, choices)
    facts = {each: _facts(column, rows) for each, column in columns.items()}
    faults: list[InvalidDatasetError] = []
    choice = resolved = None
    try:
        wanted = choices.target(target, raw.source.name)
        choice = choose_target(columns, facts, target=wanted, name=raw.source.name)
        resolved = resolve_target(
            raw.frame[choice.column].where(columns[choice.column].data.notna()),
            choice,
            positive_label=positive_label,
            name=raw.source.name,
            drop_unlabelled=choices.drop_unlabelled,
            first_row=raw.source.first_row,
            may_be_few=rows is not None,
        )
    except InvalidDatasetError as fault:
        faults.append(fault)
    unlabelled = 0 if resolved is None else len(raw.frame) - len(resolved.y)
    if resolved is not None and unlabelled:
        columns = {each: replace(one, data=one.data.loc[resolved.y.index]) for each, one in columns.items()}
        facts = {each: _facts(column, rows) for each, column in columns.items()}
    suspects = {} if resolved is None else _suspects(resolved.y, columns, facts)
    roles = [
        _of_target(each, choice, resolved)
        if choice is not None and each == choice.column
        else _role(each, columns[each], facts[each], suspects.get(each), choices)
        for each in columns
    ]
    columns = _as_written(raw, columns, roles)
    faults += [*_asked(columns, roles), *_infinite(columns, roles, raw.source)]
    return ExaminedFile(raw.source, columns, roles, choice, resolved, suspects, faults, unlabelled)


def _read(raw: RawTable, choices: RoleChoices) -> dict[str, ReadColumn]:
    try:
        return read_columns(raw, choices.pins)
    except InvalidDatasetError as fault:
        # Files to score have no name of their own, so that reading columns knows none.
        raise fault if raw.source.name in str(fault) else type(fault)(f"{raw.source.name}: {fault}") from fault


def _as_written(raw: RawTable, columns: dict[str, ReadColumn], roles: Sequence[ColumnRole]) -> dict[str, ReadColumn]:
    """Return the columns, those of entities and categories that were read as numbers as the texts in the file."""
    again = {each.name: "entity" for each in roles if each.used and each.role in TEXTUAL}
    again = {name: role for name, role in again.items() if columns[name].format.kind != "text"}
    if not again:
        return columns
    texts = read_columns(RawTable(raw.frame[list(again)], raw.source), again)
    rows = next(iter(columns.values())).data.index
    return {**columns, **{name: replace(one, data=one.data.loc[rows]) for name, one in texts.items()}}


def _asked(columns: Mapping[str, ReadColumn], roles: Sequence[ColumnRole]) -> list[InvalidDatasetError]:
    """Return what is asked of how used columns are written."""
    asked = [columns[each.name].question for each in roles if each.used]
    return [UndecidedError(question) for question in asked if question is not None]


def _facts(column: ReadColumn, rows: int | None) -> Facts:
    text = column.format.kind == "text"
    facts = column_facts.of_texts(column.data) if text else column_facts.of_numbers(column.data.to_numpy())
    return facts if rows is None else column_facts.of_all(facts, column.data, rows)


def _of_target(name: str, choice: TargetChoice | None, target: Target | None) -> ColumnRole:
    reason = target.reason if target is not None else choice.reason if choice is not None else ""
    return ColumnRole(name, "target", used=False, reason=reason)


def _suspects(y: pd.Series, columns: Mapping[str, ReadColumn], facts: Mapping[str, Facts]) -> dict[str, Suspicion]:
    search = LeakSearch(y, {name: columns[name] for name in columns if name != y.name}, facts)
    found = {name: search.suspicion(name, columns[name], facts[name]) for name in columns if facts[name].present}
    return {name: suspicion for name, suspicion in found.items() if suspicion is not None and name != y.name}


def _role(name: str, column: ReadColumn, facts: Facts, suspicion: Suspicion | None, choices: RoleChoices) -> ColumnRole:
    role = choices.pinned(name, column, facts) or decide(name, column.format, facts)
    if role.name in choices.needed and not role.used and role.role not in {"empty", "target"}:
        return replace(role, role="amount", used=True, reason=f"needed by {choices.needed[role.name]}")
    if suspicion is None or role.role in {"constant", "empty"} or not (role.used or suspicion.certain):
        return role
    pinned = role.name in choices.roles or role.name in choices.named
    if not pinned and (choices.leaks == "drop" or (choices.leaks is None and suspicion.certain)):
        return replace(role, role="leak", used=False, reason=suspicion.reason)
    if choices.leaks == "keep" or not role.used:
        return role
    return replace(role, reason=f"{role.reason}; suspected of knowing the label: {suspicion.reason}", suspect=True)


def _infinite(
    columns: Mapping[str, ReadColumn], roles: Sequence[ColumnRole], source: Source
) -> list[InvalidDatasetError]:
    infinite = [
        found
        for each in roles
        if each.used and columns[each.name].format.kind != "text"
        if (found := _infinities(each.name, columns[each.name].data, source.first_row))
    ]
    if not infinite:
        return []
    told = f"{source.name} has infinite values in {named(infinite)}; correct them or leave them empty."
    return [InfiniteValuesError(told)]


def _infinities(column: str, values: pd.Series, first_row: int) -> str | None:
    rows = np.flatnonzero(np.isinf(values.to_numpy()))
    if not len(rows):
        return None
    return f"column {quoted(column)} ({len(rows):,}, the first in row {int(values.index[rows[0]]) + first_row:,})"
