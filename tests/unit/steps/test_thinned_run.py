"""A run that keeps a share of the legitimate rows: what it decides and tells is of what they stand for."""

import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from functions.core.data.rows import hash_rows
from functions.core.data.tables import from_parquet
from functions.core.drift.reference import NumericProfile, ReferenceProfile
from functions.core.errors import InvalidSettingsError
from functions.core.training import models, thinning
from functions.core.training.blending import Blended, blend
from functions.core.training.imbalance import Labels, Rows, Strategy, resample
from functions.run.thinning_plan import THINNED
from functions.select_model import contest
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


def test_train_and_validation_are_thinned_once_and_the_test_split_never(whole: Run, thinned: Run) -> None:
    for name in ("train", "validation"):
        counts, table = thinned.splits.counts[name], from_parquet(read(thinned, f"{name}.parquet"))
        assert counts.model_copy(update={"kept": None}) == whole.splits.counts[name]
        assert (counts.kept, counts.frauds) == (len(table.y), table.frauds)
        assert len(table.y) - table.frauds == pytest.approx((counts.rows - counts.frauds) / 4, rel=0.25)
        assert table.weights is not None
        assert set(table.weights[table.y == 0]) == {4.0}
        assert set(table.weights[table.y == 1]) == {1.0}
        # They are among all of the split.
        seen = set(hash_rows(from_parquet(read(whole, f"{name}.parquet")).X).tolist())
        assert set(hash_rows(table.X).tolist()) < seen
    assert read(thinned, "test.parquet") == read(whole, "test.parquet")
    assert thinned.splits.counts["test"] == whole.splits.counts["test"]
    assert (thinned.splits.legitimate_share, whole.splits.legitimate_share) == (0.25, 1.0)
    assert SAID in (thinned.splits.thinning or "")
    kept = sum(thinned.splits.counts[name].stored - thinned.splits.counts[name].frauds for name in THINNED)
    assert f"({kept:,})" in (thinned.splits.thinning or "")
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


def test_auto_keeps_as_many_rows_as_fit_with_validation_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = len(from_parquet(read(Run(frame(900)), "train.parquet")).X.columns)
    monkeypatch.setattr(thinning, "MOST_CELLS", 300 * columns)
    for run in (Run(frame(900)), Run(frame(900), rotate_validation=False)):
        parts = [run.splits.counts[name] for name in THINNED]
        assert run.splits.legitimate_share < 1
        expected = sum(each.frauds + run.splits.legitimate_share * (each.rows - each.frauds) for each in parts)
        assert 150 < expected <= 300
        assert sum(each.stored for each in parts) == pytest.approx(expected, rel=0.15)


def test_candidates_are_trained_on_what_was_kept_and_calibrated_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    run, seen = Run(frame(900), legitimate_share=0.25), []

    def counting(X: Rows, y: Labels, *, strategy: Strategy, seed: int) -> tuple[Rows, Labels]:
        seen.append((int(y.sum()), len(y)))
        return resample(X, y, strategy=strategy, seed=seed)

    monkeypatch.setattr(models, "resample", counting)
    [candidate] = run.candidates
    parts = [run.splits.counts[name] for name in THINNED]
    kept, frauds = sum(each.stored for each in parts), sum(each.frauds for each in parts)
    assert len(seen) == candidate.folds
    # Each fold is out once, so that each row is trained on by all but one.
    assert sum(number for number, _ in seen) == (candidate.folds - 1) * frauds
    assert sum(number for _, number in seen) == (candidate.folds - 1) * kept
    scores = pd.read_parquet(io.BytesIO(run.read("logistic_regression_scores.parquet")))
    weights = np.where(scores["label"] == 1, 1.0, 4.0)
    assert len(scores) == kept
    assert np.average(scores["score"], weights=weights) == pytest.approx(
        np.average(scores["label"], weights=weights), abs=1e-3
    )
    expected = average_precision_score(scores["label"], scores["score"], sample_weight=weights)
    assert candidate.average_precision == pytest.approx(expected)


def test_candidates_are_judged_and_blended_by_what_rows_stand_for(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def blended(*args: Any) -> Blended:  # noqa: ANN401 - what it is given
        given.append(args[3])
        return blend(*args)

    monkeypatch.setattr(contest, "blend", blended)
    candidates = ["logistic_regression", "hist_gradient_boosting", "ensemble"]
    run = Run(frame(900), candidates=candidates, legitimate_share=0.25)
    ensemble = next(each for each in run.model.candidates if each.algorithm == "ensemble")
    scores = pd.read_parquet(io.BytesIO(run.world.store.read(ensemble.scores_uri)))
    weights = np.where(scores["label"] == 1, 1.0, 4.0)
    np.testing.assert_array_equal(np.asarray(given[0]), weights)
    assert ensemble.average_precision == pytest.approx(
        average_precision_score(scores["label"], scores["score"], sample_weight=weights)
    )
    flagged = scores["score"] >= ensemble.threshold
    alarms = weights[flagged & (scores["label"] == 0)].sum()
    chosen = next(each for each in run.model.candidates if each.algorithm == run.model.algorithm)
    if chosen is ensemble:
        assert run.model.validation["validation_cost"] == pytest.approx(
            100 * (~flagged & (scores["label"] == 1)).sum() + 2 * alarms
        )


def test_drift_is_compared_with_rows_of_which_all_were_as_likely(whole: Run, thinned: Run) -> None:
    profiles = [
        ReferenceProfile.model_validate_json(each.world.store.read(each.model.profile_uri)) for each in (whole, thinned)
    ]
    assert (profiles[0].rows, profiles[0].frauds) == (profiles[1].rows, profiles[1].frauds)
    legitimate = thinned.splits.counts["train"].stored - profiles[1].frauds
    for column in profiles[1].features.values():
        counted = sum(column.counts if isinstance(column, NumericProfile) else column.categories.values())
        assert legitimate <= counted < legitimate + profiles[1].frauds
    assert thinned.model.reference_sample_uri
    sample = pd.read_parquet(io.BytesIO(thinned.world.store.read(thinned.model.reference_sample_uri)))
    assert legitimate <= len(sample) < legitimate + profiles[1].frauds
    seen, of_whole = (np.load(io.BytesIO(each.world.store.read(each.model.seen_rows_uri))) for each in (thinned, whole))
    assert np.isin(seen, of_whole).all()
    assert len(seen) == sum(thinned.splits.counts[name].stored for name in THINNED)


def test_a_feature_is_explained_by_what_rows_stand_for(whole: Run, thinned: Run) -> None:
    told = [json.loads(each.world.store.read(each.explanation.uri or "")) for each in (whole, thinned)]
    [plain, weighted] = [{each["feature"]: each["mean"] for each in some} for some in told]
    assert plain.keys() == weighted.keys()
    assert max(plain, key=plain.__getitem__) == max(weighted, key=weighted.__getitem__)


def test_users_are_told(thinned: Run) -> None:
    tracked = thinned.world.tracking.runs[thinned.opened.mlflow_run_id]
    assert tracked.opened.params["legitimate_share"] == 0.25
    assert thinned.publication.report_uri
    assert SAID in thinned.read("report.html").decode()


def test_what_is_kept_does_not_depend_on_history_columns() -> None:
    plain, told = (from_parquet(read(Run(payments(), histories=each), "train.parquet")) for each in (None, HOURLY))
    assert len(told.X.columns) > len(plain.X.columns)
    kept = [thinning.row_weights(each, share=0.25, seed=42) for each in (plain, told)]
    assert kept[0] is not None
    assert kept[1] is not None
    np.testing.assert_array_equal(kept[0], kept[1])


def test_a_share_that_keeps_no_legitimate_row_is_refused() -> None:
    with pytest.raises(InvalidSettingsError, match=r"legitimate_share = 1e-09 keeps none of [\d,]+ legitimate rows"):
        _ = Run(frame(600), legitimate_share=1e-9).splits


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
