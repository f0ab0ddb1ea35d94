"""Two runs side by side: ``compare``."""

import typer
from rich import box
from rich.table import Table

from infra.cli.backends import backend, settings
from infra.cli.run_commands import ExecutionName
from infra.cli.stack_commands import Json
from infra.cli.terminal import out, print_json, safe
from infra.runs.run_comparison import ComparedValue, RunComparison
from infra.runs.run_comparison import compare as compared


def compare(ctx: typer.Context, a: ExecutionName, b: ExecutionName, *, as_json: Json = False) -> None:
    """Compare two runs: settings that differ, data, figures, money and models.

    Example: `fraudflow compare b7f0bbe4 last`
    """
    executions = backend(ctx).executions(backend(ctx).running(settings(ctx)))
    first, second = executions.runs([executions.find(name) for name in (a, b)])
    found = compared(first, second)
    if as_json:
        print_json(found.model_dump_json(indent=2))
        return
    out().print(_table(found))
    for side in (found.a, found.b):
        if side.sentence:
            out().print(safe(f"{side.name}: {side.sentence}"))
    if found.caution:
        out().print(safe(found.caution, "yellow"))


def _table(found: RunComparison) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("", found.a.name, found.b.name, "difference"):
        table.add_column(safe(column), overflow="fold")
    differing = [each for each in found.settings if each.differs]
    for values in (found.figures, found.money, found.model, found.data, differing):
        for value in values:
            table.add_row(safe(value.label), *map(safe, _texts(value)))
        table.add_section()
    return table


def _texts(value: ComparedValue) -> tuple[str, str, str]:
    a, b, difference = value.texts
    return a, b, difference or ("differs" if value.differs else "")
