"""The work of ``plain_script.py`` as seven steps, which ``orchestrators.py`` lets other orchestrators run.

    .venv/bin/python benchmarks/steps.py STEP FILE

runs one step in a process of its own, on the state that the steps before it left in the file, for orchestrators whose
tasks are commands. ``WORK`` in the environment names the upload, MLflow and the model: ``CSV MLFLOW_URI MODEL_NAME``.
"""

import os
import pickle
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import plain_script as script

type State = dict[str, Any]


def _work() -> tuple[Path, str, str]:
    csv, uri, name = os.environ["WORK"].split()
    return Path(csv), uri, name


def _settings() -> script.RunSettings:
    return script.RunSettings(model_name=_work()[2])


def _tracking() -> script.MlflowTracking:
    _, uri, name = _work()
    return script.MlflowTracking(uri=uri, experiment=name)


def load() -> State:
    """Read and check the upload."""
    csv, settings = _work()[0], _settings()
    checked = script.check(
        script.read_table(csv, name=csv.name), target=settings.target, positive_label=settings.positive_label
    )
    profile = script.build_profile(checked).model_dump_json()
    return {"table": checked.table, "digest": script.content_digest(checked.table), "profile": profile}


def split(state: State) -> State:
    """Split the rows; the whole table is needed for drift only, which no first run has."""
    table = state["table"]
    return {
        "rows": script.split(table, _settings()),
        "digest": state["digest"],
        "profile": state["profile"],
        "n_rows": len(table.y),
    }


def train(state: State) -> State:
    """Train, blend, select and measure."""
    return state | {"chosen": script.choose(state["rows"], _settings())}


def keep(state: State) -> State:
    """Compute what a later run reads of this one."""
    return state | {"kept": script.for_later(state["rows"], state["chosen"], _settings())}


def log_model(state: State) -> State:
    """Send the model to MLflow."""
    csv = _work()[0]
    used = script.UsedDataset(csv.name, state["digest"], str(csv), {"num_rows": state["n_rows"]})
    return state | {"run": script.log_model(_tracking(), used, state["rows"], state["chosen"], _settings())}


def log_run(state: State) -> State:
    """Log metrics, plots and artifacts to MLflow."""
    chosen = state["chosen"]
    metrics = {name: float(value) for name, value in asdict(chosen.measured.metrics).items() if value is not None}
    with _tracking().log_run(script.RunRecord(run=state["run"], metrics=metrics, nested=())) as log:
        log.add("data_profile.json", state["profile"].encode())
        for name, body in state["kept"].items():
            log.add(name, body)
        for name, body in script.drawn(state["rows"], chosen, None):
            log.add(f"figures/{name}.svg", body)
    return state


def register(state: State) -> State:
    """Register the model, which nothing is compared with."""
    version = script.register(_tracking(), state["run"], state["rows"], state["chosen"], None, _settings())
    return {"version": version}


FIRST: Callable[[], State] = load
FOLLOWING: tuple[Callable[[State], State], ...] = (split, train, keep, log_model, log_run, register)
NAMES = (FIRST.__name__, *(each.__name__ for each in FOLLOWING))


def main() -> None:
    """Run one step, or all of them when none is named."""
    if len(sys.argv) == 1:
        state = FIRST()
        for step in FOLLOWING:
            state = step(state)
        return
    name, file = sys.argv[1], Path(sys.argv[2])
    if name == FIRST.__name__:
        state = FIRST()
    else:
        step = next(each for each in FOLLOWING if each.__name__ == name)
        state = step(pickle.loads(file.read_bytes()))  # noqa: S301 - what the step before has just written
    file.write_bytes(pickle.dumps(state, protocol=pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    main()
