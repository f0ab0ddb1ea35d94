"""The public credit-card set: what is promised of it."""

import os
from pathlib import Path

import pytest

from tests.e2e.conftest import EmbeddedStack

CREDITCARD = os.environ.get("FRAUDFLOW_TEST_CREDITCARD", "")


@pytest.mark.skipif(not CREDITCARD, reason="FRAUDFLOW_TEST_CREDITCARD names no creditcard.csv (the public ULB set)")
def test_the_public_set_gives_a_fraud_f1_of_at_least_080(stack: EmbeddedStack) -> None:
    report = stack.run(Path(CREDITCARD), FRAUDFLOW_MODEL_NAME="public", FRAUDFLOW_THRESHOLD="f1")
    assert (report["dataset"]["rows"], report["dataset"]["frauds"]) == (284_807, 492)
    assert report["metrics"]["test_fraud_f1"] >= 0.80


@pytest.mark.skipif(not CREDITCARD, reason="FRAUDFLOW_TEST_CREDITCARD names no creditcard.csv (the public ULB set)")
def test_the_default_threshold_saves_money_on_the_public_set(stack: EmbeddedStack) -> None:
    impact = stack.run(Path(CREDITCARD), FRAUDFLOW_MODEL_NAME="public-cost")["impact"]
    assert impact["total_cost"] < impact["cost_at_half"]
    assert impact["total_cost"] < 0.25 * impact["cost_of_doing_nothing"]
