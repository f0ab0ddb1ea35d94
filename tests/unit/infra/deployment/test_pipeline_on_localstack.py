"""What a stack on this machine can't be asked for."""

import pytest

from infra.deployment.pipeline import deploy_pipeline
from infra.errors import StackError
from infra.settings import StackSettings


def test_training_jobs_are_refused() -> None:
    with pytest.raises(StackError, match="FRAUDFLOW_TRAINING_JOB_ROWS is set, and training jobs are SageMaker's"):
        deploy_pipeline(StackSettings(training_job_rows=1))
