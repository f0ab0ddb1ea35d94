"""Lines about runs are read once, the records are listed once, and both are found out when they change."""

import datetime as dt
from collections.abc import Iterable

import pytest

from infra.runs import run_index as module
from infra.runs.execution import ExecutionStatus, PipelineExecution
from infra.runs.queue import Queue
from infra.runs.run_index import RunIndex
from infra.runs.run_listing import ListedRun, newest_first
from tests.unit.infra.cli.fakes import AT


class Runs:
    """Runs of Step Functions and of records; counts what it is asked."""

    def __init__(self, archived: int) -> None:
        self.read: list[str] = []
        self.lists = 0
        self.gone: set[str] = set()
        self.records = [self._run(f"old-{number}", number, is_archived=True) for number in range(archived)]
        self.now: list[ListedRun] = []

    @property
    def listing(self) -> "Runs":
        return self

    @staticmethod
    def _run(name: str, minute: int, *, is_archived: bool = False, ends: bool = True) -> ListedRun:
        at = AT + dt.timedelta(minutes=minute)
        return ListedRun(name, f"arn:{name}", at, at if ends else None, is_archived)

    def begin(self, name: str, minute: int) -> None:
        self.now.append(self._run(name, minute, ends=False))

    def end(self, name: str, minute: int) -> None:
        self.now = [
            each._replace(ended=AT + dt.timedelta(minutes=minute)) if each.name == name else each for each in self.now
        ]

    def restart(self) -> None:
        self.now = []

    def known(self) -> list[ListedRun]:
        return self.now

    def under_way(self) -> list[ListedRun]:
        return [each._replace(waits=True) for each in self.now if each.ended is None]

    def archived(self) -> list[ListedRun]:
        self.lists += 1
        return list(self.records)

    def removed(self) -> set[str]:
        return self.gone

    def described(self, runs: Iterable[ListedRun]) -> list[PipelineExecution]:
        return [self._described(each) for each in runs]

    def _described(self, run: ListedRun) -> PipelineExecution:
        self.read.append(run.name)
        status: ExecutionStatus = (
            "RUNNING" if run.ended is None else "FAILED" if run.name.endswith("7") else "SUCCEEDED"
        )
        return PipelineExecution(
            arn=run.arn,
            name=run.name,
            status=status,
            started=run.at,
            stopped=run.ended,
            input={"key": f"{run.name}.csv"},
        )


def test_a_page_reads_its_own_runs_and_only_once() -> None:
    runs = Runs(5000)
    index = RunIndex(runs)  # type: ignore[arg-type]
    found = index.page(1)
    assert ([found.rows[0].name, found.rows[-1].name], found.runs, found.is_last) == (
        ["old-4999", "old-4950"],
        5000,
        False,
    )
    assert index.page(1).rows == found.rows
    assert (len(runs.read), runs.lists) == (50, 1)
    assert index.page(100).is_last
    assert index.page(101).rows == []


def test_a_run_is_read_again_when_it_ends_and_when_it_is_driven_again() -> None:
    runs = Runs(1)
    index = RunIndex(runs)  # type: ignore[arg-type]
    runs.begin("new", 9)
    assert [row.status for row in index.page(1).rows] == ["RUNNING", "SUCCEEDED"]
    runs.end("new", 12)
    assert [row.status for row in index.page(1).rows] == ["SUCCEEDED", "SUCCEEDED"]
    runs.end("new", 15)
    index.page(1)
    assert runs.read == ["new", "old-0", "new", "new"]


def test_what_localstack_forgets_stays_and_what_is_removed_goes_without_another_list() -> None:
    runs = Runs(2)
    index = RunIndex(runs)  # type: ignore[arg-type]
    runs.begin("new", 9)
    runs.begin("interrupted", 8)
    runs.end("new", 12)
    index.page(1)
    runs.restart()
    runs.gone = {"old-0"}
    assert [row.name for row in index.page(1).rows] == ["new", "old-1"]
    assert runs.lists == 1


def test_what_started_after_a_time_is_newer_whether_it_has_ended_or_not() -> None:
    runs = Runs(3)
    index = RunIndex(runs)  # type: ignore[arg-type]
    runs.begin("new", 9)
    runs.begin("fast", 8)
    runs.end("fast", 9)
    assert index.newer(AT + dt.timedelta(minutes=1)) == {"old-2", "new", "fast"}
    assert index.newer(AT + dt.timedelta(minutes=9)) == set()


def test_a_list_that_is_old_is_made_again_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_SECONDS", 0)
    runs = Runs(1)
    index = RunIndex(runs)  # type: ignore[arg-type]
    assert index.is_listed(5)
    runs.records = []
    index.page(1)
    for _ in range(200):
        if not index.page(1).rows:
            break
    assert index.page(1).runs == 0


def test_a_search_reads_from_the_newest_on_and_goes_on_where_its_time_was_over(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Runs(300)
    index = RunIndex(runs)  # type: ignore[arg-type]
    assert [row.name for row in index.search(1, status="FAILED", upload="old-29").rows] == ["old-297"]
    assert len(index.search(1, upload="OLD-1").rows) == 50
    assert index.search(3, upload="old-1").is_last
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", -1)
    hasty = RunIndex(Runs(300))  # type: ignore[arg-type]
    found = hasty.search(1, status="ABORTED")
    assert (found.rows, found.searched, found.is_last) == ([], 50, False)


def test_the_queue_is_told_with_its_runs() -> None:
    runs = Runs(0)
    runs.begin("one", 1)
    queue, rows = RunIndex(runs).under_way()  # type: ignore[arg-type]
    assert queue == Queue(under_way=1, waiting=1)
    assert [(row.name, row.word) for row in rows] == [("one", "WAITING")]


def test_no_more_rows_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_ROWS", 60)
    runs = Runs(200)
    index = RunIndex(runs)  # type: ignore[arg-type]
    for number in (1, 2, 3, 4):
        index.page(number)
    assert len(index._rows) == 60


def test_runs_are_listed_once_by_the_newest_that_is_known_of_them() -> None:
    old = ListedRun("a", "arn:a", AT, AT, is_archived=True)
    assert newest_first([old._replace(is_archived=False)], [old]) == [old._replace(is_archived=False)]
