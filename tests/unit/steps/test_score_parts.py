"""Batches taken through the states' own steps on the fakes, without a machine between them."""

import io
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.check_batch import step as check_batch
from functions.contracts import Execution
from functions.contracts.scored_batches import (
    BatchTraffic,
    CheckBatchInput,
    CheckedBatch,
    PublishScoresInput,
    ScoredSoFar,
    ScorePartsInput,
)
from functions.core.data.pseudonyms import are_pseudonyms
from functions.core.errors import StorageDeniedError
from functions.publish_scores import step as publish_scores
from functions.run.batch_dependencies import CheckBatchDependencies, ScorePartsDependencies
from functions.run.dependencies import Dependencies, RunFiles
from functions.score_parts import step as score_parts
from tests.fakes import PSEUDONYM_KEY
from tests.runs import Run, World
from tests.tables import WORTH_A_MODEL, frame

CARDS = [str(4_111_111_111_111_111 + 7 * number) for number in range(30)]


def with_cards(rows: int, seed: int) -> pd.DataFrame:
    table = frame(rows, seed)
    table.insert(0, "cc_num", np.random.default_rng(seed).choice(CARDS, rows))
    return table


@dataclass
class Batch:
    """A file of the cards' transactions, and what the steps make of it."""

    world: World
    execution: Execution = field(default_factory=lambda: Execution(arn="arn:b", name="b", started_at="2026-01-01"))

    @property
    def files(self) -> RunFiles:
        return RunFiles(store=self.world.store, bucket="scores")

    def check(self, rows: pd.DataFrame, **settings: object) -> CheckedBatch:
        request = self.world.store.put("to-score", "today.csv", rows.to_csv(index=False).encode())
        asked = request.model_copy(update={"settings": settings})
        given = CheckBatchDependencies(self.files, self.world.tracking, 1, "fraud-detector")
        return check_batch.run(CheckBatchInput(execution=self.execution, upload=asked), given)

    def score(self, checked: CheckedBatch, seconds_left: float = math.inf) -> ScoredSoFar:
        given = ScorePartsDependencies(self.files, self.world.tracking, 1, lambda: seconds_left, PSEUDONYM_KEY.encode())
        return score_parts.run(ScorePartsInput(**dict(checked)), given)

    def publish(self, checked: CheckedBatch, scored: ScoredSoFar) -> pd.DataFrame:
        event = PublishScoresInput(**{**dict(checked), "scored": scored, "traffic": BatchTraffic()})
        published = publish_scores.run(event, Dependencies(self.files))
        return pd.read_csv(io.BytesIO(self.world.store.read(published.csv_uri)))

    def kept(self) -> dict[str, bytes]:
        return {uri: body for uri, body in self.world.store.objects.items() if uri.startswith("s3://scores/")}


@pytest.fixture(scope="module")
def trained() -> World:
    run = Run(with_cards(900, seed=0), reference_sample_rows=100, rotate_validation=False, **WORTH_A_MODEL)
    assert run.registration.alias == "champion"
    return run.world


@pytest.fixture
def batch(trained: World) -> Batch:
    world = World(tracking=trained.tracking)
    return Batch(world)


def test_a_card_is_a_hash_in_all_that_is_kept_even_as_the_name_of_a_row(batch: Batch) -> None:
    rows = with_cards(60, seed=1).drop(columns="is_fraud")
    checked = batch.check(rows, key_column="cc_num", reasons=20)
    scores = batch.publish(checked, batch.score(checked))
    assert are_pseudonyms(scores["key"])
    assert scores["key"].nunique() == rows["cc_num"].nunique()
    assert len(batch.kept()) > 5
    for uri, body in batch.kept().items():
        table = pd.read_parquet(io.BytesIO(body)).to_csv().encode() if uri.endswith(".parquet") else body
        assert [card for card in CARDS if card.encode() in table] == [], uri


def test_an_execution_that_is_driven_again_keeps_its_version_and_its_file(batch: Batch) -> None:
    first = batch.check(with_cards(40, seed=1))
    aliases = dict(batch.world.tracking.aliases)
    batch.world.tracking.aliases.clear()
    try:
        again = batch.check(with_cards(50, seed=2))
    finally:
        batch.world.tracking.aliases.update(aliases)
    assert again == first


def test_what_was_scored_is_counted_and_not_scored_again(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_batch, "PART_BYTES", 2000)
    checked = batch.check(with_cards(100, seed=1))
    assert checked.file.parts > 3
    first = batch.score(checked, seconds_left=0.0)
    assert (first.next_part, first.finished) == (1, False)
    before = batch.kept()

    # As after a crash: the machine knows nothing of the part.
    scored = batch.score(checked)

    assert (scored.next_part, scored.finished, scored.rows) == (checked.file.parts, True, 100)
    assert {uri: body for uri, body in batch.kept().items() if uri in before} == before
    monkeypatch.setattr("functions.run.served_model.load", _fails)
    assert batch.score(checked) == scored  # nothing is left to do, not even loading the model


def _fails(*_: object, **__: object) -> Any:  # noqa: ANN401 - it returns nothing
    raise AssertionError


def test_a_part_that_is_gone_is_said(batch: Batch) -> None:
    checked = batch.check(with_cards(40, seed=1))
    scored = batch.score(checked)
    del batch.world.store.objects["s3://scores/b/parts/00000.parquet"]
    with pytest.raises(StorageDeniedError, match=r"^Part 0 of the scores of today\.csv is gone"):
        batch.publish(checked, scored)


def test_labels_are_counted_where_the_file_has_them(batch: Batch) -> None:
    rows = with_cards(80, seed=1).astype({"is_fraud": object})
    rows.loc[:9, "is_fraud"] = None
    scored = batch.score(batch.check(rows))
    assert (scored.labelled, scored.frauds) == (70, rows["is_fraud"].sum())


def test_the_highest_alarms_have_reasons_where_there_are_many(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.core.scoring.batch_scoring.MOST_EXPLAINED", 2)
    checked = batch.check(with_cards(80, seed=1))
    scored = batch.score(checked)
    alarms = batch.publish(checked, scored).query("decision == 'alarm'").sort_values("score", ascending=False)

    assert len(alarms) > 2
    assert scored.unexplained == len(alarms) - 2
    assert alarms["reasons"].notna().tolist() == [True, True, *[False] * scored.unexplained]


def test_rows_have_the_reasons_that_were_asked_for(batch: Batch) -> None:
    checked = batch.check(with_cards(80, seed=1), reasons=0)
    without = batch.publish(checked, batch.score(checked))
    assert set(without.loc[without["decision"] == "alarm", "reasons"]) == {"[]"}
