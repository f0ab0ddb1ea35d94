"""The page of the traffic: what was decided about the model in production, and what it was decided on."""

import datetime as dt
from typing import Any

from fastapi import FastAPI, Request, Response

from console.page_context import Console
from console.pages.look_page import live_of, run_of
from infra.runs.loop_watch import LoopWatch
from infra.runs.loop_words import (
    OUTCOME_TONES,
    about_answer,
    about_decision,
    about_retraining,
    about_traffic,
    moment_of,
)
from infra.runs.measured_looks import MeasuredInterval, MeasuredLook
from infra.runs.uploads import LARGEST

_DECISIONS = 20
_DAYS, _POINTS = 30, 60


def add(app: FastAPI, console: Console) -> None:
    """Add the page, and what its curve is drawn from."""

    @app.get("/traffic")
    def traffic(request: Request) -> Response:
        """Show the last decision, what was measured, and the decisions before."""
        loop = console.stack.connected().loop
        look = loop.under_way(loop.model)
        live = None if look is None else live_of(look)
        return console.page(request, "traffic.html", live=live, title="A look", refresh=None, **_known(loop))

    @app.get("/traffic/costs.json")
    def costs() -> dict[str, Any]:
        """Return realised and estimated cost in 1,000 decisions, look by look."""
        loop = console.stack.connected().loop
        since = dt.datetime.now(dt.UTC) - dt.timedelta(days=_DAYS)
        return _curve(loop.measures.over_time(loop.model, since=since, most=_POINTS))


def _known(loop: LoopWatch) -> dict[str, Any]:
    """Return all that the page shows."""
    made = loop.decisions(loop.model, _DECISIONS)
    measured = loop.measures.latest(loop.model)
    question, answer, last = loop.question(loop.model), loop.answer(loop.model), loop.retraining(loop.model)
    return {
        "model": loop.model,
        "decisions": made,
        "last": list(about_decision(made[0])) if made else [],
        "question": question,
        "answer": None if answer is None else about_answer(answer),
        "retraining": None if last is None else about_retraining(last),
        "run": None if last is None or last.failed else run_of(last.record.upload_key),
        "tones": OUTCOME_TONES,
        "measured": measured,
        "facts": list(about_traffic(measured)) if measured else [],
        "ages": measured.by_age if measured else [],
        "windows": _windows(measured),
        "broken": measured.traffic.broken if measured and measured.traffic else None,
        "largest": LARGEST,
    }


def _windows(measured: MeasuredLook | None) -> list[dict[str, Any]]:
    """Return the latest windows of traffic, the newest first."""
    if measured is None or measured.traffic is None:
        return []
    windows = reversed(measured.traffic.windows[-_DECISIONS:])
    return [{"after": moment_of(each.after), "until": moment_of(each.until), "found": each} for each in windows]


def _curve(looks: list[MeasuredLook]) -> dict[str, Any]:
    return {
        "at": [round(each.at.timestamp()) for each in looks],
        "version": [each.version for each in looks],
        "realised": [_limits(each.realised_cost) for each in looks],
        "expected": [_limits(each.expected_cost) for each in looks],
    }


def _limits(cost: MeasuredInterval | None) -> list[float] | None:
    """Return the estimate, its lower and its upper limit."""
    return None if cost is None else [cost.estimate, cost.low, cost.high]
