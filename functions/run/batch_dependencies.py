"""Dependencies of the steps that score files, and of the one that joins labels."""

from collections.abc import Callable
from dataclasses import dataclass, field

from functions.ports import Monitoring
from functions.run.dependencies import Dependencies, TrackingDependencies


@dataclass(frozen=True)
class CheckBatchDependencies(TrackingDependencies):
    """CheckBatch also knows the stack's model, whose champion scores unless another is named."""

    cores: int
    model: str


@dataclass(frozen=True)
class ScorePartsDependencies(TrackingDependencies):
    """ScoreParts also knows the seconds until its timeout, and hashes entities by this home's key."""

    cores: int
    seconds_left: Callable[[], float]
    pseudonym_key: bytes = field(repr=False)


@dataclass(frozen=True)
class ScoringFailureDependencies(Dependencies):
    """RecordScoringFailure reports a metric, where a Pushgateway is configured."""

    monitoring: Monitoring | None
    clock: Callable[[], float]


@dataclass(frozen=True)
class JoinLabelsDependencies(ScoringFailureDependencies):
    """JoinLabels also knows where decisions are."""

    decisions_bucket: str
