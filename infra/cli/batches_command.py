"""``fraudflow batches``: the files that were scored, and one of them with its scores."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from infra.cli import render
from infra.cli.backends import backend, settings
from infra.cli.score_command import tell_batch
from infra.cli.stack_commands import Json
from infra.cli.terminal import out, print_json, safe
from infra.errors import SettingsError
from infra.runs.batches import ScoredBatch, check_out, of_scoring
from infra.runs.uploads import accepted_as

_NEWEST = 20


def batches(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Sum up this one: its name, its beginning, or `last`.")] = None,
    *,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Where its scores go; Parquet where it ends in .parquet.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to list, the newest first.")] = _NEWEST,
    as_json: Json = False,
) -> None:
    """List the newest scored files; or sum one up and fetch its scores again. Exit code 1 when it failed.

    Example: `fraudflow batches last --out scores.csv`
    """
    if out_file is not None:
        if name is None:
            raise SettingsError("--out needs the name of a batch: `fraudflow batches last --out scores.csv`.")
        check_out(out_file)
    reader = backend(ctx).batches(of_scoring(backend(ctx).running(settings(ctx))))
    if name is None:
        _list(reader.latest(limit), as_json=as_json)
        return
    execution, _ = reader.seen(name)
    tell_batch(reader, reader.report(execution, accepted_as(execution)), out_file, as_json=as_json)


def _list(found: list[ScoredBatch], *, as_json: bool) -> None:
    if as_json:
        print_json(json.dumps([json.loads(each.to_json()) for each in found], indent=2))
    elif not found:
        out().print("No file was scored yet; `fraudflow score` scores one.")
    else:
        out().print(_table(found))


def _table(found: Iterable[ScoredBatch]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("batch", "file", "status", "model", "rows", "alarms"):
        table.add_column(column, overflow="fold", no_wrap=column == "batch")
    for each in found:
        table.add_row(
            safe(each.execution_arn.rpartition(":")[2]),
            safe(each.file),
            render.status(each.status),
            "" if each.model is None else safe(f"{each.model.name} version {each.model.version}"),
            *("" if number is None else f"{number:,}" for number in (each.rows, each.alarms)),
        )
    return table
