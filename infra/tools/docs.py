"""Generated tables of the docs, written from what the code and the decisions declare, and checked by CI.

``python -m infra.tools.docs`` writes them, ``python -m infra.tools.docs --check`` only looks.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from functions.telemetry import batch_metrics, loop_metrics, metrics
from infra import settings_table
from serving import service_metrics

ROOT = Path(__file__).resolve().parents[2]


def metrics_table() -> str:
    """Return the table of declared metrics, each with its step and help text."""
    pushed = (*metrics.ALL, *batch_metrics.ALL, *loop_metrics.ALL)
    rows = [f"| `{each.name}` | {each.step} | {each.help} |" for each in pushed]
    return "\n".join(["| metric | step | what it says |", "|---|---|---|", *rows]) + "\n"


def service_metrics_table() -> str:
    """Return the table of the scoring service's metrics, each with its kind, its labels and its help text."""
    rows = [f"| `{each.name}` | {each.kind} | {', '.join(each.labels)} | {each.help} |" for each in service_metrics.ALL]
    return "\n".join(["| metric | kind | labels | what it says |", "|---|---|---|---|", *rows]) + "\n"


def panels_table(dashboard: str) -> str:
    """Return the table of a dashboard's panels, by group."""
    panels = json.loads((ROOT / "grafana" / "dashboards" / f"{dashboard}.json").read_text("utf-8"))["panels"]
    rows, group = [], ""
    for panel in panels:
        if panel["type"] == "row":
            group = panel["title"]
        elif panel["type"] != "text":
            rows.append(f"| {group} | {panel['title']} | {panel['description']} |")
            group = ""
    return "\n".join(["| group | panel | what it tells |", "|---|---|---|", *rows]) + "\n"


_DECISION = re.compile(r"# (\d+)\. (.+)\n\n\*((?:Accepted|Superseded) \d{4}-\d\d-\d\d(?:[ ,].+)?)\*\n")


def decisions_table() -> str:
    """Return the index of decisions, each with its title and status.

    Raises:
        ValueError: when a page does not begin with its number, title and status.
    """
    rows = []
    for page in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        head = _DECISION.match(page.read_text("utf-8"))
        if head is None or int(head[1]) != int(page.name.partition("-")[0]):
            raise ValueError(f"{page.name} must begin with '# NUMBER. Title' and '*Accepted YYYY-MM-DD*'.")
        rows.append(f"| {head[1]} | [{head[2]}]({page.name}) | {head[3]} |")
    return "\n".join(["| | decision | status |", "|---|---|---|", *rows]) + "\n"


type Sections = Mapping[str, Callable[[], str]]
DOCUMENTS: Mapping[str, Sections] = MappingProxyType(
    {
        "docs/settings.md": {"settings": settings_table.markdown},
        "docs/metrics.md": {"metrics": metrics_table, "service metrics": service_metrics_table},
        "docs/decisions/README.md": {"decisions": decisions_table},
        "docs/dashboards.md": {
            name: partial(panels_table, name)
            for name in ("ml-model-monitoring", "pipeline-operations", "scoring", "loop")
        },
    }
)


def render(text: str, sections: Sections) -> str:
    """Fill each generated section of a document, between its two markers.

    Raises:
        ValueError: when a section has no markers.
    """
    for name, section in sections.items():
        begin, end = f"<!-- {name}: written by infra/tools/docs.py -->", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"The document has no section between '{begin}' and '{end}'.")
        text = f"{before}{begin}\n{section()}{end}{after}"
    return text


def main() -> int:
    """Write the generated tables, or check them with ``--check``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when something would change")
    check = parser.parse_args().check
    stale = False
    for name, sections in DOCUMENTS.items():
        present = (ROOT / name).read_text("utf-8")
        wanted = render(present, sections)
        if wanted == present:
            continue
        if check:
            sys.stderr.write(f"{name} is not what the code declares: run `make format`.\n")
            stale = True
        else:
            (ROOT / name).write_text(wanted, "utf-8")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
