"""The command ``console``."""

import typer

from infra.cli.backends import backend, settings
from infra.cli.terminal import print_progress


def console(ctx: typer.Context) -> None:
    """Serve the console's pages in the foreground, for a stack that has none of its own: the containers'.

    Example: `fraudflow --stack compose console`
    """
    raise typer.Exit(max(0, backend(ctx).serve_console(settings(ctx), print_progress)))
