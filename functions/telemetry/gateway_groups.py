"""Groups of the Pushgateway: what is replaced together."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from functions.telemetry.metrics import EXECUTIONS, Sample, Step

# The file's name is none of them: a group, and a series, for each file would be kept for ever.
_GROUPING_LABELS = ("model",)
# What is pushed apart from runs, so that neither replaces the other's: by step, the group's source.
_SOURCES: Mapping[Step, str] = MappingProxyType(
    {
        "measure_traffic": "batches",
        "record_scoring_failure": "batches",
        "measure_loop": "loop",
        "judge_versions": "trial",
        "decide_retraining": "retraining",
        "record_watch_failure": "loop",
        "join_labels": "labels",
        "record_feedback_failure": "labels",
    }
)


def by_group(samples: Iterable[Sample], *, error: str | None = None) -> list[tuple[dict[str, str], list[Sample]]]:
    """Return a run's samples by Pushgateway group; each group is replaced as a whole.

    A sample with a model label is of that model's last run, whatever its file; one without is of all runs or of the
    stack, and those of scored batches and of the loop are apart. Samples of a failed run are in a group of their own,
    by the type of its ``error`` and the model if known: a successful run's metrics stay.
    """
    groups: dict[tuple[tuple[str, str], ...], list[Sample]] = {}
    for sample in samples:
        key = tuple((label, sample.labels[label]) for label in _GROUPING_LABELS if label in sample.metric.labels)
        if sample.metric.step == "health_check":
            key = (("source", "stack"),)
        if source := _SOURCES.get(sample.metric.step):
            key = (("source", source), *key)
        if error is not None and sample.metric.name != EXECUTIONS.name:
            key = (("outcome", "failed"), ("error", error), *key)
        groups.setdefault(key, []).append(sample)
    return [(dict(key), members) for key, members in groups.items()]
