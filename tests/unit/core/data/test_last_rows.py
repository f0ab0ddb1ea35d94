"""A split whose test set is the end of the file."""

import numpy as np
import pandas as pd
import pytest

from functions.core.data.splitting import split_last_rows
from functions.core.errors import TooFewFraudsError


def rows(n: int = 1000, step: int = 10) -> tuple[pd.DataFrame, pd.Series]:
    X = pd.DataFrame({"a": np.random.default_rng(4).normal(size=n)})
    return X, pd.Series((np.arange(n) % step == 0).astype(np.int8))


@pytest.mark.parametrize("last", [37, 200, 333])
def test_exactly_the_last_rows_are_the_test_split(last: int) -> None:
    X, y = rows()
    test = last / 1000
    split = split_last_rows(X, y, seed=1, fractions=((1 - test) * 0.75, (1 - test) * 0.25, test))
    assert split.rows("test").to_numpy().nonzero()[0].tolist() == list(range(1000 - last, 1000))
    others = y[: 1000 - last]
    training = split.rows("train")[: 1000 - last]
    assert training.mean() == pytest.approx(0.75, abs=0.01)
    assert others[training].sum() / others.sum() == pytest.approx(0.75, abs=0.02)
    assert "the last rows are test's" in split.explanation


def test_the_other_rows_are_split_by_the_seed() -> None:
    X, y = rows()
    first, same, other = (split_last_rows(X, y, seed=seed).assigned for seed in (1, 1, 2))
    assert first.equals(same)
    assert not first.equals(other)


def test_last_rows_without_frauds_are_refused() -> None:
    X, y = rows()
    y.iloc[700:] = 0
    with pytest.raises(TooFewFraudsError, match="since the last rows are the test split"):
        split_last_rows(X, y, seed=1)
