"""Compare the new data with what the current champion was trained on, and let it score the new test rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.contracts import BinShift, ChampionInParts, ChampionScores, DetectDriftInput, Drift, TopFeature
from functions.core import drift
from functions.core.data.table_parts import is_manifest
from functions.core.data.tables import LabelledTable
from functions.core.drift import DriftReport, NewData, detect_drift
from functions.core.training.persistence import CANNOT_SCORE, reason
from functions.core.wording import named, quoted
from functions.detect_drift.compared_rows import ComparedRows
from functions.ports import Champion, Tracking
from functions.run.champion import LoadedChampion, OnTest, load, reference, reference_rows, why_not
from functions.run.champion_in_parts import keep_champion
from functions.run.champion_past import ChampionPast
from functions.run.dependencies import TrackingDependencies

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

    given: NDArray[np.float64] | None = None
    note: str | None = None


@dataclass(frozen=True)
class _Asked:
    """A champion that scores: its version, its model, and what it knows of the entities in the new data."""

    champion: Champion
    model: Any
    past: ChampionPast


def run(event: DetectDriftInput, dependencies: TrackingDependencies) -> Drift:
    """Detect drift; without a champion the verdict is ``no_reference``."""
    name = event.settings.model_name
    champion = dependencies.tracking.champion(name, before=event.execution)
    if champion is None:
        return Drift(verdict="no_reference", explanation=_no_champion(event, dependencies.tracking))
    profile = reference(dependencies.tracking, champion)
    if isinstance(profile, str):
        return Drift(verdict="no_reference", explanation=profile, champion_version=champion.version)
    loaded = _load(dependencies.tracking, champion)
    data = dependencies.files.open_table(event.dataset.uri)
    past = ChampionPast.of(dependencies.tracking, champion, profile.histories, data)
    compared = ComparedRows.of(data, seed=event.settings.seed)
    new = past.rows(compared.table)
    if isinstance(loaded, str):
        on_test, in_parts, scores = None, None, _Scores(note=loaded)
    else:
        asked = _Asked(champion, loaded.model, past)
        in_parts = _in_parts(event, dependencies, asked)
        on_test = None if in_parts else _on_test(event, dependencies, asked)
        scores = _scores(event, dependencies.tracking, asked, new)
    sample = reference_rows(dependencies.tracking, champion)
    report = detect_drift(
        past.profile(profile),
        NewData(new.X, data.y, scores.given, new.file_roles, past.since),
        sample=None if isinstance(sample, str) else sample,
        ignored=event.settings.drift_ignored_columns,
        seed=event.settings.seed,
    )
    hashed = _hashed(report, champion)
    notes = [note for note in (scores.note, sample, hashed, compared.note) if isinstance(note, str)]
    report = report.model_copy(update={"notes": tuple(notes)})
    uri = dependencies.files.write_json(event.execution, REPORT, report.model_dump(mode="json"))
    return _summary(report, champion.version, uri).model_copy(
        update={
            "champion_scores": on_test,
            "champion_in_parts": in_parts,
            "champion_scored": scores.given is not None,
            "champion_note": hashed if on_test or in_parts else None,
            "explanation": _with(report, scores.note),
        }
    )


def _with(report: DriftReport, note: str | None) -> str:
    """Add why the champion scored nothing, unless the explanation says so by the columns."""
    said = report.verdict == "another_table" or report.columns.needed or note is None
    return report.explanation if said else f"{report.explanation} {note}"


def _hashed(report: DriftReport, champion: Champion) -> str | None:
    """Return that the champion knows values where there are hashes now, as one of an earlier release does."""
    changes = report.columns.roles
    names = [quoted(name) for name in report.columns.needed if name in changes and changes[name].new == "entity"]
    if not names:
        return None
    return (
        f"Version {champion.version}, the champion, was trained on the values of {named(names)}, which are hashed now: "
        "all of them are new to it. Nor can it be told on which of the rows it was trained."
    )


def _no_champion(event: DetectDriftInput, tracking: Tracking) -> str:
    """Return that there is no champion yet, and why the latest version is not one."""
    start = f"'{event.settings.model_name}' has no champion yet"
    refused = tracking.challenger(event.settings.model_name, before=event.execution)
    if refused is None:
        return f"{start}."
    return f"{start}; of version {refused.version} it was said: {refused.reason.removeprefix('Not promoted: ')}"


def _load(tracking: Tracking, champion: Champion) -> LoadedChampion | str:
    """Load the champion, or say why that can't be done."""
    try:
        loaded = load(tracking, champion, threads=THREADS)
    except CANNOT_SCORE as error:
        return _can_not_score(champion, reason(error))
    if loaded is None:
        return f"Version {champion.version}, the champion, has lost its files, so it scored nothing."
    return loaded


def _can_not_score(champion: Champion, why: str) -> str:
    return f"Version {champion.version}, the champion, can't score the new data ({why})."


def _in_parts(event: DetectDriftInput, dependencies: TrackingDependencies, asked: _Asked) -> ChampionInParts | None:
    """Keep the champion for ScoreTestPart, where test rows are in parts; its histories would take all rows."""
    if not is_manifest(event.splits.uris["test"]) or asked.past.plan is not None:
        return None
    threshold = float(asked.model.threshold)
    return keep_champion(dependencies.tracking, asked.champion, threshold, dependencies.files, event.execution)


def _on_test(event: DetectDriftInput, dependencies: TrackingDependencies, asked: _Asked) -> ChampionScores | None:
    """Score the test rows by the champion; where it can't, RegisterModel reports why.

    Those that stay in their files are RegisterModel's, which has all cores: one would take longer than this may.
    """
    test = dependencies.files.open_table(event.splits.uris["test"])
    if not isinstance(test.X, pd.DataFrame):
        return None
    try:
        found = OnTest.ask(dependencies.tracking, asked.champion, asked.model, test, asked.past)
    except CANNOT_SCORE:
        return None
    return found.keep(dependencies.files, event.execution)


def _scores(event: DetectDriftInput, tracking: Tracking, asked: _Asked, new: LabelledTable) -> _Scores:
    """Score a sample of the rows by the champion; where it can't, that is reported and fails no run."""
    chosen = np.random.default_rng(event.settings.seed).permutation(len(new.X))[:SCORED_ROWS]
    try:
        return _Scores(np.asarray(asked.model.predict_proba(new.X.iloc[np.sort(chosen)])[:, 1], dtype=np.float64))
    except CANNOT_SCORE as error:
        why = why_not(tracking, asked.champion, asked.past, new, error)
        return _Scores(note=_can_not_score(asked.champion, why))


def _summary(report: DriftReport, version: str, uri: str) -> Drift:
    changed = report.columns
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
        columns_missing=len(changed.removed),
        columns_added=len(changed.added),
        columns_changed_kind=len(changed.retyped) + sum(name in changed.needed for name in changed.roles),
        top_features=[_feature(each, place) for place, each in enumerate(report.features[:TOP_FEATURES])],
        report_uri=uri,
    )


def _feature(feature: drift.FeatureDrift, place: int) -> TopFeature:
    shown = _largest(feature.bins) if feature.changed and place < SHOWN_FEATURES else ()
    return TopFeature(
        feature=feature.feature,
        score=feature.score if feature.changed else 0.0,
        drifted=feature.drifted,
        title=feature.title,
        bins=[
            BinShift(label=each.label[:LONGEST_LABEL], reference=round(each.reference, 4), new=round(each.new, 4))
            for each in shown
        ],
    )


def _largest(bins: Sequence[drift.Bin]) -> list[drift.Bin]:
    """Keep the bins with the most rows on either side, in their order."""
    kept = sorted(bins, key=lambda each: -max(each.reference, each.new))[:SHOWN_BINS]
    return [each for each in bins if each in kept]
