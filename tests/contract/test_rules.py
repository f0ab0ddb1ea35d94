"""Alerts say what is wrong and what to do, are tested, and reach somebody."""

import re
from itertools import pairwise
from typing import Any

import pytest

from functions.telemetry import metrics
from functions.telemetry.metrics import Metric
from tests.contract.monitoring import PROMETHEUS, ROOT, RULE_TESTS, RULES, alerts, label_names, load, rules

RUNBOOK = ROOT / "docs" / "runbook.md"
ALERTS = alerts()
OF_A_MODEL = {"detection", "drift", "money"}
# Annotations that are no sentences: the run, where its report is, and where what to do is written.
LINKS = {"run", "report", "runbook_url"}


def _sections() -> dict[str, str]:
    """Return the runbook's sections by the anchors that GitHub makes of their headings."""
    _, *parts = re.split(r"^## (.+)\n", RUNBOOK.read_text("utf-8"), flags=re.MULTILINE)
    slugs = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in parts[::2]]
    return dict(zip(slugs, parts[1::2], strict=True))


def _anchor(alert: str) -> str:
    document, _, anchor = ALERTS[alert]["annotations"]["runbook_url"].partition("#")
    assert ROOT / document == RUNBOOK
    return str(anchor)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_waits_and_has_a_severity_a_kind_and_words(alert: str) -> None:
    rule = ALERTS[alert]
    assert re.fullmatch(r"[1-9]\d*m", rule["for"])
    assert rule["labels"]["severity"] in ({"none"} if alert == "Watchdog" else {"critical", "warning"})
    assert rule["labels"]["kind"]
    assert rule["annotations"].keys() - {"run", "report"} == {"summary", "description", "runbook_url"}
    assert "{{" not in rule["annotations"]["summary"]  # one sentence for a group of alerts
    assert all(text.endswith(".") for name, text in rule["annotations"].items() if name not in LINKS)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_is_explained_in_the_runbook(alert: str) -> None:
    assert f"`{alert}`" in _sections()[_anchor(alert)]


def test_every_section_of_the_runbook_is_some_alerts() -> None:
    assert _sections().keys() == {_anchor(alert) for alert in ALERTS}


def test_links_inside_the_runbook_lead_to_sections() -> None:
    assert set(re.findall(r"\(#([^)]+)\)", RUNBOOK.read_text("utf-8"))) <= _sections().keys()


def test_what_is_critical_has_a_warning_of_its_kind_that_it_silences() -> None:
    kinds = {
        severity: {rule["labels"]["kind"] for rule in ALERTS.values() if rule["labels"]["severity"] == severity}
        for severity in ("critical", "warning")
    }
    assert kinds["critical"] <= kinds["warning"]


@pytest.mark.parametrize("alert", ALERTS)
def test_no_alert_is_known_by_a_file_or_a_run(alert: str) -> None:
    rule = ALERTS[alert]
    assert not label_names(rule["expr"]) & {"dataset", "execution", "report"}
    assert rule["labels"].keys() == {"severity", "kind"}


@pytest.mark.parametrize("alert", [name for name, rule in ALERTS.items() if rule["labels"]["kind"] in OF_A_MODEL])
def test_an_alert_about_a_model_names_the_run_and_links_to_its_report(alert: str) -> None:
    annotations = ALERTS[alert]["annotations"]
    assert "{{ $labels.model }}" in annotations["description"]
    assert "run_info{model=%q}" in annotations["run"]
    assert ".Labels.report" in annotations["report"]


@pytest.mark.parametrize("metric", [*metrics.EVALUATION, *metrics.MONEY], ids=lambda metric: metric.name)
def test_rules_about_a_model_are_about_the_champion(metric: Metric) -> None:
    for rule in rules():
        read = re.findall(rf"\b{metric.name}(\{{[^}}]*\}})?", rule["expr"])
        assert set(read) <= {'{role="champion"}'}


def _course(case: dict[str, Any], alert: str) -> list[bool]:
    """Return whether an alert is expected at each time that a test looks, in order of time."""
    seen = [entry for entry in case["alert_rule_test"] if entry["alertname"] == alert]
    minutes = [_minutes(entry["eval_time"]) for entry in seen]
    assert all(earlier < later for earlier, later in pairwise(minutes))
    return [bool(entry["exp_alerts"]) for entry in seen]


def _minutes(duration: str) -> int:
    parts = re.findall(r"(\d+)([dhm])", duration)
    return sum(int(number) * {"d": 1440, "h": 60, "m": 1}[unit] for number, unit in parts)


@pytest.mark.parametrize("alert", ALERTS)
def test_promtool_sees_an_alert_silent_then_firing_then_silent(alert: str) -> None:
    cases = [case for path in RULE_TESTS for case in load(path)["tests"]]
    courses = ["".join("fired" if fires else "silent" for fires in _course(case, alert)) for case in cases]
    ends = "" if alert == "Watchdog" else "silent"  # the one that must not
    assert any(re.search(rf"silent(fired)+{ends}", course) for course in courses)


def test_every_rule_file_is_tested() -> None:
    tested = {(path.parent / name).resolve() for path in RULE_TESTS for name in load(path)["rule_files"]}
    assert tested == set(RULES)


def test_pushed_labels_are_kept() -> None:
    scraped = {job["job_name"]: job for job in load(PROMETHEUS / "prometheus.yml")["scrape_configs"]}
    assert scraped["pushgateway"]["honor_labels"] is True
    assert 'up{job="pushgateway"}' in ALERTS["PushgatewayDown"]["expr"]


def test_alertmanager_groups_and_inhibits_by_labels_that_alerts_have() -> None:
    config = load(PROMETHEUS / "alertmanager.yml")
    known = {"alertname", "severity", "kind", "model"}
    assert set(config["route"]["group_by"]) <= known
    assert all(set(rule.get("equal", [])) <= known for rule in config["inhibit_rules"])
    named = set(re.findall(r'alertname="(\w+)"', str(config["inhibit_rules"])))
    assert named <= ALERTS.keys()


def test_alertmanagers_secrets_are_in_files() -> None:
    text = (PROMETHEUS / "alertmanager.yml").read_text("utf-8")
    settings = re.findall(r"^\s*-?\s*(\w*(?:password|api_url|secret|token|routing_key)\w*):", text, flags=re.MULTILINE)
    assert settings
    assert [name for name in settings if not name.endswith("_file")] == []


def test_alertmanager_uses_templates_that_are_defined() -> None:
    used = set(re.findall(r'template "([\w.]+)"', (PROMETHEUS / "alertmanager.yml").read_text("utf-8")))
    files = (PROMETHEUS / "templates").glob("*.tmpl")
    defined = {name for path in files for name in re.findall(r'define "([\w.]+)"', path.read_text("utf-8"))}
    assert used == defined
