"""The focal loss, against numeric differentiation; and libraries that can't be loaded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from functions.core.errors import InvalidSettingsError
from functions.core.training import boosting
from functions.core.training.algorithms import ALGORITHMS, Context
from functions.core.training.boosting import LEAST_HESSIAN, build_lightgbm, focal_base_margin, focal_loss

margins = st.floats(-8, 8)
labels = st.integers(0, 1)


def loss(y: int, margin: float) -> float:
    """Equation 5 of Lin et al. (2017), with the alpha and gamma of their table 1."""
    p = float(expit(margin))
    q, alpha = (p, 0.25) if y == 1 else (1 - p, 0.75)
    return -alpha * (1 - q) ** 2 * float(np.log(q))


@given(y=labels, margin=margins)
def test_the_gradient_is_the_slope_of_the_loss(y: int, margin: float) -> None:
    step = 1e-5
    slope = (loss(y, margin + step) - loss(y, margin - step)) / (2 * step)
    assert focal_loss([y], [margin])[0][0] == pytest.approx(slope, rel=1e-4, abs=1e-8)


@given(y=labels, margin=margins)
def test_the_hessian_is_the_slope_of_the_gradient_where_that_is_positive(y: int, margin: float) -> None:
    step = 1e-5
    above, below = (focal_loss([y], [margin + sign * step])[0][0] for sign in (1, -1))
    curvature = max((above - below) / (2 * step), LEAST_HESSIAN)
    assert focal_loss([y], [margin])[1][0] == pytest.approx(curvature, rel=1e-4, abs=1e-8)


@given(y=labels, margin=st.floats(-1e4, 1e4))
def test_far_margins_overflow_nothing(y: int, margin: float) -> None:
    assert np.isfinite(focal_loss([y], [margin])).all()


@given(frauds=st.integers(1, 50), legitimate=st.integers(1, 100_000))
def test_boosting_starts_where_a_constant_has_the_least_loss(frauds: int, legitimate: int) -> None:
    y = np.repeat([1, 0], [frauds, legitimate])
    start = focal_base_margin(y)
    slopes = focal_loss(y, np.full(len(y), start))[0]
    assert abs(slopes.sum()) < 1e-3 * np.abs(slopes).sum()


@pytest.mark.parametrize("name", ["xgboost", "lightgbm"])
@pytest.mark.parametrize("kind", [OSError, ValueError])
def test_a_library_without_its_runtime_is_refused_with_what_to_do(
    name: str, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise kind("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(boosting, "import_module", fail)
    with pytest.raises(InvalidSettingsError, match=rf"'{name}' can't be loaded \(libgomp.*install .*libgomp1"):
        ALGORITHMS[name].build(Context(100, columns=3, seed=1, threads=1))


@pytest.mark.parametrize(("columns", "way"), [(100, "force_row_wise"), (101, "force_col_wise")])
def test_a_wide_table_is_shared_out_by_its_columns_and_the_trees_are_the_same(columns: int, way: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, columns))
    y = (X[:, :5].sum(axis=1) > 2).astype(int)
    grown = {}
    for forced in ("force_row_wise", "force_col_wise"):
        model = build_lightgbm(1, 2, columns)
        assert model.get_params()[way] is True
        model.set_params(force_row_wise=False, force_col_wise=False, n_estimators=20)
        grown[forced] = model.set_params(**{forced: True}).fit(X, y).booster_.model_to_string().split("parameters:")[0]
    assert grown["force_row_wise"] == grown["force_col_wise"]
