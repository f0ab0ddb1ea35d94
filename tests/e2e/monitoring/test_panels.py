"""Every expression of every panel and rule, asked of a real Prometheus after real pushes."""

import json
import re
import time
from collections.abc import Callable, Iterator

import pytest

from tests.contract.monitoring import DASHBOARDS, Query, load, queries, rules
from tests.e2e.monitoring.conftest import Monitoring, Prometheus, monitoring
from tests.e2e.monitoring.runs import DATASET, MODEL, REPORT, failed_run, first_run, later_run, looked_at, scored_batch

PANELS = {(query.dashboard, query.panel["title"]): query.panel for query in queries()}
pytestmark = pytest.mark.e2e


def after_one_run(monitored: Monitoring) -> None:
    monitored.push(first_run())


def after_a_later_run(monitored: Monitoring) -> None:
    monitored.push(first_run(dataset="february.csv"))
    monitored.push(later_run())


def after_a_failure(monitored: Monitoring) -> None:
    after_a_later_run(monitored)
    monitored.push_groups(failed_run())


@pytest.fixture(scope="module", params=[after_one_run, after_a_later_run, after_a_failure], ids=lambda f: f.__name__)
def monitored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitoring]:
    happens: Callable[[Monitoring], None] = request.param
    with monitoring(tmp_path_factory.mktemp("monitoring")) as servers:
        happens(servers)
        servers.push(scored_batch())
        servers.push(looked_at())
        last = "last_failure_timestamp_seconds" if happens is after_a_failure else "pipeline_executions"
        servers.wait_for(last)
        servers.wait_for(f"run_info{{dataset={json.dumps(DATASET)}}}")
        servers.wait_for("model:frauds_missed_of_98:max")
        servers.wait_for("batch_info")
        servers.wait_for("rate(scoring_requests_total[5m])")
        yield servers


def fill_in(expression: str) -> str:
    """Put values in for the variables as Grafana does."""
    return expression.replace("$model", MODEL)


def ask(prometheus: Prometheus, query: Query) -> int:
    """Count the series that a query returns."""
    expression = fill_in(query.expression)
    if query.target["instant"]:
        return len(prometheus.instant(expression))
    now = time.time()
    return len(prometheus.range(expression, start=now - 5, end=now))


def ask_panel(prometheus: Prometheus, dashboard: str, title: str) -> bool:
    """Check whether a panel shows anything but lines that are always there."""
    of_panel = [query for query in queries() if (query.dashboard, query.panel["title"]) == (dashboard, title)]
    drawn = [ask(prometheus, query) for query in of_panel if not query.expression.startswith("vector(")]
    # This one's lines are there from the first run on: an empty graph would be what it is about.
    return any(drawn) or title == "Drift over time"


@pytest.mark.parametrize(("dashboard", "title"), PANELS)
def test_a_panel_has_data(monitored: Monitoring, dashboard: str, title: str) -> None:
    assert ask_panel(monitored.prometheus, dashboard, title)


@pytest.mark.parametrize("query", [*queries()], ids=lambda query: f"{query.panel['title']}-{query.target['refId']}")
def test_a_query_parses_and_names_its_series_apart(monitored: Monitoring, query: Query) -> None:
    if query.panel["type"] in {"stat", "gauge"} and "{{" not in query.target["legendFormat"]:
        assert ask(monitored.prometheus, query) == 1
    else:
        ask(monitored.prometheus, query)


def test_every_rule_is_evaluated(monitored: Monitoring) -> None:
    evaluated = {rule["name"]: rule["health"] for rule in monitored.prometheus.rules()}
    assert evaluated == {rule.get("alert") or rule["record"]: "ok" for rule in rules()}
    for rule in rules():
        monitored.prometheus.instant(rule["expr"])


def test_variables_offer_the_models_that_were_pushed(monitored: Monitoring) -> None:
    for path in DASHBOARDS:
        for variable in load(path)["templating"]["list"]:
            if variable["type"] == "query":
                asked = re.fullmatch(r"label_values\((.+), (\w+)\)", fill_in(variable["query"]))
                assert asked
                offered = monitored.prometheus.label_values(asked[2], asked[1])
                assert {"model": MODEL}[variable["name"]] in offered


def test_the_panel_of_the_last_run_links_to_its_report(monitored: Monitoring) -> None:
    [query, *_] = [query for query in queries() if query.panel["title"] == "Last run"]
    [series] = monitored.prometheus.instant(fill_in(query.expression))
    assert series["metric"]["report"] == REPORT
    assert series["metric"]["dataset"] == DATASET
