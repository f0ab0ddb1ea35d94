"""A batch of a model with histories: its rows know the training data and each other, whichever part they are in."""

import io
import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from functions.check_batch import step as check_batch
from functions.contracts.scored_batches import CheckedBatch
from functions.core.data.pseudonyms import pseudonym
from functions.core.errors import StorageDeniedError
from functions.core.histories.events import read_events
from functions.core.histories.events_file import to_parquet
from functions.core.scoring.input_reading import UnreadableValuesError
from functions.ports import Champion
from functions.run.history_events import HISTORY_EVENTS
from tests.fakes import PSEUDONYM_KEY
from tests.runs import Run, World
from tests.tables import WORTH_A_MODEL, frame
from tests.unit.serving.serving_parts import HISTORIES, remembering
from tests.unit.steps.test_score_parts import Batch

HOUR = 3_600
ROWS = 400
PAST = "card_count_1h"


def transactions(rows: int, seed: int) -> pd.DataFrame:
    """Make few cards' transactions within few hours, in no order, many at one moment."""
    random = np.random.default_rng(seed)
    cards = random.choice(["4111 1", "4111 2", "4111 3", None], rows, p=[0.4, 0.3, 0.2, 0.1])
    moments = random.integers(0, 20, rows) * 900.0
    return pd.DataFrame({"amount": random.integers(1, 500, rows) / 4, "card": cards, "at": moments})


# The file has the last rows of the training data again, in another order.
TRAINED_ON = transactions(ROWS, 1)
TODAY = pd.concat([transactions(ROWS, 2), TRAINED_ON.tail(150)]).sample(frac=1, random_state=4).reset_index(drop=True)


def counted(rows: pd.DataFrame, known: pd.DataFrame) -> list[float]:
    """Count what each row's card did in the hour before it, from the definition alone."""
    found = []
    for card, at in zip(rows["card"], rows["at"], strict=True):
        past = known[(known["card"] == card) & (known["at"] < at) & (known["at"] >= at - HOUR)]
        found.append(math.nan if pd.isna(card) else float(len(past)))
    return found


def everything(*tables: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of all tables; those of a later one that an earlier one has too count once, as often as there."""
    known = pd.DataFrame(columns=["amount", "card", "at", "nth"])
    for table in tables:
        nth = table.fillna({"card": ""}).groupby(["amount", "card", "at"]).cumcount()
        known = pd.concat([known, table.assign(nth=nth)]) if len(known) else table.assign(nth=nth)
    return known.drop_duplicates(["amount", "card", "at", "nth"])


def written(table: pd.DataFrame) -> bytes:
    """Write training data as the events that its run has logged: cards as hashes."""
    cards = [None if pd.isna(card) else pseudonym(card, PSEUDONYM_KEY.encode()) for card in table["card"]]
    columns = {"at": table["at"].to_numpy(), "amount": table["amount"].to_numpy(), "card": np.array(cards, object)}
    return to_parquet(HISTORIES, read_events(HISTORIES, columns))


@pytest.fixture(scope="module")
def trained() -> World:
    run = Run(frame(900, seed=0), rotate_validation=False, **WORTH_A_MODEL)
    assert run.registration.alias == "champion"
    return run.world


@pytest.fixture
def batch(trained: World, monkeypatch: pytest.MonkeyPatch) -> Batch:
    version = trained.tracking.champion("fraud-detector")
    assert version is not None
    served = replace(remembering(), version=Champion(version.name, version.version, version.run_id))
    monkeypatch.setattr("functions.run.served_model.load", lambda *_, **__: served)
    monkeypatch.setattr(check_batch, "PART_BYTES", 2_000)
    monkeypatch.setitem(trained.tracking.runs[version.run_id].artifacts, HISTORY_EVENTS, written(TRAINED_ON))
    return Batch(World(tracking=trained.tracking))


def forget_events(batch: Batch) -> None:
    for run in batch.world.tracking.runs.values():
        run.artifacts.pop(HISTORY_EVENTS, None)


def scored(batch: Batch, checked: CheckedBatch) -> list[float]:
    """Return the counts that the scores are tenths of; NaN where the card is not known."""
    scores = batch.publish(checked, batch.score(checked))["score"]
    return [math.nan if score == 0.05 else score for score in scores]


def tenths(counts: list[float]) -> list[float]:
    return [count / 10 for count in counts]


def test_rows_know_the_training_data_and_the_whole_file_strictly_before_them(batch: Batch) -> None:
    checked = batch.check(TODAY, reasons=0)
    assert checked.file.parts > 4

    expected = counted(TODAY, everything(TRAINED_ON, TODAY))
    twice = counted(TODAY, pd.concat([TRAINED_ON, TODAY]))
    assert np.nansum(expected) < np.nansum(twice)  # what is in both counts once
    np.testing.assert_array_equal(scored(batch, checked), tenths(expected))
    assert checked.file.notes[-1] == (
        "Histories of 'card' know 400 transactions that version 1 was trained on, and this file's own rows."
    )


def test_reasons_say_in_words_what_history_columns_mean(batch: Batch) -> None:
    checked = batch.check(TODAY, reasons=2)
    alarms = batch.publish(checked, batch.score(checked)).dropna(subset="reasons")
    [first, second] = json.loads(alarms["reasons"].iloc[0])
    assert (first["feature"], second["feature"], second["words"]) == (PAST, "at", None)
    assert first["words"] == f"{first['value']} transactions of card in the last hour"
    [uri] = [uri for uri in batch.kept() if uri.endswith("scores.parquet")]
    kept = pd.read_parquet(io.BytesIO(batch.kept()[uri])).dropna(subset="reasons")
    assert kept["reasons"].iloc[0][0]["words"] == first["words"]


def test_the_columns_are_kept_with_the_rows_for_drift(batch: Batch) -> None:
    checked = batch.check(TODAY, reasons=0)
    batch.score(checked)
    uris = sorted(uri for uri in batch.kept() if uri.endswith(".rows.parquet"))
    kept = pd.concat([pd.read_parquet(io.BytesIO(batch.kept()[uri])) for uri in uris])
    np.testing.assert_array_equal(kept[PAST], counted(TODAY, everything(TRAINED_ON, TODAY)))


def test_parts_that_another_invocation_scores_have_the_same_numbers(batch: Batch) -> None:
    checked = batch.check(TODAY, reasons=0)
    some = batch.score(checked, seconds_left=0.0)
    assert (some.next_part, some.finished) == (1, False)
    # What was pinned stays, whatever becomes of the run.
    forget_events(batch)

    np.testing.assert_array_equal(scored(batch, checked), tenths(counted(TODAY, everything(TRAINED_ON, TODAY))))


def test_without_the_training_data_the_file_knows_itself_alone_and_says_so(batch: Batch) -> None:
    forget_events(batch)
    checked = batch.check(TODAY, reasons=0)

    assert checked.file.notes[-1] == (
        "Histories of 'card' know this file's own rows alone: the transactions that version 1 was trained on are gone "
        "from MLflow."
    )
    np.testing.assert_array_equal(scored(batch, checked), tenths(counted(TODAY, TODAY)))


def test_events_of_another_plan_count_as_gone(batch: Batch, trained: World) -> None:
    other = replace(HISTORIES, amount=None)
    columns = {"at": np.array([1.0]), "card": np.array(["h:1"], dtype=object)}
    for run in trained.tracking.runs.values():
        run.artifacts[HISTORY_EVENTS] = to_parquet(other, read_events(other, columns))
    assert "gone from MLflow" in batch.check(TODAY).file.notes[-1]


def test_a_value_that_cannot_be_read_is_told_as_ever_with_the_other_columns_of_its_part(batch: Batch) -> None:
    rows = TODAY.astype({"at": object, "amount": object})
    rows.loc[390, ["at", "amount"]] = ["yesterday", "much"]
    checked = batch.check(rows, reasons=0)
    with pytest.raises(UnreadableValuesError) as told:
        batch.score(checked)
    assert str(told.value) == (
        "Column 'amount' has a value in row 392 that can't be read as a number. "
        "Column 'at' has a value in row 392 that can't be read as a number."
    )


def test_a_scratch_directory_without_room_is_told(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    checked = batch.check(TODAY, reasons=0)
    monkeypatch.setattr("functions.core.histories.batch_columns.TemporaryFile", full)
    with pytest.raises(StorageDeniedError, match=r"history columns could not be kept .*: No space left on device\.$"):
        batch.score(checked)


def test_a_batch_of_a_model_without_histories_pins_nothing(trained: World) -> None:
    checked = Batch(World(tracking=trained.tracking)).check(frame(40, seed=3))
    assert checked.file.events_uri is None
    assert not [note for note in checked.file.notes if "Histories" in note]
