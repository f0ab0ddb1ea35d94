"""The table of a retraining, and the settings that go with it: the champion's, with what the loop decides."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from functions.core.data.frames import Frame
from functions.core.data.tables import Kind, LabelledTable
from functions.core.evaluation.costs import Floats
from functions.core.ingest.spelling import ColumnFormat
from functions.core.scoring.input_rows import InputColumn
from functions.settings import RunSettings


def empty_table(columns: Sequence[InputColumn], target: str) -> LabelledTable:
    """Return a table without rows in the columns of a model."""
    X = pd.DataFrame({each.name: pd.Series(dtype="str" if each.form.kind == "text" else float) for each in columns})
    return LabelledTable(
        X,
        pd.Series(dtype=np.int8, name=target),
        kinds={each.name: _kind(each.form) for each in columns},
        roles={each.name: each.role for each in columns if each.role is not None},
        formats={each.name: asdict(each.form) for each in columns},
    )


def joined(model: LabelledTable, earlier: LabelledTable | None, X: pd.DataFrame, labels: Floats) -> LabelledTable:
    """Return the earlier rows, then n decisions, in the columns of a model.

    Args:
        model: its columns, without rows.
        earlier: rows with at least these columns.
        X: features of n decisions.
        labels: of them (n,), 1 is fraud.
    """
    y = pd.Series(labels.astype(np.int8), name=model.target)
    columns = list(model.X.columns)
    if earlier is None:
        return replace(model, X=X[columns].reset_index(drop=True), y=y)
    old = earlier.y.astype(np.int8).rename(model.target)
    return replace(
        model,
        X=pd.concat([earlier.X[columns], X[columns]], ignore_index=True),
        y=pd.concat([old, y], ignore_index=True),
    )


def as_labelled(table: LabelledTable, positive: str) -> LabelledTable:
    """Return a table whose labels are written as in the champion's file: later files are, and are read by its run."""
    if positive == "1":
        return table
    other = "legitimate" if positive != "legitimate" else "0"
    return replace(table, y=table.y.map({1: positive, 0: other}))


def without_words[F: Frame](table: LabelledTable[F], positive: str) -> LabelledTable[F]:
    """Return a table that ``as_labelled`` has written with its labels as numbers again."""
    if pd.api.types.is_numeric_dtype(table.y.dtype):
        return table
    return replace(table, y=(table.y == positive).astype(np.int8))


def upload_settings(
    champions: RunSettings, model: str, table: LabelledTable, positive: str, fractions: tuple[float, float, float]
) -> dict[str, Any]:
    """Return the settings of the run: those of the champion's, but for the split, and for what is known of the table.

    A column that has no value in any row is left to the run, which leaves it out and says so. So are the histories of a
    champion of an earlier release, which had them within the model: the run takes the stack's.
    """
    present = table.X.notna().any()
    own = {
        "target": table.target,
        "positive_label": positive,
        "roles": {name: role for name, role in table.roles.items() if present[name]},
        # What a model read when it decided can't have known the label.
        "leaks": "keep",
        "delimiter": None,
        "encoding": None,
        "split": "last_rows",
        "train_fraction": fractions[0],
        "validation_fraction": fractions[1],
        "model_name": model,
        "promotion": "shadow",
    }
    left_out = set() if "histories" in champions.model_fields_set else {"histories"}
    return RunSettings.model_validate({**champions.model_dump(), **own}).model_dump(mode="json", exclude=left_out)


def _kind(form: ColumnFormat) -> Kind:
    if form.kind == "text":
        return "categorical"
    return "boolean" if form.kind == "boolean" else "numeric"
