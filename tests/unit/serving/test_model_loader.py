"""The loader of versions: each is loaded once as long as it may be asked for soon, and scores before it is served."""

import pytest

from functions.core.scoring.input_reading import UnscorableRowsError
from functions.ports import Champion
from serving.model_loader import ModelLoader
from tests.fakes import PSEUDONYM_KEY
from tests.unit.serving.serving_parts import Registry, served


def loader(registry: Registry) -> ModelLoader:
    return ModelLoader(registry.load, PSEUDONYM_KEY.encode())


def versions(registry: Registry, count: int) -> list[Champion]:
    models = [served(str(number)) for number in range(count)]
    registry.models = {model.version.version: model for model in models}
    return [model.version for model in models]


def test_the_version_before_is_at_hand_and_old_ones_are_let_go_of() -> None:
    registry = Registry()
    first, second, third, fourth = versions(registry, 4)
    kept = loader(registry)
    for version in (first, second, first, second, third, first, fourth, second):
        kept.load(version)

    assert registry.loads == ["0", "1", "2", "3", "1"]


def test_a_version_that_cannot_score_its_example_is_refused() -> None:
    registry = Registry()
    [version] = versions(registry, 1)
    registry.models["0"] = served("0", example={"amount": 1})

    with pytest.raises(UnscorableRowsError):
        loader(registry).load(version)
