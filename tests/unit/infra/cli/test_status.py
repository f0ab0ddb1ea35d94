"""``fraudflow status`` says which version the scoring service serves, or why none."""

import datetime as dt
import io
from pathlib import Path

import pytest
from rich.console import Console

from infra.cli import render
from infra.home.state import ServedVersion, StackView


def shown(scoring: ServedVersion | None) -> str:
    view = StackView(
        home=Path("home"), is_up=True, is_ready=True, servers=[], deployed=None, events=[], scoring=scoring
    )
    console = Console(file=io.StringIO(), width=120)
    console.print(render.stack(view, None))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_version_served_and_since_when() -> None:
    since = dt.datetime(2026, 11, 29, 17, 55, 4, tzinfo=dt.UTC)
    text = shown(ServedVersion(model="cards", version="12", since=since))
    assert "Scoring: version 12 of cards, since 2026-11-29 17:55:04 UTC" in text


@pytest.mark.parametrize("note", ["Nothing can be scored yet. There is no champion of 'cards'.", "[red]inert[/red]"])
def test_why_nothing_is_served(note: str) -> None:
    assert f"Scoring: {note}" in shown(ServedVersion(note=note))


def test_a_stack_without_the_service_says_nothing_of_it() -> None:
    assert "Scoring" not in shown(None)
