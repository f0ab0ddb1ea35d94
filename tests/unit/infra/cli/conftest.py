"""The command line against the fakes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra.cli import app
from tests.unit.infra.cli.fakes import Fakes

type Invoke = Callable[..., Result]


@pytest.fixture
def fakes(tmp_path: Path) -> Fakes:
    return Fakes(tmp_path)


@pytest.fixture
def invoke(fakes: Fakes) -> Invoke:
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments], obj=fakes.backend())


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,0\n")
    return path
