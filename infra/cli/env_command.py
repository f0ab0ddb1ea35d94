"""The command ``env``."""

import json
import os
import sys
from typing import Annotated

import typer

from infra.cli.backends import backend, settings
from infra.cli.terminal import print_json
from infra.stack import shell
from infra.stack.shell import Shell


def env(
    ctx: typer.Context,
    *,
    dialect: Annotated[Shell, typer.Option("--shell", help="Whose commands to print.")] = Shell.SH,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print what makes a shell's `aws`, `awslocal` and MLflow speak to this stack, with its keys.

    Example: `eval "$(fraudflow env)"`
    """
    chosen = settings(ctx)
    environment = os.environ  # noqa: TID251 - the shell's own, to be completed
    shown = shell.variables(chosen, backend(ctx).running(chosen), environment)
    if as_json:
        print_json(json.dumps(shown, indent=2))
    else:
        sys.stdout.write(shell.commands(shown, dialect))
