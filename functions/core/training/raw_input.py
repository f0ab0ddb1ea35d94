"""The model as it is registered: it takes rows as its users' files write them."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.histories.events import read_events
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.table_past import past_columns
from functions.core.ingest.spelling import ColumnFormat
from functions.core.ingest.value_columns import read_values
from functions.core.training.calibration import Floats
from functions.core.training.crossfit import Composed
from functions.core.training.flagging import FlaggingClassifier
from functions.core.wording import named, quoted, row_number

# Layouts without a date, and how Python writes them.
_OF_DAY: Mapping[str | None, str] = MappingProxyType({"clock": "%H:%M:%S", "clock point": "%H.%M"})
_PLAIN: Mapping[str, Any] = MappingProxyType({"kind": "numeric"})


class RawInputClassifier(Composed):
    """A flagging classifier that first reads each column as it was read for training.

    A time in the file's own spelling, an amount with its currency, a padded text and a whole number that pandas made a
    float are the values that the model was trained on. Columns may be in any order; others are ignored.

    History columns, where the model was trained on any, are used as they are if the rows have all of them. Otherwise
    they are computed among these rows alone: each sees those of its entity strictly before it, in whichever order they
    stand, and nothing of what is known elsewhere.

    Args:
        classifier: takes features as LoadData writes them, and history columns.
        formats: of each feature of the file, how its column is written: ``ColumnFormat`` as a mapping.
        histories: the document of the ``HistoryPlan`` of its history columns; None where there are none.
    """

    # Models of earlier releases have no such attribute.
    histories: Mapping[str, Any] | None = None

    def __init__(
        self,
        classifier: FlaggingClassifier,
        formats: Mapping[str, Mapping[str, Any]],
        histories: Mapping[str, Any] | None = None,
    ) -> None:
        self.classifier = classifier
        self.formats = formats
        self.histories = histories

    @property
    def plan(self) -> HistoryPlan | None:
        """The plan of the history columns; None where there are none."""
        return HistoryPlan.of(self.histories) if self.histories else None

    @property
    def threshold(self) -> float:
        """The lowest score that is flagged."""
        return float(self.classifier.threshold)

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return the probabilities of n rows as (n, 2), the second column that of fraud.

        Raises:
            ValueError: a column is missing, or has a value that can't be read; the message names it.
        """
        rows = self._read(X)
        # scikit-learn refuses no rows, which a part of a file may have.
        return self.classifier.predict_proba(rows) if len(rows) else np.empty((0, 2))

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        """Flag n rows as (n,): 1 where the score is at least the threshold, else 0; raises as ``predict_proba``."""
        return (self.predict_proba(X)[:, 1] >= self.threshold).astype(np.int8)

    def _read(self, X: pd.DataFrame) -> pd.DataFrame:
        # A table that was not read from a file has no formats.
        read = self._read_columns(X) if self.formats else X
        return read if self.plan is None else _with_past(read, _frame(X), self.plan)

    def _read_columns(self, X: pd.DataFrame) -> pd.DataFrame:
        rows = _frame(X)
        given = _by_name(rows, self.formats)
        missing = [quoted(name) for name in self.formats if name not in given]
        if missing:
            raise ValueError(f"The rows have no column {named(missing)}, which the model was trained on.")
        read = {name: _read_column(given[name], ColumnFormat.of(form)) for name, form in self.formats.items()}
        return pd.DataFrame(read, index=rows.index)


def _with_past(read: pd.DataFrame, given: pd.DataFrame, plan: HistoryPlan) -> pd.DataFrame:
    """Return rows that were read with their history columns: those that were given with them, or their own."""
    there = _by_name(given, plan.names)
    if all(name in there for name in plan.names):
        made = {name: pd.to_numeric(there[name]).to_numpy(dtype=np.float64) for name in plan.names}
    else:
        events = read_events(plan, {name: read[name] for name in plan.sources})
        made = past_columns(plan, events, events)
    others = read.drop(columns=[name for name in plan.names if name in read.columns])
    return pd.concat([others, pd.DataFrame(made, index=read.index)], axis=1)


def without_reading(model: Any) -> Any:  # noqa: ANN401 - scikit-learn has no type
    """Return the classifier in a registered model that takes features as LoadData writes them, as models of 0.2 do."""
    return model.classifier if isinstance(model, RawInputClassifier) else model


def write_example(X: pd.DataFrame, formats: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return n rows as LoadData writes them, spelled so that a file's columns have the same types: an input example."""
    return pd.DataFrame(
        {name: _written(values, ColumnFormat.of(formats.get(str(name), _PLAIN))) for name, values in X.items()}
    )


def _written(values: pd.Series, form: ColumnFormat) -> pd.Series:
    """Spell one column: numbers with a unit or a comma, and all times but epochs, are texts in files."""
    if form.kind == "boolean" and values.notna().all():
        return values.astype(bool)
    if form.layout == "epoch ms":
        return values * 1000.0
    if form.layout in _OF_DAY:
        return _as_text(values, lambda seconds: f"{pd.Timestamp(seconds, unit='s'):{_OF_DAY[form.layout]}}")
    if form.layout not in {None, "epoch s"}:
        return _as_text(values, lambda seconds: pd.Timestamp(seconds, unit="s").isoformat())
    if form.kind == "numeric" and (form.thousands or form.unit or form.decimal == ","):
        return _as_text(values, lambda number: f"{number:.15g}{form.unit}".replace(".", form.decimal or "."))
    return values


def _as_text(values: pd.Series, write: Callable[[float], str]) -> pd.Series:
    return values.map(write, na_action="ignore").astype("str")


def _frame(X: Any) -> pd.DataFrame:  # noqa: ANN401 - what MLflow passes on
    """Return rows as a frame: those of JSON too, a list of rows, a mapping of columns or a single row."""
    if isinstance(X, Mapping) and not any(map(pd.api.types.is_list_like, X.values())):
        return pd.DataFrame([X])
    return X if isinstance(X, pd.DataFrame) else pd.DataFrame(X)


def _by_name(rows: pd.DataFrame, needed: Collection[str]) -> dict[str, pd.Series]:
    """Return columns by their names without the space around them, of which none that is needed may be there twice."""
    names = [str(name).strip() for name in rows.columns]
    twice = [quoted(name) for name, count in Counter(names).items() if count > 1 and name in needed]
    if twice:
        raise ValueError(f"The rows have the column {named(twice)} twice.")
    return {name: rows.iloc[:, place] for place, name in enumerate(names)}


def _read_column(values: pd.Series, form: ColumnFormat) -> pd.api.extensions.ExtensionArray | NDArray[Any]:
    read = read_values(values, form)
    if read.place is not None:
        row = row_number(read.place)
        raise ValueError(f"Column {quoted(str(values.name).strip())} has a value in row {row:,} that {read.fault}.")
    return pd.array(read.data, dtype="str") if form.kind == "text" else read.data
