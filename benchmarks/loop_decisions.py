"""What a simulated service decides and hears: ``benchmarks.loop`` reads it as the watch machine reads the real log."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from benchmarks.loop_models import Model, Rows
from benchmarks.loop_worlds import Floats, Traffic, World
from functions.core.loop.outcomes import Outcomes, ShadowScores


@dataclass
class DecisionLog:
    """All decisions of a world in their order, and what each version scores of them.

    A transaction that passes is reported if it is fraud, and never spoken of if not. An alarm is blocked and checked:
    its label comes either way.
    """

    world: World
    stop: int = 0
    _of_version: dict[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        days = self.world.days
        self.starts = np.cumsum([0, *map(len, days)])
        self.X = pd.concat([each.X for each in days], ignore_index=True)
        names = ("y", "amount", "at", "reported_at", "transaction_id")
        self._all = Traffic(self.X, *(np.concatenate([getattr(each, name) for each in days]) for name in names))
        rows = len(self._all)
        self._score, self._threshold = np.full(rows, np.nan), np.full(rows, np.nan)
        self._version = np.full(rows, "", dtype=object)

    def decide(self, day: int, champion: Model, shadows: list[Model]) -> float:
        """Decide on a day's traffic, score it by the shadows too, and return what the champion's mistakes cost."""
        rows = slice(self.starts[day], self.starts[day + 1])
        traffic, scores = self.world.days[day], champion.score(self.X[rows])
        self._score[rows], self._threshold[rows], self._version[rows] = scores, champion.threshold, champion.version
        self.stop = rows.stop
        for each in shadows:
            self.score_by(each, rows.start, rows.stop)
        flagged = scores >= champion.threshold
        missed = traffic.amount[(traffic.y == 1) & ~flagged].sum()
        return float(missed + 2.0 * np.sum((traffic.y == 0) & flagged))

    def score_by(self, shadow: Model, start: int, stop: int) -> None:
        """Keep what a shadow scores of some decisions."""
        known = self._of_version.setdefault(shadow.version, np.full(len(self._all), np.nan))
        known[start:stop] = shadow.score(self.X[start:stop])

    def shadow(self, model: Model) -> ShadowScores:
        """Return what a version has scored of the decisions so far, as a shadow."""
        known = self._of_version.get(model.version, np.full(len(self._all), np.nan))[: self.stop]
        return ShadowScores(model.version, known, np.full(len(known), model.threshold))

    def outcomes(self, now: int) -> Outcomes:
        """Return the decisions so far with the labels that have become known by ``now``."""
        rows, every = slice(0, self.stop), self._all
        flagged = self._score[rows] >= self._threshold[rows]
        known_at = np.where(flagged, every.reported_at[rows, 1], every.reported_at[rows, 0])
        said = (known_at <= now) & (flagged | (every.y[rows] == 1))
        return Outcomes(
            transaction_id=every.transaction_id[rows],
            at=every.at[rows],  # noqa: PD008 (an array)
            version=self._version[rows],
            score=self._score[rows],
            threshold=self._threshold[rows],
            passed=~flagged,
            weight=np.ones(self.stop),
            missed_cost=every.amount[rows],
            label=np.where(said, every.y[rows], np.nan).astype(np.float64),
            labelled_at=np.where(said, known_at, 0),
        )

    def labelled(self, counted: Outcomes, places: Floats) -> Rows:
        """Return some of the counted decisions as rows to train on; ``places`` are those in the log."""
        return Rows(self.X.iloc[places].reset_index(drop=True), counted.label.astype(np.int8), counted.missed_cost)
