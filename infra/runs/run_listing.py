"""Which runs there are, newest first: those that Step Functions knows, and those that only their records know."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from infra.runs.archive import Archive, execution_arn
from infra.runs.queue import is_waiting

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class ListedRun(NamedTuple):
    """A run as it is listed: by when it started, or ended where only its record is left.

    ``ended`` is None while it runs. A run that ended once and is driven again ends at another time. ``waits`` is told
    of those under way alone: whether it waits for a free function.
    """

    name: str
    arn: str
    at: dt.datetime
    ended: dt.datetime | None
    is_archived: bool = False
    waits: bool = False


class RunListing:
    """The lists of one state machine's runs. That of the records takes half a millisecond for each of them."""

    def __init__(self, client: "SFNClient", machine: str, archive: Archive) -> None:
        self._client = client
        self._machine = machine
        self._archive = archive

    def known(self) -> list[ListedRun]:
        """List the runs that Step Functions knows: LocalStack forgets them when it stops."""
        pages = self._client.get_paginator("list_executions").paginate(stateMachineArn=self._machine)
        return [
            ListedRun(item["name"], item["executionArn"], item["startDate"].astimezone(dt.UTC), item.get("stopDate"))
            for page in pages
            for item in page["executions"]
        ]

    def under_way(self) -> list[ListedRun]:
        """List the runs in progress, newest first."""
        pages = self._client.get_paginator("list_executions").paginate(
            stateMachineArn=self._machine, statusFilter="RUNNING"
        )
        runs = [
            ListedRun(
                each["name"], arn := each["executionArn"], each["startDate"], None, waits=is_waiting(self._client, arn)
            )
            for page in pages
            for each in page["executions"]
        ]
        return newest_first(runs, ())

    def archived(self) -> list[ListedRun]:
        """List the runs that have ended, by their records."""
        return [
            ListedRun(each.name, execution_arn(self._machine, each.name), each.at, each.at, is_archived=True)
            for each in self._archive.ended()
        ]

    def all(self) -> Iterator[ListedRun]:
        """Return all runs, newest first."""
        return iter(newest_first(self.known(), self.archived(), self.removed()))

    def removed(self) -> set[str]:
        """Return the names of removed runs."""
        return self._archive.removed()


def newest_first(
    known: Iterable[ListedRun], archived: Iterable[ListedRun], removed: Iterable[str] = ()
) -> list[ListedRun]:
    """Return all runs, newest first (LocalStack does not sort them), without those that were removed."""
    runs = {each.name: each for each in archived} | {each.name: each for each in known}
    for name in removed:
        runs.pop(name, None)
    return sorted(runs.values(), key=lambda run: run.at, reverse=True)
