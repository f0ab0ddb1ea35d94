"""What is left out of LocalStack is not imported, and what it needs of that is there."""

import subprocess
from pathlib import Path

PYTHON = Path(__file__).parents[1] / ".venv" / "bin" / "python"
STATES = "localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service"
PROGRAM = f"""
import sys
from fraudflow_localstack import left_out
left_out.leave_out()
from {STATES} import state_task_service_batch
from localstack.services.cloudformation.engine.v2 import change_set_model_preproc
print(state_task_service_batch.JobStatus.SUCCEEDED.value, "moto.ec2" in sys.modules)
print(change_set_model_preproc.ChangeSetModelPreproc.__name__, hasattr(sys.modules["localstack.aws.api.ec2"], "Vpc"))
"""


def test_what_is_needed_of_batch_and_ec2_is_there_and_the_rest_is_not() -> None:
    done = subprocess.run([PYTHON, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["SUCCEEDED", "False", "ChangeSetModelPreproc", "False"], done.stderr
