"""The command line, ``fraudflow``."""

import sys

from infra.cli.app import app
from infra.cli.terminal import COMMAND_WAS_WRONG, complain


def main() -> None:
    """Run the command line; whatever happens, its user reads a sentence and not a traceback."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the last line of defence
        complain(f"This should not have happened: {type(error).__name__}: {error}")
        sys.exit(COMMAND_WAS_WRONG)


__all__ = ["app", "main"]
