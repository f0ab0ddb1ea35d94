import os

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.dummy import DummyClassifier
from sklearn.preprocessing import FunctionTransformer

from functions.core.errors import UntrustedModelError
from functions.core.models import train
from functions.core.persistence import dump_model, load_model
from functions.core.thresholds import attach_threshold


class Stranger(DummyClassifier):
    """A type that nobody has vouched for."""


def test_a_loaded_model_scores_and_decides_as_the_trained_one() -> None:
    rng = np.random.default_rng(0)
    y = pd.Series(np.arange(300) % 10 == 0, dtype="int8")
    X = pd.DataFrame({"amount": rng.normal(size=300) + y, "flag": (rng.random(300) < 0.5).astype(float)})
    X["shop"] = pd.Series(rng.choice(["a", "b"], 300), dtype="str")
    X.loc[::9, ["amount", "flag", "shop"]] = np.nan
    pipeline = train(
        X, y, algorithm="mlp", kinds={"amount": "numeric", "flag": "boolean", "shop": "categorical"}, seed=1
    )
    model = attach_threshold(pipeline, 0.2)
    loaded = load_model(dump_model(model))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_a_type_that_is_not_trusted_is_refused_by_name() -> None:
    with pytest.raises(UntrustedModelError, match="Stranger"):
        dump_model(Stranger())
    with pytest.raises(UntrustedModelError, match="Stranger"):
        load_model(skops.io.dumps(Stranger()))


def test_a_function_that_could_run_anything_is_refused() -> None:
    with pytest.raises(UntrustedModelError, match="system"):
        load_model(skops.io.dumps(FunctionTransformer(os.system)))
