"""The command that forgets an entity: what it says, asks, and does only then; the entity is never printed."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest
from typer.testing import CliRunner, Result

from functions.decisions.forgetting import KeptDecisions
from infra.cli import app
from infra.home.state import Deployed
from infra.runs.entity_removal import EntityRemoval
from infra.settings import StackSettings
from infra.stack.operations import Backend

CARD = "4111111111111111"
SOME = KeptDecisions(frozenset({"a", "b"}), local=True, parts=["date=2026-03-01/x.parquet"])


class Fakes:
    """A stack whose log keeps something of one card."""

    def __init__(self) -> None:
        self.kept = SOME
        self.removed: list[str] = []

    def backend(self) -> Backend:
        settings = StackSettings()
        return Backend(
            read_settings=lambda: settings,
            running=lambda _: Deployed(settings=settings, outputs={}),
            entity_removal=lambda _: cast("EntityRemoval", self),
        )

    def find(self, entity: str) -> KeptDecisions:
        assert entity == CARD
        return self.kept

    def remove(self, entity: str) -> KeptDecisions:
        self.removed.append(entity)
        return self.kept


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


@pytest.fixture
def call(fakes: Fakes) -> Callable[..., Result]:
    def called(*words: str, typed: str = "") -> Result:
        result = CliRunner().invoke(app, ["forget", *words], obj=fakes.backend(), input=typed)
        assert CARD not in result.output
        return result

    return called


def test_it_says_what_goes_and_asks(call: Callable[..., Result], fakes: Fakes) -> None:
    result = call(CARD, typed="y\n")
    assert result.exit_code == 0
    assert "2 transactions in the service's own file and the decisions bucket (1 part) name it" in result.output
    assert fakes.removed == [CARD]


def test_without_a_yes_nothing_is_removed(call: Callable[..., Result], fakes: Fakes) -> None:
    result = call(CARD, typed="n\n")
    assert result.exit_code == 1
    assert "Nothing was removed." in result.output
    assert fakes.removed == []


def test_json_without_yes_only_says_what_would_go(call: Callable[..., Result], fakes: Fakes) -> None:
    told = {"removed": False, "transactions": 2, "parts": 1, "local": True, "histories": 0}
    assert json.loads(call(CARD, "--json").output) == told
    assert fakes.removed == []
    assert json.loads(call(CARD, "--json", "--yes").output)["removed"] is True
    assert fakes.removed == [CARD]


def test_what_is_not_kept_needs_no_removal(call: Callable[..., Result], fakes: Fakes) -> None:
    fakes.kept = KeptDecisions(frozenset(), local=False, parts=[])
    result = call(CARD)
    assert result.exit_code == 0
    assert result.output == "No decision in the decisions bucket names it.\n"
    assert json.loads(call(CARD, "--json", "--yes").output)["removed"] is False


def test_histories_go_too_also_where_a_training_table_has_begun_them(call: Callable[..., Result], fakes: Fakes) -> None:
    fakes.kept = replace(SOME, histories=2)
    assert "what challengers would have decided. 2 histories of it go too." in " ".join(
        call(CARD, "--yes").output.split()
    )
    fakes.kept = KeptDecisions(frozenset(), local=True, parts=[], histories=1)
    assert json.loads(call(CARD, "--json", "--yes").output)["removed"] is True
    said = " ".join(call(CARD, "--yes").output.split())
    assert "names it: its history goes, which a model's training table has begun. Removed." in said
    assert fakes.removed == [CARD] * 3


def test_a_card_is_read_from_input_so_that_no_history_of_a_shell_has_it(
    call: Callable[..., Result], fakes: Fakes
) -> None:
    assert call("-", "--yes", typed=f" {CARD}\n").exit_code == 0
    assert fakes.removed == [CARD]


def test_an_empty_value_is_refused(call: Callable[..., Result], fakes: Fakes) -> None:
    assert call(" ", "--yes").exit_code == 2
    assert fakes.removed == []
