"""Features of chosen decisions: as the model read them, whatever the parts hold besides."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from functions.core.errors import UnreadableRecordError
from functions.core.ingest.spelling import ColumnFormat
from functions.core.loop.outcomes import Outcomes
from functions.core.scoring.input_rows import InputColumn
from functions.decisions.decision import LoggedDecision, microseconds
from functions.decisions.decision_parts import part_key, to_parquet
from functions.feedback.training_features import DecidedFeatures, read_features
from tests.decided import AT, decided
from tests.fakes import FakeObjectStore

COLUMNS = (InputColumn("amount", ColumnFormat("numeric")), InputColumn("shop", ColumnFormat("text")))


def chosen(decisions: list[LoggedDecision]) -> Outcomes:
    n = len(decisions)
    return Outcomes(
        transaction_id=np.array([each.transaction_id for each in decisions], dtype=object),
        at=np.array([microseconds(each.at) for each in decisions], dtype=np.int64),
        version=np.full(n, "3", dtype=object),
        score=np.zeros(n),
        threshold=np.ones(n),
        passed=np.ones(n, dtype=np.bool_),
        weight=np.ones(n),
        missed_cost=np.ones(n),
        label=np.zeros(n),
        labelled_at=np.zeros(n, dtype=np.int64),
    )


def made(name: str, *, day: int = 0, **changes: Any) -> LoggedDecision:  # noqa: ANN401
    return decided(name, **{"at": AT + dt.timedelta(days=day), **changes})


def read(parts: list[list[LoggedDecision]], wanted: list[LoggedDecision]) -> DecidedFeatures:
    store = FakeObjectStore()
    for place, part in enumerate(parts):
        store.objects[f"s3://decisions/{part_key(part[0].at.date(), str(place))}"] = to_parquet(part)
    return read_features(store, "decisions", "fraud-detector", chosen(wanted), COLUMNS)


def test_they_come_in_the_order_of_the_decisions_and_not_of_the_parts() -> None:
    late, early, other = made("b", day=1, features={"amount": 2.0, "shop": "x"}), made("a"), made("c")
    found = read([[late], [early, other]], [early, late])
    assert found.X["amount"].tolist() == [12.5, 2.0]
    assert found.X["shop"].tolist() == ["Käse & Co", "x"]
    assert found.found.all()
    assert [key.rpartition("/")[2] for key in found.keys] == ["1.parquet", "0.parquet"]


def test_shadows_other_models_and_a_later_decision_on_the_same_transaction_are_not_read() -> None:
    first = made("a")
    others = [
        made("a", day=1, features={"amount": 9.0, "shop": "late"}),
        made("a", kind="shadow", features={}),
        made("a", model="other", features={"amount": 9.0, "shop": "other"}),
    ]
    found = read([others[1:], [first], others[:1]], [first])
    assert found.X["shop"].tolist() == ["Käse & Co"]


def test_a_part_that_was_shipped_twice_counts_once() -> None:
    assert len(read([[made("a")], [made("a")]], [made("a")]).X) == 1


def test_decisions_that_are_gone_and_those_of_other_columns_are_not_found() -> None:
    here, gone = made("a"), made("b")
    narrow = made("c", version="2", features={"amount": 1.0})
    found = read([[here, narrow]], [here, gone, narrow])
    assert found.found.tolist() == [True, False, False]
    assert (len(found.X), found.lacking) == (1, 1)
    none = read([[narrow]], [narrow])
    assert (list(none.X), len(none.X), none.found.tolist()) == (["amount", "shop"], 0, [False])


def test_missing_values_and_those_of_another_type_or_no_text_at_all_are_read(subtests: pytest.Subtests) -> None:
    values = [
        ({"amount": None, "shop": None}, None),
        ({"amount": "many", "shop": 5.0}, "5.0"),
        ({"amount": None, "shop": "\ud800"}, "?"),
    ]
    for features, shop in values:
        with subtests.test(features=ascii(features)):
            decision = made("a", features=features)
            X = read([[decision, made("b")]], [decision]).X
            assert np.isnan(X["amount"].iloc[0])
            assert (X["shop"].isna().iloc[0] and shop is None) or X["shop"].iloc[0] == shop
            assert (X["amount"].dtype, X["shop"].dtype) == (np.float64, "str")


def test_a_damaged_part_is_named() -> None:
    store = FakeObjectStore()
    store.objects[f"s3://decisions/{part_key(AT.date(), 'x')}"] = b"PAR1"
    with pytest.raises(UnreadableRecordError, match=r"s3://decisions/date=2026-03-01/x.parquet can't be read"):
        read_features(store, "decisions", "fraud-detector", chosen([made("a")]), COLUMNS)
