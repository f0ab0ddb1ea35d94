"""Installs the patches of Lambda and Step Functions."""

from collections.abc import Callable

from localstack.services.stepfunctions.asl.component.state.state_execution.state_task import lambda_eval_utils
from localstack.services.stepfunctions.asl.utils.boto_client import boto_client_for

from fraudflow_localstack.patches import (
    ended_threads,
    history_log,
    invocation_logs,
    lambda_error_names,
    parsed_definitions,
    parsed_paths,
    stopped_executions,
)
from fraudflow_localstack.patches.history_log import HistoryEvent
from fraudflow_localstack.patches.role_clients import RoleClients


def install(publish: Callable[[HistoryEvent], None]) -> None:
    """Install them; ``publish`` sends the events of histories to CloudWatch Logs."""
    history_log.install(publish)
    for module in (
        ended_threads,
        invocation_logs,
        lambda_error_names,
        parsed_definitions,
        parsed_paths,
        stopped_executions,
    ):
        module.install()
    lambda_eval_utils.boto_client_for = RoleClients(boto_client_for).get
