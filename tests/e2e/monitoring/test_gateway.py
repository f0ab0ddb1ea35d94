"""A real Pushgateway that is killed right after a push that it acknowledged, and one that a former release filled."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from functions.adapters.pushgateway import Pushgateway, exposition
from functions.telemetry import batch_metrics, metrics
from functions.telemetry.gateway_groups import by_group
from functions.telemetry.metrics import Sample
from infra.runs.pushed_metrics import mend, models, remove
from infra.system.http import Body, ask
from tests.e2e.conftest import free_port
from tests.e2e.monitoring.conftest import binary, running
from tests.e2e.monitoring.runs import MODEL, failed_run, later_run

pytestmark = pytest.mark.e2e


@contextmanager
def gateway(folder: Path, port: int) -> Iterator[tuple[str, int]]:
    """Run one with the options of the embedded stack; give its address and its pid."""
    url = f"http://127.0.0.1:{port}"
    words = [
        binary("prometheus-pushgateway"),
        f"--web.listen-address=127.0.0.1:{port}",
        f"--persistence.file={folder / 'metrics'}",
        "--persistence.interval=100ms",
    ]
    with running(words, ready=f"{url}/-/ready", log=folder / "pushgateway.log") as process:
        yield url, process.pid


def told(url: str) -> str:
    return ask(f"{url}/metrics").decode()


def push(url: str, samples: list[Sample], error: str | None = None) -> None:
    for grouping, group in by_group(samples, error=error):
        assert Pushgateway(url=url).push(group, grouping=grouping) is None


def test_nothing_that_was_acknowledged_is_lost_to_a_kill(tmp_path: Path) -> None:
    good = later_run(rows_loaded=4711)
    failed = [sample for _, group in failed_run() for sample in group]
    port = free_port()
    with gateway(tmp_path, port) as (url, pid):
        push(url, later_run(rows_loaded=1, last_success_timestamp_seconds=1))
        push(url, good)
        push(url, failed, error="TargetError")
        os.kill(pid, signal.SIGKILL)
    with gateway(tmp_path, port) as (url, _):
        mend(url, [exposition(failed).decode(), exposition(good).decode()])
        after = told(url)
        assert mend(url, [exposition(failed).decode(), exposition(good).decode()]) == (0, 0)
    assert "rows_loaded{" in after
    assert "} 4711" in after
    assert 'last_failure_timestamp_seconds{error="TargetError"' in after
    assert 'pipeline_executions{instance="",job="fraudflow",status="SUCCEEDED"}' in after


def test_what_is_newer_in_the_gateway_is_left_alone(tmp_path: Path) -> None:
    with gateway(tmp_path, free_port()) as (url, _):
        push(url, later_run(rows_loaded=2, last_success_timestamp_seconds=2000))
        older = exposition(later_run(rows_loaded=1, last_success_timestamp_seconds=1000)).decode()
        assert mend(url, [older]).pushed == 0
        assert f'rows_loaded{{instance="",job="fraudflow",model="{MODEL}"}} 2\n' in told(url)


# What release 0.1.0 has pushed for each file, and kept with its run.
FORMER = """# TYPE test_fraud_recall gauge
test_fraud_recall{dataset="march.csv",model="cards"} 0.05
# TYPE champion_promoted gauge
champion_promoted{dataset="march.csv",model="cards"} 0.0
# TYPE drift_score gauge
drift_score{dataset="march.csv",model="cards"} 0.92
# TYPE last_success_timestamp_seconds gauge
last_success_timestamp_seconds{dataset="march.csv",model="cards"} 2000.0
"""


def test_groups_of_files_of_the_last_release_are_replaced_by_those_of_their_models(tmp_path: Path) -> None:
    with gateway(tmp_path, free_port()) as (url, _):
        for name in ("january.csv", "march.csv"):
            body = Body(FORMER.replace("march.csv", name).encode(), "text/plain")
            ask(f"{url}/metrics/job/fraudflow/dataset/{name}/model/cards", method="PUT", body=body)
        ask(f"{url}/metrics/job/of_others/dataset/x", method="PUT", body=Body(b"theirs 1\n", "text/plain"))
        assert mend(url, [FORMER]) == (1, 2)
        after = told(url)
        assert mend(url, [FORMER]) == (0, 0)
    assert "january.csv" not in after
    assert "march.csv" not in after
    assert 'test_fraud_recall{instance="",job="fraudflow",model="cards",role="challenger"} 0.05' in after
    assert "drift_concerns_champion" not in after  # so that its drift alerts nobody
    assert 'theirs{dataset="x"' in after


def test_a_lost_push_of_a_batch_is_pushed_again_beside_the_runs(tmp_path: Path) -> None:
    where = {"model": MODEL}
    batch = [Sample(batch_metrics.ROWS, 7, where), Sample(batch_metrics.LAST_BATCH, 1000, where)]
    with gateway(tmp_path, free_port()) as (url, _):
        push(url, later_run(rows_loaded=2))
        assert mend(url, [exposition(batch).decode()]) == (1, 0)
        assert mend(url, [exposition(batch).decode()]) == (0, 0)
        after = told(url)
    assert f'batch_rows{{instance="",job="fraudflow",model="{MODEL}",source="batches"}} 7\n' in after
    assert f'rows_loaded{{instance="",job="fraudflow",model="{MODEL}"}} 2\n' in after


def test_models_are_told_by_their_last_success(tmp_path: Path) -> None:
    with gateway(tmp_path, free_port()) as (url, _):
        push(url, [sample for _, group in failed_run() for sample in group], error="TargetError")
        assert models(url) == []
        push(url, later_run())
        assert models(url) == [MODEL]


def test_a_metric_that_is_not_declared_any_more_is_not_pushed_again(tmp_path: Path) -> None:
    with gateway(tmp_path, free_port()) as (url, _):
        text = f'# TYPE gone gauge\ngone{{model="cards"}} 1\n{FORMER}'
        mend(url, [text])
        assert "gone" not in told(url)
        assert metrics.LAST_SUCCESS.name in told(url)


def test_a_retired_model_leaves_and_comes_back_by_a_later_run_alone(tmp_path: Path) -> None:
    with gateway(tmp_path, free_port()) as (url, _):
        push(url, later_run(last_success_timestamp_seconds=1000))
        push(url, [Sample(batch_metrics.ROWS, 7, {"model": MODEL})])
        mend(url, [FORMER])
        assert remove(url, MODEL) == 2
        assert models(url) == ["cards"]
        assert f'model="{MODEL}"' not in told(url)
        old, new = (exposition(later_run(last_success_timestamp_seconds=each)).decode() for each in (1000, 3000))
        assert mend(url, [old], {MODEL: 2000.0}).pushed == 0
        assert models(url) == ["cards"]
        assert mend(url, [new], {MODEL: 2000.0}).pushed == 1
        assert models(url) == ["cards", MODEL]
