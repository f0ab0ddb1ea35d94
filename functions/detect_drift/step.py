"""Compare the new data with what the current champion was trained on, and let it score the new test rows."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from functions.champion import REFERENCE, REFERENCE_SAMPLE, OnTest, load
from functions.contracts import BinShift, ChampionScores, DetectDriftInput, Drift, FeatureDrift
from functions.core import drift
from functions.core.drift import DriftReport, NewData, detect_drift
from functions.core.persistence import CANNOT_SCORE
from functions.core.reference import ReferenceProfile
from functions.core.tables import LabelledTable, from_parquet
from functions.ports import Champion, Tracking
from functions.services import TrackingServices

REPORT = "drift.json"
TOP_FEATURES = 10
# The payload carries the distributions of so many; drift.json those of more.
SHOWN_FEATURES, SHOWN_BINS = 3, 12
LONGEST_LABEL = 24
# Rows that the champion scores: enough to see any drift of its scores that matters, whatever a row costs it.
SCORED_ROWS = 20_000
# The cores are the training's, which goes on beside it.
THREADS = 1


@dataclass(frozen=True)
class _Scores:
    """The champion's scores on some of the new rows, or why there are none."""

    values: NDArray[np.float64] | None = None
    note: str | None = None


def run(event: DetectDriftInput, services: TrackingServices) -> Drift:
    """Detect drift; without a champion there is nothing to compare with, which is said and never a zero."""
    name = event.settings.model_name
    champion = services.tracking.champion(name, before=event.execution)
    if champion is None:
        return Drift(verdict="no_reference", explanation=f"'{name}' has no champion yet to compare with.")
    reference = _reference(services.tracking, champion)
    if isinstance(reference, str):
        return Drift(verdict="no_reference", explanation=reference, champion_version=champion.version)
    model = _model(services.tracking, champion)
    on_test = None if isinstance(model, str) else _on_test(event, services, champion, model)
    new = from_parquet(services.files.read(event.dataset.uri))
    scores = _Scores(note=model) if isinstance(model, str) else _scores(model, champion, new, event.settings.seed)
    sample = _sample(services.tracking, champion)
    report = detect_drift(
        reference,
        NewData(new.X, new.y, scores.values),
        sample=None if isinstance(sample, str) else sample,
        ignored=event.settings.drift_ignored_columns,
        seed=event.settings.seed,
    )
    notes = [note for note in (scores.note, sample) if isinstance(note, str)]
    report = report.model_copy(update={"notes": tuple(notes)})
    uri = services.files.write_json(event.execution, REPORT, report.model_dump(mode="json"))
    return _summary(report, champion.version, uri).model_copy(update={"champion_scores": on_test})


def _model(tracking: Tracking, champion: Champion) -> Any:  # noqa: ANN401 - scikit-learn has no type for a model
    """Load the champion, or say why that can't be done."""
    try:
        model = load(tracking, champion, threads=THREADS)
    except CANNOT_SCORE as error:
        return _can_not_score(champion, error)
    if model is None:
        return f"Version {champion.version}, the champion, has lost its files, so it scored nothing."
    return model


def _can_not_score(champion: Champion, error: Exception) -> str:
    why = str(error).strip().partition("\n")[0].rstrip(".")
    return f"Version {champion.version}, the champion, can't score the new data ({why})."


def _on_test(
    event: DetectDriftInput,
    services: TrackingServices,
    champion: Champion,
    model: Any,  # noqa: ANN401 - as above
) -> ChampionScores | None:
    """Let the champion score the test rows; RegisterModel tells why where it can't."""
    test = from_parquet(services.files.read(event.splits.uris["test"]))
    try:
        return OnTest.ask(services.tracking, champion, model, test).keep(services.files, event.execution)
    except CANNOT_SCORE:
        return None


def _reference(tracking: Tracking, champion: Champion) -> ReferenceProfile | str:
    """Read what the champion was trained on, or say why that can't be done."""
    stored = tracking.artifact(champion.run_id, REFERENCE)
    which = f"The reference profile of '{champion.name}' version {champion.version}"
    if stored is None:
        return f"{which} is gone from MLflow."
    try:
        return ReferenceProfile.model_validate_json(stored)
    except ValidationError:
        return f"{which} is of a format that this version can't read; the next champion's will be readable."


def _scores(model: Any, champion: Champion, new: LabelledTable, seed: int) -> _Scores:  # noqa: ANN401 - as above
    """Let the champion score a sample of the rows; one that can't is a case to be told, and no failure."""
    chosen = np.random.default_rng(seed).permutation(len(new.X))[:SCORED_ROWS]
    try:
        return _Scores(np.asarray(model.predict_proba(new.X.iloc[np.sort(chosen)])[:, 1], dtype=np.float64))
    except CANNOT_SCORE as error:
        return _Scores(note=_can_not_score(champion, error))


def _sample(tracking: Tracking, champion: Champion) -> pd.DataFrame | str:
    """Read a sample of the rows that the champion was trained on, or say why there is none."""
    stored = tracking.artifact(champion.run_id, REFERENCE_SAMPLE)
    if stored is None:
        return "The champion keeps no sample of its rows, so columns were compared one by one only."
    try:
        return pd.read_parquet(io.BytesIO(stored))
    except (ValueError, OSError):  # pyarrow's own errors are of these
        return "The champion's sample of its rows can't be read, so columns were compared one by one only."


def _summary(report: DriftReport, version: str, uri: str) -> Drift:
    return Drift(
        verdict=report.verdict,
        explanation=report.explanation,
        champion_version=version,
        drift_score=report.drift_score,
        n_changed_features=report.n_changed_features,
        n_drifted_features=report.n_drifted_features,
        max_feature_drift=report.max_feature_drift,
        multivariate_drift_auc=report.multivariate.auc if report.multivariate else None,
        prediction_drift_score=report.prediction.score if report.prediction else None,
        fraud_rate=report.label.rate if report.label else None,
        top_features=[_feature(each, place) for place, each in enumerate(report.features[:TOP_FEATURES])],
        report_uri=uri,
    )


def _feature(feature: drift.FeatureDrift, place: int) -> FeatureDrift:
    shown = _largest(feature.bins) if feature.changed and place < SHOWN_FEATURES else ()
    return FeatureDrift(
        feature=feature.feature,
        score=feature.score,
        drifted=feature.drifted,
        bins=[
            BinShift(label=each.label[:LONGEST_LABEL], reference=round(each.reference, 4), new=round(each.new, 4))
            for each in shown
        ],
    )


def _largest(bins: Sequence[drift.Bin]) -> list[drift.Bin]:
    """Keep the bins with the most rows on either side, in their order."""
    kept = sorted(bins, key=lambda each: -max(each.reference, each.new))[:SHOWN_BINS]
    return [each for each in bins if each in kept]
