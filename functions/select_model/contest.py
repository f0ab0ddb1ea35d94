"""The candidates side by side: judged by the rows that were held out from them, and blended."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from functions.contracts import WEIGHT, Candidate, SelectModelInput
from functions.core.data.frames import Frame
from functions.core.data.tables import LabelledTable
from functions.core.evaluation.costs import Floats
from functions.core.training.blending import Blended, blend
from functions.core.training.candidates import ScoreQuality, baseline_average_precision, select, why_collapsed
from functions.core.training.crossfit import CrossFitted
from functions.core.training.persistence import dump_model, load_model
from functions.run import from_settings
from functions.run.dependencies import RunFiles
from functions.run.rows_to_train import read_rows_to_train
from functions.settings import ENSEMBLE, MIN_BLENDED, RunSettings


@dataclass(frozen=True, slots=True)
class Rows:
    """Training rows, validation rows and all out-of-fold rows."""

    training: LabelledTable[Frame]
    validation: LabelledTable[Frame]
    held_out: LabelledTable[Frame]

    @classmethod
    def read(cls, event: SelectModelInput, files: RunFiles) -> Self:
        """Read them, and keep them once; never those of the test split."""
        rows = read_rows_to_train(files, event.splits)
        return cls(rows.training, rows.validation, rows.folds(event.settings).held_out)


@dataclass(frozen=True, slots=True)
class Contest:
    """Candidates, their out-of-fold scores by name, and the loaded models."""

    candidates: list[Candidate]
    scores: dict[str, Floats]
    models: dict[str, BaseEstimator] = field(default_factory=dict)

    def winner(self) -> tuple[Candidate, str]:
        """Return the best of them, and why.

        Raises:
            NoUsableModelError: when all of them have collapsed.
        """
        name, why = select(
            {each.algorithm: ScoreQuality(each.average_precision, each.brier_score) for each in self.candidates},
            {each.algorithm: each.collapsed for each in self.candidates if each.collapsed},
        )
        return next(each for each in self.candidates if each.algorithm == name), why

    def model(self, candidate: Candidate, files: RunFiles) -> BaseEstimator:
        """Return a candidate's model."""
        known = self.models.get(candidate.algorithm)
        return load_model(files.read(candidate.uri)) if known is None else known


def hold(event: SelectModelInput, files: RunFiles, rows: Rows) -> Contest:
    """Judge the candidates, and add their blend if the run asks for it."""
    candidates = _judged(event.candidates, rows, seed=event.settings.seed)
    contest = Contest(candidates, {each.algorithm: _scores(files, each) for each in candidates})
    return _with_ensemble(contest, event, files, rows) if ENSEMBLE in event.settings.candidates else contest


def _judged(candidates: Sequence[Candidate], rows: Rows, *, seed: int) -> list[Candidate]:
    """Return the candidates, each with whether it has collapsed."""
    baseline, frauds = baseline_average_precision(rows.training, rows.validation, seed=seed), rows.validation.frauds
    reasons = [
        why_collapsed(each.validation_average_precision, baseline=baseline, frauds=frauds) for each in candidates
    ]
    return [each.model_copy(update={"collapsed": why}) for each, why in zip(candidates, reasons, strict=True)]


def _scores(files: RunFiles, candidate: Candidate) -> Floats:
    table = pd.read_parquet(io.BytesIO(files.read(candidate.scores_uri)))
    return table["score"].to_numpy(dtype=np.float64)


def _with_ensemble(contest: Contest, event: SelectModelInput, files: RunFiles, rows: Rows) -> Contest:
    """Add the blend of those that have not collapsed; where only one is left, there is nothing to blend."""
    usable = [each for each in contest.candidates if not each.collapsed]
    if len(usable) < MIN_BLENDED:
        return contest
    models: dict[str, CrossFitted] = {each.algorithm: load_model(files.read(each.uri)) for each in usable}
    blended = blend(models, contest.scores, rows.held_out.y, _weights(rows.held_out))
    table = pd.DataFrame({"label": rows.held_out.y.to_numpy(), "score": blended.scores})
    name, write = event.execution, files.write
    ensemble = _ensemble(
        blended,
        rows,
        event.settings,
        members=usable,
        uri=write(name, f"{ENSEMBLE}.skops", dump_model(blended.model), "application/octet-stream"),
        scores_uri=files.write_parquet(name, f"{ENSEMBLE}_scores.parquet", table.to_parquet(index=False)),
    )
    return Contest(
        [*contest.candidates, ensemble],
        {**contest.scores, ENSEMBLE: blended.scores},
        {**models, ENSEMBLE: blended.model},
    )


def _weights(table: LabelledTable[Frame]) -> Floats | None:
    return None if table.weights is None else table.weights.to_numpy()


def _ensemble(
    blended: Blended, rows: Rows, settings: RunSettings, *, members: Sequence[Candidate], uri: str, scores_uri: str
) -> Candidate:
    quality = ScoreQuality.of(rows.held_out.y, blended.scores, rows.held_out.weights)
    on_validation = ScoreQuality.of(
        rows.validation.y, blended.scores[-len(rows.validation.y) :], rows.validation.weights
    )
    return Candidate(
        algorithm=ENSEMBLE,
        uri=uri,
        scores_uri=scores_uri,
        parameters={f"{WEIGHT}{name}": weight for name, weight in blended.model.weights.items()},
        folds=members[0].folds,
        average_precision=quality.average_precision,
        validation_average_precision=on_validation.average_precision,
        brier_score=quality.brier_score,
        threshold=from_settings.threshold(settings, rows.held_out, blended.scores).value,
        # Of all that it blends; the blending itself takes a moment.
        seconds=sum(each.seconds for each in members),
    )
