"""Step Functions finds what it needs of AWS Batch, and nothing of EC2 is imported for it."""

import subprocess
from pathlib import Path

PYTHON = Path(__file__).parents[1] / ".venv" / "bin" / "python"
STATES = "localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service"
PROGRAM = f"""
import sys
from fraudflow_localstack import batch
batch.leave_out()
from {STATES} import state_task_service_batch
print(state_task_service_batch.JobStatus.SUCCEEDED.value, "moto.ec2" in sys.modules)
"""


def test_what_step_functions_needs_is_there_and_ec2_is_not() -> None:
    done = subprocess.run([PYTHON, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["SUCCEEDED", "False"], done.stderr
