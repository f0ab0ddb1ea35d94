"""The commands on champions: what they do, what they say, and what they refuse."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from functions.feedback.loop_journal import LoopJournal
from infra.cli import app
from infra.home.state import Deployed
from infra.runs.champions_by_hand import ChampionsByHand, retired
from infra.settings import StackSettings
from infra.stack.operations import Backend
from tests.fakes import FakeObjectStore

MODEL = "fraud-detector"


class Registry:
    """Three versions of one model, of which the first is the champion."""

    def __init__(self) -> None:
        self.aliases = {"champion": "1", "challenger": "3"}

    def versions(self, model: str) -> list[dict[str, Any]] | None:
        return [{"version": number} for number in "123"] if model == MODEL else None

    def aliases_of(self, name: str) -> Mapping[str, str]:
        return dict(self.aliases) if name == MODEL else {}

    def set_alias(self, name: str, alias: str, version: str | None) -> None:
        assert name == MODEL
        self.aliases.pop(alias, None)
        if version is not None:
            self.aliases[alias] = version


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def journal() -> LoopJournal:
    return LoopJournal(FakeObjectStore(), "loop")


@pytest.fixture
def call(registry: Registry, journal: LoopJournal) -> Callable[..., Result]:
    settings = StackSettings()
    backend = Backend(
        read_settings=lambda: settings,
        running=lambda _: Deployed(settings=settings, outputs={}),
        champions=lambda _: ChampionsByHand(registry, journal),
    )

    def called(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(app, words, obj=backend, input=typed)

    return called


def test_a_version_is_promoted_and_the_journal_says_why(call: Callable[..., Result], registry: Registry) -> None:
    result = call("promote", "2", "--reason", "the new cards")
    assert result.output == "Version 2 of fraud-detector is the champion, after 1.\n"
    assert registry.aliases == {"champion": "2", "former": "1", "challenger": "3"}
    listed = json.loads(call("journal", "--json").output)
    (entry,) = listed["entries"]
    assert (entry["action"], entry["by"], entry["reason"]) == ("promote", "person", "the new cards")
    assert "promote" in call("journal").output


def test_a_rollback_brings_the_former_champion_back_once(call: Callable[..., Result], registry: Registry) -> None:
    call("promote", "2")
    assert json.loads(call("rollback", "--json").output)["champion"] == "1"
    assert registry.aliases == {"champion": "1", "challenger": "3"}
    refused = call("rollback")
    assert (refused.exit_code, "has no former champion" in refused.output) == (2, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("promote", "9"), "'fraud-detector' has no version 9: it has 1, 2, 3."),
        (("promote", "1"), "Version 1 is the champion of 'fraud-detector' already"),
        (("promote", "1", "--model", "other"), "'other' has no version 1: no such model has any."),
        (("retire", "other", "--yes"), "No model is called other"),
        (("retire", "other"), "No model is called other"),
        (("retire", "other", "--json"), "No model is called other"),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_moves(
    call: Callable[..., Result], registry: Registry, words: tuple[str, ...], told: str
) -> None:
    result = call(*words)
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())
    assert registry.aliases == {"champion": "1", "challenger": "3"}


def test_a_model_is_retired_when_asked_twice(
    call: Callable[..., Result], registry: Registry, journal: LoopJournal
) -> None:
    assert call("retire", MODEL, typed="n\n").exit_code == 1
    assert json.loads(call("retire", MODEL, "--json").output)["retired"] is False
    assert retired(journal) == {}
    assert call("retire", MODEL, typed="y\n").exit_code == 0
    assert registry.aliases == {}
    (since,) = retired(journal).values()
    assert since == pytest.approx(dt.datetime.now(dt.UTC).timestamp(), abs=60)
    call("promote", "2")  # it is back
    assert retired(journal) == {}


def test_a_model_that_never_moved_has_an_empty_journal(call: Callable[..., Result]) -> None:
    assert call("journal").output == "No champion of fraud-detector was moved yet.\n"
