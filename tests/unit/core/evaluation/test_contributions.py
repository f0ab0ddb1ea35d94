"""Contributions of derived features are those of the columns that they are derived from."""

import numpy as np
import pandas as pd
import pytest

from functions.core.evaluation.contributions import contributions
from functions.core.features.plan import FeatureSettings
from functions.core.training.models import train


def test_the_time_between_two_dates_counts_half_as_each_ones() -> None:
    rng = np.random.default_rng(0)
    y = pd.Series(np.arange(900) % 9 == 0, dtype="int8", name="fraud")
    signup = 1.4e9 + rng.uniform(0, 1e7, 900)
    X = pd.DataFrame({"signup": signup, "paid": signup + np.where(y == 1, 1.0, rng.uniform(0, 1e6, 900))})
    X["noise"] = rng.normal(size=900)
    features = FeatureSettings(roles={"signup": "time", "paid": "time"})
    model = train(X, y, algorithm="lightgbm", kinds=dict.fromkeys(map(str, X), "numeric"), seed=1, features=features)
    shares = contributions(model, X)
    assert shares is not None
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["signup"] + shares["paid"] > 0.8
    assert shares["signup"] > 0.35
