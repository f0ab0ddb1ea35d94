"""Time until the console's page of the runs is there where there are 5,000 of them, and that of `fraudflow runs`.

    .venv/bin/python -m benchmarks.console_runs [--runs 5000] [--rounds 5] [--views 20]

Starts a stack of its own, trains once, and copies the record of that run through S3 under thousands of names. Then, in
a Chromium:

- first view: the console is started, and its page of the runs is opened as soon as the console answers at all;
- next view: the page is opened again and again, each time in a new profile;
- search: the page of the failed runs, of which there are none, so that runs are read until its time is over.

Told are the time to the first byte, to the first contentful paint, and until the table has rows. Seconds are of the
clock: a busy machine, whose load is told too, adds to them. Prints one JSON object with medians.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.embedded import Embedded, embedded, free_port, machine, proportional_memory
from functions.contracts.records import ENDED, ended_key
from infra.deployment.pipeline import session
from infra.home.layout import Home
from infra.home.state import Deployed, read_deployed
from infra.tools.synthetic import write_csv
from tests.browser import find

_WRITERS = 4
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_ANSWERED = "performance.getEntriesByType('navigation')[0].responseStart"


def fill(deployed: Deployed, runs: int) -> None:
    """Copy the record of the one run that there is, until there are so many."""
    bucket = deployed.outputs["RunsBucket"]
    s3: Any = session(deployed.settings).client("s3", endpoint_url=deployed.settings.endpoint_url)
    (listed,) = s3.list_objects_v2(Bucket=bucket, Prefix=ENDED)["Contents"]
    body = s3.get_object(Bucket=bucket, Key=listed["Key"])["Body"].read()
    name = listed["Key"].removeprefix(ENDED).removesuffix(".json").encode()

    def copy(_: int) -> None:
        other = str(uuid.uuid4())
        s3.put_object(Bucket=bucket, Key=ended_key(other), Body=body.replace(name, other.encode()))

    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(copy, range(runs - 1)))


@contextlib.contextmanager
def console(stack: Embedded) -> Iterator[tuple[str, int]]:
    """Start a console; yield its address, as soon as it answers, and its process."""
    port = free_port()
    command = [sys.executable, "-m", "console", "--home", str(stack.home), "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/healthz", timeout=5).close()  # noqa: S310 - of this machine
                break
            time.sleep(0.02)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()


def view(browser: Browser, url: str) -> dict[str, float]:
    """Open a page in a new profile; return its milliseconds."""
    profile = browser.new_context(viewport={"width": 1600, "height": 900})
    try:
        page = profile.new_page()
        began = time.perf_counter()
        page.goto(url)
        page.wait_for_selector(".runs p.notice, .runs tbody tr")
        rows = (time.perf_counter() - began) * 1000
        page.wait_for_function(f"{_PAINTED} > 0")
        return {"first byte": page.evaluate(_ANSWERED), "first paint": page.evaluate(_PAINTED), "rows": rows}
    finally:
        profile.close()


def medians(views: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the median of each time."""
    return {name: round(statistics.median(each[name] for each in views)) for name in views[0]}


def measure(stack: Embedded, browser: Browser, rounds: int, views: int) -> dict[str, object]:
    """Start consoles and look at their pages."""
    first = []
    for _ in range(rounds):
        with console(stack) as (url, _):
            first.append(view(browser, f"{url}/runs"))
    with console(stack) as (url, pid):
        view(browser, f"{url}/runs")
        again = [view(browser, f"{url}/runs") for _ in range(views)]
        before = proportional_memory(pid)
        found = [view(browser, f"{url}/runs?status=FAILED") for _ in range(rounds)]
        memory = {"console, MiB": round(before), "console after the searches, MiB": round(proportional_memory(pid))}
    return {"first view, ms": medians(first), "next view, ms": medians(again), "search, ms": medians(found), **memory}


def commands(stack: Embedded, rounds: int) -> dict[str, float]:
    """Return the median seconds of the commands that list runs."""
    listing: Mapping[str, Callable[[], float]] = {
        "fraudflow runs": lambda: stack.fraudflow("runs"),
        "fraudflow runs --json": lambda: stack.fraudflow("runs", "--json"),
    }
    return {name: round(statistics.median(take() for _ in range(rounds)), 2) for name, take in listing.items()}


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--views", type=int, default=20)
    chosen = parser.parse_args()
    with embedded() as stack, sync_playwright() as playwright:
        csv = stack.home.parent / "one.csv"
        write_csv(csv, 3000, fraud_rate=0.03, seed=1)
        stack.fraudflow("up")
        stack.fraudflow("run", str(csv))
        deployed = read_deployed(Home(stack.home))
        if deployed is None:
            raise SystemExit("the stack has no pipeline")
        fill(deployed, chosen.runs)
        stack.settle()
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        busy = machine()
        told = measure(stack, browser, chosen.rounds, chosen.views)
        browser.close()
        seconds = commands(stack, chosen.rounds)
    print(json.dumps({"runs": chosen.runs, "machine": busy, **told, "commands, s": seconds}, indent=2))


if __name__ == "__main__":
    main()
