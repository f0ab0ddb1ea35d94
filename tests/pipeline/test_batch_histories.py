"""A batch of a champion with histories, by the real handlers: each row knows the training data and the whole file."""

import io

import numpy as np
import pandas as pd
import pytest

from functions.core.training.persistence import load_model
from tests.pipeline.machine import Pipeline, csv, succeeded
from tests.pipeline.test_scoring import Scoring
from tests.tables import WORTH_A_MODEL, frame

HISTORIES = {"windows": ["1h", "1d"], "aggregates": ["count", "sum", "since_last"]}


def payments(rows: int, seed: int, first_day: int) -> pd.DataFrame:
    """Make a few cards' payments over four days, in no order, many at one moment."""
    random = np.random.default_rng(seed)
    minutes = random.integers(0, 4 * 96, rows) * 15
    when = pd.Timestamp(2026, 3, first_day) + pd.to_timedelta(minutes, unit="min")
    cards = random.choice([f"4111 1111 1111 {each}" for each in range(1000, 1040)], rows)
    return frame(rows, seed).assign(card=cards, paid_at=when.strftime("%Y-%m-%d %H:%M:%S"))


@pytest.fixture
def scoring(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Scoring:
    done = succeeded(pipeline, pipeline.upload(csv(payments(900, 1, 1)), histories=HISTORIES, **WORTH_A_MODEL))
    assert done.registration.alias == "champion"
    monkeypatch.setenv("FRAUDFLOW_RUNS_BUCKET", "scores")
    monkeypatch.setenv("FRAUDFLOW_MODEL_NAME", "fraud-detector")
    for bucket in ("to-score", "scores"):
        pipeline.s3.create_bucket(Bucket=bucket)
    return Scoring(pipeline)


def test_rows_are_scored_by_what_their_cards_did_in_the_training_data_and_in_all_parts(
    scoring: Scoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.check_batch.step.PART_BYTES", 4_000)
    monkeypatch.setattr("functions.runtime.timeout.seconds_left", lambda: 0.0)
    trained_on, new = (payments(900, 1, 1).drop(columns="is_fraud"), payments(300, 2, 4).drop(columns="is_fraud"))
    file = pd.concat([new, trained_on.tail(80)]).sample(frac=1, random_state=5)
    output = scoring.scored(scoring.upload(csv(file)))

    champion = scoring.pipeline.tracking.champion("fraud-detector")
    assert champion is not None
    model = load_model(scoring.pipeline.tracking.model_bytes(champion) or b"")
    everything = pd.concat([trained_on, new])
    everything.index = pd.RangeIndex(len(everything))
    expected = pd.Series(model.predict_proba(everything)[:, 1])
    alone = pd.Series(model.predict_proba(new)[:, 1])
    # The file's rows among all: the new ones, and the last 80 that were trained on.
    places = [*range(900, 1200), *range(820, 900)]
    order = pd.Series(places).sample(frac=1, random_state=5)
    scores = pd.read_csv(io.BytesIO(scoring.read(output.scores.csv_uri)))["score"]

    assert output.file.parts > 3
    np.testing.assert_allclose(scores, expected[order], atol=1e-12)
    assert not np.allclose(expected[900:], alone)  # what came before the file tells
    assert output.file.notes[-1].startswith("Histories of 'card' know 900 transactions that version 1 was trained on")
