"""CloudWatch behind the ``Monitoring`` port: metrics as lines of the function's log, in its embedded metric format."""

import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import batched

from functions.ports import Monitoring
from functions.telemetry.metrics import Sample

# What CloudWatch takes of a line.
_METRICS_A_LINE = 100
_LONGEST_VALUE = 1024
# CloudWatch charges by the month for each value of these, and a run has new ones: a name, a file, a feature.
_UNBOUNDED = {"execution", "feature"}


def _print(line: str) -> None:
    # One write: a function's log has lines of other threads, too.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class EmbeddedMetrics:
    """Writes metrics into the log, where CloudWatch finds them.

    Args:
        namespace: where CloudWatch keeps them.
        beside: where metrics are pushed besides, if anywhere.
        write: prints a line.
        clock: the time in seconds.
    """

    def __init__(
        self,
        *,
        namespace: str,
        beside: Monitoring | None = None,
        write: Callable[[str], None] = _print,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._namespace = namespace
        self._beside = beside
        self._write = write
        self._clock = clock

    def push(self, samples: Sequence[Sample], *, grouping: Mapping[str, str]) -> str | None:
        """Write the samples, and push them where they are pushed besides; return why that failed, or None."""
        for dimensions, values in _by_dimensions(samples).items():
            for part in batched(values.items(), _METRICS_A_LINE, strict=False):
                self._write(self._line(dict(dimensions), dict(part)))
        return self._beside.push(samples, grouping=grouping) if self._beside else None

    def _line(self, dimensions: Mapping[str, str], values: Mapping[str, float]) -> str:
        told = {
            "Namespace": self._namespace,
            "Dimensions": [list(dimensions)],
            "Metrics": [{"Name": name} for name in values],
        }
        about = {"Timestamp": int(self._clock() * 1000), "CloudWatchMetrics": [told]}
        return json.dumps({"_aws": about, **dimensions, **values})


def _by_dimensions(samples: Sequence[Sample]) -> dict[tuple[tuple[str, str], ...], dict[str, float]]:
    """Return the values of each set of dimensions; CloudWatch takes no value that is no number, and no empty label."""
    found: dict[tuple[tuple[str, str], ...], dict[str, float]] = {}
    for sample in samples:
        labels = sample.metric.labels
        if _UNBOUNDED.intersection(labels) or not math.isfinite(sample.value):
            continue
        given = tuple((label, sample.labels[label][:_LONGEST_VALUE]) for label in labels if sample.labels[label])
        found.setdefault(given, {})[sample.metric.name] = sample.value
    return found
