"""From a push to the people who are told: a real Alertmanager, a Slack webhook and a mail server."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from infra.home.layout import Home
from infra.home.state import ServerState, StackState, write_state
from infra.servers.alerts import send_test
from infra.servers.monitoring import alertmanager_config, write_files
from infra.settings import StackSettings
from infra.system.processes import identify
from tests.contract.monitoring import alerts
from tests.e2e.conftest import free_port, poll
from tests.e2e.monitoring.conftest import binary, fetch, monitoring, running
from tests.e2e.monitoring.receivers import MailServer, Slack, serving
from tests.e2e.monitoring.runs import DATASET, MODEL, REPORT, later_run

ON_CALL = "fraud-oncall@bank.test"
PASSWORD = "of the mail server"  # noqa: S105 - of a server that takes any
QUIET = {"frauds_missed_count": 0.0, "drift_score": 0.0}
pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Alertmanager:
    """Alertmanager, and what it has told people."""

    port: int
    slack: Slack
    mail: MailServer

    def post(self, *fired: dict[str, str]) -> None:
        """Send alerts as Prometheus does, again and again while they fire."""
        rules = [alerts()[each["alertname"]] for each in fired]
        body = [
            {
                "labels": {**rule["labels"], **each},
                "annotations": {"summary": rule["annotations"]["summary"]},
            }
            for rule, each in zip(rules, fired, strict=True)
        ]
        fetch(f"http://127.0.0.1:{self.port}/api/v2/alerts", body)

    def state(self, alertname: str) -> str | None:
        """Return whether an alert is active or suppressed; None while it is neither."""
        known = fetch(f"http://127.0.0.1:{self.port}/api/v2/alerts")
        states = {each["labels"]["alertname"]: each["status"]["state"] for each in known}
        return states.get(alertname)

    def wait_for_messages(self, number: int) -> None:
        poll(lambda: len(self.slack.messages) >= number or None, seconds=20, what=f"message {number}")


def _of_slack(slack: Slack) -> dict[str, object]:
    return {"alert_slack_url": SecretStr(slack.url), "alert_slack_channel": "#fraud-alerts"}


def _of_mail(mail: MailServer) -> dict[str, object]:
    return {
        "alert_mail_to": ON_CALL,
        "alert_smtp_host": mail.address,
        "alert_smtp_user": "fraudflow",
        "alert_smtp_password": SecretStr(PASSWORD),
        "alert_smtp_tls": False,
    }


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[Alertmanager]:
    port = free_port()
    with serving(Slack()) as slack, serving(MailServer()) as mail:
        words = [
            binary("prometheus-alertmanager"),
            f"--config.file={_configure(tmp_path, **_of_slack(slack), **_of_mail(mail))}",
            f"--storage.path={tmp_path / 'alerts'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]
        with running(words, ready=f"http://127.0.0.1:{port}/-/ready", log=tmp_path / "alertmanager.log"):
            yield Alertmanager(port, slack, mail)


def _configure(folder: Path, **chosen: object) -> Path:
    """Write the configuration of an embedded stack with these receivers, and with intervals of the test's own."""
    home = Home(folder / "home").create()
    config = alertmanager_config(StackSettings.model_validate({"home": home.path, **chosen}), home)
    for route in (config["route"], *config["route"]["routes"]):
        route["group_wait"] = "500ms"
    config["route"]["group_interval"] = "200ms"
    written = folder / "alertmanager.yml"
    written.write_text(yaml.safe_dump(config), "utf-8")
    return written


def test_a_bad_run_is_told_by_slack_and_mail_and_a_good_one_ends_it(alertmanager: Alertmanager, tmp_path: Path) -> None:
    with monitoring(tmp_path / "monitoring", alertmanager_port=alertmanager.port) as servers:
        servers.push(later_run(test_fraud_recall=0.5, **QUIET))  # type: ignore[arg-type]
        alertmanager.wait_for_messages(1)
        servers.push(later_run(test_fraud_recall=0.9, **QUIET))  # type: ignore[arg-type]
        alertmanager.wait_for_messages(2)
        poll(lambda: len(alertmanager.mail.mails) == 2 or None, seconds=10, what="the second mail")
    fired, resolved = alertmanager.slack.titles
    assert fired.startswith("Critical: ")
    assert resolved.startswith("Resolved: ")
    told = alertmanager.slack.texts[0]
    assert f"The champion of {MODEL} found 50% of the frauds of the newest data's test rows" in told
    assert f"Run: one on {DATASET}" in told
    assert f"Report: {REPORT}" in told
    assert "What to do: docs/runbook.md#fraud-recall" in told
    first, second = alertmanager.mail.mails
    assert (first["Subject"], second["Subject"]) == (fired, resolved)
    assert first["To"] == ON_CALL
    assert "docs/runbook.md#fraud-recall" in first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert set(alertmanager.mail.passwords) == {PASSWORD}


def test_a_group_is_told_once_however_often_its_alerts_arrive(alertmanager: Alertmanager) -> None:
    of_one_run = {"model": MODEL}
    both = [{"alertname": name, **of_one_run} for name in ("FraudRecallCritical", "FraudsMissedCritical")]
    alertmanager.post(*both)
    alertmanager.wait_for_messages(1)
    alertmanager.post(*both)
    # Another group's message takes longer than this one's next two turns: there is nothing more to come.
    alertmanager.post({"alertname": "DataDriftWarning", **of_one_run})
    alertmanager.wait_for_messages(2)
    assert [title.partition(":")[0] for title in alertmanager.slack.titles] == ["Critical", "Warning"]
    assert "(and 1 more)" in alertmanager.slack.titles[0]
    assert all(each["alertname"] in alertmanager.slack.texts[0] for each in both)
    poll(lambda: alertmanager.mail.mails or None, seconds=10, what="the mail")
    assert len(alertmanager.mail.mails) == 1  # a warning is no mail


def test_a_critical_alert_silences_the_warning_of_the_same_kind_and_model(alertmanager: Alertmanager) -> None:
    here, there = ({"model": name} for name in ("here", "there"))
    alertmanager.post({"alertname": "DataDriftCritical", **here})
    alertmanager.wait_for_messages(1)
    alertmanager.post({"alertname": "DataDriftWarning", **here})
    poll(lambda: alertmanager.state("DataDriftWarning") == "suppressed" or None, seconds=10, what="inhibition")
    alertmanager.post({"alertname": "DataDriftWarning", **there}, {"alertname": "FraudRecallLow", **here})
    alertmanager.wait_for_messages(3)
    assert sorted(title.partition(":")[0] for title in alertmanager.slack.titles) == ["Critical", "Warning", "Warning"]


def test_a_gateway_that_is_down_is_told_once_and_not_for_each_model(alertmanager: Alertmanager) -> None:
    alertmanager.post({"alertname": "PushgatewayDown", "job": "pushgateway"})
    alertmanager.wait_for_messages(1)
    alertmanager.post({"alertname": "MetricsGone", "model": MODEL})
    poll(lambda: alertmanager.state("MetricsGone") == "suppressed" or None, seconds=10, what="inhibition")
    assert len(alertmanager.slack.messages) == 1


def test_receivers_that_are_added_are_told_after_a_reload(tmp_path: Path) -> None:
    port = free_port()
    with serving(Slack()) as slack, serving(MailServer()) as mail:
        words = [
            binary("prometheus-alertmanager"),
            f"--config.file={_configure(tmp_path, **_of_mail(mail))}",
            f"--storage.path={tmp_path / 'alerts'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]
        with running(words, ready=f"http://127.0.0.1:{port}/-/ready", log=tmp_path / "alertmanager.log") as process:
            alertmanager = Alertmanager(port, slack, mail)
            alertmanager.post({"alertname": "FraudRecallCritical", "model": "before"})
            poll(lambda: mail.mails or None, seconds=20, what="a mail without Slack")
            _configure(tmp_path, **_of_slack(slack), **_of_mail(mail))
            os.kill(process.pid, signal.SIGHUP)
            alertmanager.post({"alertname": "FraudRecallCritical", "model": "after"})
            alertmanager.wait_for_messages(1)
    assert [title.partition(":")[0] for title in slack.titles] == ["Critical"]


def test_a_test_message_tells_who_took_it_and_who_did_not(tmp_path: Path) -> None:
    home, port = Home(tmp_path / "home").create(), free_port()
    with serving(Slack()) as slack:
        closed = SecretStr(f"http://127.0.0.1:{free_port()}/")
        chosen = {"home": home.path, "alertmanager_port": port, "alert_webhook_url": closed, **_of_slack(slack)}
        settings = StackSettings.model_validate(chosen)
        write_files(settings, home, ["alertmanager"])
        me = identify(os.getpid())
        assert me is not None
        server = ServerState(name="alertmanager", title="Alertmanager", url=f"http://127.0.0.1:{port}")
        write_state(home, StackState(supervisor=me, servers=[server]))
        words = [
            binary("prometheus-alertmanager"),
            f"--config.file={home.monitoring / 'alertmanager' / 'alertmanager.yml'}",
            f"--storage.path={tmp_path / 'alerts'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]
        with running(words, ready=f"http://127.0.0.1:{port}/-/ready", log=tmp_path / "alertmanager.log"):
            deliveries = {each.receiver: each.delivered for each in send_test(settings)}
    assert deliveries == {"Slack": True, "webhook": False}
    assert slack.titles == ["Critical: A test: somebody has typed `fraudflow alerts test`."]
