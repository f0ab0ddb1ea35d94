"""Commands about the receivers of alerts: ``alerts`` and ``alerts test``."""

import json
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from infra.cli.backends import backend, settings
from infra.cli.terminal import out, print_json, safe
from infra.home.layout import Home
from infra.servers.receivers import receivers

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_FAILED = 1

alerts = typer.Typer(invoke_without_command=True, help="Show the receivers of alerts, or send a test.")


@alerts.callback()
def show(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Show the receivers of alerts, what each gets, and what others lack. `fraudflow up` puts changes in force.

    Example: `fraudflow alerts`
    """
    if ctx.invoked_subcommand is not None:
        return
    chosen = settings(ctx)
    home = Home(chosen.home)
    active = backend(ctx).active_receivers(home)
    known = receivers(chosen, home)
    if as_json:
        rows = [
            {"receiver": each.name, "on": each.options is not None, "in_force": each.name in active}
            | {"told": each.told, "detail": each.detail}
            for each in known
        ]
        print_json(json.dumps({"receivers": rows}, indent=2))
        return
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("receiver", "", "gets", "address, or what is missing"):
        table.add_column(column, overflow="fold")
    for each in known:
        state = _state(on=each.options is not None, in_force=each.name in active)
        table.add_row(*map(safe, (each.name, state, each.told, each.detail)))
    out().print(table)


def _state(*, on: bool, in_force: bool) -> str:
    if on == in_force:
        return "on" if on else "off"
    return f"{'on' if on else 'off'} after `fraudflow up`"


@alerts.command(name="test")
def send(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Send a critical alert that says it is a test, and tell who took it. Exit code 1 when a receiver did not.

    Example: `fraudflow alerts test`
    """
    deliveries = backend(ctx).send_test(settings(ctx))
    if as_json:
        print_json(json.dumps({"deliveries": [each.model_dump() for each in deliveries]}, indent=2))
    else:
        for each in deliveries:
            out().print(safe(f"  {each.receiver:<10}  {each.detail}"))
    if not all(each.delivered for each in deliveries):
        raise typer.Exit(_FAILED)
