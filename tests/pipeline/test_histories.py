"""Histories through the real state machine: every split knows what cards did before, and its events are kept."""

import json

import numpy as np
import pandas as pd

from functions.contracts import PipelineOutput
from functions.core.data.pseudonyms import pseudonym
from functions.core.data.splitting import SPLITS
from functions.core.data.tables import from_parquet
from functions.core.histories.events_file import from_parquet as read_history
from functions.core.training.persistence import load_model
from functions.core.training.raw_input import RawInputClassifier
from functions.run.history_events import HISTORY_EVENTS
from tests.carded import HOURLY, payments
from tests.fakes import PSEUDONYM_KEY
from tests.pipeline.machine import QUICK, Pipeline

DAY = pd.Timedelta(days=1)


def _written_out(file: pd.DataFrame) -> pd.DataFrame:
    """Return two history columns of each row, from their definition alone."""
    at = pd.to_datetime(file["paid_at"])
    found = []
    for row in range(len(file)):
        past = file[(file["card_number"] == file["card_number"][row]) & (at < at[row]) & (at >= at[row] - DAY)]
        mean = past["amount"].mean()
        found.append((len(past), file["amount"][row] / mean if len(past) else np.nan))
    return pd.DataFrame(found, columns=["card_number_count_1d", "card_number_ratio"])


def test_every_split_knows_what_cards_did_before_and_the_events_stay_with_the_run(pipeline: Pipeline) -> None:
    # In whichever order rows stand in the file.
    file = payments(700).sample(frac=1, random_state=0, ignore_index=True)
    settings = {**QUICK, "histories": HOURLY.model_dump(mode="json")}

    execution = pipeline.run(pipeline.upload(file.to_csv(index=False).encode(), **settings))

    assert execution["status"] == "SUCCEEDED", execution
    output = PipelineOutput.model_validate_json(execution["output"])
    key = PSEUDONYM_KEY.encode()
    at = (pd.to_datetime(file["paid_at"]) - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
    wanted = _written_out(file).assign(
        paid_at=at, card_number=[pseudonym(each, key) for each in file["card_number"]], amount=file["amount"]
    )
    splits = [from_parquet(pipeline.read(f"s3://runs/{output.execution.name}/{name}.parquet")) for name in SPLITS]
    found = pd.concat([each.X for each in splits])[list(wanted)]
    order = ["paid_at", "card_number", "amount"]
    pd.testing.assert_frame_equal(
        found.sort_values(order, ignore_index=True),
        wanted.sort_values(order, ignore_index=True),
        check_dtype=False,
        rtol=1e-9,
    )
    assert found["card_number_count_1d"].max() > 2
    # What the model is told of, the events that it begins with, and what people are told.
    model = load_model(pipeline.read(output.results.model.uri))
    assert isinstance(model, RawInputClassifier)
    [logged] = pipeline.tracking.runs.values()
    plan, events = read_history(logged.artifacts[HISTORY_EVENTS])
    assert model.plan is not None
    assert (model.plan.names, len(events)) == (plan.names, len(file))
    page = pipeline.read(f"s3://runs/{output.execution.name}/report.html").decode()
    assert "Histories of &#x27;card_number&#x27; along" in page or "Histories of 'card_number' along" in page
    assert b"C-000" not in logged.artifacts[HISTORY_EVENTS]


def test_a_run_of_definitions_that_name_no_column_ends_before_anything_is_trained(pipeline: Pipeline) -> None:
    histories = json.loads(HOURLY.model_copy(update={"time": "when"}).model_dump_json())
    upload = pipeline.upload(payments(300).to_csv(index=False).encode(), **QUICK, histories=histories)

    execution = pipeline.run(upload)

    assert execution["error"] == "InvalidSettingsError"
    assert "definitions of histories name 'when' as time" in execution["cause"]
    assert pipeline.invoked == ["LoadData", "RecordFailure"]
