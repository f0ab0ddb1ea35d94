"""A regression guard that counts work: what the functions ask of S3, and how much they move."""

import pytest

from tests import budgets
from tests.pipeline.machine import Finished


@pytest.mark.thorough
def test_a_run_reads_all_that_it_prefetches(good: Finished) -> None:
    assert good.unread == {}


@pytest.mark.thorough
def test_a_run_asks_for_and_moves_no_more_than_its_budget(good: Finished) -> None:
    traffic = good.traffic
    budgets.check(
        "functions",
        {
            "s3_requests": traffic.requests,
            "s3_megabytes_sent": traffic.sent / 1e6,
            "s3_megabytes_received": traffic.received / 1e6,
        },
    )
