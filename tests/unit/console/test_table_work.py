"""Work on tables in other processes: given up when nobody asks, bounded in time, and a crash is a sentence."""

import asyncio
import sys
from pathlib import Path

import pytest

from console.table_work import NobodyAsksError, TableWork
from functions.settings import RunSettings
from infra.errors import UploadError

FILE = Path("payments.csv")


async def _stays() -> bool:
    return False


def _program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    """Let this code stand for Python, whatever it is to run."""
    program = tmp_path / "python"
    program.write_text(f"#!{sys.executable}\n{code}\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os; os.kill(os.getpid(), 9)", "payments.csv was too much for this machine's memory"),
        ("raise SystemExit(3)", "The inspection of payments.csv broke off"),
        ("import time; time.sleep(60)", "The inspection of payments.csv took more than"),
        ("""print('{"refused": "No table."}')""", "No table."),
    ],
)
def test_whatever_happens_to_the_process_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, told: str
) -> None:
    _program(monkeypatch, tmp_path, code)
    with pytest.raises(UploadError) as refused:
        asyncio.run(TableWork(seconds=5).inspect(FILE, RunSettings(), _stays))
    assert str(refused.value).startswith(told)


def test_nobody_waits_for_what_nobody_asks_any_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _program(monkeypatch, tmp_path, "import time; time.sleep(60)")
    asked = iter([False, True])

    async def leaves() -> bool:
        return next(asked)

    async def look() -> None:
        await asyncio.wait_for(TableWork().inspect(FILE, RunSettings(), leaves), 10)

    with pytest.raises(NobodyAsksError):
        asyncio.run(look())
