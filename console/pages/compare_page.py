"""Two runs side by side."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse

from console.compared_curves import curves_of
from console.page_context import Console
from infra.runs.run_comparison import compare

type Name = Annotated[str, Query(max_length=300)]
type Chosen = Annotated[list[str], Query(max_length=50)]
_PAIR = 2


def add(app: FastAPI, console: Console) -> None:
    """Add the page."""

    @app.get("/runs/~compare")
    def side_by_side(request: Request, a: Name = "", b: Name = "", run: Chosen = []) -> Response:  # noqa: B006 - as FastAPI has it
        """Compare two runs by their names, or those that were ticked in the table of runs."""
        if run and not (a and b):
            a, b, *_ = [*run, "", ""]
            if len(run) == _PAIR:
                return RedirectResponse(f"/runs/~compare?{urlencode({'a': a, 'b': b})}")
        if not (a and b) or len(run) > _PAIR:
            said = "Tick two runs to compare them" if not run else f"Tick two runs to compare them, not {len(run)}"
            return console.page(request, "compare_none.html", 422, said=f"{said}.", beside=a)
        connected = console.stack.connected()
        runs = connected.executions.runs([connected.executions.find(name) for name in (a, b)])
        curves, faults = curves_of(connected.evaluations, [each for each in runs if each.report.model])
        compared = compare(runs[0], runs[1])
        told = [{"side": "A" if each.name == compared.a.name else "B", **each._asdict()} for each in curves]
        return console.page(
            request, "compare.html", compared=compared, runs=runs, curves=curves, told_curves=told, faults=faults
        )
