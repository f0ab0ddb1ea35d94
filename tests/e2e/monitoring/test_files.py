"""Each configuration file is accepted by the program that reads it."""

import subprocess

import pytest

from tests.contract.monitoring import PROMETHEUS, RULE_TESTS, RULES
from tests.e2e.monitoring.conftest import binary

ALERTMANAGER = PROMETHEUS / "alertmanager.yml"
pytestmark = pytest.mark.e2e


def accepted(*words: object) -> str:
    program, *arguments = map(str, words)
    done = subprocess.run([binary(program), *arguments], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_promtool_accepts_the_configuration_and_its_rules() -> None:
    assert f"{len(RULES)} rule files found" in accepted("promtool", "check", "config", PROMETHEUS / "prometheus.yml")


@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.name)
def test_alerts_fire_when_they_should(path: object) -> None:
    assert "SUCCESS" in accepted("promtool", "test", "rules", path)


def test_amtool_accepts_the_configuration_and_its_templates() -> None:
    assert "1 templates" in accepted("amtool", "check-config", ALERTMANAGER)


@pytest.mark.parametrize(
    ("severity", "receiver"), [("critical", "critical"), ("warning", "warnings"), ("none", "warnings")]
)
def test_mail_is_for_what_is_critical(severity: str, receiver: str) -> None:
    route = ("amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}")
    assert accepted(*route, f"severity={severity}", "kind=drift").strip() == receiver
