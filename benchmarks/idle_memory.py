"""Memory of an idle stack with the scoring service and the console, after all of the console's pages were opened.

    .venv/bin/python benchmarks/idle_memory.py [table.csv]

Starts an embedded stack without monitoring from nothing, opens each page of the console, keeps two streams of events
open for half a minute, and waits until nothing happens any more. Memory is the proportional set size, in which pages
that processes share are shared out: once right after `up`, once at the end. With a file as its argument it is first
taken through the pipeline, whose functions stay for a while, as Lambda keeps them: that is no idle stack, and no goal.

Prints a table, then one JSON line.
"""

import contextlib
import json
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path

from embedded import Embedded, embedded, free_port, machine, program, proportional_memory
from rich.console import Console
from rich.table import Table

from infra.home.layout import Home
from infra.home.state import read_deployed
from infra.runs.execution_client import ExecutionClient

GOAL = "1,200 MB"
STREAM_SECONDS = 30.0
PAGES = ("/", "/newest", "/runs", "/runs/~table", "/runs/{run}", "/runs/{run}/logs.txt", "/model", "/score", "/traffic")
STREAMS = ("/runs/~live", "/runs/~live")


def memory(stack: Embedded) -> dict[str, float]:
    """Return the MB of each program of the stack."""
    used: defaultdict[str, float] = defaultdict(float)
    for pid in stack.processes():
        used[program(pid)] += proportional_memory(pid)
    return dict(used)


def newest_run(stack: Embedded) -> str:
    """Return the name of the run that was made; of none where there is none."""
    deployed = read_deployed(Home(stack.home))
    if deployed is None:
        sys.exit("Nothing is deployed.")
    return next((run.name for run in ExecutionClient(deployed).latest(1)), "none")


def read(url: str) -> None:
    """Open a page; that of a run which isn't there says so."""
    with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310
        answer.read()


def listen(url: str) -> None:
    """Read a stream of events for a while."""
    until = time.monotonic() + STREAM_SECONDS
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own server
        while time.monotonic() < until and answer.read1(1 << 16):
            pass


def use(console: str, run: str) -> None:
    """Open each page once, and listen to two streams at once."""
    for path in PAGES:
        read(console + path.format(run=run))
    listeners = [threading.Thread(target=listen, args=(console + path.format(run=run),)) for path in STREAMS]
    for each in listeners:
        each.start()
    for each in listeners:
        each.join()


def table(before: dict[str, float], after: dict[str, float]) -> Table:
    """Lay both moments out, a row each program."""
    laid = Table("", "after `up`", "after all pages and two streams", "goal")
    laid.add_row("idle", f"{sum(before.values()):.0f} MB", f"{sum(after.values()):.0f} MB", GOAL)
    for name in sorted({*before, *after}):
        laid.add_row(f"  {name}", f"{before.get(name, 0):.0f} MB", f"{after.get(name, 0):.0f} MB", "")
    return laid


def main() -> None:
    """Measure, and print it."""
    port, where = free_port(), machine()
    given = {"FRAUDFLOW_SCORING": "true", "FRAUDFLOW_CONSOLE": "true", "FRAUDFLOW_CONSOLE_PORT": str(port)}
    with embedded(**given) as stack:
        stack.fraudflow("up")
        stack.settle()
        before = memory(stack)
        if sys.argv[1:]:
            stack.fraudflow("run", str(Path(sys.argv[1]).absolute()))
        use(f"http://127.0.0.1:{port}", newest_run(stack))
        stack.settle()
        after = memory(stack)
    Console().print(table(before, after))
    known = {"after_up_mb": round(sum(before.values())), "after_use_mb": round(sum(after.values()))}
    print(json.dumps({"benchmark": "idle_memory", "machine": where, **known}))


if __name__ == "__main__":
    main()
