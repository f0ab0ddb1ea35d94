"""A champion of a real stack that alarms on everything: the former one is back within seconds, with an entry."""

import os
import signal
from pathlib import Path

import pytest

from functions.feedback.loop_journal import JournalEntry
from infra.tools import synthetic
from tests.e2e.conftest import poll
from tests.e2e.scoring.service import NAME, ScoringService, loaded

ROWS = 2_000
pytestmark = pytest.mark.e2e


def journal(service: ScoringService) -> list[JournalEntry]:
    listed = service.stack.aws("s3api", "list-objects-v2", "--bucket", "loop", "--prefix", f"journal/{NAME}/")
    keys = sorted(each["Key"] for each in (listed or {}).get("Contents", []))
    bodies = [service.stack.aws("s3", "cp", f"s3://loop/{key}", "-") for key in keys]
    return [JournalEntry.model_validate(each) for each in bodies]


def test_a_champion_that_alarms_on_everything_gives_way_also_when_the_service_is_killed_meanwhile(
    service: ScoringService, tmp_path: Path
) -> None:
    rows = synthetic.generate(ROWS, seed=19)
    rows.to_csv(tmp_path / "cheap.csv", index=False)
    # Alarms that cost next to nothing: a threshold of next to nothing, too.
    report = service.stack.run(tmp_path / "cheap.csv", FRAUDFLOW_COST_FALSE_ALARM="0.0000001")
    harmful = str(report["model"]["version"])
    before = len(journal(service))
    with loaded(service) as load:
        service.point("former", "1")
        service.point("champion", harmful)
        killed = service.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        poll(lambda: service.pid not in {None, killed} or None, seconds=60, what="a restart")
        poll(lambda: len(journal(service)) > before or None, seconds=120, what="an entry in the journal")
        service.wait_for("1")
        poll(lambda: service.score()[1]["decision"] == "pass" or None, seconds=10, what="a decision of the former one")

    last = journal(service)[-1]
    assert (last.action, last.by, last.before, last.champion) == ("rollback", "service", harmful, "1")
    # 503 while the service that was killed has not loaded a version yet.
    assert load.statuses.keys() <= {200, 503}
    assert load.versions[harmful] > 0
    assert service.registry.get_model_version_by_alias(NAME, "champion").version == "1"
