"""README's three ways to use the model, as they are written there."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from infra.tools import synthetic
from tests.e2e.conftest import ROOT, poll
from tests.e2e.scoring.service import ScoringService

_SECTION = re.compile(r"^## Use the model\n(.*?)^## ", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROWS = 500

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def blocks() -> list[str]:
    section = _SECTION.search((ROOT / "README.md").read_text("utf-8"))
    assert section
    found = _BLOCK.findall(section[1])
    assert [language for language, _ in found] == ["sh", "sh", "python"]
    return [code for _, code in found]


@pytest.fixture
def today(service: ScoringService) -> Path:
    path = service.stack.home / "today.csv"
    synthetic.generate(ROWS, seed=181).drop(columns="Class").to_csv(path, index=False)
    return path


def typed(service: ScoringService, code: str) -> str:
    """Type lines into a shell with ``fraudflow env``, in the directory of the files; give what they print."""
    done = service.stack.command("bash", "-ec", f'eval "$(fraudflow env)"\n{code}')
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_file_is_scored_that_is_dropped_or_sent(service: ScoringService, blocks: list[str], today: Path) -> None:
    typed(service, blocks[0])

    scores = pd.read_csv(today.with_name("scores.csv"))
    assert len(scores) == ROWS
    assert set(scores["decision"]) <= {"alarm", "pass"}
    listing = "aws s3 ls --recursive s3://scores/ | grep -c /scores.csv || true"
    poll(lambda: int(typed(service, listing)) >= 2 or None, seconds=120, what="scores of the file that was dropped")


def test_a_transaction_is_scored_by_curl(service: ScoringService, blocks: list[str]) -> None:
    answer = json.loads(typed(service, blocks[1]))

    assert 0 <= answer["score"] <= 1
    assert answer["model"] == {"name": "fraud-detector", "version": "1"}
    assert len(answer["reasons"]) == 3


@pytest.mark.usefixtures("today")
def test_rows_are_scored_in_python(service: ScoringService, blocks: list[str]) -> None:
    script = service.stack.home / "readme.py"
    script.write_text(blocks[2])

    printed = typed(service, f"python {script}")

    assert f"{ROWS} rows x 32 columns" in printed.replace("[", "").replace("]", "")
