"""A table as wide as tables are stays below what Step Functions hands from state to state."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.contracts import PipelineOutput
from functions.contracts.scored_batches import ScoringOutput
from tests.pipeline.machine import QUICK, SCORING_DEFINITION, Pipeline, csv, succeeded
from tests.tables import frame

# Of a state's input or output, in bytes of UTF-8: a quota of Step Functions that can't be raised, and what exceeds it
# ends an execution without a Catch being asked.
LIMIT = 262_144
COLUMNS = 2000
NAME_LENGTH = 60
# Of both sides of a comparison: with fewer, drift is not measured.
ENOUGH_ROWS = 700


class Hurried:
    """Lambda's context of an invocation with little time: otherwise shuffling 2,000 columns takes minutes."""

    def get_remaining_time_in_millis(self) -> int:
        return 9000


def wide(rows: int, *, shift: float = 0.0, seed: int = 0, whole: bool = True) -> pd.DataFrame:
    """Make a table with columns of all sorts, those that notes are written about included.

    Args:
        rows: how many.
        shift: is added to the numbers.
        seed: of the random values.
        whole: includes columns that no model uses, as they hold one value, or another in each row.
    """
    rng = np.random.default_rng(seed)
    told = frame(rows, seed)
    others = COLUMNS - (told.shape[1] - 1)
    names = [f"column_{number:04d}_".ljust(NAME_LENGTH, "x") for number in range(others)]
    columns: dict[str, Any] = {}
    for number, name in enumerate(names):
        kind = number % 10 if whole else 2 + number % 8
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


def assert_below_the_limit(pipeline: Pipeline, execution: dict[str, Any], *states: str) -> dict[str, int]:
    found = sizes(pipeline, execution["executionArn"])
    assert set(states) <= set(found)
    assert {name: size for name, size in found.items() if size >= LIMIT} == {}
    return found


@pytest.mark.thorough
def test_every_state_of_a_run_of_2000_columns_with_roles_stays_below_the_limit(pipeline: Pipeline) -> None:
    pipeline.context = Hurried()
    table = wide(300)
    assert table.shape[1] == COLUMNS + 1
    roles = dict.fromkeys(table.select_dtypes("number").columns[:-1], "number")
    assert len(roles) > COLUMNS / 2
    upload = pipeline.upload(table.to_csv(index=False).encode())
    execution = pipeline.run({**upload, "settings": {**QUICK, "roles": roles}})
    assert execution["status"] == "SUCCEEDED", execution
    found = assert_below_the_limit(pipeline, execution, "LoadData", "RegisterModel", "PublishResults")
    assert max(found.values()) > NAME_LENGTH * len(roles)  # the settings of a run travel from state to state


@pytest.mark.thorough
def test_every_state_stays_below_the_limit_where_a_champion_of_2000_columns_is_compared_with_and_scores(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.context = Hurried()
    first = succeeded(pipeline, pipeline.upload(csv(wide(ENOUGH_ROWS, whole=False)), **QUICK))
    assert first.registration.alias == "champion"
    assert first.dataset.features == COLUMNS

    later = wide(ENOUGH_ROWS, shift=3.0, seed=1, whole=False)
    execution = pipeline.run(pipeline.upload(csv(later), key="later.csv", **QUICK))
    assert_below_the_limit(pipeline, execution, "DetectDrift", "RegisterModel", "PublishResults")
    second = PipelineOutput.model_validate_json(execution["output"])
    assert second.results.drift.verdict == "retrain"
    assert second.results.drift.champion_scored
    assert second.results.drift.n_drifted_features is not None
    assert second.results.drift.n_drifted_features > COLUMNS / 2
    assert second.registration.decision_uri is not None

    pipeline.context = None
    monkeypatch.setenv("FRAUDFLOW_RUNS_BUCKET", "scores")
    monkeypatch.setenv("FRAUDFLOW_MODEL_NAME", "fraud-detector")
    pipeline.s3.create_bucket(Bucket="scores")
    batch_rows = wide(ENOUGH_ROWS, shift=-3.0, seed=2, whole=False)
    execution = pipeline.run(pipeline.upload(csv(batch_rows), key="batch.csv"), SCORING_DEFINITION)
    assert_below_the_limit(pipeline, execution, "CheckBatch", "ScoreParts", "MeasureTraffic", "PublishScores")
    batch = ScoringOutput.model_validate_json(execution["output"])
    assert (batch.scored.rows, batch.traffic.verdict) == (ENOUGH_ROWS, "retrain")

    renamed = batch_rows.rename(columns=lambda name: name.replace("column", "another"))
    execution = pipeline.run(pipeline.upload(csv(renamed), key="renamed.csv"), SCORING_DEFINITION)
    assert_below_the_limit(pipeline, execution, "CheckBatch", "RecordScoringFailure")
    assert "renamed.csv has no column" in execution["cause"]
