"""The model of ``plain_script.py``: split, trained, selected and measured by the functions that the steps call."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from functions.core.data import splitting
from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.tables import LabelledTable
from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.measurement import Contestant, Measurement, measure
from functions.core.evaluation.scored import Scored
from functions.core.training import models
from functions.core.training.algorithms import Parameter
from functions.core.training.blending import Blend, blend
from functions.core.training.candidates import ScoreQuality, baseline_average_precision, select, why_collapsed
from functions.core.training.capacity import cross_fit_at_best
from functions.core.training.crossfit import CrossFitted
from functions.run import from_settings
from functions.settings import RunSettings, ThresholdPolicy


@dataclass(frozen=True)
class Rows:
    """The splits, and all the rows that were held out in turn."""

    train: LabelledTable
    validation: LabelledTable
    test: LabelledTable
    held_out: LabelledTable


@dataclass(frozen=True)
class Trained:
    """A candidate: what it gave to the held-out rows and to test, and its seconds."""

    model: CrossFitted | Any
    scores: np.ndarray
    seconds: float


@dataclass(frozen=True)
class Chosen:
    """The model that is logged, and what is known of it."""

    name: str
    why: str
    model: Any
    threshold: float
    held_out_scores: np.ndarray
    test_scores: np.ndarray
    measured: Measurement


def split(table: LabelledTable, settings: RunSettings) -> Rows:
    """Split as PreprocessData does."""
    splits = splitting.assign_splits(table.X, table.y, seed=settings.seed, fractions=settings.fractions)
    parts = {name: table.take(splits.rows(name)) for name in splitting.SPLITS}
    folds = from_settings.folds(settings, parts["train"], parts["validation"])
    return Rows(**parts, held_out=folds.held_out)


def train(name: str, rows: Rows, settings: RunSettings) -> Trained:
    """Cross-fit a candidate as TrainModel does, with all the cores: nothing runs beside it."""

    def fit(part: ChosenTable, params: Mapping[str, Parameter]) -> Any:  # noqa: ANN401 - scikit-learn has no type for a model
        return models.train(
            part.X,
            part.y,
            algorithm=name,
            kinds=part.kinds,
            seed=settings.seed,
            imbalance=settings.imbalance,
            features=from_settings.features(settings, part.table),
            params=params,
            threads=os.process_cpu_count() or 1,
        )

    began = time.perf_counter()
    fitted = cross_fit_at_best(name, from_settings.folds(settings, rows.train, rows.validation), fit)
    return Trained(fitted.model, fitted.scores, time.perf_counter() - began)


def choose(rows: Rows, settings: RunSettings) -> Chosen:
    """Train, blend, select, choose the threshold and measure on test, as SelectModel and EvaluateModel do."""
    trained = {name: train(name, rows, settings) for name in settings.trained}
    if "ensemble" in settings.candidates and len(trained) > 1:
        blended = blend(
            {name: each.model for name, each in trained.items()},
            {name: each.scores for name, each in trained.items()},
            rows.held_out.y,
        )
        seconds = sum(each.seconds for each in trained.values())
        trained["ensemble"] = Trained(blended.model, blended.scores, seconds)
    baseline = baseline_average_precision(rows.train, rows.validation, seed=settings.seed)
    collapsed: dict[str, str] = {}
    for name, each in trained.items():
        on_validation = ScoreQuality.of(rows.validation.y, each.scores[-len(rows.validation.y) :]).average_precision
        if reason := why_collapsed(on_validation, baseline=baseline, frauds=rows.validation.frauds):
            collapsed[name] = reason
    qualities = {name: ScoreQuality.of(rows.held_out.y, each.scores) for name, each in trained.items()}
    name, why = select(qualities, collapsed)
    policies = {
        policy: from_settings.threshold(settings, rows.held_out, trained[name].scores, policy=policy).value
        for policy in get_args(ThresholdPolicy)
    }
    on_test: dict[str, np.ndarray] = {}
    for other, each in trained.items():
        blends = isinstance(each.model, Blend)
        on_test[other] = each.model.combine(on_test) if blends else each.model.predict_proba(rows.test.X)[:, 1]
    contestants = [
        Contestant(
            other,
            Scored(on_test[other], from_settings.threshold(settings, rows.held_out, each.scores).value),
            each.seconds,
            collapsed.get(other),
        )
        for other, each in trained.items()
    ]
    threshold = policies[settings.threshold]
    priced = PricedRows(rows.test.y, from_settings.costs(settings), from_settings.amounts(settings, rows.test))
    measured = measure(
        priced, Scored(on_test[name], threshold), chosen=name, contestants=contestants, policies=policies
    )
    model = trained[name].model
    return Chosen(name, why, model, threshold, trained[name].scores, on_test[name], measured)
