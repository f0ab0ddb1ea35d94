"""What a registered model says of the columns that it needs."""

from dataclasses import asdict

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from functions.core.data.pseudonyms import pseudonym
from functions.core.data.tables import Role
from functions.core.ingest.spelling import TEXT
from functions.core.scoring.input_reading import read_transactions
from functions.core.scoring.model_parts import input_columns
from functions.core.training.calibration import SigmoidCalibrator
from functions.core.training.crossfit import CrossFitted
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.raw_input import RawInputClassifier
from tests.old_makers import MAX_ENTITIES, old_maker

KEY = b"key of a home"
ROWS = 40


def _model(names: list[str], *, hashed: bool) -> RawInputClassifier:
    values = [f"4111 {place % 7}" for place in range(ROWS)]
    X = pd.DataFrame({name: [pseudonym(each, KEY) if hashed else each for each in values] for name in names})
    roles: dict[str, Role] = dict.fromkeys(names, "entity")
    pipeline = Pipeline([("features", old_maker(X, roles=roles)), ("preprocess", None), ("model", None)])
    calibrator = SigmoidCalibrator().fit(np.linspace(0.1, 0.9, ROWS), np.arange(ROWS) % 2)
    formats = {name: asdict(TEXT) for name in names}
    return RawInputClassifier(FlaggingClassifier(CrossFitted([pipeline], calibrator), 0.5), formats)


def test_each_entity_is_read_as_its_hash_also_one_that_no_feature_is_made_of() -> None:
    names = [f"card {place}" for place in range(MAX_ENTITIES + 1)]

    columns = input_columns(_model(names, hashed=True))

    assert [(column.name, column.role, column.hashed) for column in columns] == [
        (name, "entity", True) for name in names
    ]
    read = read_transactions([dict.fromkeys(names, "4111 3")], columns, KEY)
    assert {each for values in read.columns.values() for each in values} == {pseudonym("4111 3", KEY)}


def test_a_model_that_has_met_the_values_themselves_goes_on_reading_them() -> None:
    [column] = input_columns(_model(["card"], hashed=False))

    assert not column.hashed
    assert read_transactions([{"card": "4111 3"}], [column], KEY).columns["card"].tolist() == ["4111 3"]
