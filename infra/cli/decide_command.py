"""``fraudflow decide``: one transaction, decided on by the scoring service, with the reasons."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import RenderableType
from rich.text import Text

from functions.contracts.score_requests import ScoreReason, ScoreRequest, ScoreResponse
from infra.cli import render
from infra.cli.backends import backend, settings
from infra.cli.stack_commands import Json
from infra.cli.terminal import out, print_json, safe
from infra.errors import SettingsError
from infra.runs.single_scores import REASONS, new_transaction, one_transaction, reason_value, verdict

_STDIN = "-"
_FIELDS = {"transaction_id", "features", "reasons"}
_SHAPE = '{"transaction_id": "t-1", "features": {"column": value}}; `fraudflow decide --example` prints one.'


def decide(
    ctx: typer.Context,
    transaction: Annotated[
        str | None, typer.Argument(help="A file with it in JSON, or `-` for standard input.")
    ] = None,
    *,
    example: Annotated[bool, typer.Option("--example", help="Print one to begin with; nothing is decided.")] = False,
    as_json: Json = False,
) -> None:
    """Have the scoring service decide on one transaction, and say how and why.

    It is a real decision, as any program gets: it is logged, counts as traffic, and waits for its label. The JSON is
    that of `POST /v1/score`; without a `transaction_id` it gets one, and the same id again gets its first decision.

    Exit code 0: it was decided on, whatever the decision; 2: the command or the transaction was wrong.

    Example: `fraudflow decide --example > one.json`, then `fraudflow decide one.json`
    """
    if example == (transaction is not None):
        raise SettingsError("Name a file with a transaction, or `-` to give it by standard input, or give --example.")
    asked = None if transaction is None else _read(transaction)
    scores = backend(ctx).single_scores(backend(ctx).running(settings(ctx)))
    if asked is None:
        print_json(json.dumps({"features": scores.example_row()}, indent=2))
        return
    answer = scores.score(asked)
    if as_json:
        print_json(answer.model_dump_json(indent=2))
    else:
        out().print(_told(answer))


def _read(source: str) -> ScoreRequest:
    """Read a transaction from a file, or from standard input.

    Raises:
        SettingsError: when it can't be read, or is none.
    """
    named = "What standard input holds" if source == _STDIN else source
    try:
        text = sys.stdin.read() if source == _STDIN else Path(source).read_text("utf-8")
        given = json.loads(text, parse_constant=_no_number)
    except OSError as error:
        raise SettingsError(f"{source} can't be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{named} is no transaction in JSON, as in {_SHAPE}") from error
    if not isinstance(given, dict) or not isinstance(given.get("features"), dict):
        raise SettingsError(f"{named} has no features: a transaction looks like {_SHAPE}")
    if unknown := sorted(set(given) - _FIELDS):
        raise SettingsError(f"{named} has '{unknown[0]}' beside its features: a transaction looks like {_SHAPE}")
    return _asked(named, given)


def _asked(named: str, given: dict[str, Any]) -> ScoreRequest:
    reasons = given.get("reasons", REASONS)
    if type(reasons) is not int or reasons < 0:
        raise SettingsError(f"{named} must give reasons as a whole number: how many columns to name.")
    return one_transaction(given.get("transaction_id", new_transaction()), given["features"], reasons)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _told(answer: ScoreResponse) -> RenderableType:
    grid = render.results_grid()
    style = "yellow" if answer.decision == "alarm" else "green"
    grid.add_row("Decision", Text.assemble((answer.decision, style), ": ", verdict(answer)))
    grid.add_row("Transaction", safe(answer.transaction_id))
    grid.add_row("Decided by", safe(f"{answer.model.name} version {answer.model.version}"))
    cost = answer.expected_cost
    grid.add_row("Expected cost", f"{cost.alarm:,.2f} as an alarm, {cost.pass_:,.2f} as a pass")
    for number, line in enumerate(_reasons(answer.reasons)):
        grid.add_row("" if number else "Reasons", line)
    return grid


def _reasons(reasons: list[ScoreReason]) -> Iterator[Text]:
    """Yield what moved the score most, on its log-odds."""
    for each in reasons:
        effect = "raises" if each.contribution > 0 else "lowers"
        said = each.words or f"{each.feature}, {reason_value(each.value)}"
        yield safe(f"{said}: {effect} by {abs(each.contribution):.2f}")
