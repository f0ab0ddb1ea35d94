"""Commands on champions: ``promote``, ``rollback``, ``retire``, and the ``journal`` of what was moved and why."""

import json
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from functions.feedback.loop_journal import JournalEntry
from infra.cli.backends import backend, settings
from infra.cli.removal_commands import Yes, agreed
from infra.cli.stack_commands import Json
from infra.cli.terminal import RUN_FAILED, out, print_json, safe
from infra.runs.champions_by_hand import ChampionsByHand, told, told_of_retirement

_BY_HAND = "By hand."

Model = Annotated[str | None, typer.Option(help="Registered model; the stack's own unless given.")]
Reason = Annotated[str, typer.Option("--reason", "-m", help="Why, for the journal.")]


def promote(
    ctx: typer.Context,
    version: Annotated[int, typer.Argument(min=1, help="A version of the model, as MLflow numbers them.")],
    *,
    model: Model = None,
    reason: Reason = _BY_HAND,
    as_json: Json = False,
) -> None:
    """Make a version the champion. The scoring service decides by it within two seconds.

    The champion until now stays within reach: `fraudflow rollback`.

    Example: `fraudflow promote 3 --reason "the new card product"`
    """
    champions, name = _champions(ctx, model)
    _print(champions.promote(name, str(version), reason), as_json=as_json)


def rollback(ctx: typer.Context, *, model: Model = None, reason: Reason = _BY_HAND, as_json: Json = False) -> None:
    """Make the former champion the champion again, within two seconds.

    Example: `fraudflow rollback --reason "too many alarms"`
    """
    champions, name = _champions(ctx, model)
    _print(champions.roll_back(name, reason), as_json=as_json)


def retire(
    ctx: typer.Context,
    model: Annotated[str, typer.Argument(help="A registered model.")],
    *,
    reason: Reason = _BY_HAND,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Take a model out of service: no version is its champion, its metrics go, and its alerts end.

    Its versions and runs stay; `fraudflow promote` brings it back. With --json and without --yes nothing is done.

    Example: `fraudflow retire old-detector`
    """
    champions, _ = _champions(ctx, model)
    champions.require(model)
    if not yes and not as_json:
        out().print(safe(f"No version of {model} will be its champion, and its metrics leave the monitoring."))
        if not agreed():
            out().print("Nothing was done.")
            raise typer.Exit(RUN_FAILED)
    removed = champions.retire(model, reason) if yes or not as_json else 0
    if as_json:
        print_json(json.dumps({"model": model, "retired": yes, "groups_of_metrics": removed}, indent=2))
        return
    out().print(safe(told_of_retirement(model, removed)))


def journal(ctx: typer.Context, *, model: Model = None, as_json: Json = False) -> None:
    """List every move of a model's champion: when, who, why.

    Example: `fraudflow journal`
    """
    champions, name = _champions(ctx, model)
    entries = champions.entries(name)
    if as_json:
        dumped = [each.model_dump(mode="json", exclude={"schema_version", "release"}) for each in entries]
        print_json(json.dumps({"model": name, "entries": dumped}, indent=2))
        return
    if not entries:
        out().print(safe(f"No champion of {name} was moved yet."))
        return
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("when (UTC)", "what", "by", "champion", "why"):
        table.add_column(column, overflow="fold")
    for each in entries:
        moved = f"{each.before or 'none'} to {each.champion or 'none'}"
        cells = (f"{each.at:%Y-%m-%d %H:%M:%S}", each.action, each.by, moved, each.reason)
        table.add_row(*map(safe, cells))
    out().print(table)


def _champions(ctx: typer.Context, model: str | None) -> tuple[ChampionsByHand, str]:
    chosen = settings(ctx)
    deployed = backend(ctx).running(chosen)
    return backend(ctx).champions(deployed), model or chosen.run.model_name


def _print(entry: JournalEntry, *, as_json: bool) -> None:
    if as_json:
        print_json(entry.model_dump_json(exclude={"schema_version", "release"}, indent=2))
        return
    out().print(safe(told(entry)))
