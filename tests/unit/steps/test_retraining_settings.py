"""Settings of a retraining: the champion's, and the stack's histories where the champion's run knew none."""

import numpy as np
import pandas as pd
import pytest

from functions.core.data.tables import LabelledTable
from functions.gather_training_data.retraining_table import upload_settings
from functions.settings import RunSettings
from tests.carded import HOURLY


@pytest.mark.parametrize(
    ("champions", "sent"),
    [
        (RunSettings(seed=7), ()),
        (RunSettings(seed=7, histories=None), (None,)),
        (RunSettings(seed=7, histories=HOURLY), (HOURLY.model_dump(mode="json"),)),
    ],
)
def test_histories_are_the_champions_if_its_run_knew_of_any(champions: RunSettings, sent: tuple[object, ...]) -> None:
    table = LabelledTable(pd.DataFrame({"a": [1.0]}), pd.Series(np.ones(1), name="fraud"), {"a": "numeric"})
    settings = upload_settings(champions, "fraud-detector", table, "1", (0.6, 0.2, 0.2))
    assert settings["seed"] == 7
    assert tuple(settings[name] for name in ("histories",) if name in settings) == sent
