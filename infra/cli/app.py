"""The commands and the options that all of them share."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from functions.release import RELEASE
from infra.cli import (
    alert_commands,
    batches_command,
    compare_command,
    console_command,
    decide_command,
    env_command,
    forget_command,
    inspect_command,
    labels_command,
    loop_commands,
    promotion_commands,
    removal_commands,
    run_commands,
    score_command,
    stack_commands,
    stage_commands,
    version_commands,
)
from infra.cli.terminal import Group
from infra.stack.operations import compose_backend

app = typer.Typer(
    name="fraudflow",
    help="Train a fraud model from a CSV: on this machine, with nothing to sign up for.",
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


class StackKind(StrEnum):
    """The stack that commands work on."""

    EMBEDDED = "embedded"
    COMPOSE = "compose"


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - as Typer calls it
    if wanted:
        sys.stdout.write(f"fraudflow {RELEASE}\n")
        raise typer.Exit


@app.callback()
def choose(
    ctx: typer.Context,
    *,
    stack: Annotated[
        StackKind,
        typer.Option(help="The processes that `up` starts on this machine, or docker-compose.yml's containers."),
    ] = StackKind.EMBEDDED,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool, typer.Option("--version", help="Print the release.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Train a fraud model from a CSV: on this machine, with nothing to sign up for."""
    if stack is StackKind.COMPOSE and ctx.obj is None:
        ctx.obj = compose_backend()


app.command()(inspect_command.inspect)
app.command()(run_commands.run)
app.command()(score_command.score)
app.command()(batches_command.batches)
app.command()(decide_command.decide)
app.command()(labels_command.labels)
app.command()(loop_commands.watch)
app.command()(loop_commands.decisions)
app.command()(loop_commands.retrain)
app.command()(run_commands.runs)
app.command()(run_commands.show)
app.command()(run_commands.logs)
app.command()(compare_command.compare)
app.command()(removal_commands.stop)
app.command()(removal_commands.rerun)
app.command()(removal_commands.redrive)
app.command()(removal_commands.rm)
app.command()(removal_commands.prune)
app.command()(forget_command.forget)
app.command()(version_commands.versions)
app.command()(version_commands.threshold)
app.command()(promotion_commands.promote)
app.command()(promotion_commands.rollback)
app.command()(promotion_commands.retire)
app.command()(promotion_commands.journal)
app.command()(run_commands.synthesize)
app.command()(stack_commands.up)
app.command()(stack_commands.down)
app.command()(stack_commands.status)
app.command(name="console")(console_command.console)
app.command(name="env")(env_command.env)
app.command()(stage_commands.deploy)
app.command()(stage_commands.destroy)
app.command()(stack_commands.doctor)
app.add_typer(alert_commands.alerts, name="alerts")
app.command(name="settings")(stack_commands.show_settings)
