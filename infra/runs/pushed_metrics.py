"""Metrics of runs in the Pushgateway: pushed again where it has lost them, removed where an earlier release left them.

A Pushgateway acknowledges a push before it is on its disk, and one that is down takes none. Each run keeps what it has
pushed in S3 (``metrics.prom``), so that the last run of each model, and its last failures, can be pushed again.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry, Gauge, delete_from_gateway, push_to_gateway
from prometheus_client.parser import text_string_to_metric_families

from functions.telemetry import batch_metrics, metrics
from functions.telemetry.gateway_groups import by_group
from functions.telemetry.metrics import Metric, Sample
from infra.system.http import Body, ask

_JOB = "fraudflow"
_SECONDS = 5.0
_BY_NAME = {metric.name: metric for metric in (*metrics.ALL, *batch_metrics.ALL)}
# When what a group tells was so: what is newer in the gateway is left alone.
_TIMES = (metrics.LAST_SUCCESS.name, metrics.LAST_FAILURE.name, batch_metrics.LAST_BATCH.name)

type Grouping = Mapping[str, str]
type Key = frozenset[tuple[str, str]]


class Mended(NamedTuple):
    """Number of groups that were pushed again, and of an earlier release's that were removed."""

    pushed: int
    removed: int


def mend(url: str, expositions: Iterable[str], retired: Mapping[str, float] = MappingProxyType({})) -> Mended:
    """Push again what is missing in the gateway or newer than what it holds, and remove the groups of single files.

    Args:
        url: the gateway's, with the login that it asks for.
        expositions: what runs have pushed, newest first.
        retired: when models were retired (Unix time): what they pushed before then stays away.

    Raises:
        OSError: when the gateway does not answer, or refuses.
    """
    held = _held(url)
    groups = [(_grouping(each), _time_held(each)) for each in held if each["labels"].get("job") == _JOB]
    there = {_key(grouping): time for grouping, time in groups}
    known = _newest(expositions)
    wanted = [
        (group, samples) for group, samples in known if _time(samples) > retired.get(group.get("model", ""), -1.0)
    ]
    lost = [each for each in wanted if there.get(_key(each[0]), -1.0) < _time(each[1])]
    # A file's group is removed when the model's own is there: its metrics are at no time missing.
    for grouping, samples in lost:
        push(url, grouping, samples)
    of_files = [grouping for grouping, _ in groups if "dataset" in grouping]
    for grouping in of_files:
        delete_from_gateway(url, job=_JOB, grouping_key=dict(grouping), timeout=_SECONDS, handler=_send)
    return Mended(len(lost), len(of_files))


def remove(url: str, model: str) -> int:
    """Remove all groups of a model; return how many there were.

    Raises:
        OSError: when the gateway does not answer, or refuses.
    """
    groups = [_grouping(each) for each in _held(url) if each["labels"].get("model") == model]
    for grouping in groups:
        job = str(grouping.pop("job", _JOB))
        delete_from_gateway(url, job=job, grouping_key=grouping, timeout=_SECONDS, handler=_send)
    return len(groups)


def models(url: str) -> list[str]:
    """List the models whose runs the gateway knows of.

    Raises:
        OSError: when the gateway does not answer, or refuses.
    """
    return sorted({each["labels"]["model"] for each in _held(url) if metrics.LAST_SUCCESS.name in each})


def push(url: str, grouping: Grouping, samples: Iterable[Sample]) -> None:
    """Replace a group.

    Raises:
        OSError: when the gateway does not answer, or refuses.
    """
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for each in samples:
        metric = each.metric
        if metric.name not in gauges:
            gauges[metric.name] = Gauge(metric.name, metric.help, metric.labels, registry=registry)
        labels = {label: each.labels.get(label, "") for label in metric.labels}
        (gauges[metric.name].labels(**labels) if labels else gauges[metric.name]).set(each.value)
    push_to_gateway(url, job=_JOB, registry=registry, grouping_key=dict(grouping), timeout=_SECONDS, handler=_send)


def _held(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ask(f"{url}/api/v1/metrics"))["data"]
    return found


def _newest(expositions: Iterable[str]) -> Iterator[tuple[Grouping, list[Sample]]]:
    """Return the newest group of each model, of each of its failures, and of the pipeline."""
    seen: set[Key] = set()
    for text in expositions:
        samples = _samples(text)
        error = next((each.labels["error"] for each in samples if each.metric == metrics.LAST_FAILURE), None)
        for grouping, group in by_group(samples, error=error):
            if _key(grouping) not in seen:
                seen.add(_key(grouping))
                yield grouping, group


def _samples(text: str) -> list[Sample]:
    """Read a text of exposition; one of an earlier release gets the labels of today."""
    told = [
        (_BY_NAME[each.name], each.value, each.labels)
        for family in text_string_to_metric_families(text)
        for each in family.samples
        if each.name in _BY_NAME
    ]
    promoted = any(metric == metrics.CHAMPION_PROMOTED and value == 1 for metric, value, _ in told)
    role = "champion" if promoted else "challenger"
    return [Sample(metric, value, _labels(metric, labels, role)) for metric, value, labels in told]


def _labels(metric: Metric, labels: Mapping[str, str], role: str) -> dict[str, str]:
    known = {"role": role, **labels}
    return {label: known.get(label, "") for label in metric.labels}


def _grouping(held: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in held["labels"].items() if name != "job"}


def _time_held(held: Mapping[str, Any]) -> float:
    told = [each["value"] for name in _TIMES for each in held.get(name, {}).get("metrics", [])]
    return max(map(float, told), default=0.0)


def _time(samples: Iterable[Sample]) -> float:
    """Return the timestamp of a group; 0 where it has none."""
    return max((each.value for each in samples if each.metric.name in _TIMES), default=0.0)


def _key(grouping: Grouping) -> Key:
    return frozenset((name, value) for name, value in grouping.items() if value)


def _send(
    url: str,
    method: str,
    timeout: float | None,  # noqa: ARG001 - the signature is prometheus_client's
    headers: list[tuple[str, str]],
    data: bytes,
) -> Callable[[], None]:
    def send() -> None:
        ask(url, method=method, body=Body(data, dict(headers)["Content-Type"]) if data else None)

    return send
