"""Which commands there are."""

import typer

from infra.cli import run_commands, stack_commands
from infra.cli.console import Group

app = typer.Typer(
    name="fraudflow",
    help="Train a fraud model from a CSV: on this machine, with nothing to sign up for.",
    cls=Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

app.command()(run_commands.run)
app.command()(run_commands.runs)
app.command()(run_commands.show)
app.command()(run_commands.logs)
app.command()(run_commands.synthesize)
app.command()(stack_commands.up)
app.command()(stack_commands.down)
app.command()(stack_commands.status)
app.command()(stack_commands.deploy)
app.command()(stack_commands.doctor)
app.command(name="settings")(stack_commands.show_settings)
