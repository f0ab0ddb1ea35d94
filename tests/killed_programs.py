"""Programs of the tests' own that are killed at any moment."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]


@contextmanager
def started(program: Path, *words: object) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Run a program of the tests with some words; yield it, and what it prints. Leaving the block waits for its end."""
    with subprocess.Popen(
        [sys.executable, str(program), *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        yield process, process.stdout
