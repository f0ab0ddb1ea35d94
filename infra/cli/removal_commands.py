"""Commands that end, repeat and remove runs: ``stop``, ``rerun``, ``redrive``, ``rm``, ``prune``."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.text import Text

from infra.cli.backends import backend, settings
from infra.cli.run_commands import ExecutionName, follow
from infra.cli.stack_commands import Json
from infra.cli.terminal import RUN_FAILED, err, out, print_json, safe
from infra.errors import RemovalError
from infra.runs import removal
from infra.runs.removal import Plan, Removal
from infra.words import counted

_KEPT_BY_DEFAULT = 20
_AGE = re.compile(r"(\d+)([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


def stop(ctx: typer.Context, execution: ExecutionName, *, as_json: Json = False) -> None:
    """End a run before its end, for good: `up` doesn't resume it. A function that has started finishes.

    Example: `fraudflow stop last`
    """
    deployed = backend(ctx).running(settings(ctx))
    executions = backend(ctx).executions(deployed)
    found = executions.find(execution)
    warnings = backend(ctx).control(deployed).stop(found, executions.history(found.arn))
    if as_json:
        print_json(json.dumps({"stopped": found.name, "troubles": warnings}, indent=2))
        return
    out().print(safe(f"The run {found.name} is stopped."))
    for warning in warnings:
        err().print(safe(f"Warning: {warning}", "yellow"))


def rerun(ctx: typer.Context, execution: ExecutionName, *, as_json: Json = False) -> None:
    """Run the same version of the same file again, with the same settings, and follow it.

    Exit code 0: it succeeded; 1: the run failed; 2: the command was wrong.

    Example: `fraudflow rerun last`
    """
    deployed = backend(ctx).running(settings(ctx))
    executions = backend(ctx).executions(deployed)
    arn = backend(ctx).control(deployed).rerun(executions.find(execution))
    follow(executions, executions.get(arn), deployed, as_json=as_json)


def redrive(ctx: typer.Context, execution: ExecutionName, *, as_json: Json = False) -> None:
    """Run a failed run on from the state in which it failed, under a name of its own, and follow it.

    What was loaded and trained before is used as it is. Exit code 0: it succeeded; 1: the run failed; 2: the command
    was wrong.

    Example: `fraudflow redrive last`
    """
    deployed = backend(ctx).running(settings(ctx))
    executions = backend(ctx).executions(deployed)
    arn = backend(ctx).control(deployed).redrive(executions.find(execution))
    follow(executions, executions.get(arn), deployed, as_json=as_json)


def rm(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A registered model, or a run as `show` takes it.")],
    *,
    yes: Yes = False,
    champion: Annotated[bool, typer.Option(help="With --yes: also a run that has made the champion.")] = False,
    as_json: Json = False,
) -> None:
    """Remove a run or a registered model, with its files. With --json and without --yes it only says what would go.

    A run goes with its files, its run in MLflow and the version that it has made; a model with its versions. The
    uploads stay.

    Example: `fraudflow rm last`
    """
    deployed = backend(ctx).running(settings(ctx))
    tools = backend(ctx).removal(deployed)
    plan = removal.plan(tools, name, backend(ctx).executions(deployed).find)
    if plan.champions and plan.runs and yes and not champion:
        told = " and ".join(f"version {number} of {model}" for model, number in plan.champions)
        raise RemovalError(f"This run has made {told}, the champion: give --champion too to remove it.")
    _remove(tools, plan, yes=yes, as_json=as_json)


def prune(
    ctx: typer.Context,
    *,
    keep: Annotated[int | None, typer.Option(min=0, help="How many of the newest runs stay; 20 unless given.")] = None,
    older_than: Annotated[str | None, typer.Option(help="Only runs that began so long ago: 12h, 30d, 8w.")] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Remove old runs, with their files. With --json and without --yes it only says what would go.

    Runs in progress stay, and those that have made a model's champion.

    Example: `fraudflow prune --keep 50`
    """
    before = None if older_than is None else dt.datetime.now(dt.UTC) - _age(older_than)
    kept = keep if keep is not None else 0 if before else _KEPT_BY_DEFAULT
    deployed = backend(ctx).running(settings(ctx))
    tools = backend(ctx).removal(deployed)
    plan = tools.of_old(backend(ctx).executions(deployed).every(), keep=kept, before=before)
    _remove(tools, plan, yes=yes, as_json=as_json)


def _age(text: str) -> dt.timedelta:
    found = _AGE.fullmatch(text.strip().lower())
    if found is None:
        raise typer.BadParameter(f"{text} is no age; 12h, 30d and 8w are.")
    return dt.timedelta(**{_UNITS[found[2]]: int(found[1])})


def _remove(tools: Removal, plan: Plan, *, yes: bool, as_json: bool) -> None:
    """Print what would be removed, ask, and remove it."""
    if as_json:
        if yes:
            tools.carry_out(plan)
        print_json(json.dumps(_document(plan, removed=yes and not plan.is_empty), indent=2))
        return
    for line in _lines(plan):
        out().print(line)
    if plan.is_empty:
        return
    if not yes and not agreed():
        out().print("Nothing was removed.")
        raise typer.Exit(RUN_FAILED)
    tools.carry_out(plan)
    out().print(Text(f"Removed: {decimal(plan.size)} freed."))


def agreed() -> bool:
    """Ask whether to remove what was shown; return whether the answer is yes."""
    try:
        return typer.confirm("Remove all of this?", err=True)
    except typer.Abort:  # there is nobody to answer
        return False


def _document(plan: Plan, *, removed: bool) -> dict[str, object]:
    names = {"runs", "models", "mlflow_runs", "kept", "files"}
    versions = {
        name: [f"{each.model} {each.number}" for each in getattr(plan, name)] for name in ("versions", "champions")
    }
    return {"removed": removed, **plan.model_dump(include=names), **versions, "bytes": plan.size}


def _lines(plan: Plan) -> Iterator[Text]:
    if plan.is_empty:
        yield Text("There is nothing to remove.")
    for model in plan.models:
        yield safe(f"Model     {model}")
    for run in plan.runs:
        yield safe(f"Run       {run}")
    for version in plan.versions:
        is_champion = version in plan.champions
        yield safe(
            f"Version   {version.number} of {version.model}{', the champion' if is_champion else ''}",
            "red" if is_champion else "",
        )
    if not plan.is_empty:
        mlflow = f", {len(plan.mlflow_runs):,} in MLflow" if plan.mlflow_runs else ""
        yield Text(
            f"In all    {counted(len(plan.runs), 'runs')}{mlflow}, {counted(plan.files, 'files')}: {decimal(plan.size)}"
        )
    for each in plan.kept:
        yield safe(f"Kept      {each}", "dim")
