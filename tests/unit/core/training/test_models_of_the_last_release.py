"""A model that release 0.1.0 has written, with each class of ours in it, loads and scores as it did then.

``fixtures/model_0_1`` holds it as MLflow keeps a model, and rows with the scores and flags that it gave them.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from skops.io import get_untrusted_types

from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.persistence import ALIASES, TRUSTED_TYPES, dump_model, load_model

FOLDER = Path(__file__).parents[2] / "fixtures" / "model_0_1"
BODY = (FOLDER / "model" / "model.skops").read_bytes()
ROWS = pd.read_json(FOLDER / "rows.json", precise_float=True)
# As a user would, who has this release installed and imported before the model brings its own code.
AS_A_USER = """
import sys
import functions.core.training.persistence
import mlflow, pandas as pd

model = mlflow.sklearn.load_model(sys.argv[1])
rows = pd.read_json(sys.argv[2], precise_float=True)
assert (model.predict(rows.drop(columns=["score", "flag"])) == rows["flag"]).all()
"""


def test_it_names_each_class_by_its_former_path() -> None:
    assert {name for name in get_untrusted_types(data=BODY) if name.startswith("functions.")} == set(ALIASES)


def test_it_scores_and_flags_as_it_did() -> None:
    model = load_model(BODY)
    asked = ROWS.drop(columns=["score", "flag"])
    np.testing.assert_allclose(model.predict_proba(asked)[:, 1], ROWS["score"], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(model.predict(asked), ROWS["flag"])
    assert 0 < ROWS["flag"].sum() < len(ROWS)


def test_its_classes_are_those_of_now() -> None:
    model = load_model(BODY)
    assert type(model) is FlaggingClassifier
    held = set(get_untrusted_types(data=dump_model(model)))
    assert held <= set(TRUSTED_TYPES)


@pytest.mark.thorough
def test_mlflow_loads_it_beside_this_release() -> None:
    subprocess.run(
        [sys.executable, "-c", AS_A_USER, str(FOLDER / "model"), str(FOLDER / "rows.json")],
        check=True,
        timeout=250,
        cwd=Path(__file__).parents[4],
    )
