"""Data validation: the checked table of used columns, and every fault reported at once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import pandas as pd

from functions.core.data.tables import LabelledTable
from functions.core.errors import InvalidDatasetError, raise_for_faults
from functions.core.ingest.reading import RawTable, Source
from functions.core.roles.column_roles import ColumnRole, kind_of
from functions.core.roles.description import notes
from functions.core.roles.examining import examine
from functions.core.roles.pinned_roles import RoleChoices
from functions.core.roles.target import Target
from functions.core.wording import named, quoted


@dataclass(frozen=True)
class CheckedTable:
    """Checked data: ``table`` holds the used columns, float64 or text by their role, NaN = missing.

    Its target is int8, 1 for fraud. Rows are the file's, in its order. ``roles`` has one entry a column of the file.
    """

    table: LabelledTable
    target: Target
    source: Source
    roles: Sequence[ColumnRole] = ()


def check(
    raw: RawTable,
    *,
    target: str | None = None,
    positive_label: str | None = None,
    choices: RoleChoices | None = None,
    rows: int | None = None,
) -> CheckedTable:
    """Check a raw table, decide what each column is, and convert those that are used to canonical types.

    Args:
        raw: what ``read_table`` returned: n rows.
        target: the target's column, or None to recognise it.
        positive_label: the label that means fraud, or None to recognise it.
        choices: what settings say of columns.
        rows: about how many there are, where the table is a sample of them; None where it is all of them.

    Raises:
        TargetError: see ``choose_target`` and ``resolve_target``.
        UndecidedError: see there; the run would have to guess.
        TooFewFraudsError: see ``resolve_target``.
        InfiniteValuesError: a used column holds infinities.
        InvalidDatasetError: several of these at once, with one sentence for each; or no column is left to train on.
        InvalidSettingsError: see ``examine``.
    """
    found = examine(raw, target=target, positive_label=positive_label, choices=choices, rows=rows)
    raise_for_faults(found.faults)
    if found.target is None:
        raise AssertionError("a target that is not resolved is a fault")
    used = [role for role in found.roles if role.used]
    if not used:
        raise nothing_left(found.source.name, {role.name: role.role for role in found.roles})
    features = {role.name: found.columns[role.name].data for role in used}
    table = LabelledTable(
        X=pd.DataFrame(features, copy=False).reset_index(drop=True),
        y=found.target.y.reset_index(drop=True),
        kinds={role.name: kind_of(role.role, found.columns[role.name].format) for role in used},
        roles={role.name: role.role for role in used},
        formats={role.name: asdict(found.columns[role.name].format) for role in used},
        left_out={role.name: role.role for role in found.roles if not role.used and role.role != "target"},
    )
    source = replace(raw.source, notes=(*raw.source.notes, *notes(found, choices or RoleChoices())))
    return CheckedTable(table, found.target, source, found.roles)


def nothing_left(file: str, roles: Mapping[str, str]) -> InvalidDatasetError:
    """Return the error for a file none of whose columns, each with its role, is one to train on."""
    out = [f"{quoted(name)} ({role})" for name, role in roles.items() if role != "target"]
    return InvalidDatasetError(
        f"{file} has no column to train on: its columns are {named(out)}; add features, or say with "
        "FRAUDFLOW_ROLES what a column is."
    )
