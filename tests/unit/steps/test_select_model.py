"""SelectModel: which candidate, from which score on, and what is kept for later runs."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from functions.contracts import Candidate, SelectModelInput, TrainedModel
from functions.core.data.rows import hash_rows_by_name
from functions.core.data.tables import from_parquet
from functions.core.errors import NoUsableModelError
from functions.core.training.blending import Blend
from functions.core.training.persistence import load_model
from functions.run.dependencies import ScoringDependencies
from functions.select_model import step
from tests.runs import Run
from tests.tables import frame

BLENDED = ["lightgbm", "logistic_regression", "ensemble"]


def select(run: Run, candidates: list[Candidate], **settings: object) -> TrainedModel:
    """Select again among other candidates or by other settings; the files of the run stay where they are."""
    event = SelectModelInput(
        execution=run.execution,
        settings=run.settings.model_copy(update=settings),
        splits=run.splits,
        candidates=candidates,
    )
    kept = dict(run.world.store.objects)
    try:
        return step.run(event, ScoringDependencies(files=run.world.files, cores=2))
    finally:
        run.world.store.objects = kept


def held_out(run: Run, name: str) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(run.read(f"{name}_scores.parquet")))


@pytest.fixture(scope="module")
def single() -> Run:
    run = Run(frame(900))
    assert run.model
    return run


def test_the_best_on_the_held_out_rows_is_selected(first: Run) -> None:
    model = first.model
    assert [each.algorithm for each in model.candidates] == BLENDED
    best = max(model.candidates, key=lambda each: each.average_precision)
    assert (model.algorithm, model.parameters) == (best.algorithm, best.parameters)
    assert model.selection.startswith(f"{best.algorithm} has the highest average precision on the held-out rows")
    *trained, ensemble = model.candidates
    assert ensemble.algorithm == "ensemble"
    assert model.seconds == ensemble.seconds == sum(each.seconds for each in trained)
    assert model.validation["validation_average_precision"] == best.average_precision
    assert model.validation["validation_brier_score"] == best.brier_score


def test_the_ensemble_blends_the_others(first: Run) -> None:
    ensemble = first.model.candidates[-1]
    loaded = load_model(first.read("ensemble.skops"))
    assert isinstance(loaded, Blend)
    assert ensemble.parameters == {f"weight_{name}": weight for name, weight in loaded.weights.items()}
    assert sum(loaded.weights.values()) == pytest.approx(1)
    assert ensemble.folds == 4
    known = {name: held_out(first, name)["score"].to_numpy() for name in loaded.weights}
    np.testing.assert_array_equal(held_out(first, "ensemble")["score"], loaded.combine(known))
    np.testing.assert_array_equal(held_out(first, "ensemble")["label"], held_out(first, "lightgbm")["label"])


def test_the_model_is_the_selected_candidate_with_its_threshold(first: Run) -> None:
    model, rows = load_model(first.read("model.skops")), frame(200, seed=1).drop(columns="is_fraud")
    scores = load_model(first.read(f"{first.model.algorithm}.skops")).predict_proba(rows)
    np.testing.assert_allclose(model.predict_proba(rows), scores, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(model.predict(rows), scores[:, 1] >= first.model.threshold)


def test_what_later_runs_need_is_kept(first: Run) -> None:
    parts = {name: from_parquet(first.read(f"{name}.parquet")).X for name in ("train", "validation", "test")}
    seen = np.load(io.BytesIO(first.read("seen_rows.npy")), allow_pickle=False)
    assert np.isin(hash_rows_by_name(parts["train"]), seen).all()
    assert np.isin(hash_rows_by_name(parts["validation"]), seen).all()
    assert not np.isin(hash_rows_by_name(parts["test"]), seen).any()
    assert json.loads(first.read("training_profile.json"))["rows"] == len(parts["train"])
    assert len(pd.read_parquet(io.BytesIO(first.read("reference_sample.parquet")))) == len(parts["train"])


def test_no_sample_is_kept_where_none_is_wanted(single: Run) -> None:
    assert select(single, single.candidates, reference_sample_rows=0).reference_sample_uri is None


def test_a_single_candidate_is_selected_without_an_ensemble(single: Run) -> None:
    model = single.model
    assert [each.algorithm for each in model.candidates] == ["logistic_regression"]
    assert model.selection.startswith("logistic_regression is the candidate that was asked for")


@pytest.mark.parametrize("policy", ["cost", "f1", "precision_at_recall"])
def test_each_policy_chooses_its_own_threshold(single: Run, policy: str) -> None:
    model = select(single, single.candidates, threshold=policy, min_recall=0.95)
    held = held_out(single, "logistic_regression")
    y, scores = held["label"].to_numpy() == 1, held["score"].to_numpy()
    flagged = scores >= model.threshold
    cuts = [scores >= cut for cut in scores]
    figures = model.validation
    assert model.threshold_policy == policy
    assert model.thresholds.keys() == {"cost", "f1", "precision_at_recall"}
    assert model.thresholds[model.threshold_policy] == model.threshold
    assert figures["validation_fraud_recall"] == pytest.approx((y & flagged).sum() / y.sum())
    assert figures["validation_fraud_precision"] == pytest.approx((y & flagged).sum() / flagged.sum())
    assert figures["validation_cost"] == 100 * (y & ~flagged).sum() + 2 * (~y & flagged).sum()
    match policy:
        case "cost":
            assert model.threshold == pytest.approx(2 / 102)
        case "f1":
            best = max(2 * (y & cut).sum() / (y.sum() + cut.sum()) for cut in cuts)
            assert figures["validation_fraud_f1"] == pytest.approx(best)
        case _:
            enough = [cut for cut in cuts if (y & cut).sum() >= 0.95 * y.sum()]
            best = max((y & cut).sum() / cut.sum() for cut in enough)
            assert figures["validation_fraud_precision"] == pytest.approx(best)


def test_amounts_price_the_threshold() -> None:
    run = Run(frame(900).assign(amount=lambda rows: rows["amount"].abs()), cost_missed_fraud_column="amount")
    parts = [from_parquet(run.world.files.read(run.splits.uris[name])) for name in ("train", "validation")]
    frauds = np.concatenate([part.X["amount"][part.y == 1] for part in parts])
    assert run.candidates[0].threshold == pytest.approx(2 / (2 + frauds.mean()))
    assert run.model.threshold == run.candidates[0].threshold


def fallen(run: Run, *names: str) -> list[Candidate]:
    """Return the run's candidates, some of them as if they had collapsed."""
    learnt_nothing = {"validation_average_precision": 0.01, "average_precision": 0.99}
    return [each.model_copy(update=learnt_nothing if each.algorithm in names else {}) for each in run.candidates]


@pytest.mark.parametrize("name", ["lightgbm", "logistic_regression"])
def test_a_collapsed_candidate_is_named_not_blended_and_never_selected(first: Run, name: str) -> None:
    [other] = {"lightgbm", "logistic_regression"} - {name}
    model = select(first, fallen(first, name))
    assert model.algorithm == other
    reasons = {each.algorithm: each.collapsed or "" for each in model.candidates}
    assert reasons.keys() == {"lightgbm", "logistic_regression"}
    assert "its average precision of 0.010 on validation is far below" in reasons[name]  # type: ignore[index]
    assert reasons[other] == ""


def test_where_all_have_collapsed_no_model_is_selected(single: Run) -> None:
    with pytest.raises(NoUsableModelError, match=r"logistic_regression: its average precision of 0\.010"):
        select(single, fallen(single, "logistic_regression"))


def test_on_few_frauds_nothing_is_said_of_a_poor_candidate() -> None:
    rows = frame(600)
    few = pd.concat([rows[rows["is_fraud"] == 0], rows[rows["is_fraud"] == 1].head(40)]).sample(frac=1, random_state=1)
    run = Run(few)
    assert run.splits.counts["validation"].frauds == 8
    assert select(run, fallen(run, "logistic_regression")).candidates[0].collapsed is None
