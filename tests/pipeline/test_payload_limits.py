"""A table as wide as tables are stays below what Step Functions hands from state to state."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.pipeline.machine import QUICK, Pipeline
from tests.tables import frame

# Of a state's input or output, in bytes of UTF-8: a quota of Step Functions that can't be raised, and what exceeds it
# ends an execution without a Catch being asked.
LIMIT = 262_144
COLUMNS = 2000
NAME_LENGTH = 60


def wide(rows: int, *, shift: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Make a table with columns of all sorts, those that notes are written about included."""
    rng = np.random.default_rng(seed)
    told = frame(rows, seed)
    others = COLUMNS - (told.shape[1] - 1)
    names = [f"column_{number:04d}_".ljust(NAME_LENGTH, "x") for number in range(others)]
    columns: dict[str, Any] = {}
    for number, name in enumerate(names):
        kind = number % 10
        if kind == 0:
            columns[name] = np.full(rows, "the same everywhere")
        elif kind == 1:
            columns[name] = [f"{number}-{row}-{seed}" for row in range(rows)]
        elif kind == 2:
            columns[name] = told["is_fraud"] + rng.normal(scale=1e-6, size=rows)
        elif kind == 3:
            columns[name] = rng.choice(["red", "green", "blue"], rows)
        else:
            columns[name] = rng.normal(loc=shift, size=rows)
    return pd.concat([pd.DataFrame(columns), told], axis=1)


def sizes(pipeline: Pipeline, arn: str) -> dict[str, int]:
    """Return the largest input or output of each state, in bytes, from an execution's history."""
    found: dict[str, int] = {}
    for event in pipeline.history(arn):
        for details in event.values():
            if isinstance(details, dict):
                name = details.get("name", event["type"])
                for part in ("input", "output", "cause"):
                    found[name] = max(found.get(name, 0), len(str(details.get(part, "")).encode()))
    return found


@pytest.mark.thorough
def test_every_state_of_a_run_of_2000_columns_with_roles_stays_below_the_limit(pipeline: Pipeline) -> None:
    table = wide(300)
    assert table.shape[1] == COLUMNS + 1
    roles = dict.fromkeys(table.select_dtypes("number").columns[:-1], "number")
    assert len(roles) > COLUMNS / 2
    upload = pipeline.upload(table.to_csv(index=False).encode())
    execution = pipeline.run({**upload, "settings": {**QUICK, "roles": roles}})
    assert execution["status"] == "SUCCEEDED", execution
    found = sizes(pipeline, execution["executionArn"])
    assert {"LoadData", "RegisterModel", "PublishResults"} <= set(found)
    assert {name: size for name, size in found.items() if size >= LIMIT} == {}
    assert max(found.values()) > NAME_LENGTH * len(roles)  # the settings of a run travel from state to state
