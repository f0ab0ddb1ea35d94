"""Output of the command line: results on standard output, progress and errors on standard error."""

import json
import re
import sys
from typing import IO, Any, TextIO, cast, override

import typer
from rich.console import Console, RenderableType
from rich.text import Text
from typer.core import TyperGroup

from infra.told_errors import TOLD, sentence_of
from infra.words import plain

_BEYOND_ASCII = re.compile(r"[^\x00-\x7e]")

_BLANKS = re.compile(r"[ \t]+(?=\n|$)")

# Nothing is gained by folding what no window shows.
_WIDTH_OF_A_FILE = 200

COMMAND_WAS_WRONG = 2
RUN_FAILED = 1
INTERRUPTED = 130


def safe(text: object, style: str = "") -> Text:
    """Return text from outside that neither a terminal nor rich interprets."""
    return Text(plain(text), style=style)


class _Trimmed:
    """A file that gets lines without the blanks at their ends, which columns of a table are filled up with."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(_BLANKS.sub("", text))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the file's own
        return getattr(self._file, name)


def out() -> Console:
    """Return the console of results."""
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.file = cast("IO[str]", _Trimmed(sys.stdout))
        console.width = _WIDTH_OF_A_FILE
    return console


def err() -> Console:
    """Return the console of progress and errors."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def print_progress(text: str) -> None:
    """Print progress."""
    err().print(safe(text, "dim"))


def print_json(text: str) -> None:
    """Print JSON for programs: no colour, no wrapping; in ASCII, so that it does not drive a terminal either."""
    sys.stdout.write(f"{_BEYOND_ASCII.sub(_escape, text)}\n")


def tell(page: RenderableType, for_programs: str, *, as_json: bool, failed: object) -> None:
    """Print the outcome of an execution, and end the command with the exit code of a failure where it is one.

    Args:
        page: for people.
        for_programs: the same as JSON.
        as_json: which of the two.
        failed: what went wrong, if anything.
    """
    if as_json:
        print_json(for_programs)
    else:
        out().print(page)
    if failed:
        raise typer.Exit(RUN_FAILED)


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]


class Group(TyperGroup):
    """A group of commands that never shows a traceback: one sentence and an exit code instead."""

    @override
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except TOLD as error:
            complain(sentence_of(error))
        except KeyboardInterrupt:
            complain("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None
        raise typer.Exit(COMMAND_WAS_WRONG)


def complain(sentence: str) -> None:
    """Print an error."""
    err().print(Text.assemble(("Error: ", "bold red"), safe(sentence)))
