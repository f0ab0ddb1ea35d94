"""Commands about the model in production: ``watch``, ``decisions``, ``retrain``."""

import getpass
import json
from collections.abc import Iterator
from typing import Annotated

import typer
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from functions.contracts.loop_records import RetrainRecord
from functions.contracts.loop_states import ByHand, WatchRequest
from infra.cli import render
from infra.cli.backends import backend, settings
from infra.cli.follow import StatesView
from infra.cli.stack_commands import Json
from infra.cli.terminal import INTERRUPTED, RUN_FAILED, out, print_json, print_progress, safe
from infra.runs.execution import PipelineExecution
from infra.runs.loop_watch import LookReport, LoopWatch

_DECISIONS = 20
_STYLES = {"retrain": "green", "ask": "yellow", "wait": "dim"}

Model = Annotated[str | None, typer.Option(help="Its name in the registry; the stack's when left out.")]


def watch(
    ctx: typer.Context,
    *,
    now: Annotated[bool, typer.Option("--now", help="Look now, and follow the look to its end.")] = False,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Show the last decision about the model in production and what waits for an answer; with --now look first.

    The stack looks every hour by itself, and after each file of labels.

    Exit code 0: it looked, whatever was decided; 1: the look failed; 2: the command was wrong.

    Example: `fraudflow watch --now`
    """
    loop = backend(ctx).loop_watch(backend(ctx).running(settings(ctx)))
    name = model or loop.model
    if now:
        _follow(loop, loop.look(WatchRequest(cause="hand", model=name)), name, as_json=as_json)
        return
    made, asked = loop.decisions(name, 1), loop.question(name)
    if as_json:
        document = {
            "decision": made[0].model_dump(mode="json") if made else None,
            "question": None if asked is None else asked.model_dump(mode="json", exclude={"task_token"}),
        }
        print_json(json.dumps(document, indent=2))
        return
    if not made:
        out().print(safe(f"Nothing was decided about {name} yet: `fraudflow watch --now` looks now."))
        return
    grid = render.results_grid()
    for label, line in _decision(made[0]):
        grid.add_row(label, line)
    if asked is not None:
        grid.add_row("Question", safe(f"since {asked.at[:16]}: `fraudflow retrain` starts it", "yellow"))
    out().print(grid)


def decisions(
    ctx: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = _DECISIONS,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """List the decisions about retraining, also those not to; --json has each figure that was weighed.

    Example: `fraudflow decisions --limit 100`
    """
    loop = backend(ctx).loop_watch(backend(ctx).running(settings(ctx)))
    name = model or loop.model
    found = loop.decisions(name, limit)
    if as_json:
        print_json(json.dumps([each.model_dump(mode="json") for each in found], indent=2))
        return
    if not found:
        out().print(safe(f"Nothing was decided about {name} yet: `fraudflow watch --now` looks now."))
        return
    out().print(_table(found))


def retrain(
    ctx: typer.Context,
    *,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "No reason was given.",
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Retrain the model in production on its decisions and their labels: answer the question, or order it.

    An order is carried out whatever the figures say, but beside no other retraining.

    Exit code 0: the training data is uploaded, and a run of it starts; 1: it is not; 2: the command was wrong.

    Example: `fraudflow retrain --reason "A new product was launched."`
    """
    loop = backend(ctx).loop_watch(backend(ctx).running(settings(ctx)))
    name = model or loop.model
    execution = loop.retrain(name, ByHand(by=getpass.getuser(), reason=reason))
    report = _follow(loop, execution, name, answered=True, as_json=as_json)
    if report.gathered is None:
        raise typer.Exit(RUN_FAILED)


def _follow(
    loop: LoopWatch, execution: PipelineExecution, model: str, *, answered: bool = False, as_json: bool
) -> LookReport:
    print_progress(f"Look {execution.name}")
    try:
        with StatesView() as view:
            execution = loop.follow(execution, view.show, answered=answered)
    except KeyboardInterrupt:
        print_progress("The look continues: `fraudflow watch` shows what it decided.")
        raise typer.Exit(INTERRUPTED) from None
    report = loop.report(execution, model)
    if as_json:
        print_json(report.model_dump_json(indent=2))
    else:
        out().print(_look(report))
    if report.error is not None:
        raise typer.Exit(RUN_FAILED)
    return report


def _look(report: LookReport) -> RenderableType:
    grid = render.results_grid()
    grid.add_row("Look", Text.assemble(render.status(report.status), f"  {report.execution_arn.rpartition(':')[2]}"))
    if report.error is not None:
        grid.add_row("Error", safe(report.error, "red"))
    if report.judged:
        grid.add_row("Versions", safe(report.judged))
    if report.decision is None and report.error is None:
        grid.add_row("Decision", safe("none: there is no champion yet"))
    if report.decision is not None:
        for label, line in _decision(report.decision):
            grid.add_row(label, line)
    if report.gathered is not None:
        grid.add_row("Data", safe(f"{report.gathered}: `fraudflow runs` shows its run", "cyan"))
    return grid


def _decision(made: RetrainRecord) -> Iterator[tuple[str, Text]]:
    yield "Model", safe(f"{made.model} version {made.version}")
    yield "Decision", Text.assemble(safe(made.outcome, _STYLES[made.outcome]), ": ", safe(made.reason))
    yield "At", safe(f"{made.at[:16]} ({made.cause})")


def _table(found: list[RetrainRecord]) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("At", "Cause", "Version", "Outcome"):
        table.add_column(column, no_wrap=True)
    table.add_column("Reason")
    for each in found:
        outcome = safe(each.outcome, _STYLES[each.outcome])
        table.add_row(each.at[:16], each.cause, safe(str(each.version)), outcome, safe(each.reason))
    return table
