"""The registered model, compiled once to score rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from functions.core.histories.asked_past import PastOf, unknown_past
from functions.core.histories.events import read_events, transaction_ids
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.histories.phrases import phrase
from functions.core.scoring.compilation import Compilation
from functions.core.scoring.explained import Contributions
from functions.core.scoring.input_rows import InputColumn, InputRows
from functions.core.scoring.model_parts import history_plan, input_columns
from functions.core.scoring.own_values import own_value
from functions.core.scoring.prepared_rows import PreparedRows
from functions.core.training.calibration import Floats
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.raw_input import without_reading

# Cells of the blocks that rows are scored in: so many stay in a core's cache, and memory is bounded.
_CELLS = 2**17
_LEAST_ROWS, _MOST_ROWS = 256, 4096


@dataclass(frozen=True, slots=True)
class Reason:
    """What a column adds to a score: its own value, and its contribution on the score's log-odds scale.

    ``words`` say what the value of a history column means, beside what is usual; None of any other column.
    """

    feature: str
    value: float | str | None
    contribution: float
    words: str | None = None


@dataclass(frozen=True)
class Scorer:
    """A compiled model.

    Its scores are those of the registered model, to 1e-12: sums of products are added up in an order of their own, so
    that a row's score does not depend on the rows beside it.

    Attributes:
        columns: that it needs, history columns among them.
        threshold: the lowest score that raises an alarm.
        histories: the plan of its history columns; None where it has none.
    """

    columns: Sequence[InputColumn]
    threshold: float
    _model: Compilation
    histories: HistoryPlan | None = None

    @cached_property
    def asked(self) -> Sequence[InputColumn]:
        """The columns that rows must bring: all but history columns."""
        return [column for column in self.columns if not column.past]

    @cached_property
    def _past(self) -> Mapping[str, HistoryColumn]:
        columns = () if self.histories is None else self.histories.columns
        return {column.name: column for column in columns}

    def with_past(self, rows: InputRows, past: PastOf | None, ids: Sequence[str] | None = None) -> InputRows:
        """Return n rows with the model's history columns; those of a model without any are returned as they are.

        Args:
            rows: in the columns that are ``asked``.
            past: gives the history columns; without it they are NaN.
            ids: of the n transactions, where they have any.
        """
        if self.histories is None:
            return rows
        events = read_events(self.histories, rows.columns, None if ids is None else transaction_ids(list(ids)))
        return rows.with_past((past or unknown_past)(self.histories, events))

    def scores(self, rows: InputRows) -> Floats:
        """Compute the scores (n,) of n rows: those of the registered model."""
        found = [np.asarray(self._model.root.scores(block), dtype=np.float64) for block in self._blocks(rows)]
        return found[0] if len(found) == 1 else np.concatenate([np.empty(0), *found])

    def contributions(self, rows: InputRows) -> Contributions | None:
        """Return what each column contributes to the log-odds of each of n rows' scores; with the base they add up.

        Trees contribute their SHAP values, linear models their terms from the mean row on, networks their integrated
        gradients from there. What a feature of two columns contributes is half of either's, and that of a history in
        the model, as earlier releases have it, is its entity's. Where values are averaged, calibrated or blended,
        contributions are too: each is scaled by the slope of the chord from the base to the value, so that they add up
        to the score at each step.

        Returns:
            None for a model with a part that is not known.
        """
        blocks = [self._model.root.odds(block) for block in self._blocks(rows)]
        found = [each for each in blocks if each is not None]
        if not found or len(found) < len(blocks):
            return None
        values, parts = (np.concatenate([getattr(each, name) for each in found]) for name in ("values", "parts"))
        return Contributions(values, found[0].base, parts)

    def reasons(self, rows: InputRows, count: int) -> list[list[Reason]]:
        """Return the ``count`` columns that speak most for or against fraud, of each of n rows, the strongest first.

        Fewer where no more contribute; none for a model that has no ``contributions``.
        """
        found = self.contributions(rows) if count else None
        if found is None:
            return [[] for _ in range(rows.count)]
        order = np.argsort(-np.abs(found.parts), axis=1, kind="stable")[:, :count]
        return [
            [self._reason(rows, row, int(place), part) for place in places if (part := float(found.parts[row, place]))]
            for row, places in enumerate(order)
        ]

    def _reason(self, rows: InputRows, row: int, place: int, contribution: float) -> Reason:
        column = self.columns[place]
        value = own_value(rows.columns[column.name][row], column.form)
        return Reason(column.name, value, contribution, self._words(column.name, value))

    def _words(self, name: str, value: float | str | None) -> str | None:
        column = self._past.get(name)
        if column is None or self.histories is None or isinstance(value, str):
            return None
        return phrase(self.histories, column, value)

    def _blocks(self, rows: InputRows) -> Iterator[PreparedRows]:
        size = min(max(_CELLS // max(len(self.columns), 1), _LEAST_ROWS), _MOST_ROWS)
        if 0 < rows.count <= size:
            yield PreparedRows(rows, self._model.layout)
            return
        for start in range(0, rows.count, size):
            yield PreparedRows(rows.part(start, start + size), self._model.layout)


def compile_model(model: Any) -> Scorer:  # noqa: ANN401 - scikit-learn has no type
    """Compile a registered model, of this release or of an earlier one.

    A part that is not known is used as it was registered: its scores are right, and not fast.
    """
    columns = input_columns(model)
    reading = without_reading(model)
    scoring = reading.scorer if isinstance(reading, FlaggingClassifier) else reading
    compiled = Compilation(scoring, [column.name for column in columns])
    return Scorer(columns, float(model.threshold), compiled, history_plan(model))
