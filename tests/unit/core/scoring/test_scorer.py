"""The scorer scores as the registered model does, whatever it is made of, and its reasons add up to the score."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.special import logit

from functions.core.scoring.input_reading import read_frame
from functions.core.scoring.input_rows import InputRows
from functions.core.scoring.scorer import Scorer, compile_model
from functions.core.training.crossfit import CrossFitted
from functions.core.training.imbalance import Imbalance
from functions.core.training.persistence import load_model
from functions.core.training.raw_input import RawInputClassifier
from tests.unit.core.scoring.compiled_models import TABLES, blend, cross_fitted, registered

ROWS = 10_000
# Sums of products are added up in another order than by BLAS.
CLOSE = 1e-12
# XGBoost's contributions are of single precision.
ADDING_UP = {"xgboost": 1e-5, "xgboost focal": 1e-5, "ensemble": 1e-5}
MODELS: dict[str, tuple[str, Imbalance]] = {
    "lightgbm": ("lightgbm", "auto"),
    "logistic_regression": ("logistic_regression", "auto"),
    "xgboost": ("xgboost", "auto"),
    "catboost": ("catboost", "auto"),
    "hist_gradient_boosting": ("hist_gradient_boosting", "auto"),
    "isolation_forest": ("isolation_forest", "auto"),
    "mlp": ("mlp", "auto"),
    "lightgbm focal": ("lightgbm", "focal_loss"),
    "xgboost focal": ("xgboost", "focal_loss"),
    "lightgbm smote": ("lightgbm", "smote"),
}
SLOW = pytest.mark.thorough
EACH = [
    pytest.param(kind, name, marks=[] if name in {"lightgbm", "logistic_regression"} else SLOW)
    for kind in TABLES
    for name in [*MODELS, "ensemble"]
]


@cache
def _cross_fitted(kind: str, name: str) -> CrossFitted:
    return cross_fitted(TABLES[kind](1_200, 1), *MODELS[name])


@cache
def _model(kind: str, name: str) -> RawInputClassifier:
    table = TABLES[kind](1_200, 1)
    if name == "ensemble":
        members = {each: _cross_fitted(kind, each) for each in ("lightgbm", "logistic_regression", "xgboost", "mlp")}
        return registered(blend(members, table), table)
    return registered(_cross_fitted(kind, name), table)


@cache
def _scorer(kind: str, name: str) -> Scorer:
    return compile_model(_model(kind, name))


@cache
def _new(kind: str) -> pd.DataFrame:
    return TABLES[kind](ROWS, 2).X


def _rows(kind: str, name: str) -> InputRows:
    return read_frame(_new(kind), _scorer(kind, name).columns)


def _expected(kind: str, name: str) -> Any:  # noqa: ANN401 - numbers
    return _model(kind, name).predict_proba(_new(kind))[:, 1]


@pytest.mark.parametrize(("kind", "name"), EACH)
def test_scores_and_decisions_are_those_of_the_registered_model(kind: str, name: str) -> None:
    scorer, expected = _scorer(kind, name), _expected(kind, name)
    scores = scorer.scores(_rows(kind, name))
    np.testing.assert_allclose(scores, expected, rtol=0, atol=CLOSE)
    np.testing.assert_array_equal(scores >= scorer.threshold, _model(kind, name).predict(_new(kind)) == 1)


@pytest.mark.parametrize(("kind", "name"), EACH)
def test_a_row_alone_scores_as_it_does_among_others(kind: str, name: str) -> None:
    scorer, rows = _scorer(kind, name), _rows(kind, name)
    alone = [scorer.scores(rows.take([row]))[0] for row in range(30)]
    # A network's products are BLAS's.
    precision = CLOSE if name in {"mlp", "ensemble"} else 0
    np.testing.assert_allclose(alone, scorer.scores(rows)[:30], rtol=0, atol=precision)


@pytest.mark.parametrize(("kind", "name"), EACH)
def test_contributions_add_up_to_the_score_on_its_log_odds_scale(kind: str, name: str) -> None:
    scorer, rows = _scorer(kind, name), _rows(kind, name).part(0, 200)
    found = scorer.contributions(rows)
    assert found is not None
    odds = logit(scorer.scores(rows))
    precision = ADDING_UP.get(name, 1e-9)
    np.testing.assert_allclose(found.values, odds, rtol=0, atol=precision)
    np.testing.assert_allclose(found.base + found.parts.sum(axis=1), odds, rtol=0, atol=precision)
    assert found.parts.shape == (200, len(scorer.columns))


@pytest.mark.parametrize(("kind", "name"), EACH)
def test_no_row_becomes_a_frame(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scorer, rows = _scorer(kind, name), _rows(kind, name).part(0, 3)
    monkeypatch.setattr(InputRows, "frame", lambda _: pytest.fail("A part is not compiled."))
    assert len(scorer.scores(rows)) == 3


ANYTHING = st.fixed_dictionaries(
    {
        "v": st.one_of(st.floats(allow_infinity=False), st.just(None)),
        "channel": st.sampled_from(["web", "app", " shop", "fax", None]),
        "city": st.one_of(st.sampled_from(["city 1", "city 299", None]), st.text(max_size=5)),
        "rare": st.sampled_from(["seldom", "often ", None]),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ANYTHING, min_size=1, max_size=80), st.permutations(["v", "channel", "city", "rare"]))
def test_any_rows_score_the_same_in_any_order_of_columns(rows: list[dict[str, Any]], order: list[str]) -> None:
    for name in ("lightgbm", "logistic_regression"):
        scorer, model = _scorer("texts", name), _model("texts", name)
        frame = pd.DataFrame(rows).astype({"v": float, "channel": "str", "city": "str", "rare": "str"})[order]
        expected = model.predict_proba(frame.assign(other=1))[:, 1]
        scores = scorer.scores(read_frame(frame.assign(other=1), scorer.columns))
        np.testing.assert_allclose(scores, expected, rtol=0, atol=CLOSE)


def test_a_model_of_release_0_1_scores_as_it_did() -> None:
    folder = Path(__file__).parents[2] / "fixtures" / "model_0_1"
    scorer = compile_model(load_model((folder / "model" / "model.skops").read_bytes()))
    frame = pd.read_json(folder / "rows.json", precise_float=True)
    rows = read_frame(frame, scorer.columns)
    np.testing.assert_allclose(scorer.scores(rows), frame["score"], rtol=0, atol=CLOSE)
    found = scorer.contributions(rows)
    assert found is not None
    np.testing.assert_allclose(found.base + found.parts.sum(axis=1), logit(frame["score"]), rtol=0, atol=1e-9)


def test_no_rows_have_no_scores() -> None:
    scorer = _scorer("numbers", "lightgbm")
    rows = _rows("numbers", "lightgbm").part(0, 0)
    assert scorer.scores(rows).shape == (0,)
    assert scorer.reasons(rows, 3) == []


def test_reasons_are_the_columns_own_names_and_values_the_strongest_first() -> None:
    scorer, rows = _scorer("texts", "lightgbm"), _rows("texts", "lightgbm").part(0, 50)
    found = scorer.contributions(rows)
    assert found is not None
    for row, reasons in enumerate(scorer.reasons(rows, 2)):
        sizes = [abs(reason.contribution) for reason in reasons]
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[0] == np.abs(found.parts[row]).max()
        for reason in reasons:
            value = rows.columns[reason.feature][row]
            assert reason.value == value or (reason.value is None and value != value)  # noqa: PLR0124 - NaN
    assert {len(each) for each in scorer.reasons(rows, 2)} == {2}
    assert scorer.reasons(rows, 0) == [[]] * 50


def test_an_entity_history_speaks_for_its_entity_and_two_times_for_both() -> None:
    scorer, rows = _scorer("entities", "lightgbm"), _rows("entities", "lightgbm").part(0, 300)
    names = [column.name for column in scorer.columns]
    found = scorer.contributions(rows)
    assert found is not None
    sizes = dict(zip(names, np.abs(found.parts).mean(axis=0), strict=True))
    assert sizes["card"] > 0
    assert sizes["amount"] > 0
    assert sizes["signup"] > 0


def test_an_entity_that_is_no_hash_is_refused_without_its_value() -> None:
    scorer, rows = _scorer("entities", "lightgbm"), _rows("entities", "lightgbm").part(0, 2)
    cards = np.array(["h:0123456789abcdef", "4111 1111"], dtype=object)
    with pytest.raises(ValueError, match="held hashes when the model was trained") as refused:
        scorer.scores(InputRows({**rows.columns, "card": cards}, 2))
    assert "4111" not in str(refused.value)


def test_a_part_that_is_not_known_is_scored_as_it_was_registered() -> None:
    table = TABLES["numbers"](1_200, 1)
    known = _cross_fitted("numbers", "logistic_regression")

    strange = known.members[0]
    strange = type(strange)([*strange.steps[:2], ("other", strange.steps[2][1])])
    model = registered(CrossFitted([known.members[1], strange], known.calibrator), table)
    scorer = compile_model(model)
    rows = read_frame(_new("numbers"), scorer.columns)
    np.testing.assert_allclose(scorer.scores(rows), model.predict_proba(_new("numbers"))[:, 1], rtol=0, atol=CLOSE)
    assert scorer.contributions(rows) is None
    assert scorer.reasons(rows.part(0, 2), 3) == [[], []]
