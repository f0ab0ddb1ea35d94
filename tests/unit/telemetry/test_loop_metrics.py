"""The loop's metrics: what is known has a sample, and each state of the loop replaces its own."""

from functions.telemetry import loop_metrics, metrics
from functions.telemetry.gateway_groups import by_group
from functions.telemetry.metrics import Sample

WHERE = {"model": "fraud"}


def test_what_is_not_known_is_absent_and_never_zero() -> None:
    known = loop_metrics.samples({loop_metrics.REALISED_COST: None, loop_metrics.LABEL_BACKLOG: 0}, "fraud")

    assert known == [Sample(loop_metrics.LABEL_BACKLOG, 0.0, WHERE)]


def test_a_labels_file_is_of_no_model() -> None:
    assert loop_metrics.samples({loop_metrics.LABELS_RECEIVED: 7}) == [Sample(loop_metrics.LABELS_RECEIVED, 7.0, {})]


def test_an_episode_that_is_over_is_said_to_be() -> None:
    found = loop_metrics.one_of(loop_metrics.EPISODE_OPEN, "fraud", "kind", loop_metrics.EPISODE_KINDS, ["broken"])

    assert {each.labels["kind"]: each.value for each in found} == {"shifted": 0.0, "broken": 1.0}


def test_a_failure_has_a_model_where_its_metric_has_one() -> None:
    [of_a_look] = loop_metrics.failed(loop_metrics.LAST_WATCH_FAILURE, "StateError", now=5)
    [of_labels] = loop_metrics.failed(loop_metrics.LAST_LABELS_FAILURE, "StateError", now=5, model="fraud")

    assert of_a_look.labels == {"error": "StateError", "model": ""}
    assert of_labels.labels == {"error": "StateError"}


def test_each_state_replaces_its_own_group() -> None:
    """A push replaces a whole group: what another state has said must not be in it."""
    steps = {each.step: each for each in (*loop_metrics.ALL, metrics.ROWS_LOADED) if "error" not in each.labels}
    known = [Sample(metric, 1, dict.fromkeys(metric.labels, "fraud")) for metric in steps.values()]

    groups = by_group(known)

    assert len(groups) == len(steps)
    sources = {group[0].metric.step: grouping.get("source") for grouping, group in groups}
    assert sources == {
        "load_data": None,
        "measure_loop": "loop",
        "judge_versions": "trial",
        "decide_retraining": "retraining",
        "join_labels": "labels",
    }


def test_a_look_that_failed_leaves_what_the_last_one_said() -> None:
    error = "StateError"
    failure = loop_metrics.failed(loop_metrics.LAST_WATCH_FAILURE, error, now=5, model="fraud")

    [(grouping, _)] = by_group(failure, error=error)

    assert grouping == {"outcome": "failed", "error": error, "source": "loop", "model": "fraud"}
