import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from functions.contracts import Execution, LoadDataInput
from functions.core.errors import InvalidSettingsError, UnreadableModelError
from functions.core.training import extras
from functions.core.training.models import train
from functions.core.training.persistence import dump_model, load_model
from functions.load_data import step
from functions.settings import RunSettings
from tests.runs import World

type Removal = Callable[[str], None]


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Removal:
    """Make a library one that is not installed, whether or not it has been imported."""

    def remove(library: str) -> None:
        for name in {library, *(each for each in sys.modules if each.startswith(f"{library}."))}:
            monkeypatch.setitem(sys.modules, name, None)

    return remove


def require(settings: RunSettings) -> None:
    extras.require(candidates=settings.candidates, imbalance=settings.imbalance, search_trials=settings.search_trials)


def test_what_is_set_by_default_needs_none_of_them(without: Removal) -> None:
    for library in extras.TITLES:
        without(library)
    require(RunSettings())
    require(RunSettings(imbalance="class_weights"))


@pytest.mark.parametrize(
    ("library", "settings", "told"),
    [
        ("xgboost", RunSettings(candidates=("xgboost",)), "The candidate xgboost needs XGBoost"),
        ("imblearn", RunSettings(imbalance="smote"), "imbalance = smote needs imbalanced-learn"),
        ("imblearn", RunSettings(imbalance="undersampling"), "imbalance = undersampling needs imbalanced-learn"),
        ("optuna", RunSettings(search_trials=3), "search_trials = 3 needs Optuna"),
    ],
)
def test_a_setting_whose_library_is_not_installed_is_named_with_what_installs_it(
    without: Removal, library: str, settings: RunSettings, told: str
) -> None:
    require(settings)
    without(library)
    with pytest.raises(InvalidSettingsError) as raised:
        require(settings)
    assert str(raised.value) == f"{told}, which is not installed: run `make extras`, or do without."


def test_all_that_is_missing_is_told_at_once(without: Removal) -> None:
    for library in extras.TITLES:
        without(library)
    with pytest.raises(InvalidSettingsError, match=r"^The candidate xgboost needs XGBoost, .*; search_trials = 1 "):
        require(RunSettings(candidates=("xgboost", "mlp"), imbalance="smote", search_trials=1))


def test_a_run_says_so_before_its_file_is_read(without: Removal) -> None:
    without("xgboost")
    world = World()
    upload = world.store.put("uploads", "march.csv", b"not a table that could be trained on")
    execution = Execution(arn="arn:one", name="one", started_at="2026-01-01T00:00:00Z")
    services = world.loading(RunSettings(candidates=("xgboost",)))
    with pytest.raises(InvalidSettingsError, match="make extras"):
        step.run(LoadDataInput(execution=execution, upload=upload), services)


def test_a_model_whose_library_is_not_installed_says_which_it_is(without: Removal) -> None:
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame({"a": rng.normal(size=200)}), pd.Series(np.arange(200) % 10 == 0, dtype="int8")
    data = dump_model(train(X, y, algorithm="xgboost", kinds={"a": "numeric"}, seed=1))
    without("xgboost")
    with pytest.raises(UnreadableModelError) as raised:
        load_model(data)
    assert str(raised.value) == "The model can't be read, as XGBoost is not installed: run `make extras`."
