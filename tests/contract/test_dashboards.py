"""Dashboards that load in Grafana 7.5 and in today's, and read well in both.

What 7.5 knows is written here from the types of its own packages (@grafana/data and @grafana/ui 7.5.17).
"""

import itertools
import re
from typing import Any

import pytest

from functions.telemetry import batch_metrics, loop_metrics, metrics
from tests.contract.monitoring import GRAFANA, Query, label_names, load, queries
from tests.contract.panels import DRAWN, FILES, PANELS, each_dashboard, mappings

QUERIES = list(queries())


COLUMNS = 24


SCHEMA_OF_7_5 = 27


SINGLE_VALUES = {"orientation", "reduceOptions", "text"}


# Each panel type's options, and its own field options (GraphFieldConfig, TableFieldOptions).
OPTIONS = {
    "stat": SINGLE_VALUES | {"colorMode", "graphMode", "justifyMode", "textMode"},
    "gauge": SINGLE_VALUES | {"showThresholdLabels", "showThresholdMarkers"},
    "bargauge": SINGLE_VALUES | {"displayMode", "showUnfilled"},
    "timeseries": {"graph", "legend", "tooltipOptions"},
    "table": {"showHeader", "sortBy"},
}


FIELD_OPTIONS = {
    "timeseries": {
        *("lineColor", "lineWidth", "lineInterpolation", "lineStyle", "spanNulls", "fillColor", "fillOpacity"),
        *("fillBelowTo", "showPoints", "pointSize", "pointColor", "pointSymbol", "axisPlacement", "axisLabel"),
        *("axisWidth", "axisSoftMin", "axisSoftMax", "scaleDistribution", "barAlignment", "drawStyle", "gradientMode"),
    },
    "table": {"width", "align", "displayMode", "hidden"},
}


DEFAULTS = {
    "unit",
    "decimals",
    "min",
    "max",
    "mappings",
    "thresholds",
    "color",
    "noValue",
    "displayName",
    "links",
    "custom",
}


COLOR_MODES = {"thresholds", "palette-classic", "fixed"}


TRANSFORMATIONS = {"organize", "merge", "reduce", "sortBy", "filterFieldsByName", "seriesToColumns"}


UNITS = {"percentunit", "locale", "none", "s", "bytes", "dateTimeAsIso"}


PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def _title(value: object) -> str:
    return str(value["title"]) if isinstance(value, dict) else ""


each_panel = pytest.mark.parametrize(("name", "panel"), DRAWN, ids=_title)


each_query = pytest.mark.parametrize(
    "query", QUERIES, ids=lambda query: f"{query.panel['title']}-{query.target['refId']}"
)


def test_the_addresses_of_the_dashboards_are_stable() -> None:
    assert {dashboard["uid"]: dashboard["title"] for dashboard in FILES.values()} == {
        "fraudflow-model": "ML Model Monitoring",
        "fraudflow-pipeline": "Pipeline operations",
        "fraudflow-scoring": "Scoring",
        "fraudflow-loop": "Loop",
    }


@each_dashboard
def test_a_dashboard_has_the_schema_of_7_5_which_later_versions_migrate(dashboard: dict[str, Any]) -> None:
    assert dashboard["schemaVersion"] == SCHEMA_OF_7_5
    assert "id" not in dashboard  # a database's own


@each_dashboard
def test_panels_lie_within_the_grid_and_never_on_each_other(dashboard: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        columns = range(place["x"], place["x"] + place["w"])
        cells = set(itertools.product(columns, range(place["y"], place["y"] + place["h"])))
        assert columns.stop <= COLUMNS, panel["title"]
        assert not cells & taken, panel["title"]
        taken |= cells


@each_dashboard
def test_panels_can_be_told_apart(dashboard: dict[str, Any]) -> None:
    ids = [panel["id"] for panel in dashboard["panels"]]
    titles = [panel["title"] for panel in dashboard["panels"] if panel["type"] not in {"row", "text"}]
    assert len(set(ids)) == len(ids)
    assert len(set(titles)) == len(titles)


@each_dashboard
def test_the_data_source_and_the_model_are_chosen_by_variables(dashboard: dict[str, Any]) -> None:
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    assert list(variables) == ["datasource", "model"]
    # 7.5 takes a name where later versions take a uid: a variable is what both resolve.
    assert variables["datasource"]["type"] == "datasource"
    assert variables["model"]["datasource"] == "${datasource}"
    source, *_ = load(GRAFANA / "provisioning" / "datasources" / "prometheus.yml")["datasources"]
    assert variables["datasource"]["query"] == source["type"]


def test_the_groups_that_were_asked_for_are_there() -> None:
    rows = [panel["title"] for name, panel in PANELS if name == "ml-model-monitoring" and panel["type"] == "row"]
    assert rows == [
        "Fraud detection performance",
        "Business impact",
        "Performance over time",
        "Data drift",
        "Drift over time",
        "Drifted features",
    ]


@each_panel
def test_a_panel_uses_what_7_5_has(name: str, panel: dict[str, Any]) -> None:
    assert panel["type"] in OPTIONS, name
    assert panel["options"].keys() <= OPTIONS[panel["type"]]
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults.keys() <= DEFAULTS
    assert defaults["color"]["mode"] in COLOR_MODES
    own = {f"custom.{option}" for option in FIELD_OPTIONS.get(panel["type"], set())}
    assert {f"custom.{option}" for option in defaults.get("custom", {})} <= own
    for override in panel["fieldConfig"]["overrides"]:
        assert override["matcher"]["id"] == "byName"
        assert {property_["id"] for property_ in override["properties"]} <= DEFAULTS | own
    assert {transformation["id"] for transformation in panel.get("transformations", [])} <= TRANSFORMATIONS


@each_panel
def test_mappings_are_in_the_form_of_7_5(name: str, panel: dict[str, Any]) -> None:
    # From 8.0 on: {"type": "value", "options": ...}.
    for mapping in mappings(panel):
        assert mapping.keys() == {"id", "type", "value", "text"}, name
        assert mapping["type"] == 1


@each_panel
def test_a_panel_explains_itself(name: str, panel: dict[str, Any]) -> None:
    assert panel["title"], name
    assert len(panel["description"]) > len(panel["title"])
    assert panel["description"].endswith(".")
    assert panel["datasource"] == "${datasource}"


@each_panel
def test_a_panel_has_a_unit_that_every_version_knows(name: str, panel: dict[str, Any]) -> None:
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, name


@each_panel
def test_an_override_is_about_a_series_that_the_panel_shows(name: str, panel: dict[str, Any]) -> None:
    shown = {target["legendFormat"] for target in panel["targets"]}
    renamed = {
        title
        for transformation in panel.get("transformations", [])
        for title in transformation["options"]["renameByName"].values()
    }
    free = any(PLACEHOLDER.search(legend) for legend in shown)
    for override in panel["fieldConfig"]["overrides"]:
        assert free or override["matcher"]["options"] in shown | renamed, name


@each_query
def test_a_series_has_a_name_of_what_it_is_grouped_by(query: Query) -> None:
    legend = query.target["legendFormat"]
    assert legend or query.panel["type"] == "table"
    assert set(PLACEHOLDER.findall(legend)) <= label_names(query.expression)


@each_query
def test_only_graphs_ask_for_a_range(query: Query) -> None:
    assert query.target["instant"] is (query.panel["type"] != "timeseries")
    assert ("format" in query.target) is (query.panel["type"] == "table")


@each_query
def test_figures_are_the_chosen_models_and_the_champions_unless_roles_are_compared(query: Query) -> None:
    compared = "by (role)" in query.expression
    for metric in (*metrics.ALL, *batch_metrics.ALL, *loop_metrics.ALL):
        if metric.labels[:1] != ("model",):
            continue
        if metric == metrics.DRIFT_VERDICT:
            continue
        chosen = '{model="$model",role="champion"}' if "role" in metric.labels and not compared else '{model="$model"}'
        read = re.findall(rf"\b{metric.name}(\{{[^}}]*\}})", query.expression)
        assert set(read) <= {chosen, '{model="$model",outcome=""}', *OF_FAILURES}


OF_FAILURES = {'{outcome="failed"}', '{model=~"|$model",outcome="failed"}'}
