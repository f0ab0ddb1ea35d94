"""The watch of an alias: what it serves, and what it says when it can't."""

import pytest

from serving.registry_watch import Loaded, RegistryWatch
from tests.unit.serving.serving_parts import Registry, poll, served, watch_of


def version_of(watch: RegistryWatch) -> str | None:
    return watch.loaded.model.version.version if watch.loaded else None


def test_it_serves_what_the_alias_names_and_loads_it_once() -> None:
    registry = Registry()
    registry.point_at(served("1"))
    watch = watch_of(registry)
    watch.look()
    registry.point_at(served("2"))
    watch.look()

    assert version_of(watch) == "2"
    assert registry.loads == ["1", "2"]
    assert watch.note is None


def test_a_new_version_is_told() -> None:
    registry, told = Registry(), list[Loaded | None]()
    registry.point_at(served("1"))
    watch = watch_of(registry, changed=told.append)
    watch.look()

    assert [each.model.version.version for each in told if each] == ["1"]


def test_without_a_version_it_says_so() -> None:
    assert watch_of(Registry()).note == "There is no champion of 'fraud-detector'."


def test_when_the_registry_is_away_the_last_version_goes_on_with_its_age() -> None:
    registry = Registry()
    registry.point_at(served("1"))
    watch = watch_of(registry)
    registry.away = True
    watch.look()

    assert version_of(watch) == "1"
    assert watch.note == "MLflow is not available. It last answered 0 seconds ago."


@pytest.mark.parametrize(("alias", "left"), [("champion", "1"), ("challenger", None)])
def test_when_the_alias_is_gone_the_champion_goes_on_and_the_challenger_does_not(alias: str, left: str | None) -> None:
    registry = Registry()
    registry.point_at(served("1"))
    watch = watch_of(registry, alias)
    registry.named = None
    watch.look()

    assert version_of(watch) == left
    assert watch.note == f"There is no {alias} of 'fraud-detector'."


def test_a_version_that_cannot_be_loaded_leaves_the_one_before_and_is_not_tried_at_each_look() -> None:
    registry = Registry()
    registry.point_at(served("1"))
    watch = watch_of(registry)
    registry.named = served("2").version
    watch.look()
    watch.look()

    assert version_of(watch) == "1"
    assert registry.loads == ["1", "2"]
    assert watch.note == "Version 2 of 'fraud-detector' can't be served: its files are gone."


def test_it_looks_again_and_again_whatever_happens() -> None:
    registry, asked = Registry(), list[None]()

    def ask() -> None:
        asked.append(None)
        raise KeyError("4711")

    watch = RegistryWatch("champion", ask, registry.load, seconds=0.001, keeps=True)
    watch.start()
    poll(lambda: len(asked) > 2)
    watch.stop()

    assert watch.note == "The champion can't be loaded (KeyError)."
