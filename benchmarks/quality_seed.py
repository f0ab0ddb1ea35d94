"""One split of the public credit-card set, and the candidates trained on it; ``quality.py`` compares several."""

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from functions.core.data import splitting
from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.tables import LabelledTable
from functions.core.evaluation.curves import operating_points
from functions.core.training.algorithms import Parameter
from functions.core.training.blending import blend
from functions.core.training.candidates import ScoreQuality, baseline_average_precision, select, why_collapsed
from functions.core.training.capacity import cross_fit_at_best
from functions.core.training.crossfit import Folds
from functions.core.training.models import train
from functions.core.training.thinning import TableSize, share_of, thinned
from functions.run import from_settings
from functions.run.thinning_plan import THINNED
from functions.settings import RunSettings

type Floats = NDArray[np.float64]

# The settings that a trained candidate depends on, beyond its name and the data.
TRAINING_SETTINGS = {
    *("seed", "split", "time_column", "train_fraction", "validation_fraction", "rotate_validation", "imbalance"),
    *("amount_column", "seconds_column", "entity_column", "legitimate_share"),
}
YARDSTICK = "xgboost"


@dataclass(frozen=True)
class Fitted:
    """A model's out-of-fold and test scores, and the processor seconds of its training."""

    held_out: Floats
    test: Floats
    seconds: float


@dataclass(frozen=True)
class Seed:
    """One split of the data, and the candidates trained on it; each once."""

    table: LabelledTable
    digest: str
    settings: RunSettings
    cache: Path
    done: dict[str, Fitted] = field(default_factory=dict)

    @cached_property
    def parts(self) -> dict[str, LabelledTable]:
        """Train, validation and test; legitimate rows are left out of the first two as the steps leave them out."""
        seed = self.settings.seed
        splits = splitting.assign_splits(self.table.X, self.table.y, seed=seed, fractions=self.settings.fractions)
        parts = {name: self.table.take(splits.rows(name)) for name in splitting.SPLITS}
        size = TableSize(*(sum(len(parts[name].y) for name in THINNED), sum(parts[name].frauds for name in THINNED)))
        share = share_of(self.settings.legitimate_share, size)
        return parts | {name: thinned(parts[name], share=share, seed=seed) for name in THINNED}

    @cached_property
    def folds(self) -> Folds:
        """The rows to train on and to hold out, as the steps cut them."""
        return from_settings.folds(self.settings, self.parts["train"], self.parts["validation"])

    @cached_property
    def held_out(self) -> LabelledTable:
        """The rows that choices are made by."""
        return self.folds.held_out

    @property
    def standing(self) -> Floats | None:
        """For how many rows each of them stands; None where each stands for itself."""
        weights = self.held_out.weights
        return None if weights is None else weights.to_numpy()

    @cached_property
    def baseline(self) -> float:
        """Return the average precision that a candidate must not fall far below."""
        return baseline_average_precision(self.parts["train"], self.parts["validation"], seed=self.settings.seed)

    @cached_property
    def once(self) -> "Seed":
        """The same split without rotation: candidates are trained once, on train, and validation alone is held out."""
        if not self.settings.rotates:
            return self
        return replace(self, settings=self.settings.model_copy(update={"rotate_validation": False}), done={})

    def candidate(self, name: str) -> Fitted:
        """Train a candidate as TrainModel does, or read what an earlier run of this program kept."""
        if name not in self.done:
            self.done[name] = self.kept(name, lambda: self._cross_fit(name))
        return self.done[name]

    def blended(self, names: Sequence[str]) -> Fitted:
        """Blend candidates as SelectModel does: without those that have collapsed."""
        members = {name: self.candidate(name) for name in names if not self.collapsed(name)}
        if len(members) == 1:
            return next(iter(members.values()))
        scores = {name: each.held_out for name, each in members.items()}
        # Their scores are known, so that what is blended need not be a model.
        found = blend(members, scores, self.held_out.y, self.standing)
        on_test = found.model.combine({name: each.test for name, each in members.items()})
        return Fitted(found.scores, on_test, sum(self.candidate(name).seconds for name in names))

    def run(self, candidates: Sequence[str]) -> Fitted:
        """Select among candidates as SelectModel does; all of them are trained, whichever is taken."""
        trained = [name for name in candidates if name != "ensemble"]
        fitted = {name: self.candidate(name) for name in trained}
        if "ensemble" in candidates:
            fitted["ensemble"] = self.blended(trained)
        qualities = {
            name: ScoreQuality.of(self.held_out.y, each.held_out, self.standing) for name, each in fitted.items()
        }
        chosen, why = select(qualities, {name: why for name in trained if (why := self.collapsed(name))})
        print(f"  seed {self.settings.seed}: {why}")
        return replace(fitted[chosen], seconds=sum(self.candidate(name).seconds for name in trained))

    def collapsed(self, name: str) -> str | None:
        """Return why a candidate is not to be used."""
        validation = self.parts["validation"]
        scores = self.candidate(name).held_out[-len(validation.y) :]
        on_validation = ScoreQuality.of(validation.y, scores, validation.weights)
        return why_collapsed(on_validation.average_precision, baseline=self.baseline, frauds=validation.frauds)

    def figures(self, fitted: Fitted) -> dict[str, float]:
        """Measure on test at the threshold that the held-out rows chose, and on the held-out rows themselves."""
        test, costs = self.parts["test"], from_settings.costs(self.settings)
        threshold = from_settings.threshold(self.settings, self.held_out, fitted.held_out)
        points = operating_points(
            test.y, fitted.test, costs, from_settings.amounts(self.settings, test), threshold=threshold.value
        )
        return {
            "average_precision": ScoreQuality.of(test.y, fitted.test).average_precision,
            "cost": points.chosen.cost,
            "missed": points.chosen.frauds_missed,
            "false_alarms": points.chosen.false_alarms,
            f"missed_within_{points.alarm_budget}_alarms": points.within_alarm_budget.frauds_missed,
            f"alarms_for_under_{points.miss_limit}_missed": points.under_miss_limit.false_alarms,
            "held_out_average_precision": ScoreQuality.of(
                self.held_out.y, fitted.held_out, self.standing
            ).average_precision,
            "held_out_cost": threshold.total_cost,
            "seconds": fitted.seconds,
            "times_one_xgboost": fitted.seconds / self.once.candidate(YARDSTICK).seconds,
        }

    def _cross_fit(self, name: str) -> Fitted:
        started = time.process_time()
        fit = partial(self._train, name)
        fitted = cross_fit_at_best(name, self.folds, fit)
        seconds = time.process_time() - started
        return Fitted(fitted.scores, fitted.model.predict_proba(self.parts["test"].X)[:, 1], seconds)

    def _train(self, name: str, rows: ChosenTable, params: Mapping[str, Parameter]) -> Pipeline:
        return train(
            rows.X,
            rows.y,
            algorithm=name,
            kinds=rows.kinds,
            seed=self.settings.seed,
            imbalance=self.settings.imbalance,
            features=from_settings.features(self.settings, rows.table),
            params=params,
            weights=rows.weights,
        )

    def kept(self, name: str, make: Callable[[], Fitted]) -> Fitted:
        """Return what an earlier run of this program kept under a name, or make it and keep it."""
        path = self.cache / f"{self._key()}-{self.settings.seed}-{name}.npz"
        if path.exists():
            with np.load(path, allow_pickle=False) as kept:
                return Fitted(kept["held_out"], kept["test"], float(kept["seconds"]))
        print(f"  seed {self.settings.seed}: training {name}", flush=True)
        fitted = make()
        self.cache.mkdir(parents=True, exist_ok=True)
        # Under its name only when it is whole: a run may be stopped at any time.
        part = path.with_suffix(f".{os.getpid()}.npz")
        np.savez(part, held_out=fitted.held_out, test=fitted.test, seconds=fitted.seconds)
        part.replace(path)
        return fitted

    def _key(self) -> str:
        settings = self.settings.model_dump_json(include=TRAINING_SETTINGS)
        return hashlib.sha256(f"{self.digest}{settings}".encode()).hexdigest()[:12]
