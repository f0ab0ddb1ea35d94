"""The page of a scored batch: self-contained, and inert whatever a file calls itself or its columns."""

from dataclasses import replace

import numpy as np
import pytest

from functions.core.evaluation.costs import Costs
from functions.core.evaluation.estimates import estimate
from functions.core.evaluation.realised import RealisedSums
from functions.core.evaluation.score_sums import ScoreSums
from functions.core.evaluation.scored import Scored
from functions.core.report import render_batch
from functions.core.report.batch_contents import BatchOrigin, BatchReport
from functions.core.report.contents import DriftResult
from tests.reports import NASTY
from tests.unit.core.report.test_report import Reader

COSTS = Costs()
SCORES = np.random.default_rng(2).beta(0.1, 8, 2_000)
SUMS = ScoreSums.of(Scored(SCORES, 0.1), COSTS, np.where(np.arange(2_000) < 3, np.nan, 40.0))
FULL = BatchReport(
    origin=BatchOrigin(
        file="today.csv",
        upload_uri="s3://to-score/today.csv",
        version_id=None,
        etag="e",
        execution_arn="arn:one",
        started_at="2026-11-29T10:00:00Z",
        model_name="cards",
        model_version="3",
        alias="champion",
        notes=("Rows are named by their numbers.",),
    ),
    sums=SUMS,
    threshold=0.1,
    costs=COSTS,
    amount_column="Amount",
    estimates=estimate(SUMS, COSTS),
    not_known=None,
    realised=RealisedSums.of(SCORES > 0.3, SCORES > 0.1, COSTS).measure(COSTS),
    drift=DriftResult("stable", "Drift 0.00.", "3", 0.0),
    doubts=("Labels will tell.",),
)
UNKNOWN = replace(FULL, estimates=None, not_known="It can't be known.", realised=None, doubts=())


@pytest.mark.parametrize("report", [FULL, UNKNOWN], ids=["full", "unknown"])
def test_the_page_asks_for_nothing(report: BatchReport) -> None:
    read = Reader(render_batch(report))
    assert {"script", "link", "img", "iframe", "object", "form", "base"}.isdisjoint(tag for tag, _ in read.tags)


def test_what_is_not_known_is_a_sentence_and_no_number() -> None:
    read = Reader(render_batch(UNKNOWN))
    assert read.texts.count("It can't be known.") == 2
    assert "95 % prediction interval" not in read.text


def test_doubts_and_rows_without_amount_are_on_the_page() -> None:
    text = Reader(render_batch(FULL)).text
    assert "Labels will tell." in text
    assert "3 rows without an amount of zero or more in the column 'Amount'" in text


@pytest.mark.parametrize("name", NASTY)
def test_no_name_changes_the_page_around_it(name: str) -> None:
    named = replace(
        FULL,
        origin=replace(FULL.origin, file=name, upload_uri=name, model_name=name, alias=name, etag=name, notes=(name,)),
        amount_column=name,
        drift=replace(FULL.drift, explanation=name),
        doubts=(name,),
    )
    assert [tag for tag, _ in Reader(render_batch(named)).tags] == [tag for tag, _ in Reader(render_batch(FULL)).tags]
