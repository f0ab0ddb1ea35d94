"""What a batch's scored parts tell: sums over all rows, and drift of those whose columns are kept."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from functions.contracts.scored_batches import MeasureTrafficInput
from functions.core.drift import DriftReport, NewData, detect_drift
from functions.core.drift.reference import ReferenceProfile
from functions.core.evaluation.costs import Costs
from functions.core.evaluation.curves import ReliabilityBin
from functions.core.evaluation.doubts import doubts
from functions.core.evaluation.estimates import Estimates, estimate
from functions.core.evaluation.known_region import why_not_known
from functions.core.evaluation.realised import Realised, RealisedSums
from functions.core.evaluation.score_sums import ScoreSums
from functions.core.evaluation.scored import Scored
from functions.core.histories.events import read_moments_of
from functions.core.histories.events_file import from_parquet
from functions.core.histories.full_windows import known_from
from functions.ports import Champion, Tracking
from functions.run.champion import reference, reference_rows, reliability
from functions.run.dependencies import RunFiles
from functions.run.scored_parts import KeptRows, ScoredParts

_SEED = 0
# About 100 MB of numbers: the 200,000 rows that are kept of 60 columns, or 12,000 of 1,000.
CELLS = 12_000_000
_IGNORED = "drift_ignored_columns"


@dataclass(frozen=True)
class BatchMeasure:
    """What a batch's rows are worth.

    Attributes:
        sums: over all rows.
        costs: of the version that scored them.
        estimates: without labels; None where they can't be known, for the reason ``not_known``.
        realised: by the file's own labels; None where it has none.
        drift: against the data of the version.
        tested: that version's scores on its test split, by bands.
        doubts: what speaks against the estimates, in sentences.
    """

    sums: ScoreSums
    costs: Costs
    estimates: Estimates | None
    not_known: str | None
    realised: Realised | None
    drift: DriftReport
    tested: tuple[ReliabilityBin, ...]
    doubts: tuple[str, ...] = ()


def measure(event: MeasureTrafficInput, files: RunFiles, tracking: Tracking) -> BatchMeasure:
    """Measure a batch whose parts are all scored, holding one part at a time and the rows that are kept."""
    model = event.model
    version = Champion(name=model.name, version=model.version, run_id=model.run_id)
    costs = Costs(missed_fraud=model.cost_missed_fraud, false_alarm=model.cost_false_alarm)
    parts = ScoredParts(files, event.execution)
    sums, realised = _sums(event, parts, costs)
    tested = reliability(tracking, version)
    drift = _drift(event, parts, tracking, version)
    not_known = why_not_known(drift)
    estimates = None if not_known else estimate(sums, costs, tested, seed=_SEED)
    by_labels = realised.measure(costs) if realised.confusion.rows else None
    return BatchMeasure(
        sums=sums,
        costs=costs,
        estimates=estimates,
        not_known=not_known,
        realised=by_labels,
        drift=drift,
        tested=tested,
        doubts=() if estimates is None else tuple(doubts(estimates, sums.count, tested, by_labels)),
    )


def _sums(event: MeasureTrafficInput, parts: ScoredParts, costs: Costs) -> tuple[ScoreSums, RealisedSums]:
    """Sum over all rows, and over those with a label."""
    sums, realised = (
        ScoreSums.of(Scored(pd.Series(dtype="float64").to_numpy(), event.model.threshold), costs),
        RealisedSums(),
    )
    for part in parts.scores(event.file.parts):
        amounts = part.get("missed_cost")
        sums += ScoreSums.of(Scored(part["score"].to_numpy(), event.model.threshold), costs, amounts)
        if "label" in part:
            known = part["label"].notna()
            realised += RealisedSums.of(
                part.loc[known, "label"], part.loc[known, "alarm"], costs, None if amounts is None else amounts[known]
            )
    return sums, realised


def _drift(event: MeasureTrafficInput, parts: ScoredParts, tracking: Tracking, version: Champion) -> DriftReport:
    """Compare the kept rows with the data of the version that scored them."""
    profile = reference(tracking, version)
    if isinstance(profile, str):
        return DriftReport(verdict="no_reference", explanation=profile, reference_rows=0, rows=event.scored.rows)
    kept = _drawn(event, parts)
    X = pd.concat([each.columns for each in kept], ignore_index=True)
    scores = pd.concat([each.scores for each in kept], ignore_index=True)
    labels = [each.labels.dropna() for each in kept if each.labels is not None]
    sample = reference_rows(tracking, version)
    report = detect_drift(
        profile,
        NewData(
            X,
            pd.concat(labels) if labels else None,
            scores,
            dict(profile.roles),
            known_since=_known_since(event, parts.files, profile, X),
        ),
        sample=None if isinstance(sample, str) else sample,
        ignored=tracking.params(version.run_id).get(_IGNORED, "").split(", "),
        seed=_SEED,
    )
    return report.model_copy(update={"notes": tuple(_notes(event, sample, len(X)))})


def _known_since(event: MeasureTrafficInput, files: RunFiles, profile: ReferenceProfile, X: pd.DataFrame) -> int | None:
    """Return the moment from which on the batch's histories know transactions; None of a model without histories.

    That is the first of the version's own, where they were pinned for the batch, or else of the batch's own rows.
    """
    plan = profile.plan
    if plan is None or plan.clock not in X:
        return None
    uri = event.file.events_uri
    pinned = np.empty(0, np.int64) if uri is None else from_parquet(files.read(uri))[1].moments
    return known_from(np.concatenate([pinned, read_moments_of(plan, X[plan.clock])]))


def _drawn(event: MeasureTrafficInput, parts: ScoredParts) -> list[KeptRows]:
    """Read the kept rows, of a wide table as many at random as memory has room for."""
    random, found = np.random.default_rng(_SEED), []
    for each in parts.kept(event.file.parts):
        expected = event.scored.rows * event.file.kept_share * each.columns.shape[1]
        chosen = np.flatnonzero(random.random(len(each.columns)) * expected < CELLS)
        labels = None if each.labels is None else each.labels.iloc[chosen]
        found.append(KeptRows(each.columns.iloc[chosen], each.scores.iloc[chosen], labels))
    return found


def _notes(event: MeasureTrafficInput, sample: pd.DataFrame | str, kept: int) -> list[str]:
    """Return what was not compared, and why."""
    notes = [sample] if isinstance(sample, str) else []
    if kept < event.scored.rows:
        notes.append(
            f"{event.scored.rows - kept:,} of {event.scored.rows:,} rows: those compared were drawn at random."
        )
    return notes
