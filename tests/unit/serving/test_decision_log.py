"""The service's decision log: on the disk before the answer, in S3 soon after, once."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import serving.decision_shipper
from functions.core.errors import StorageUnavailableError
from functions.decisions.decision_parts import from_parquet
from functions.decisions.local_log import DecisionLogError, LocalLog
from functions.decisions.shipping import DecisionsBucket
from serving.decision_log import DecisionLog, LogState
from tests.decided import AT, KEEP, decided
from tests.fakes import FakeObjectStore


class Away(FakeObjectStore):
    """S3 that is away until it is back."""

    def __init__(self) -> None:
        super().__init__()
        self.away = True

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        if self.away:
            raise StorageUnavailableError("S3 could not be reached.")
        super().write(uri, body, content_type)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving.decision_shipper, "_SHIP_SECONDS", 0.01)
    monkeypatch.setattr(serving.decision_shipper, "_RETRY_SECONDS", 0.01)


def run(path: Path, store: FakeObjectStore | None, use: Callable[[DecisionLog], Awaitable[None]]) -> None:
    """Use a log of the path that is closed in the end, on the day of the decisions."""

    async def used() -> None:
        bucket = None if store is None else DecisionsBucket(store, "decisions")
        log = DecisionLog(path / "decisions.sqlite", bucket, KEEP, now=lambda: AT + dt.timedelta(seconds=5))
        try:
            await use(log)
        finally:
            await log.close()

    asyncio.run(asyncio.wait_for(used(), 30))


async def poll(until: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not until():  # noqa: ASYNC110 - what is waited for happens in other threads
            await asyncio.sleep(0.01)


def shipped(store: FakeObjectStore) -> list[str]:
    parts = [from_parquet(body, uri) for uri, body in store.objects.items()]
    return sorted(each.transaction_id for part in parts for each in part)


def test_a_decision_is_on_the_disk_when_record_returns(tmp_path: Path) -> None:
    async def use(log: DecisionLog) -> None:
        decision = decided("one")
        assert (await log.record([decision]))[0] is decision
        with LocalLog(tmp_path / "decisions.sqlite") as another:
            assert another.find(["one"]) == {"one": decision}
        assert await log.find(["one"]) == {"one": decision}
        assert log.state() == LogState(unshipped=1, behind_seconds=5.0)

    run(tmp_path, None, use)


def test_of_many_requests_at_once_each_gets_its_own_and_a_transaction_its_first(tmp_path: Path) -> None:
    async def use(log: DecisionLog) -> None:
        requests = [[decided(f"t{number % 50}", score=number / 1000) for number in range(k, k + 7)] for k in range(60)]
        kept = await asyncio.gather(*[log.record(request) for request in requests])
        scores: dict[str, set[float]] = {}
        for request, answers in zip(requests, kept, strict=True):
            assert [each.transaction_id for each in answers] == [each.transaction_id for each in request]
            for each in answers:
                scores.setdefault(each.transaction_id, set()).add(each.score)
        assert len(scores) == 50
        assert {len(each) for each in scores.values()} == {1}

    run(tmp_path, None, use)


def test_a_batch_is_kept_and_found_in_its_order(tmp_path: Path) -> None:
    async def use(log: DecisionLog) -> None:
        decisions = [decided() for _ in range(1001)]
        assert await log.record(decisions) == decisions
        found = await log.find([each.transaction_id for each in decisions])
        assert found == {each.transaction_id: each for each in decisions}

    run(tmp_path, None, use)


def test_decisions_are_in_s3_by_date_once(tmp_path: Path) -> None:
    store = FakeObjectStore()

    async def use(log: DecisionLog) -> None:
        await log.record([decided("one"), decided("two", at=AT + dt.timedelta(days=1))])
        await poll(lambda: len(store.objects) == 2)
        await log.record([decided("one"), decided("three")])
        await poll(lambda: log.state() == LogState(0, 0.0))

    run(tmp_path, store, use)
    assert shipped(store) == ["one", "three", "two"]
    assert {uri.rpartition("/")[0] for uri in store.objects} == {
        "s3://decisions/date=2026-03-01",
        "s3://decisions/date=2026-03-02",
    }


def test_what_is_recorded_last_is_shipped_before_the_log_is_closed(tmp_path: Path) -> None:
    store = FakeObjectStore()

    async def use(log: DecisionLog) -> None:
        await log.record([decided("one")])

    run(tmp_path, store, use)
    assert shipped(store) == ["one"]


def test_without_s3_decisions_are_kept_and_shipped_when_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Away()

    async def use(log: DecisionLog) -> None:
        await log.record([decided("one")])
        await poll(lambda: "S3 could not be reached." in caplog.text)
        await log.record([decided("two")])
        assert log.state() == LogState(unshipped=2, behind_seconds=5.0)
        store.away = False
        await poll(lambda: log.state() == LogState(0, 0.0))

    run(tmp_path, store, use)
    assert shipped(store) == ["one", "two"]


def test_one_request_that_can_not_be_kept_fails_no_other(tmp_path: Path) -> None:
    async def use(log: DecisionLog) -> None:
        good = [log.record([decided(f"good{number}")]) for number in range(20)]
        bad = [log.record([decided("bad", features={"a": float("inf")})]) for _ in range(3)]
        answers = await asyncio.gather(*good[:10], *bad, *good[10:], return_exceptions=True)
        assert [type(each) for each in answers[10:13]] == [ValueError] * 3
        assert all(isinstance(each, list) for each in [*answers[:10], *answers[13:]])

    run(tmp_path, None, use)


def test_a_request_that_was_given_up_stops_nothing(tmp_path: Path) -> None:
    async def use(log: DecisionLog) -> None:
        given_up = asyncio.create_task(log.record([decided()]))
        await asyncio.sleep(0)
        given_up.cancel()
        assert len(await log.record([decided()])) == 1

    run(tmp_path, None, use)


def test_a_closed_log_keeps_nothing_more(tmp_path: Path) -> None:
    async def use(log: DecisionLog) -> None:
        await log.close()
        with pytest.raises(DecisionLogError, match="is stopping"):
            await log.record([decided()])

    async def once() -> None:
        await use(DecisionLog(tmp_path / "decisions.sqlite", None, KEEP))

    asyncio.run(once())


def test_what_is_older_than_it_is_to_be_kept_is_removed(tmp_path: Path) -> None:
    store = FakeObjectStore()
    store.objects = {f"s3://decisions/date={day}/x.parquet": b"" for day in ("2025-02-28", "2025-03-01", "2026-02-28")}
    store.objects["s3://decisions/date=notes.txt"] = b"not ours"
    with LocalLog(tmp_path / "decisions.sqlite") as local:
        local.add([decided("old", at=AT - dt.timedelta(days=8)), decided("new")])

    async def use(log: DecisionLog) -> None:
        await poll(lambda: "s3://decisions/date=2025-02-28/x.parquet" not in store.objects)
        assert set(await log.find(["old", "new"])) == {"new"}

    run(tmp_path, store, use)
    assert {"s3://decisions/date=2025-03-01/x.parquet", "s3://decisions/date=notes.txt"} <= set(store.objects)
