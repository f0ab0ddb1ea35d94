"""SIGKILL at any moment: what was answered is in S3 once, and nothing else is there twice."""

import contextlib
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from functions.decisions.decision_parts import from_parquet
from tests.decided import decided
from tests.killed_programs import ROOT, started

PROGRAM = Path(__file__).parent / "killed_log.py"


def answered(folder: Path, number: int, when: str) -> set[str]:
    """Run the program until it is killed, or for some answers, and return what it has answered."""
    with started(PROGRAM, folder, number, when) as (process, printed):
        told: list[str] = []
        for line in printed:
            told.append(line.strip())
            if when == "never" and len(told) == 150:
                process.kill()
        assert process.wait(60) == (0 if when == "last" else -signal.SIGKILL)
    # The last line may be cut.
    return set(told[:-1])


def documented(folder: Path) -> set[str]:
    """Read the decisions as the documentation does, in their folder, and return their transactions."""
    text = (ROOT / "docs" / "decision-log.md").read_text("utf-8")
    code = text.partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    with contextlib.chdir(folder):
        exec(code, names)  # noqa: S102 - our own documentation
    assert names["features"]["amount"].eq(12.5).all()
    return set(names["decisions"]["transaction_id"])


@pytest.mark.thorough
def test_what_was_answered_is_in_s3_once_whenever_the_service_was_killed(tmp_path: Path) -> None:
    told: set[str] = set()
    for number, when in enumerate(("after", "before", "never", "last")):
        told |= answered(tmp_path, number, when)
    parts = [from_parquet(path.read_bytes(), path.name) for path in tmp_path.rglob("*.parquet")]
    shipped = Counter(each.transaction_id for part in parts for each in part)
    assert len(told) > 150
    assert told <= set(shipped)
    assert set(shipped.values()) == {1}
    assert {each.score for part in parts for each in part} == {decided().score}
    assert set(shipped) == documented(tmp_path)
