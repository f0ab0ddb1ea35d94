"""What Step Functions does between two states, and EventBridge before the first, without the waiting.

For every state LocalStack assumes the execution's role, makes a Lambda client, and parses each path of the state's
parameters with a grammar that it builds anew, 13 ms a path; for every event of the history it waits until the event is
logged. For the pipeline's ten states that came to more than a small run computes. EventBridge parses the paths of a
rule's input in the same way for every event, 5 ms a path.
"""

from collections.abc import Callable
from functools import lru_cache

import jsonpath_rw
from localstack.services.stepfunctions.asl.component.common.path import result_path
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task import lambda_eval_utils
from localstack.services.stepfunctions.asl.eval.event.logging import CloudWatchLoggingSession, HistoryLog
from localstack.services.stepfunctions.asl.utils import json_path
from localstack.services.stepfunctions.asl.utils.boto_client import boto_client_for
from localstack.services.stepfunctions.asl.utils.encoding import to_json_str
from localstack.utils.patch import patch

from fraudflow_localstack.journal import Entry
from fraudflow_localstack.role_clients import RoleClients
from fraudflow_localstack.shipping import Shipper, Stream

PATHS = 1024


def install(shipper: Callable[[], Shipper]) -> None:
    """Correct Step Functions and EventBridge; the events of histories go the way of ``shipper``, in their order."""
    # A parsed path is never written to: all threads may search with one.
    json_path.parse = lru_cache(PATHS)(json_path.parse)
    result_path.parse = lru_cache(PATHS)(result_path.parse)
    jsonpath_rw.parse = lru_cache(PATHS)(jsonpath_rw.parse)
    lambda_eval_utils.boto_client_for = RoleClients(boto_client_for).get

    @patch(CloudWatchLoggingSession.publish_history_log)  # type: ignore[untyped-decorator]
    def _publish_history_log(_original: object, session: CloudWatchLoggingSession, history_log: HistoryLog) -> None:
        entry = Entry(int(history_log["event_timestamp"].timestamp() * 1000), to_json_str(history_log))
        shipper().ship(_stream(session), [entry])


def _stream(session: CloudWatchLoggingSession) -> Stream:
    where = session.configuration
    return Stream(where.log_account_id, where.log_region, where.log_group_name, where.log_stream_name, own_group=False)
