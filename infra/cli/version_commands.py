"""What there is of a model: its ``versions``, and what each ``threshold`` of one would catch and cost."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from infra.cli.backends import backend, settings
from infra.cli.promotion_commands import Model
from infra.cli.stack_commands import Json
from infra.cli.terminal import out, print_json, safe
from infra.errors import EvaluationError, PromotionError
from infra.runs.registered_versions import RegisteredVersion
from infra.runs.threshold_curve import CurvePoint, ThresholdCurve
from infra.runs.version_thresholds import threshold_of
from infra.words import counted

_NEWEST = 20
# What a screen holds; `--json` has all.
_STEPS = 15


def versions(
    ctx: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, the newest first.")] = _NEWEST,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """List the versions of a model: champion, challenger and former one, what each measured, and its run.

    Those that play a part are listed also where they are older than the newest.

    Example: `fraudflow versions`
    """
    tools, chosen = backend(ctx), settings(ctx)
    registered, name = tools.versions(tools.running(chosen)), model or chosen.run.model_name
    found = registered.known(name, limit)
    if as_json:
        listed = [{**each.model_dump(mode="json"), "run": each.run} for each in found.all]
        print_json(json.dumps({"model": name, "aliases": dict(found.aliases), "versions": listed}, indent=2))
        return
    if not found.all and model is not None and model not in (models := registered.models()):
        raise PromotionError(f"No model is called {model}: there are {', '.join(models) or 'none yet'}.")
    if not found.all:
        out().print(safe(f"No version of {name} is registered yet; `fraudflow run` makes one."))
        return
    out().print(_versions(found.all))


def threshold(
    ctx: typer.Context,
    version: Annotated[int | None, typer.Argument(min=1, help="Of the champion when left out.")] = None,
    *,
    at: Annotated[
        float | None, typer.Option(min=0, max=1, help="Only the point that is next to this threshold.")
    ] = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """Show what each threshold of a version would catch, miss and cost on the test rows of its run.

    From flagging nothing to flagging everything; --json has every point of the run's record. A threshold that is picked
    by these rows looks better on them than it will on others, and no setting fixes one: a run chooses its own.

    Example: `fraudflow threshold 3 --at 0.2`
    """
    tools, chosen = backend(ctx), settings(ctx)
    deployed, name = tools.running(chosen), model or chosen.run.model_name
    number = None if version is None else str(version)
    known = tools.versions(deployed).known(name, 1, [] if number is None else [number])
    shown = threshold_of(name, known, number, tools.executions(deployed), tools.evaluations(deployed))
    if shown.curve is None:
        raise EvaluationError(shown.fault or f"'{name}' has no version yet; `fraudflow run` makes one.")
    curve = shown.curve
    chosen_points = _some(curve) if at is None else [_next_to(curve, at)]
    if as_json:
        points = curve.points if at is None else [curve.points[each] for each in chosen_points]
        told = {**curve.model_dump(mode="json", exclude={"points"}), "points": [_dumped(each) for each in points]}
        print_json(json.dumps({"model": name, "version": shown.version, **told}, indent=2))
        return
    out().print(safe(_about(name, shown.version, curve)))
    out().print(_points(curve, chosen_points))
    if at is None and len(chosen_points) < len(curve.points):
        out().print(safe(f"{len(chosen_points)} of {len(curve.points)} points; --json has all."))


def _versions(found: list[RegisteredVersion]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("version", "is", "registered (UTC)", "algorithm", "F1", "cost", "saved", "run"):
        table.add_column(column, overflow="fold", no_wrap=column in {"version", "registered (UTC)", "run"})
    for each in found:
        table.add_row(
            each.number,
            safe(", ".join(each.aliases), "bold green" if "champion" in each.aliases else ""),
            f"{each.registered:%Y-%m-%d %H:%M:%S}",
            safe(each.algorithm or ""),
            "" if each.f1 is None else f"{each.f1:.3f}",
            *("" if money is None else f"{money:,.0f}" for money in (each.cost, each.saved)),
            safe(each.run or ""),
        )
    return table


def _about(name: str, version: str | None, curve: ThresholdCurve) -> str:
    rows, frauds = counted(curve.rows, "test rows"), counted(curve.frauds, "frauds")
    missed = f"what '{curve.cost_column}' says" if curve.cost_column else f"{curve.cost_missed:,.10g}"
    return (
        f"Version {version} of {name}, on {rows} with {frauds}. A missed fraud costs {missed}, a false alarm "
        f"{curve.cost_alarm:,.10g}; without a model it would be {curve.cost_without_model:,.0f}."
    )


def _points(curve: ThresholdCurve, chosen: list[int]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("threshold", "caught", "missed", "false alarms", "precision", "recall", "cost", "saved"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("")
    for number in chosen:
        each = curve.points[number]
        counts = (each.caught, each.missed, each.alarms)
        shares = (each.precision, each.recall)
        table.add_row(
            f"{each.threshold:.4g}",
            *(f"{count:,}" for count in counts),
            *(f"{share:.1%}" for share in shares),
            *(f"{money:,.0f}" for money in (each.cost, each.saved)),
            ", ".join(_marks(curve, number)),
        )
    return table


def _marks(curve: ThresholdCurve, number: int) -> Iterator[str]:
    if number == curve.chosen:
        yield f"this version's own ({curve.policy})"
    if number == curve.at_f1 and number != curve.chosen:
        yield "chosen for F1"
    if number == curve.cheapest:
        yield "cheapest here"


def _some(curve: ThresholdCurve) -> list[int]:
    """Return the points that have a name, and others evenly between the first and the last."""
    last = len(curve.points) - 1
    evenly = {round(last * step / (_STEPS - 1)) for step in range(_STEPS)}
    named = {curve.chosen, curve.cheapest, *([] if curve.at_f1 is None else [curve.at_f1])}
    return sorted(evenly | named)


def _next_to(curve: ThresholdCurve, at: float) -> int:
    return min(range(len(curve.points)), key=lambda number: abs(curve.points[number].threshold - at))


def _dumped(point: CurvePoint) -> dict[str, Any]:
    return {**point.model_dump(mode="json"), "precision": point.precision, "recall": point.recall}
