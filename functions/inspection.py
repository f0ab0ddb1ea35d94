"""What each column of a file is, without a stack: what LoadData would decide, and the settings that pin it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from functions.core.errors import PermanentError
from functions.core.histories.plan_notes import told
from functions.core.histories.planning import PlannedHistories
from functions.core.ingest.reading import read_table
from functions.core.roles import description
from functions.core.roles.examining import ExaminedFile, examine
from functions.run import from_settings
from functions.settings import RunSettings


class InspectionError(Exception):
    """A file that can't be inspected; the message is one sentence for its user."""


@dataclass(frozen=True)
class Inspection:
    """What a file is found to be.

    Attributes:
        found: the object of ``inspect --json``: the target, each column's role, the questions, the plan of histories.
        notes: sentences on what was recognised and left out.
        faults: what would fail a run, beyond the questions.
        toml: lines of ``fraudflow.toml`` that pin what was found.
        labels: of the target, where it is known.
        suspects: columns that may know the label, whatever became of them.
    """

    found: dict[str, Any]
    notes: Sequence[str]
    faults: Sequence[str]
    toml: Sequence[str]
    labels: Sequence[str] = ()
    suspects: Sequence[str] = ()


def inspect_file(path: Path, settings: RunSettings) -> Inspection:
    """Inspect a CSV or Parquet file as LoadData would.

    Raises:
        InspectionError: the file is no table, or a setting names what it does not have.
    """
    try:
        raw = read_table(path, name=path.name, delimiter=settings.delimiter, encoding=settings.encoding)
        choices = from_settings.role_choices(settings)
        found = examine(raw, target=settings.target, positive_label=settings.positive_label, choices=choices)
    except PermanentError as error:
        raise InspectionError(str(error)) from error
    planned, refused = _histories(found, settings)
    notes = [*raw.source.notes, *description.notes(found, choices), *told(planned)]
    histories = None if planned.plan is None else planned.plan.document()
    return Inspection(
        found={**description.describe(found), "histories": histories},
        notes=notes,
        faults=[*_faults(found), *refused],
        toml=description.toml_lines(found),
        labels=() if found.target is None else tuple(found.target.labels),
        suspects=tuple(found.suspects),
    )


def _histories(found: ExaminedFile, settings: RunSettings) -> tuple[PlannedHistories, list[str]]:
    """Return which histories the used columns get, or why a run could not plan them."""
    used = {role.name: role.role for role in found.roles if role.used}
    X = pd.DataFrame({name: found.columns[name].data for name in used}, copy=False).reset_index(drop=True)
    if X.empty:
        return PlannedHistories(None), []
    try:
        return from_settings.histories(settings, X, used), []
    except PermanentError as error:
        return PlannedHistories(None), [str(error)]


def _faults(found: ExaminedFile) -> list[str]:
    return [str(fault) for fault in found.faults if str(fault) not in found.questions]
