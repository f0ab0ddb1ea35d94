"""Events of an execution's history, logged without waiting.

LocalStack waits for CloudWatch Logs at every event of a history. Events are handed to a callback here, which sends them
in their order.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from localstack.services.stepfunctions.asl.eval.event.logging import CloudWatchLoggingSession, HistoryLog
from localstack.services.stepfunctions.asl.utils.encoding import to_json_str
from localstack.utils.patch import patch


@dataclass(frozen=True)
class HistoryEvent:
    """One event of a history as JSON, and the log stream that it belongs to."""

    account: str
    region: str
    group: str
    stream: str
    at: dt.datetime
    text: str


def install(publish: Callable[[HistoryEvent], None]) -> None:
    """Publish the events of all histories with ``publish``."""

    @patch(CloudWatchLoggingSession.publish_history_log)  # type: ignore[untyped-decorator]
    def _publish(_original: object, session: CloudWatchLoggingSession, history_log: HistoryLog) -> None:
        where = session.configuration
        publish(
            HistoryEvent(
                account=where.log_account_id,
                region=where.log_region,
                group=where.log_group_name,
                stream=where.log_stream_name,
                at=history_log["event_timestamp"],
                text=to_json_str(history_log),
            )
        )
