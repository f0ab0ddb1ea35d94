"""Commands about the stack: ``up``, ``down``, ``status``, ``doctor``, ``settings``, and what ``deploy`` does to it."""

import json
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from functions.setting_words import typed
from infra import settings as all_settings
from infra import settings_table
from infra.cli import render
from infra.cli.backends import backend, settings
from infra.cli.terminal import INTERRUPTED, out, print_json, print_progress, safe

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_UNHEALTHY = 1


def up(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Start the stack, or join it, and deploy the pipeline; return when all of it is ready.

    Example: `fraudflow up`
    """
    chosen = settings(ctx)
    try:
        report = backend(ctx).up(chosen, print_progress)
    except KeyboardInterrupt:
        print_progress(
            "Interrupted; the servers keep running: `fraudflow up` waits for it again, `fraudflow down` stops it."
        )
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print_json(report.model_dump_json(indent=2, exclude={"deployed": {"settings"}}))
        return
    console = out()
    verb = "was up already" if report.joined else "is up"
    console.print(Text(f"The stack {verb} ({report.seconds:.1f} s); the pipeline is {report.action}."))
    console.print(safe(f"  {'AWS API':<12}  {report.localstack_url}"))
    console.print(safe(f"  {'MLflow':<12}  {report.mlflow_url}"))
    for title, url in report.monitoring.items():
        console.print(safe(f"  {title:<12}  {url}"))
    if report.scoring:
        console.print(safe(f"  {'Scoring':<12}  {report.scoring}"))
    if report.console:
        console.print(safe(f"  {'Console':<12}  {report.console}"))
    console.print(safe(f"  {'Uploads':<12}  s3://{report.deployed.uploads_bucket}"))
    console.print(safe(f"  {'Next':<12}  fraudflow run [CSV]"))


def down(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Stop everything that `up` has started.

    Example: `fraudflow down`
    """
    was_up = backend(ctx).down(settings(ctx))
    if as_json:
        print_json(json.dumps({"was_up": was_up}))
    else:
        out().print("The stack is down." if was_up else "No stack was up.")


def status(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Show the servers, the deployment and the queue of runs. Exit code 1 when not all of it is ready.

    Example: `fraudflow status --json`
    """
    view = backend(ctx).view(settings(ctx))
    queue = backend(ctx).executions(view.deployed).queue() if view.is_ready and view.deployed else None
    if as_json:
        shown = view.model_dump(mode="json", exclude={"deployed": {"settings"}})
        counted = {"under_way": None, "waiting": None} if queue is None else queue.model_dump()
        print_json(json.dumps(shown | {f"runs_{name}": count for name, count in counted.items()}, indent=2))
    else:
        out().print(render.stack(view, queue))
    if not view.is_ready:
        raise typer.Exit(_UNHEALTHY)


def deploy_here(ctx: typer.Context, *, as_json: bool) -> None:
    """Bring the pipeline of a stack that is up to what the checkout and the settings say."""
    chosen = settings(ctx)
    backend(ctx).running(chosen)
    report = backend(ctx).up(chosen, print_progress)
    if as_json:
        done = {"action": report.action, "seconds": report.seconds, "outputs": report.deployed.outputs}
        print_json(json.dumps(done, indent=2))
    else:
        out().print(f"The pipeline is {report.action} ({report.seconds:.1f} s).")


def doctor(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Look at ports, Python, memory, disk and programs, and say what to do. Exit code 1 when something must be done.

    Example: `fraudflow doctor`
    """
    found = backend(ctx).examine(settings(ctx))
    if as_json:
        print_json(json.dumps([finding.model_dump() for finding in found], indent=2))
    else:
        out().print(render.findings(found))
    if any(finding.verdict == "failed" for finding in found):
        raise typer.Exit(_UNHEALTHY)


def show_settings(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List every setting with its value here and its default.

    Example: `FRAUDFLOW_SEED=7 fraudflow settings`
    """
    values = all_settings.shown(settings(ctx))
    rows = [setting._asdict() | {"value": values[setting.name]} for setting in settings_table.table()]
    if as_json:
        print_json(json.dumps(rows, indent=2))
        return
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("variable", "value", "default", "takes", "what it is"):
        table.add_column(column, overflow="fold")
    for row in rows:
        words = (row["variable"], typed(row["value"]), row["default"], row["allowed"], row["description"])
        table.add_row(*map(safe, words))
    out().print(table)
