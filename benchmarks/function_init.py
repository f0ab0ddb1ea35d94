"""Seconds until each function is ready on Lambda, with the share of a core that its memory buys.

    .venv/bin/python benchmarks/function_init.py [--rounds 3] [--function ScoreTransaction ...] [--memory 512]

Lambda gives the init phase 10 seconds: after them it starts the process again, within the first invocation and its
timeout. Init ends when the runtime client asks for its first invocation. So each function is started as in its image,
in a folder that holds the packages of requirements/functions.txt and `functions/` with their bytecode, by the runtime
client; a stand-in for the Runtime API takes the time when it asks. `Everything` is no function: it imports all
that the template's `Preimport` lists, which is more than any function imports at init and its first invocation.

A function has memory / 1,769 of a core (docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html), one at most
here, as imports take one. A control group holds the process to it (version 2 or 1, as root), on one core and before
others that want it; where none can be made, the seconds are computed: of the processor, by the share. Lambda is said to
give more during init (awslabs.github.io/aws-lambda-web-adapter/configuration/async-init.html): not counted on here.

Twice a round: with the files in memory, and with them on the disk (`posix_fadvise`), which tells how much is read.
Lambda reads an image block by block over its network, at a speed that nothing here stands in for: the table has the
slowest at which a function would still be ready in time.

Prints a table, then one JSON line.
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from embedded import machine
from function_starts import Asked, RuntimeApi, Start, Throttle, forget, start
from rich.console import Console
from rich.table import Table

from infra.tools.aws_costs import memory

ROOT = Path(__file__).resolve().parents[1]
LIMIT_SECONDS = 10.0
MEGABYTES_A_CORE = 1769
EVERYTHING = "Everything"


@dataclass
class Starts:
    """The starts of one function, with its files in memory and on the disk."""

    megabytes: int
    cached: list[Start] = field(default_factory=list)
    uncached: list[Start] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Return how much of a core it has, one at most."""
        return min(self.megabytes / MEGABYTES_A_CORE, 1.0)

    def seconds(self, starts: list[Start], *, throttled: bool) -> float:
        """Return the median of its starts, computed from the processor's time where nothing throttles it."""
        return statistics.median(each.clock if throttled else each.processor / self.share for each in starts)


@contextmanager
def task_folder() -> Iterator[Path]:
    """Make what is in the image's /var/task."""
    with tempfile.TemporaryDirectory(prefix="fraudflow-task-", ignore_cleanup_errors=True) as work:
        task = Path(work, "task")
        options = [
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--compile-bytecode",
            "--link-mode",
            "copy",
        ]
        packages = ["--requirements", str(ROOT / "requirements" / "functions.txt")]
        where = ["--python", sys.executable, "--target", str(task)]
        subprocess.run([uv(), "pip", "install", "--quiet", *options, *where, *packages], check=True)
        shutil.copytree(ROOT / "functions", task / "functions", ignore=shutil.ignore_patterns("__pycache__"))
        everything = "".join(f"import {name}\n" for name in preimports())
        (task / "everything.py").write_text(f"{everything}\n\ndef handler(event, context):\n    return event\n")
        subprocess.run([sys.executable, "-m", "compileall", "-q", "functions", "everything.py"], cwd=task, check=True)
        yield task


def uv() -> str:
    """Return where uv is: make installs it into the checkout when it isn't on PATH."""
    own = ROOT / ".uv" / "bin" / "uv"
    return str(own) if own.exists() else "uv"


def preimports() -> list[str]:
    """Return the modules that the template's Preimport lists."""
    template = (ROOT / "infra" / "template.yaml").read_text("utf-8")
    [listed] = re.findall(
        r"^  Preimport:\n    Type: String\n    Default: >-\n((?:      .*\n)+)", template, re.MULTILINE
    )
    return [name.strip() for name in listed.split(",")]


def handler_of(function: str) -> str:
    """Return the name of a function's handler, as its Command has it."""
    folder = re.sub(r"(?<!^)(?=[A-Z])", "_", function).lower()
    return "everything.handler" if function == EVERYTHING else f"functions.{folder}.handler.handler"


def measure(functions: dict[str, Starts], rounds: int, throttle: Throttle) -> None:
    """Start each function, as often as asked for, with its files in memory and on the disk."""
    api = RuntimeApi(("127.0.0.1", 0), Asked)
    with task_folder() as task:
        for _ in range(rounds):
            for name, starts in functions.items():
                # Without `site`, so that only the folder's packages are found.
                words = throttle.words(starts.share, sys.executable, "-S", "-m", "awslambdaric", handler_of(name))
                forget(task)
                starts.uncached.append(start(name, task, words, api))
                starts.cached.append(start(name, task, words, api))


def figures(starts: Starts, throttle: Throttle) -> dict[str, float]:
    """Return a function's medians, and the slowest disk that it would still be ready in time from."""
    cached = starts.seconds(starts.cached, throttled=throttle.works)
    read = statistics.median(each.read for each in starts.uncached)
    return {
        "memory_mb": starts.megabytes,
        "share": round(starts.share, 2),
        "cached_seconds": round(cached, 2),
        "uncached_seconds": round(starts.seconds(starts.uncached, throttled=throttle.works), 2),
        "processor_seconds": round(statistics.median(each.processor for each in starts.cached), 2),
        "read_mb": round(read),
        "slowest_disk_mb_s": round(read / (LIMIT_SECONDS - cached), 1) if cached < LIMIT_SECONDS else float("inf"),
    }


def table(found: dict[str, dict[str, float]], kind: str) -> Table:
    """Lay the functions out, a row each, the slowest first."""
    laid = Table(
        f"by {kind}", "memory", "of a core", "processor", "files in memory", "files on the disk", "read", "slowest disk"
    )
    for name, each in sorted(found.items(), key=lambda item: -item[1]["cached_seconds"]):
        seconds = (f"{each[key]:.2f} s" for key in ("processor_seconds", "cached_seconds", "uncached_seconds"))
        disk = f"{each['slowest_disk_mb_s']:.0f} MB/s"
        laid.add_row(name, f"{each['memory_mb']:,} MB", f"{each['share']:.2f}", *seconds, f"{each['read_mb']} MB", disk)
    laid.add_row("limit", "", "", "", f"{LIMIT_SECONDS:.0f} s", f"{LIMIT_SECONDS:.0f} s", "", "")
    return laid


def main() -> None:
    """Measure as many rounds as were asked for, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    sizes = memory()
    sizes[EVERYTHING] = min(sizes.values())
    parser.add_argument("--memory", type=int, help="megabytes of each, in place of the template's")
    parser.add_argument("--function", nargs="+", choices=list(sizes), default=list(sizes))
    arguments, where, throttle = parser.parse_args(), machine(), Throttle()
    functions = {name: Starts(arguments.memory or sizes[name]) for name in arguments.function}
    try:
        measure(functions, arguments.rounds, throttle)
    finally:
        throttle.end()
    found = {name: figures(starts, throttle) for name, starts in functions.items()}
    Console().print(table(found, throttle.kind))
    print(json.dumps({"benchmark": "function_init", "machine": where, "throttle": throttle.kind, "functions": found}))


if __name__ == "__main__":
    main()
