"""The lines of Lambda, without a Lambda."""

import json

import pytest

from fraudflow_localstack.executor import log_lines
from fraudflow_localstack.executor.log_lines import Usage

ID = "8f507cfc-6b2e-4d8f-9ab4-7d3c0a2f1e11"


def test_a_cold_report_bills_initialisation_too() -> None:
    usage = Usage(duration=0.25006, init=0.16852, memory=108 << 20)

    assert log_lines.end(ID, 256, usage) == (
        f"END RequestId: {ID}\n"
        f"REPORT RequestId: {ID}\tDuration: 250.06 ms\tBilled Duration: 419 ms\tMemory Size: 256 MB\t"
        "Max Memory Used: 108 MB\tInit Duration: 168.52 ms\t\n"
    )


def test_a_warm_report_has_no_initialisation() -> None:
    assert "Init" not in log_lines.end(ID, 256, Usage(duration=0.001, init=None, memory=1))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (0, "Runtime exited without providing a reason"),
        (3, "Runtime exited with error: exit status 3"),
        (-9, "Runtime exited with error: signal: killed"),
        (-11, "Runtime exited with error: signal: segmentation fault"),
        (-15, "Runtime exited with error: signal: terminated"),
    ],
)
def test_an_exit_is_described_by_its_code(code: int, sentence: str) -> None:
    failure = log_lines.exited(ID, code)

    assert json.loads(failure.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {ID} Error: {sentence}",
    }
    assert failure.log == f"RequestId: {ID} Error: {sentence}\nRuntime.ExitError\n"


def test_a_timeout_names_the_seconds_configured() -> None:
    failure = log_lines.timed_out(ID, 3)

    assert json.loads(failure.payload)["errorMessage"] == f"RequestId: {ID} Error: Task timed out after 3.00 seconds"
    assert failure.log.endswith(f"Z {ID} Task timed out after 3.00 seconds\n\n")
