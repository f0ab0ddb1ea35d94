"""Commands about runs: ``run``, ``runs``, ``show``, ``logs``, ``synthesize``."""

import datetime as dt
import json
import time
from collections.abc import Container, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from functions.setting_words import typed
from functions.settings import RunSettings
from infra.cli import render
from infra.cli.backends import backend, settings
from infra.cli.follow import StatesView, upload_progress
from infra.cli.run_options import run_settings, with_run_options
from infra.cli.stack_commands import Json
from infra.cli.terminal import INTERRUPTED, out, print_json, print_progress, tell
from infra.errors import UploadError
from infra.home.state import Deployed
from infra.runs import uploads
from infra.runs.every_machine import FoundExecution, find_anywhere, machines_of
from infra.runs.execution import PipelineExecution
from infra.runs.execution_client import ExecutionClient
from infra.runs.made_up_data import FRAUD_RATE, NAME, ROWS
from infra.runs.run_report import Run
from infra.runs.run_rows import of_now, row_of
from infra.settings import StackSettings
from infra.stack.operations import Backend

_LOG_POLL_SECONDS = 0.5

RunStatus = StrEnum("RunStatus", ["RUNNING", "SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT", "UNKNOWN"])
ExecutionName = Annotated[str, typer.Argument(help="Its name, its ARN, the beginning of its name, or `last`.")]


@with_run_options
def run(
    ctx: typer.Context,
    csv: Annotated[
        Path | None,
        typer.Argument(
            help="The file to train on, or the folder of a table in many; the first in data/ when left out."
        ),
    ] = None,
    *,
    options: Mapping[str, str],
    as_json: Json = False,
) -> None:
    """Take a CSV or Parquet file, or a folder, through the pipeline: start the stack if it is down, upload, sum up.

    Options are settings of this run only: `fraudflow settings` lists all of them.

    Exit code 0: it succeeded; 1: the run failed; 2: the command was wrong.

    Example: `fraudflow run transactions.csv --target Class --threshold f1`
    """
    chosen, tools = settings(ctx), backend(ctx)
    own = run_settings(chosen.run, options)
    path = csv or _choose(tools, chosen)
    size = uploads.check_table(path)
    deployed = tools.join(chosen, print_progress).deployed
    if renamed := uploads.renaming(path):
        print_progress(renamed)
    if other := _others(own, deployed.settings.run, options):
        print_progress(f"The stack was started with other settings than this run's, which go with its file: {other}.")
    with upload_progress(path, size) as progress:
        accepted = tools.upload(path, deployed, own, progress)
    executions = tools.executions(deployed)
    try:
        execution = executions.started_by(accepted.version_id, accepted.at, chosen.trigger_timeout)
    except KeyboardInterrupt:
        raise _left() from None
    follow(executions, execution, deployed, accepted=accepted.at, as_json=as_json)


def follow(
    executions: ExecutionClient,
    execution: PipelineExecution,
    deployed: Deployed,
    *,
    accepted: dt.datetime | None = None,
    as_json: bool,
) -> None:
    """Follow a run to its end, and sum it up. Exit code 1 when it failed."""
    print_progress(f"Run {execution.name}")
    try:
        with StatesView() as view:
            execution = executions.follow(execution, view.show)
    except KeyboardInterrupt:
        raise _left() from None
    _report(executions.run(execution, accepted), deployed, as_json=as_json)


def _left() -> typer.Exit:
    print_progress("The run continues: `fraudflow show last` shows its outcome, `fraudflow stop last` stops it.")
    return typer.Exit(INTERRUPTED)


def runs(
    ctx: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    status: Annotated[RunStatus | None, typer.Option(help="Only those that stand so.", case_sensitive=False)] = None,
    file: Annotated[str, typer.Option(help="Only those whose file's name contains this.")] = "",
    as_json: Json = False,
) -> None:
    """List the newest runs, all or those that are asked for.

    Example: `fraudflow runs --status failed --file march`
    """
    executions = _executions(ctx)
    found = executions.latest(limit, status=(status or "").upper(), upload=file.strip())
    if as_json:
        print_json(json.dumps([json.loads(each.report.to_json()) for each in executions.runs(found)], indent=2))
    elif not found and (status or file):
        out().print("No run is such a one; `fraudflow runs` lists all.")
    elif not found:
        out().print("There are no runs yet; `fraudflow run` starts one.")
    else:
        out().print(render.runs_table(of_now(map(row_of, found), executions.champions())))


def show(ctx: typer.Context, execution: ExecutionName, *, as_json: Json = False) -> None:
    """Sum up one run, state by state, or a batch, a file of labels or a look by its name. Exit code 1 when it failed.

    Example: `fraudflow show last`
    """
    named = _anywhere(ctx, execution)
    found = named.client.run(named.execution)
    if not as_json:
        end = found.execution.stopped or dt.datetime.now(dt.UTC)
        for state in found.states:
            out().print(render.state_line(state, state.seconds(end)))
    _report(found, backend(ctx).running(settings(ctx)), is_run=named.is_run, as_json=as_json)


def logs(
    ctx: typer.Context,
    execution: ExecutionName,
    *,
    state: Annotated[str | None, typer.Option(help="Only this state, such as TrainModel.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run ends.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Show what the functions of one run have written, or those of a batch, a file of labels or a look by its name.

    Example: `fraudflow logs last --state TrainModel --follow`
    """
    deployed = backend(ctx).running(settings(ctx))
    if state is not None and state not in deployed.functions:
        raise typer.BadParameter(f"{state} is not a state; they are {', '.join(sorted(deployed.functions))}.")
    (executions, found, _), reader = _anywhere(ctx, execution), backend(ctx).logs(deployed)
    printed: set[str] = set()
    while True:
        # Whether it runs is asked first: what is written until its end is then read once more.
        found = executions.get(found.arn)
        for line in reader.read(found.name, executions.history(found.arn), state):
            text = line.model_dump_json()
            if text in printed:
                continue
            printed.add(text)
            if as_json:
                print_json(text)
            else:
                out().print(render.log_line(line))
        if not follow or not found.is_running:
            return
        time.sleep(_LOG_POLL_SECONDS)


def synthesize(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(help="Where to; a name in .gz is compressed.")],
    *,
    rows: Annotated[int, typer.Option(min=100, help="How many transactions.")] = ROWS,
    fraud_rate: Annotated[float, typer.Option(min=0.0001, max=0.5, help="The share of frauds.")] = FRAUD_RATE,
    as_json: Json = False,
) -> None:
    """Write a made-up fraud set, the same for the same seed (FRAUDFLOW_SEED).

    Example: `fraudflow synthesize data/made-up.csv --rows 50000`
    """
    seed = settings(ctx).seed
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        backend(ctx).write_csv(path, rows, fraud_rate, seed)
    except OSError as error:
        raise UploadError(f"{path} can't be written: {error.strerror}.") from error
    if as_json:
        print_json(json.dumps({"path": str(path), "rows": rows, "fraud_rate": fraud_rate, "seed": seed}, indent=2))
    else:
        out().print(Text(f"{path}: {rows:,} made-up transactions, seed {seed}."))


def _executions(ctx: typer.Context) -> ExecutionClient:
    return backend(ctx).executions(backend(ctx).running(settings(ctx)))


def _anywhere(ctx: typer.Context, name: str) -> FoundExecution:
    machines = machines_of(backend(ctx).running(settings(ctx)))
    return find_anywhere(map(backend(ctx).executions, machines), name)


def _others(own: RunSettings, stacks: RunSettings, given: Container[str]) -> str:
    """Return the settings in which a run differs from the stack, except those given as its options.

    The stack's are for files that come by other ways.
    """
    there, here = stacks.model_dump(), own.model_dump()
    return "; ".join(
        f"{name} is {typed(there[name]) or 'not given'} there and {typed(here[name]) or 'not given'} here"
        for name in RunSettings.model_fields
        if there[name] != here[name] and name not in given
    )


def _choose(tools: Backend, chosen: StackSettings) -> Path:
    """Return the first file of the data directory, or a made-up one."""
    found = sorted(path for path in chosen.data.glob("*") if path.name.lower().endswith(uploads.SUFFIXES))
    if found:
        print_progress(f"No file was named: taking {found[0]}")
        return found[0]
    path = chosen.home / NAME
    print_progress(f"{chosen.data} has no table: training on {ROWS:,} made-up transactions ({path})")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    tools.write_csv(path, ROWS, FRAUD_RATE, chosen.seed)
    return path


def _report(found: Run, deployed: Deployed, *, is_run: bool = True, as_json: bool) -> None:
    page = render.summary(found, deployed.settings.mlflow_url, is_run=is_run)
    tell(page, found.report.to_json(), as_json=as_json, failed=found.report.error)
