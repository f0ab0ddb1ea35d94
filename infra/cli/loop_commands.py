"""Commands about the model in production: ``watch``, ``decisions``, ``retrain``."""

import datetime as dt
import getpass
import json
from collections.abc import Iterable
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
from infra.cli.terminal import INTERRUPTED, RUN_FAILED, out, print_json, print_progress, safe, tell
from infra.errors import SettingsError
from infra.runs.execution import PipelineExecution
from infra.runs.look_reports import LookReport
from infra.runs.loop_watch import LoopWatch
from infra.runs.loop_words import (
    OUTCOME_TONES,
    about_answer,
    about_decision,
    about_look,
    about_question,
    about_retraining,
    about_traffic,
    to_the_minute,
)
from infra.runs.summary_lines import SummaryLine
from infra.words import Phrase

_DECISIONS = 20
# As many as a screen holds, drawn evenly where there are more.
_LOOKS = 60
_NO_REASON = "No reason was given."

Model = Annotated[str | None, typer.Option(help="Its name in the registry; the stack's when left out.")]


def watch(
    ctx: typer.Context,
    *,
    now: Annotated[bool, typer.Option("--now", help="Look now, and follow the look to its end.")] = False,
    days: Annotated[int | None, typer.Option(min=1, help="What the looks of so many days have measured.")] = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Show the last decision about the model in production, what was measured, and what waits for an answer.

    With --now look first; with --days show what mistakes cost in 1,000 decisions, look by look.

    The stack looks every hour by itself, and after each file of labels.

    Exit code 0: it looked, whatever was decided; 1: the look failed; 2: the command was wrong.

    Example: `fraudflow watch --now`
    """
    loop = backend(ctx).loop_watch(backend(ctx).running(settings(ctx)))
    name = model or loop.model
    if now and days:
        raise SettingsError("--now looks, and --days shows earlier looks: give one of them.")
    if days:
        _over_time(loop, name, days, as_json=as_json)
        return
    if now:
        _follow(loop, loop.look(WatchRequest(cause="hand", model=name)), name, as_json=as_json)
        return
    made, asked, measured = loop.decisions(name, _DECISIONS), loop.question(name), loop.measures.latest(name)
    answer, last = loop.answer(name), loop.retraining(name)
    if as_json:
        document = {
            "decision": made[0].model_dump(mode="json") if made else None,
            "question": None if asked is None else asked.model_dump(mode="json", exclude={"task_token"}),
            "answer": None if answer is None else answer.model_dump(mode="json"),
            "retraining": None if last is None else last.record.model_dump(mode="json") | {"failed": last.failed},
            "measured": None if measured is None else measured.model_dump(mode="json"),
        }
        print_json(json.dumps(document, indent=2))
        return
    if not made:
        out().print(safe(f"Nothing was decided about {name} yet: `fraudflow watch --now` looks now."))
        return
    grid = render.results_grid()
    _add(grid, about_decision(made[0]))
    if asked is not None:
        _add(grid, [about_question(asked)])
    if answer is not None:
        _add(grid, [about_answer(answer)])
    if last is not None:
        _add(grid, [about_retraining(last)])
    if measured is not None:
        _add(grid, about_traffic(measured))
    out().print(grid)


def _over_time(loop: LoopWatch, model: str, days: int, *, as_json: bool) -> None:
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    found = loop.measures.over_time(model, since=since, most=_LOOKS)
    if as_json:
        print_json(json.dumps([each.model_dump(mode="json") for each in found], indent=2))
        return
    if not found:
        out().print(safe(f"No look has measured {model} since then: `fraudflow watch --now` looks now."))
        return
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("at (UTC)", "version", "cost by labels", "cost as estimated"):
        table.add_column(column, no_wrap=True)
    for each in reversed(found):
        costs = (each.realised_cost, each.expected_cost)
        told = [
            f"{cost.estimate:,.2f} ({cost.low:,.2f} to {cost.high:,.2f})" if cost else "not known" for cost in costs
        ]
        table.add_row(f"{each.at.astimezone(dt.UTC):%Y-%m-%d %H:%M}", safe(each.version), *told)
    out().print(table)


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
    reason: Annotated[str | None, typer.Option(help="Why, for the record.")] = None,
    reject: Annotated[bool, typer.Option("--reject", help="Answer the question with no; needs --reason.")] = False,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Retrain the model in production on its decisions and their labels: answer the question, or order it.

    An order is carried out whatever the figures say, but beside no other retraining. With --reject the question is
    answered with no: it is not asked again on the same drift, nor within FRAUDFLOW_RETRAIN_COOLDOWN_DAYS.

    Exit code 0: the training data is uploaded, and a run of it starts; 1: it is not; 2: the command was wrong.

    Example: `fraudflow retrain --reason "A new product was launched."`
    """
    loop = backend(ctx).loop_watch(backend(ctx).running(settings(ctx)))
    name = model or loop.model
    if reject:
        _reject(loop, name, reason, as_json=as_json)
        return
    execution = loop.retrain(name, ByHand(by=getpass.getuser(), reason=reason or _NO_REASON))
    report = _follow(loop, execution, name, answered=True, as_json=as_json)
    if report.gathered is None:
        raise typer.Exit(RUN_FAILED)


def _reject(loop: LoopWatch, model: str, reason: str | None, *, as_json: bool) -> None:
    if not reason:
        raise SettingsError("--reject needs --reason: why it is not retrained is kept with the answer.")
    execution = loop.refuse(model, ByHand(by=getpass.getuser(), reason=reason))
    if execution is None:
        print_progress("The answer is kept; LocalStack has restarted meanwhile, so that no look waited for it.")
        return
    _follow(loop, execution, model, answered=True, as_json=as_json)


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
    tell(_look(report), report.model_dump_json(indent=2), as_json=as_json, failed=report.error is not None)
    return report


def _look(report: LookReport) -> RenderableType:
    grid = render.results_grid()
    grid.add_row("Look", Text.assemble(render.status(report.status), f"  {report.execution_arn.rpartition(':')[2]}"))
    _add(grid, about_look(report))
    return grid


def _add(grid: Table, lines: Iterable[SummaryLine]) -> None:
    for label, phrases in lines:
        grid.add_row(label, render.line(phrases))


def _table(found: list[RetrainRecord]) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("At", "Cause", "Version", "Outcome"):
        table.add_column(column, no_wrap=True)
    table.add_column("Reason")
    for each in found:
        outcome = render.line([Phrase(each.outcome, OUTCOME_TONES[each.outcome])])
        table.add_row(to_the_minute(each.at), each.cause, safe(str(each.version)), outcome, safe(each.reason))
    return table
