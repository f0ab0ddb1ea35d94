"""How the last retraining goes: from its claim, over its data and its run, to what came of it.

S3 is asked, which keeps all of it: LocalStack forgets executions when it restarts.
"""

import datetime as dt
from dataclasses import dataclass

from functions.contracts import UploadRequest
from functions.contracts.loop_records import RetrainingFailure, RetrainingRecord
from functions.contracts.loop_states import MeasuredLoop
from functions.contracts.records import Claim, Ended, claim_key, ended_key, read_record
from functions.core.errors import UploadNotFoundError
from functions.core.loop.retraining_guards import RetrainingHistory, RetrainingUnderWay
from functions.feedback.retraining_records import days_ago
from functions.run.watch_dependencies import DecideRetrainingDependencies

# A run that has not ended by then was removed, or its data's event was never delivered.
_LONGEST_DAYS = 2.0


@dataclass(frozen=True)
class RetrainingProgress:
    """Retrainings of before, and one that was interrupted before its data was there and is to be started again."""

    history: RetrainingHistory
    interrupted: RetrainingRecord | None = None


def progress(
    measured: MeasuredLoop, decision: str, *, on_trial: bool, dependencies: DecideRetrainingDependencies
) -> RetrainingProgress:
    """Return how the retrainings of a model stand; one that came to nothing is recorded so.

    Args:
        measured: which model, and which version of it.
        decision: the id of the decision that is being made: what it has claimed before a crash is none of before.
        on_trial: whether a challenger is on trial.
        dependencies: of the step.
    """
    records, now = dependencies.retrainings(measured.model), dependencies.now()
    last = records.latest()
    interrupted, training = None, False
    if last is not None and last.decision != decision and not records.has_failed(last.number):
        training, failure = _state(last, now, dependencies)
        if failure is not None:
            records.fail(last.number, failure)
            interrupted = last if failure.interrupted else None
    under_way: RetrainingUnderWay | None = None
    if training:
        under_way = "training"
    elif on_trial:
        under_way = "trial"
    elif records.open_question(now, version=measured.version) is not None:
        under_way = "asked"
    before = [each for each in records.retrainings() if each.decision != decision]
    answered = frozenset(each.episode for each in before if each.episode is not None)
    days = tuple(days_ago(each, now) for each in records.started() if each.decision != decision)
    refusals = records.refusals(version=measured.version)
    refused = frozenset(asked.episode for asked, _ in refusals if asked.episode is not None)
    refused_days = min((days_ago(answer, now) for _, answer in refusals), default=None)
    return RetrainingProgress(RetrainingHistory(days, answered, under_way, refused, refused_days), interrupted)


def _state(
    last: RetrainingRecord, now: dt.datetime, dependencies: DecideRetrainingDependencies
) -> tuple[bool, RetrainingFailure | None]:
    """Return whether a retraining is under way, and why it came to nothing where it did."""
    store = dependencies.files.store
    try:
        upload = store.find(UploadRequest(bucket=dependencies.uploads_bucket, key=last.upload_key))
    except UploadNotFoundError:
        if dependencies.executions.is_running(last.execution):
            return True, None
        return False, _failure(now, "Interrupted", "The stack crashed before its data was there.", interrupted=True)
    late = days_ago(last, now) > _LONGEST_DAYS
    claim_uri = (
        f"s3://{dependencies.runs_bucket}/{claim_key(upload.bucket, upload.key, upload.version_id, upload.etag)}"
    )
    if not store.exists(claim_uri):
        return not late, None
    run = read_record(Claim, store.read(claim_uri), claim_uri).execution.name
    ended_uri = f"s3://{dependencies.runs_bucket}/{ended_key(run)}"
    if not store.exists(ended_uri):
        return not late, None
    ended = read_record(Ended, store.read(ended_uri), ended_uri)
    if ended.outcome == "succeeded":
        return False, None
    return False, _failure(now, ended.error or ended.outcome, ended.cause or f"The run {run} did not succeed.")


def _failure(now: dt.datetime, error: str, message: str, *, interrupted: bool = False) -> RetrainingFailure:
    return RetrainingFailure(at=now.isoformat(), error=error, message=message, interrupted=interrupted)
