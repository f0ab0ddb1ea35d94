"""Choose among the trained candidates, blend them if asked to, and give the chosen one its decision threshold."""

from typing import get_args

from functions.contracts import Candidate, SelectModelInput, TrainedModel
from functions.core.evaluation.thresholds import Threshold
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.persistence import dump_model
from functions.core.training.raw_input import RawInputClassifier
from functions.run import from_settings
from functions.run.dependencies import ScoringDependencies
from functions.select_model import contest, reference_files
from functions.select_model.contest import Rows
from functions.settings import ENSEMBLE, ThresholdPolicy

POLICIES: tuple[ThresholdPolicy, ...] = get_args(ThresholdPolicy)


def inputs(event: SelectModelInput) -> list[str]:
    """Return the files that this step reads, in its order: of the models, all if they are to be blended."""
    uris, candidates = event.splits.uris, event.candidates
    models = [each.uri for each in candidates] if ENSEMBLE in event.settings.candidates or len(candidates) == 1 else []
    return [uris["train"], uris["validation"], *(each.scores_uri for each in candidates), *models]


def run(event: SelectModelInput, dependencies: ScoringDependencies) -> TrainedModel:
    """Select; the test split is never read here."""
    files, settings = dependencies.files, event.settings
    rows = Rows.read(event, files)
    sample_uri = reference_files.write_sample(event, files, rows)
    seen_uri = reference_files.write_seen(event, files, rows)
    held = contest.hold(event, files, rows)
    chosen, why = held.winner()
    scores = held.scores[chosen.algorithm]
    thresholds = {
        policy: from_settings.threshold(settings, rows.held_out, scores, policy=policy) for policy in POLICIES
    }
    threshold = thresholds[settings.threshold]
    flagging = FlaggingClassifier(held.model(chosen, files), threshold.value)
    body = dump_model(RawInputClassifier(flagging, rows.training.formats, rows.training.histories or None))
    return TrainedModel(
        uri=files.write(event.execution, "model.skops", body, "application/octet-stream"),
        profile_uri=reference_files.write_profile(event, files, rows, scores),
        reference_sample_uri=sample_uri,
        seen_rows_uri=seen_uri,
        candidates=held.candidates,
        selection=why,
        algorithm=chosen.algorithm,
        parameters=chosen.parameters,
        threshold_policy=settings.threshold,
        thresholds={policy: each.value for policy, each in thresholds.items()},
        validation=_metrics(chosen, threshold),
        seconds=sum(each.seconds for each in event.candidates),
    )


def _metrics(chosen: Candidate, threshold: Threshold) -> dict[str, float]:
    return {
        "validation_fraud_f1": threshold.confusion.f1,
        "validation_fraud_precision": threshold.confusion.precision,
        "validation_fraud_recall": threshold.confusion.recall,
        "validation_cost": threshold.total_cost,
        "validation_average_precision": chosen.average_precision,
        "validation_brier_score": chosen.brier_score,
    }
