"""The pipeline with the monitoring servers that ``fraudflow up`` starts: one good run, then one that fails."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.telemetry import loop_metrics
from tests.contract.monitoring import Query, queries, rules
from tests.e2e.conftest import EmbeddedStack, free_port, poll, start_stack
from tests.e2e.monitoring.conftest import Prometheus, binary, fetch
from tests.e2e.monitoring.test_panels import PANELS, ask_panel, fill_in
from tests.e2e.test_stack import LOOPBACK, listeners, processes_in, status_of

SERVERS = ("prometheus", "pushgateway", "alertmanager")
FILE = "march.csv"
SCRAPED = 60  # seconds within which Prometheus, which looks every 15, must have seen a push
pytestmark = pytest.mark.e2e


class Watched:
    """A stack that has its monitoring, after one good run."""

    def __init__(self, stack: EmbeddedStack, ports: dict[str, int]) -> None:
        self.stack = stack
        self.ports = ports
        self.prometheus = Prometheus(f"http://127.0.0.1:{ports['prometheus']}")
        self.alerts_after_one_run: set[str] = set()

    def wait_for(self, expression: str) -> None:
        poll(lambda: self.prometheus.instant(expression) or None, seconds=SCRAPED, what=expression)

    def alerts(self) -> set[str]:
        """Name the alerts that are pending or firing."""
        known = fetch(f"{self.prometheus.url}/api/v1/alerts")["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in known}

    def wait_for_every_rule(self) -> None:
        poll(
            lambda: all(rule["health"] == "ok" for rule in self.prometheus.rules()) or None,
            seconds=SCRAPED,
            what="the evaluation of every rule",
        )


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    for name in ("prometheus", "prometheus-pushgateway", "prometheus-alertmanager"):
        binary(name)
    folder = tmp_path_factory.mktemp("watched")
    ports = {name: free_port() for name in (*SERVERS, "grafana", "scoring")}
    extra = {f"FRAUDFLOW_{name.upper()}_PORT": str(port) for name, port in ports.items()}
    stack = start_stack(folder / "home", FRAUDFLOW_MONITORING="true", FRAUDFLOW_SCORING="true", **extra)
    try:
        made = stack.fraudflow("synthesize", str(folder / FILE), "--rows", "4000", "--fraud-rate", "0.05")
        assert made.returncode == 0, made.stderr
        report = stack.run(folder / FILE, FRAUDFLOW_CANDIDATES='["logistic_regression"]')
        assert report["status"] == "SUCCEEDED", report
        watched = Watched(stack, ports)
        for name in ("rows_loaded", "pipeline_executions", "model:frauds_missed_of_98:max"):
            watched.wait_for(name)
        watched.wait_for_every_rule()
        watched.alerts_after_one_run = watched.alerts()
        yield watched
    finally:
        stack.fraudflow("down")


def test_up_starts_them_on_loopback_and_status_knows_them(watched: Watched) -> None:
    states = {server["name"]: server["status"] for server in status_of(watched.stack)["servers"]}
    assert [states[name] for name in SERVERS] == ["ready"] * len(SERVERS)
    for name in SERVERS:
        # The guard, and the server itself behind it at another address of 127.0.0.0/8.
        guard, behind = sorted(listeners(watched.ports[name]), key=lambda host: host != LOOPBACK)
        assert (guard, behind[-2:]) == (LOOPBACK, LOOPBACK[-2:])


def test_runs_push_to_the_gateway_of_their_stack_without_being_told(watched: Watched) -> None:
    assert watched.prometheus.value("rows_loaded") == 4000
    assert watched.prometheus.value('pipeline_executions{status="SUCCEEDED"}') == 1
    assert watched.prometheus.value('pipeline_executions{status="RUNNING"}') == 0
    durations = watched.prometheus.instant("state_duration_seconds")
    assert {"LoadData", "TrainModel", "RegisterModel"} <= {each["metric"]["state"] for each in durations}


# Those of the scoring service and of the loop are about traffic: test_panels.py has some.
@pytest.mark.parametrize(("dashboard", "title"), [panel for panel in PANELS if panel[0] not in {"scoring", "loop"}])
def test_a_panel_has_data_after_one_good_run(watched: Watched, dashboard: str, title: str) -> None:
    assert ask_panel(watched.prometheus, dashboard, title)


def test_a_file_of_labels_and_the_look_after_it_are_seen(watched: Watched, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("transaction_id,label\nnever-seen,1\n", encoding="utf-8")
    watched.stack.aws("s3", "cp", str(labels), "s3://labels/labels.csv")
    for metric in (loop_metrics.LABELS_RECEIVED, loop_metrics.LAST_LOOK, loop_metrics.LAST_DECISION):
        watched.wait_for(metric.name)
    assert watched.prometheus.value(loop_metrics.LABELS_RECEIVED.name) == 1
    assert watched.prometheus.value(loop_metrics.LABELS_MATCHED.name) == 0


@pytest.mark.parametrize("query", [*queries()], ids=lambda query: f"{query.panel['title']}-{query.target['refId']}")
def test_a_query_parses(watched: Watched, query: Query) -> None:
    watched.prometheus.instant(fill_in(query.expression))


def test_every_rule_is_evaluated_and_a_good_run_fires_no_alarm_about_the_pipeline(watched: Watched) -> None:
    known = {rule["name"] for rule in watched.prometheus.rules()}
    assert known == {rule.get("alert") or rule["record"] for rule in rules()}
    of_the_pipeline = {"PipelineFailed", "NoRecentSuccess", "MetricsGone", "PushgatewayDown"}
    assert not watched.alerts_after_one_run & of_the_pipeline


def test_the_scoring_service_serves_the_champion_of_the_run_and_is_read(watched: Watched) -> None:
    def served() -> str | None:
        return (status_of(watched.stack)["scoring"] or {}).get("version")

    assert poll(served, seconds=SCRAPED, what="the first champion in the scoring service") == "1"
    watched.wait_for('up{job="scoring"} == 1 and on (job) scoring_champion_is_served == 1')
    assert watched.prometheus.instant('scoring_model_info{model="fraud-detector",version="1"}')


def test_a_scoring_service_that_was_killed_is_back_with_the_champion(watched: Watched) -> None:
    def version(restarts: int) -> str | None:
        state = status_of(watched.stack)
        [server] = [each for each in state["servers"] if each["name"] == "scoring"]
        return state["scoring"]["version"] if state["scoring"] and server["restarts"] == restarts else None

    poll(lambda: version(0), seconds=SCRAPED, what="the first champion in the scoring service")
    os.kill(processes_in(watched.stack)["scoring"], signal.SIGKILL)
    assert poll(lambda: version(1), seconds=SCRAPED, what="the champion after a restart") == "1"


def test_prometheus_knows_its_alertmanager(watched: Watched) -> None:
    known = fetch(f"{watched.prometheus.url}/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
    assert [each["url"] for each in known] == [f"http://127.0.0.1:{watched.ports['alertmanager']}/api/v2/alerts"]


def test_a_gateway_that_was_killed_and_lost_its_file_is_back_with_its_figures(watched: Watched) -> None:
    kept = watched.stack.home / "monitoring" / "pushgateway" / "metrics"
    gateway = processes_in(watched.stack)["pushgateway"]
    kept.unlink()
    os.kill(gateway, signal.SIGKILL)

    def is_back() -> bool | None:
        [server] = [each for each in status_of(watched.stack)["servers"] if each["name"] == "pushgateway"]
        return (server["restarts"] == 1 and server["status"] == "ready") or None

    poll(is_back, seconds=SCRAPED, what="the restart of the Pushgateway")

    def has_its_figures() -> bool | None:
        return f'dataset="{FILE}"' in fetch(f"http://127.0.0.1:{watched.ports['pushgateway']}/metrics") or None

    poll(has_its_figures, seconds=SCRAPED, what="the figures of the run, pushed again")
    # Other tests, in whatever order, find what they would have found before.
    for name in ("rows_loaded", "model:frauds_missed_of_98:max"):
        watched.wait_for(name)


def test_the_stack_tells_that_it_lives(watched: Watched) -> None:
    watched.wait_for("time() - stack_heartbeat_timestamp_seconds < 600")
    # Of the run that may have been under way when it looked; the next look is five minutes later.
    age = watched.prometheus.value("stack_heartbeat_timestamp_seconds - oldest_running_timestamp_seconds")
    assert age is None or 0 <= age < 600


def test_a_failed_run_is_seen_with_its_state_and_leaves_the_good_figures(watched: Watched, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.touch()
    assert watched.stack.run(broken)["status"] == "FAILED"
    watched.wait_for('state_succeeded{outcome="failed",state="LoadData"} == 0')
    watched.wait_for('pipeline_executions{status="FAILED"} == 1')
    assert watched.prometheus.instant('last_failure_timestamp_seconds{error="EmptyFileError"}')
    assert watched.prometheus.value("rows_loaded") == 4000
    poll(lambda: "PipelineFailed" in watched.alerts() or None, seconds=SCRAPED, what="the alert about the failure")
