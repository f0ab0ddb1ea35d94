"""Scoring over HTTP: the service and ``mlflow models serve`` with the same version, side by side.

    .venv/bin/python benchmarks/scoring_service.py creditcard.csv [--rows 0] [--columns 300 1000] [--seconds 10]

A stack of its own trains a champion on the file with the default settings, one on 2,000 made-up rows for each number of
columns, and one on ``--cards`` simulated transactions of cards, whose histories the service keeps. Each is served from
one process; the callers are another one, on connections that are kept. The service keeps each decision on the disk
before it answers, and ships it to S3; ``mlflow models serve`` keeps nothing, and no histories.

Prints a table, then one JSON line; ``cpu_ms`` is the processor time of the server, a request.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from embedded import BIN, Embedded, cpu_seconds, descendants, embedded, free_port, machine
from history_worlds import simulate
from rich.console import Console
from rich.table import Table
from width import SEED, numbers

from infra.system.processes import wait_until

CLIENTS = (1, 8, 32)
RATE = 200
BATCHES = (1, 10, 100, 1_000, 10_000)
REASONS = 3
DIFFERENT = 200
WIDE_ROWS = 2_000
READY_SECONDS = 180
SECONDS = 10.0
CARD_FRAUDS = 0.01
GOALS = {
    "p99_ms_at_200_a_second": 10.0,
    "with_histories": 12.0,
    "requests_a_second": 700.0,
    "times_mlflow": 5.0,
    "reasons_more_p99_ms": 5.0,
}


@dataclass(frozen=True)
class Server:
    """A server that answers; ``pid`` is its process, whose children answer for it."""

    url: str
    pid: int

    def load(self, bodies: Path, *, clients: int = 1, rate: float = 0, seconds: float) -> dict[str, Any]:
        """Let callers ask, and add what that cost the server."""
        before = self._cpu()
        words = (sys.executable, str(Path(__file__).with_name("http_load.py")), self.url, str(bodies))
        done = subprocess.run(
            [*words, str(clients), str(rate), str(seconds)], capture_output=True, text=True, check=True
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return {"clients": clients, "rate": rate, **found, "cpu_ms": self._per(before, found["requests"])}

    def _cpu(self) -> float:
        return sum(map(cpu_seconds, (self.pid, *descendants(self.pid))))

    def _per(self, before: float, requests: int) -> float:
        return round((self._cpu() - before) / max(requests, 1) * 1e3, 3)


@contextmanager
def served(
    command: Sequence[str], environment: dict[str, str], *, port: int, path: str, ready: str
) -> Iterator[Server]:
    """Start a server, wait until it is ready, and end it."""
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            if not wait_until(lambda: _answers(url + ready), READY_SECONDS):
                log.seek(0)
                sys.exit(log.read().decode(errors="replace")[-2000:])
            yield Server(url + path, process.pid)
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310
            return bool(response.status == 200)
    except OSError:
        return False


def service(stack: Embedded, model: str, folder: Path, path: str) -> Any:  # noqa: ANN401 - of a context manager
    """Serve a model's champion by our service."""
    port = free_port()
    own = {
        "FRAUDFLOW_MLFLOW_TRACKING_URI": f"http://127.0.0.1:{stack.mlflow_port}",
        "FRAUDFLOW_MODEL_NAME": model,
        "FRAUDFLOW_PSEUDONYM_KEY": "0" * 64,
        "FRAUDFLOW_SCORING_LOG": str(folder / f"{model}-{port}.db"),
        "FRAUDFLOW_SCORING_PORT": str(port),
        "FRAUDFLOW_DECISIONS_BUCKET": "decisions",
        "AWS_ENDPOINT_URL": stack.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "MALLOC_ARENA_MAX": "2",
    }
    command = (sys.executable, "-m", "serving")
    return served(command, {**_plain(), **own}, port=port, path=path, ready="/readyz")


def mlflow_serve(stack: Embedded, model: str) -> Any:  # noqa: ANN401 - of a context manager
    """Serve the same version by MLflow's own server."""
    port = free_port()
    words = ("models", "serve", "-m", f"models:/{model}@champion", "--env-manager", "local", "--host", "127.0.0.1")
    own = {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{stack.mlflow_port}"}
    command = (str(BIN / "mlflow"), *words, "--port", str(port))
    return served(command, {**_plain(), **own}, port=port, path="/invocations", ready="/health")


def _plain() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FRAUDFLOW_"))}
    return kept | {"PATH": f"{BIN}:{os.environ['PATH']}"}


def write_bodies(path: Path, rows: pd.DataFrame, *, size: int = 0, reasons: int = 0, mlflow: bool = False) -> Path:
    """Write bodies of ``size`` transactions each, of one in the form of a single one, or as MLflow has them."""
    records = json.loads(rows.to_json(orient="records"))
    ours = [{"transaction_id": "{id}", "features": each, "reasons": reasons} for each in records]
    if mlflow:
        bodies = [{"inputs": [each]} for each in records]
    elif size:
        bodies = [{"transactions": [ours[(start + place) % len(ours)] for place in range(size)]} for start in range(3)]
    else:
        bodies = ours
    path.write_text("\n".join(map(json.dumps, bodies)), "utf-8")
    return path


def measure(stack: Embedded, model: str, rows: pd.DataFrame, folder: Path, seconds: float) -> dict[str, Any]:
    """Measure one model in the service, and in MLflow's."""
    single = write_bodies(folder / "single", rows)
    explained = write_bodies(folder / "explained", rows, reasons=REASONS)
    inputs = write_bodies(folder / "inputs", rows, mlflow=True)
    with service(stack, model, folder, "/v1/score") as server:
        server.load(single, seconds=2)
        found: dict[str, Any] = {
            "steady": server.load(single, rate=RATE, seconds=seconds),
            "steady_with_reasons": server.load(explained, rate=RATE, seconds=seconds),
            "single": [server.load(single, clients=clients, seconds=seconds) for clients in CLIENTS],
        }
    with service(stack, model, folder, "/v1/score/batch") as server:
        found["batches"] = []
        for size in BATCHES:
            batch = server.load(write_bodies(folder / "batch", rows, size=size), seconds=seconds / 2)
            taken = batch["statuses"].get("200", 0) / max(batch["requests"], 1)  # a body may be too large
            found["batches"].append({"rows": size, "rows_a_second": round(size * batch["a_second"] * taken), **batch})
    with mlflow_serve(stack, model) as server:
        server.load(inputs, seconds=2)
        found["mlflow"] = [server.load(inputs, clients=clients, seconds=seconds) for clients in CLIENTS]
    return {"model": model, "columns": rows.shape[1], **found}


def show(found: dict[str, Any]) -> None:
    """Print the tables of one model."""
    laid = Table("", "requests a second", "p50 ms", "p99 ms", "processor ms", title=f"{found['columns']} columns")
    listed = [(f"{RATE} a second", found["steady"]), ("the same, 3 reasons", found["steady_with_reasons"])]
    listed += [(f"{each['clients']} clients", each) for each in found["single"]]
    listed += [(f"mlflow models serve, {each['clients']} clients", each) for each in found["mlflow"]]
    listed += [(f"batches of {each['rows']:,} ({each['rows_a_second']:,} rows/s)", each) for each in found["batches"]]
    for title, each in listed:
        laid.add_row(title, *(f"{each[name]:,}" for name in ("a_second", "p50_ms", "p99_ms", "cpu_ms")))
    Console(width=110).print(laid)


def cards(rows: int) -> pd.DataFrame:
    """Return simulated transactions of cards, the label last, with times as files have them."""
    table = simulate("mixed", rows, frauds=round(rows * CARD_FRAUDS), seed=SEED)
    return table.X.assign(at=pd.to_datetime(table.X["at"], unit="s").dt.strftime("%Y-%m-%dT%H:%M:%S"), fraud=table.y)


def measure_service(
    csv: Path, *, rows: int, columns: Sequence[int], seconds: float, cards_rows: int = 0
) -> list[dict[str, Any]]:
    """Train and measure a model on the file, one on each number of columns, and one on cards."""
    found = []
    with embedded() as stack, tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        stack.fraudflow("up")
        frame = pd.read_csv(csv, nrows=rows or None)
        tables = {"file": frame, **{f"wide-{n}": numbers(WIDE_ROWS, n, SEED) for n in columns}}
        if cards_rows:
            tables["cards"] = cards(cards_rows)
        for name, table in tables.items():
            table.to_csv(folder / "table.csv", index=False)
            stack.fraudflow("run", str(folder / "table.csv"), "--model", name)
            time.sleep(5)  # what the run has left to do
            sample = table.iloc[:, :-1].sample(DIFFERENT, random_state=SEED)
            found.append(measure(stack, name, sample, folder, seconds))
            show(found[-1])
    return found


def main() -> None:
    """Measure what was asked for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path)
    parser.add_argument("--rows", type=int, default=0, help="of the file to train on; 0 is all")
    parser.add_argument("--columns", type=int, nargs="*", default=[300, 1_000])
    parser.add_argument("--cards", type=int, default=30_000, help="rows of simulated cards; 0 leaves them out")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each measurement")
    asked = parser.parse_args()
    where = machine()
    found = measure_service(
        asked.csv, rows=asked.rows, columns=asked.columns, cards_rows=asked.cards, seconds=asked.seconds
    )
    print(json.dumps({"benchmark": "scoring service", "machine": where, "goals": GOALS, "service": found}))


if __name__ == "__main__":
    main()
