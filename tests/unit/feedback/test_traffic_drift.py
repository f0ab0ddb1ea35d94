"""The decision log as traffic: followed window by window, and remembered in the loop's bucket."""

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from functions.core.drift.reference import ReferenceProfile, build_reference
from functions.core.errors import UnreadableRecordError
from functions.decisions.decision import LoggedDecision
from functions.decisions.decision_parts import part_key, to_parquet
from functions.feedback import traffic_drift
from functions.feedback.traffic_drift import TrafficDrift, TrafficSettings
from functions.feedback.window_features import features_frame
from functions.ports import Champion
from tests.fakes import FakeObjectStore
from tests.unit.core.drift.compared import transactions

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
CHAMPION = Champion(name="fraud", version="3", run_id="r")


@pytest.fixture(scope="module")
def reference() -> ReferenceProfile:
    return build_reference(transactions(20_000, seed=1), np.zeros(20_000), [])


def decisions(X: pd.DataFrame, day: int, *, version: str = "3", kind: str = "decision") -> Iterator[LoggedDecision]:
    """Yield a day's decisions, spread over it."""
    for place, row in enumerate(X.astype(object).where(X.notna(), None).to_dict("records")):
        yield LoggedDecision(
            transaction_id=f"t{day}-{place}",
            at=START + day * DAY + place * DAY / len(X),
            features={str(name): value for name, value in row.items()},
            score=0.25,
            decision="pass",
            threshold=0.5,
            model="fraud",
            version=version,
            latency_ms=1.0,
            served="http",
            cost_alarm=1.0,
            cost_pass=1.0,
            missed_cost=10.0,
            pass_chance=1.0,
            kind=kind,  # type: ignore[arg-type]
        )


def send(store: FakeObjectStore, X: pd.DataFrame, day: int, **kwargs: str) -> None:
    key = part_key((START + day * DAY).date(), f"{day}-{len(store.objects)}")
    store.write(f"s3://decisions/{key}", to_parquet(list(decisions(X, day, **kwargs))), "parquet")


def watch(store: FakeObjectStore, rows: int = 1000) -> TrafficDrift:
    return TrafficDrift(
        store, "decisions", "loop", TrafficSettings(window_rows=rows, window_days=7, window_least_days=0.5)
    )


def after(days: float) -> dt.datetime:
    return START + days * DAY


def test_traffic_is_followed_where_it_was_left(reference: ReferenceProfile) -> None:
    store = FakeObjectStore()
    send(store, transactions(1400, seed=2), 0)
    first = watch(store).follow(CHAMPION, reference, after(1))
    assert [each.rows for each in first.windows] == [1000]

    X = transactions(1000, seed=3)
    send(store, X.assign(V1=X["V1"] + 2), 1)
    second = watch(store).follow(CHAMPION, reference, after(2))

    assert [(each.rows, each.state) for each in second.windows] == [(1000, "stable"), (1000, "shifted")]
    assert second.shift is not None
    assert second.shift.columns == ("V1",)
    assert watch(store).follow(CHAMPION, reference, after(2)) == second
    assert watch(store).remembered("fraud") == second


def test_a_column_that_breaks_is_told_while_its_window_is_open(reference: ReferenceProfile) -> None:
    store = FakeObjectStore()
    send(store, transactions(300, seed=2).assign(V2=None), 0)

    followed = watch(store).follow(CHAMPION, reference, after(1))

    assert followed.windows == ()
    assert followed.broken is not None
    assert followed.broken.columns == ("V2",)


def test_of_more_decisions_than_memory_has_room_for_some_are_compared(
    reference: ReferenceProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic_drift, "_TEXTS", 1500)
    read: list[int] = []

    def counted(texts: pa.ChunkedArray, against: ReferenceProfile) -> pd.DataFrame:
        read.append(len(texts))
        return features_frame(texts, against)

    monkeypatch.setattr(traffic_drift, "features_frame", counted)
    store = FakeObjectStore()
    for day in range(4):
        send(store, transactions(1000, seed=2 + day), day)

    followed = watch(store, rows=4000).follow(CHAMPION, reference, after(5))

    [window] = followed.windows
    assert window.rows == 4000
    assert window.state == "stable"
    assert window.plain_score is not None
    assert max(read) <= 1500


def test_only_what_the_champion_decided_is_its_traffic(reference: ReferenceProfile) -> None:
    store = FakeObjectStore()
    X = transactions(1000, seed=2)
    send(store, X, 0)
    send(store, X.assign(V1=X["V1"] + 2), 0, version="4")
    send(store, X.drop(columns=list(X.columns)), 0, kind="shadow")

    followed = watch(store).follow(CHAMPION, reference, after(1))

    assert [each.rows for each in followed.windows] == [1000]
    assert followed.shift is None


def test_another_champion_begins_with_its_own_first_decision(reference: ReferenceProfile) -> None:
    store = FakeObjectStore()
    send(store, transactions(1000, seed=2), 0)
    watch(store).follow(CHAMPION, reference, after(1))
    send(store, transactions(1000, seed=3), 20, version="4")

    followed = watch(store).follow(Champion(name="fraud", version="4", run_id="r"), reference, after(21))

    [window] = followed.windows
    assert followed.version == "4"
    assert window.until - window.after < 2 * DAY / dt.timedelta(microseconds=1)


def test_without_decisions_nothing_is_said(reference: ReferenceProfile) -> None:
    followed = watch(FakeObjectStore()).follow(CHAMPION, reference, after(1))

    assert followed.windows == ()


def test_what_is_damaged_is_named(reference: ReferenceProfile) -> None:
    store = FakeObjectStore()
    store.write("s3://loop/drift/fraud.json", b"{", "application/json")
    with pytest.raises(UnreadableRecordError, match=r"s3://loop/drift/fraud\.json is damaged"):
        watch(store).follow(CHAMPION, reference, after(1))

    store = FakeObjectStore()
    store.write("s3://decisions/date=2026-03-01/a.parquet", b"PAR1", "parquet")
    with pytest.raises(UnreadableRecordError, match=r"a\.parquet can't be read"):
        watch(store).follow(CHAMPION, reference, after(1))


def test_a_window_says_whether_its_scores_can_be_trusted(reference: ReferenceProfile) -> None:
    store = FakeObjectStore()
    X = transactions(1000, seed=2)
    send(store, X, 0)
    send(store, X.assign(V1=X["V1"] + 2), 1)
    inside, beyond = watch(store).follow(CHAMPION, reference, after(2)).windows
    assert inside.outside is None
    assert "can't be known without labels" in str(beyond.outside)
