"""What an invocation calls: the real stack, or the tests' fakes (``CliRunner.invoke(app, args, obj=fakes)``)."""

import typer

from infra.cli.terminal import err, safe
from infra.settings import StackSettings, unknown_variables
from infra.stack.operations import Backend


def backend(ctx: typer.Context) -> Backend:
    """Return the backend of this invocation."""
    return ctx.obj if isinstance(ctx.obj, Backend) else Backend()


def settings(ctx: typer.Context) -> StackSettings:
    """Read the settings; warn of variables that look like one and are none."""
    for warning in unknown_variables():
        err().print(safe(f"Warning: {warning}", "yellow"))
    return backend(ctx).read_settings()
