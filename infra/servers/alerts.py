"""Alertmanager's receivers: reloading them, and sending a test alert."""

import datetime as dt
import json
import re
import signal
import time
from collections import Counter

import yaml
from pydantic import BaseModel

from infra.errors import StackError
from infra.home.layout import Home
from infra.home.state import read_state
from infra.servers import guarding, monitoring
from infra.servers.receivers import Name, in_force
from infra.servers.scoring_server import SCORING
from infra.settings import StackSettings
from infra.system.http import Body, ask
from infra.system.processes import signal_group, wait_until

ALERTMANAGER = "alertmanager"
TEST = "Test"
# A group waits ten seconds for other alerts before it is told.
_SECONDS = 45.0
_RELOADED = ("alertmanager", "prometheus")
_INTEGRATIONS: dict[str, Name] = {"slack": "Slack", "email": "e-mail", "webhook": "webhook"}
# Of each attempt, counted when it has ended.
_SENT = re.compile(
    r'^alertmanager_notification_requests(_failed)?_total\{[^}]*integration="(\w+)"[^}]*\} (\S+)$', re.MULTILINE
)


type Counts = Counter[tuple[Name, bool]]


class Delivery(BaseModel):
    """The delivery of a test alert to one receiver."""

    receiver: str
    delivered: bool
    detail: str


def reload(settings: StackSettings, home: Home) -> None:
    """Write the configuration again, and make running servers reload it."""
    state = read_state(home)
    running = [server for server in state.servers if server.name in _RELOADED and server.process] if state else []
    scores = state is not None and any(server.name == SCORING for server in state.servers)
    monitoring.write_files(settings.model_copy(update={"scoring": scores}), home, [server.name for server in running])
    for server in running:
        if server.process:
            signal_group(server.process, signal.SIGHUP)


def active_receivers(home: Home) -> list[Name]:
    """Return the receivers in Alertmanager's configuration."""
    path = home.monitoring / ALERTMANAGER / "alertmanager.yml"
    return in_force(yaml.safe_load(path.read_text("utf-8"))) if path.is_file() else []


def send_test(settings: StackSettings) -> list[Delivery]:
    """Send a critical alert that says it is a test, and wait until each receiver took it or did not.

    Raises:
        StackError: when Alertmanager does not run or refuses it, or nobody is told of alerts.
    """
    home = Home(settings.home)
    names = [name for name in active_receivers(home) if name in _INTEGRATIONS.values()]
    if not names:
        raise StackError("Alerts have no receiver: `fraudflow alerts` shows which settings are missing.")
    state = read_state(home)
    if state is None or ALERTMANAGER not in {server.name for server in state.servers}:
        raise StackError("Alertmanager does not run; `fraudflow up` starts it where it is on PATH.")
    url = guarding.with_login(settings, f"http://{guarding.public(settings, ALERTMANAGER)}")
    try:
        before = _counts(url)
        ask(f"{url}/api/v2/alerts", method="POST", body=Body(json.dumps([_test()]).encode(), "application/json"))
        wait_until(lambda: all(_settled(name, before, _counts(url)) for name in names), _SECONDS)
        after = _counts(url)
    except OSError as error:
        raise StackError(
            f"Alertmanager at {guarding.public(settings, ALERTMANAGER)} can't be asked: {error}"
        ) from error
    return [_delivery(name, before, after, home) for name in names]


def _test() -> dict[str, object]:
    now = dt.datetime.now(dt.UTC)
    return {
        # Each test is an alert of its own: another would be no news within four hours.
        "labels": {"alertname": TEST, "severity": "critical", "kind": f"test {time.time_ns()}"},
        "annotations": {
            "summary": "A test: somebody has typed `fraudflow alerts test`.",
            "description": "Nothing is wrong. You are told of alerts.",
            "runbook_url": "docs/runbook.md",
        },
        "startsAt": now.isoformat(),
        "endsAt": (now + dt.timedelta(minutes=5)).isoformat(),
    }


def _counts(url: str) -> Counts:
    """Count the attempts by receiver, and whether they failed."""
    counts: Counts = Counter()
    for failed, integration, number in _SENT.findall(ask(f"{url}/metrics").decode()):
        if integration in _INTEGRATIONS:
            counts[_INTEGRATIONS[integration], bool(failed)] += int(float(number))
    return counts


def _settled(name: Name, before: Counts, after: Counts) -> bool:
    return after[name, False] > before[name, False]


def _delivery(name: Name, before: Counts, after: Counts, home: Home) -> Delivery:
    log = home.logs / f"{ALERTMANAGER}.log"
    if not _settled(name, before, after):
        return Delivery(receiver=name, delivered=False, detail=f"no message within {_SECONDS:.0f} s; see {log}")
    if after[name, True] > before[name, True]:
        return Delivery(receiver=name, delivered=False, detail=f"the other side did not take it; see {log}")
    return Delivery(receiver=name, delivered=True, detail="delivered")
