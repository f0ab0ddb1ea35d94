"""Build what the states of the feedback machine depend on from the environment, once per process."""

import time

from functions import connections, feedback_settings, settings
from functions.connections import once
from functions.run.batch_dependencies import JoinLabelsDependencies, ScoringFailureDependencies
from functions.run.dependencies import Dependencies


def _check_labels(own: settings.StorageSettings) -> Dependencies:
    return Dependencies(files=connections.files(own.runs_bucket))


def _join_labels(own: feedback_settings.JoinLabelsSettings) -> JoinLabelsDependencies:
    return JoinLabelsDependencies(
        files=connections.files(own.runs_bucket),
        monitoring=connections.monitoring(own),
        clock=time.time,
        decisions_bucket=own.decisions_bucket,
    )


def _record_feedback_failure(own: feedback_settings.RecordFeedbackFailureSettings) -> ScoringFailureDependencies:
    return ScoringFailureDependencies(
        files=connections.files(own.runs_bucket), monitoring=connections.monitoring(own), clock=time.time
    )


# State by state: the settings that its function reads, and what its step's dependencies are made of them by.
check_labels = once(settings.StorageSettings, _check_labels)
join_labels = once(feedback_settings.JoinLabelsSettings, _join_labels)
record_feedback_failure = once(feedback_settings.RecordFeedbackFailureSettings, _record_feedback_failure)
