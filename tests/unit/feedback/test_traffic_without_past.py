"""Traffic of a model with histories: where nobody remembers the past, no column is broken and nothing has shifted."""

import numpy as np
import pandas as pd
import pytest

from functions.core.drift.reference import ReferenceProfile, build_reference
from functions.core.histories.history_plan import HistoryColumn, HistoryPlan
from functions.core.loop.known_past import NO_PAST
from tests.fakes import FakeObjectStore
from tests.unit.core.drift.compared import transactions
from tests.unit.feedback.test_traffic_drift import CHAMPION, after, send, watch

PLAN = HistoryPlan(
    clock="at",
    unit=1.0,
    amount=None,
    merchant=None,
    night=(0, 6),
    events_at_most=1_000,
    columns=tuple(HistoryColumn(f"card_count_{each}", "card", "count", each) for each in (3_600, 86_400)),
)


def remembering(rows: int, seed: int) -> pd.DataFrame:
    """Make transactions with what their cards did before."""
    random = np.random.default_rng(seed)
    X = transactions(rows, seed=seed)
    counts = {name: random.poisson(2 + place, rows).astype(float) for place, name in enumerate(PLAN.names)}
    return X.assign(at=np.linspace(0, 90 * 86_400, rows), **counts)


@pytest.fixture(scope="module")
def reference() -> ReferenceProfile:
    return build_reference(remembering(20_000, 1), np.zeros(20_000), [], {"at": "time"}, histories=PLAN.document())


def test_a_window_without_any_past_is_compared_by_its_other_columns(reference: ReferenceProfile) -> None:
    store = FakeObjectStore()
    send(store, remembering(1400, 2).assign(**dict.fromkeys(PLAN.names)), 0)

    followed = watch(store).follow(CHAMPION, reference, after(1))

    [window] = followed.windows
    assert (window.state, window.broken, window.outside) == ("stable", (), NO_PAST)
    assert followed.broken is None

    X = remembering(1000, 3).assign(**dict.fromkeys(PLAN.names))
    send(store, X.assign(V1=X["V1"] + 2), 1)
    followed = watch(store).follow(CHAMPION, reference, after(2))
    assert followed.shift is not None
    assert followed.shift.columns == ("V1",)


def test_a_single_history_column_that_is_gone_is_broken_as_others_are(reference: ReferenceProfile) -> None:
    store = FakeObjectStore()
    send(store, remembering(1400, 2).assign(**{PLAN.names[0]: None}), 0)

    followed = watch(store).follow(CHAMPION, reference, after(1))

    assert followed.broken is not None
    assert followed.broken.columns == (PLAN.names[0],)


def test_traffic_with_its_past_is_compared_by_it(reference: ReferenceProfile) -> None:
    store = FakeObjectStore()
    X = remembering(1400, 2)
    send(store, X.assign(**{PLAN.names[1]: X[PLAN.names[1]] * 4}), 0)

    followed = watch(store).follow(CHAMPION, reference, after(1))

    [window] = followed.windows
    assert (window.state, window.columns) == ("shifted", (PLAN.names[1],))
    assert window.outside != NO_PAST
