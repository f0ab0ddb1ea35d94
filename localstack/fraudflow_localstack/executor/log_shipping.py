"""Log lines on their way to CloudWatch Logs.

LocalStack's own way sends an invocation's log in one request when it is over: nothing can be followed meanwhile, and
more than 10,000 lines or one megabyte are refused as a whole.
"""

import contextlib
import logging
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fraudflow_localstack.executor.journal import Entry

LOG = logging.getLogger(__name__)
# Requests to write logs take processor time: they wait until the invocations of a burst have been answered.
LINGER_SECONDS = 0.5
MAX_EVENTS = 10_000
MAX_BATCH_BYTES = 1_000_000
MAX_EVENT_BYTES = 256_000
EVENT_OVERHEAD_BYTES = 26

type LogEvent = dict[str, int | str]


@dataclass(frozen=True)
class Stream:
    """A log stream; Lambda creates a missing group, Step Functions does not."""

    account: str
    region: str
    group: str
    name: str
    own_group: bool = True


class Shipper:
    """A thread that sends log lines in order and in batches."""

    def __init__(self, client_for: Callable[[Stream], Any]) -> None:
        self._client_for = client_for
        self._queue: queue.SimpleQueue[tuple[Stream, list[Entry]]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="lambda-log-shipper", daemon=True).start()

    def ship(self, stream: Stream, entries: list[Entry]) -> None:
        """Queue entries to be sent. A failure is reported in LocalStack's log, never to the invocation."""
        self._queue.put((stream, entries))

    def _run(self) -> None:
        while True:
            pending: defaultdict[Stream, list[Entry]] = defaultdict(list)
            stream, entries = self._queue.get()
            pending[stream] += entries
            time.sleep(LINGER_SECONDS)
            with contextlib.suppress(queue.Empty):
                while True:
                    stream, entries = self._queue.get_nowait()
                    pending[stream] += entries
            for stream, entries in pending.items():
                self._send(stream, entries)

    def _send(self, stream: Stream, entries: list[Entry]) -> None:
        try:
            client = self._client_for(stream)
            for batch in batches(log_events(entries)):
                _put(client, stream, batch)
        except Exception as error:  # noqa: BLE001 - this thread must outlive whatever a client raises
            LOG.warning("Cannot write to the log group %s: %s", stream.group, error)


def log_events(entries: Iterable[Entry]) -> Iterator[LogEvent]:
    """Yield one event a line, as the Lambda service does; CloudWatch refuses empty ones."""
    for entry in entries:
        for line in entry.text.split("\n"):
            if line:
                message = line.encode()[:MAX_EVENT_BYTES].decode(errors="ignore")
                yield {"timestamp": entry.timestamp, "message": f"{message}\n"}


def batches(events: Iterable[LogEvent]) -> Iterator[list[LogEvent]]:
    """Yield events in batches that CloudWatch accepts."""
    batch: list[LogEvent] = []
    size = 0
    for event in events:
        weight = len(str(event["message"]).encode()) + EVENT_OVERHEAD_BYTES
        if batch and (len(batch) == MAX_EVENTS or size + weight > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += weight
    if batch:
        yield batch


def _put(client: Any, stream: Stream, batch: list[LogEvent]) -> None:  # noqa: ANN401 - boto3 makes clients up
    request = {"logGroupName": stream.group, "logStreamName": stream.name, "logEvents": batch}
    try:
        client.put_log_events(**request)
    except client.exceptions.ResourceNotFoundException:
        if stream.own_group:
            with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
                client.create_log_group(logGroupName=stream.group)
        with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_stream(logGroupName=stream.group, logStreamName=stream.name)
        client.put_log_events(**request)
