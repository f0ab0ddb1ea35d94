"""Which module is mutated, which tests are run on it, and which mutants are told of."""

import tomllib
from pathlib import Path

import pytest

from infra.tools.mutate import configuration, main, room_tests, source_of, survivors


def test_a_module_is_mutated_with_the_room_tests_its_room() -> None:
    source = source_of("functions.core.data.splitting")
    assert source == Path("functions/core/data/splitting.py")
    assert room_tests(source) == ["tests/unit/core/data"]
    assert room_tests(source_of("functions.core.errors")) == ["tests/unit/core"]
    written = tomllib.loads(configuration(source, room_tests(source)))
    assert written["tool"]["mutmut"]["only_mutate"] == ["functions/core/data/splitting.py"]
    assert written["tool"]["mutmut"]["pytest_add_cli_args_test_selection"] == ["tests/unit/core/data"]


@pytest.mark.parametrize("module", ["functions.core.no_such", "functions.settings", "splitting"])
def test_what_is_no_module_of_core_is_refused(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([module]) == 2
    assert capsys.readouterr().err.startswith(f"{module} is no module of core; give one such as ")


def test_what_no_test_has_seen_is_told() -> None:
    listed = """
    functions.core.data.splitting.x__cut__mutmut_5: survived
    functions.core.data.splitting.x__cut__mutmut_6: killed
    functions.core.data.splitting.x__cut__mutmut_7: no tests
"""
    names = [f"functions.core.data.splitting.x__cut__mutmut_{number}" for number in (5, 7)]
    assert list(survivors(listed)) == names
