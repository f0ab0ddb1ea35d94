"""The program that measures when functions are ready knows the template's functions, and computes by their memory."""

import importlib
from types import ModuleType
from typing import Any

import pytest

from infra.tools.aws_costs import memory
from tests.contract.conftest import ROOT


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("function_init")


def test_it_starts_each_function_of_the_template_by_its_own_command(
    program: ModuleType, template: dict[str, Any]
) -> None:
    commands = {
        name.removesuffix("Function"): each["Properties"]["ImageConfig"]["Fn::If"][1]["Command"]
        for name, each in template["Resources"].items()
        if each["Type"] == "AWS::Lambda::Function"
    }
    assert commands == {name: [program.handler_of(name)] for name in memory()}
    listed = template["Parameters"]["Preimport"]["Default"]
    assert program.preimports() == [name.strip() for name in listed.split(",")]


def test_seconds_are_computed_where_nothing_holds_a_process_to_its_share(program: ModuleType) -> None:
    starts = program.Starts(1769 // 2)
    starts.cached += [program.Start(clock=9.0, processor=1.0, read=0.0)] * 3
    starts.uncached += [program.Start(clock=12.0, processor=1.1, read=160.0)] * 3
    assert starts.seconds(starts.cached, throttled=True) == 9.0
    assert starts.seconds(starts.cached, throttled=False) == pytest.approx(2.0, rel=0.01)
    assert program.Starts(3008).share == 1.0
    throttle = program.Throttle.__new__(program.Throttle)
    throttle._group = None
    found = program.figures(starts, throttle)
    assert (found["memory_mb"], found["share"], found["read_mb"]) == (884, 0.5, 160)
    assert found["slowest_disk_mb_s"] == pytest.approx(160 / (10 - found["cached_seconds"]), abs=0.1)
    assert throttle.words(0.5, "true")[-1] == "true"
