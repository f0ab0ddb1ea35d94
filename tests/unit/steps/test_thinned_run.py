"""A run that trains on a share of the legitimate rows: what else it does is of all rows."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from functions.core.data.tables import from_parquet
from functions.core.drift.reference import ReferenceProfile
from functions.core.errors import InvalidSettingsError
from functions.core.training import models, thinning
from functions.core.training.imbalance import Labels, Rows, Strategy, resample
from functions.run import from_settings
from functions.settings import RunSettings
from tests.carded import HOURLY, payments
from tests.runs import Run
from tests.tables import frame

SAID = "1 in 4 of the"


def read(run: Run, name: str) -> bytes:
    """Read a file of a run that has split its rows."""
    assert run.splits.counts["train"].rows
    return run.read(name)


@pytest.fixture(scope="module")
def whole() -> Run:
    return Run(frame(900))


@pytest.fixture(scope="module")
def thinned() -> Run:
    return Run(frame(900), legitimate_share=0.25)


def test_the_splits_hold_all_rows_and_say_what_is_trained_on(whole: Run, thinned: Run) -> None:
    assert thinned.splits.counts == whole.splits.counts
    assert read(thinned, "train.parquet") == read(whole, "train.parquet")
    assert (thinned.splits.legitimate_share, whole.splits.legitimate_share) == (0.25, 1.0)
    assert SAID in (thinned.splits.thinning or "")
    assert whole.splits.thinning is None


def test_auto_trains_on_all_of_a_small_table_bit_for_bit(whole: Run) -> None:
    one = Run(frame(900), legitimate_share=1)
    assert one.splits == whole.splits
    assert one.candidates == whole.candidates
    assert one.read("logistic_regression_scores.parquet") == whole.read("logistic_regression_scores.parquet")


def test_auto_counts_what_is_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinning, "LEAST_KEPT", 100)
    monkeypatch.setattr(thinning, "LEAST_PER_FRAUD", 0)
    rotated, once = Run(frame(900)), Run(frame(900), rotate_validation=False)
    parts = rotated.splits.counts
    legitimate = {name: parts[name].rows - parts[name].frauds for name in ("train", "validation")}
    assert rotated.splits.legitimate_share == 1 / (sum(legitimate.values()) // 100)
    assert once.splits.legitimate_share == 1 / (legitimate["train"] // 100)


def test_candidates_are_trained_on_the_share_and_scored_on_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    run, seen = Run(frame(900), legitimate_share=0.25), []

    def counting(X: Rows, y: Labels, *, strategy: Strategy, seed: int) -> tuple[Rows, Labels]:
        seen.append((int(y.sum()), len(y)))
        return resample(X, y, strategy=strategy, seed=seed)

    monkeypatch.setattr(models, "resample", counting)
    [candidate] = run.candidates
    parts = [run.splits.counts[name] for name in ("train", "validation")]
    rows, frauds = sum(each.rows for each in parts), sum(each.frauds for each in parts)
    assert len(seen) == candidate.folds == 4
    # Each fold is out once, so that each fraud is trained on by three of the four.
    assert sum(number for number, _ in seen) == 3 * frauds
    assert sum(number for _, number in seen) == pytest.approx(3 * (frauds + (rows - frauds) / 4), rel=0.15)
    scores = pd.read_parquet(io.BytesIO(run.read("logistic_regression_scores.parquet")))
    assert len(scores) == rows
    assert scores["score"].mean() == pytest.approx(scores["label"].mean(), abs=1e-3)


def test_drift_is_compared_with_all_rows(whole: Run, thinned: Run) -> None:
    profiles = [
        ReferenceProfile.model_validate_json(each.world.store.read(each.model.profile_uri)) for each in (whole, thinned)
    ]
    assert profiles[0].model_copy(update={"scores": None}) == profiles[1].model_copy(update={"scores": None})
    assert np.array_equal(
        *(np.load(io.BytesIO(each.world.store.read(each.model.seen_rows_uri))) for each in (whole, thinned))
    )


def test_users_are_told(thinned: Run) -> None:
    tracked = thinned.world.tracking.runs[thinned.opened.mlflow_run_id]
    assert tracked.opened.params["legitimate_share"] == 0.25
    assert thinned.publication.report_uri
    assert SAID in thinned.read("report.html").decode()


def test_what_is_kept_does_not_depend_on_history_columns() -> None:
    plain, told = (from_parquet(read(Run(payments(), histories=each), "train.parquet")) for each in (None, HOURLY))
    assert len(told.X.columns) > len(plain.X.columns)
    kept = [from_settings.kept(RunSettings(), each, share=0.25) for each in (plain, told)]
    assert kept[0] is not None
    assert kept[1] is not None
    np.testing.assert_array_equal(kept[0].places, kept[1].places)


def test_a_share_that_keeps_no_legitimate_row_is_refused() -> None:
    with pytest.raises(InvalidSettingsError, match=r"legitimate_share = 1e-09 keeps none of [\d,]+ legitimate rows"):
        _ = Run(frame(600), legitimate_share=1e-9).candidates


@pytest.mark.parametrize("wrong", [0, -0.1, 1.5, "some"])
def test_a_share_is_above_0_and_at_most_1(wrong: object) -> None:
    with pytest.raises(ValueError, match="legitimate_share"):
        RunSettings.model_validate({"legitimate_share": wrong})


@pytest.mark.parametrize(("typed", "meant"), [("auto", "auto"), ("0.1", 0.1), ("1", 1.0)])
def test_a_share_is_typed_as_text(typed: str, meant: object) -> None:
    assert RunSettings.model_validate({"legitimate_share": typed}).legitimate_share == meant
    assert (
        json.loads(RunSettings.model_validate({"legitimate_share": typed}).model_dump_json())["legitimate_share"]
        == meant
    )
