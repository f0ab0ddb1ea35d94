"""``fraudflow inspect``: what each column of a file is, before anything is trained."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from functions.settings import RunSettings
from infra.cli.backends import settings
from infra.cli.run_options import run_settings, with_run_options
from infra.cli.stack_commands import Json
from infra.cli.terminal import RUN_FAILED, out, print_json, safe
from infra.errors import UploadError
from infra.runs import uploads
from infra.words import counted

if TYPE_CHECKING:
    from functions.inspection import Inspection

# What no screen holds; `--json` lists all.
MAX_ROWS = 100
_STYLES = {"target": "bold", "leak": "bold red"}


@with_run_options
def inspect(
    ctx: typer.Context,
    csv: Annotated[Path, typer.Argument(help="The file to look at.")],
    *,
    options: Mapping[str, str],
    as_json: Json = False,
) -> None:
    """Show what each column of a file is taken for, and the lines of fraudflow.toml that pin it. Starts no stack.

    Exit code 0: a run could start; 1: it would fail, and the questions say why; 2: the command was wrong, or the file
    is no table.

    Example: `fraudflow inspect transactions.csv`
    """
    uploads.check(csv)
    inspection = _inspect(csv, run_settings(settings(ctx).run, options))
    if as_json:
        print_json(json.dumps(inspection.found, indent=2))
    else:
        for part in _page(inspection):
            out().print(part)
    if inspection.found["questions"] or inspection.faults:
        raise typer.Exit(RUN_FAILED)


def _inspect(csv: Path, chosen: RunSettings) -> "Inspection":
    # pandas takes most of a second, which no other command needs.
    from functions.inspection import InspectionError, inspect_file  # noqa: PLC0415

    try:
        return inspect_file(csv, chosen)
    except InspectionError as error:
        raise UploadError(str(error)) from error


def _page(inspection: "Inspection") -> Iterator[Table | Text]:
    found = inspection.found
    yield _target(found["target"])
    yield _columns(found["columns"][:MAX_ROWS])
    if (hidden := len(found["columns"]) - MAX_ROWS) > 0:
        yield safe(f"{counted(hidden, 'columns')} more; --json lists all.\n")
    yield from (Text.assemble(("Note: ", "yellow"), safe(note)) for note in inspection.notes)
    yield from (Text.assemble(("Question: ", "bold yellow"), safe(each)) for each in found["questions"])
    yield from (Text.assemble(("A run would fail: ", "bold red"), safe(each)) for each in inspection.faults)
    yield Text("\nThese lines of fraudflow.toml pin what was found; change what is wrong:\n")
    yield from map(safe, inspection.toml)


def _target(target: Mapping[str, Any]) -> Text:
    if target["column"] is None:
        return Text("Target: not found", "bold red")
    guess = " (a guess)" if target["guess"] else ""
    return Text.assemble((f"Target{guess}: ", "bold"), safe(target["column"], "bold"), ", ", safe(target["reason"]))


def _columns(columns: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    for title in ("Column", "Role", "Used", "Reason"):
        table.add_column(title, overflow="fold")
    for each in columns:
        style = _STYLES.get(each["role"], "" if each["used"] else "dim")
        cells = (each["name"], each["role"], "yes" if each["used"] else "no", each["reason"])
        table.add_row(*(safe(cell, style) for cell in cells))
    return table
