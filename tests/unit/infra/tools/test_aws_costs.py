"""What a run costs on AWS is its own time, at prices that say where they were read."""

import io
import json
import sys

import pytest

from infra.tools import aws_costs
from tests import budgets


def test_a_run_costs_what_its_functions_take_at_their_memory() -> None:
    sizes = aws_costs.memory()
    assert (sizes["TrainModel"], sizes["OpenRun"]) == (3008, 1536)
    compute, invocations, *_ = aws_costs.of_run({"TrainModel": 10.0, "OpenRun": 4.0, "Choice": 1.0}, requests=0)
    assert compute.quantity == pytest.approx(10 * 3008 / 1024 + 4 * 1536 / 1024)
    assert compute.dollars == pytest.approx(compute.quantity * 0.00001667)
    assert invocations.quantity == 2


def test_every_price_says_where_it_was_read() -> None:
    assert all(price.dollars > 0 and "." in price.source for price in aws_costs.PRICES.values())


def test_requests_are_those_that_a_run_may_make() -> None:
    assert budgets.budget("stack")["s3_requests"] == aws_costs._REQUESTS


def test_the_program_reads_what_show_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = {"states": [{"name": "LoadData", "seconds": 100.0}]}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(run)))
    aws_costs.main()
    told = capsys.readouterr().out
    together = next(line for line in told.splitlines() if line.startswith("together"))
    assert float(together.split()[1]) > 100 * 3008 / 1024 * 0.00001667
    assert "Not in it: alarms; logs" in told
