"""Features by role: of times, of entities and of amounts, and none of a moment itself."""

import math

import numpy as np
import pandas as pd
import pytest
import skops.io

from functions.core.data.tables import Kind, Role
from functions.core.features.maker import FeatureMaker
from functions.core.features.plan import MAX_AMOUNTS, MAX_TIMES
from tests.old_makers import old_maker

# Monday, 1 June 2015, 0:00.
MONDAY = 1_433_116_800.0
HOUR, DAY = 3_600.0, 86_400.0
SHOP: dict[str, Role] = {"born": "time", "signup": "time", "paid": "time", "device": "entity", "price": "amount"}


def frame(rows: int = 4) -> pd.DataFrame:
    """Build rows that are a day apart; two devices take turns."""
    day = np.arange(rows) * DAY
    return pd.DataFrame(
        {
            "born": np.full(rows, -10 * 365 * DAY),
            "signup": MONDAY + day,
            "paid": MONDAY + day + 6 * HOUR,
            "device": pd.Series(np.where(np.arange(rows) % 2, "b", "a"), dtype="str"),
            "price": np.arange(1.0, rows + 1),
        }
    )


def of_roles(roles: dict[str, Role], *, cyclic: bool = False) -> FeatureMaker:
    return FeatureMaker(roles=roles, cyclic=cyclic)


def derived(made: pd.DataFrame, X: pd.DataFrame) -> set[str]:
    return set(made.columns) - set(X.columns)


def test_the_clock_is_the_latest_time_and_knows_hour_and_weekday() -> None:
    X = frame()
    made = of_roles({"born": "time", "signup": "time", "paid": "time"}).fit_transform(X)
    np.testing.assert_allclose(made["paid_hour"], 6.0)
    np.testing.assert_allclose(made["paid_weekday"], [0.25, 1.25, 2.25, 3.25])
    assert not {"signup_hour", "born_weekday"} & derived(made, X)


def test_the_time_between_two_dates_is_told_in_seconds_from_the_earlier_one() -> None:
    X = frame()
    made = of_roles({"paid": "time", "signup": "time", "born": "time"}).fit_transform(X)
    np.testing.assert_array_equal(made["signup_to_paid"], 6 * HOUR)
    np.testing.assert_array_equal(made["born_to_signup"], X["signup"] - X["born"])
    assert {name for name in derived(made, X) if "_to_" in name} == {"signup_to_paid", "born_to_signup", "born_to_paid"}


def test_an_expiry_is_no_clock() -> None:
    X = frame().assign(valid_until=MONDAY + 900 * DAY)
    made = of_roles({"paid": "time", "valid_until": "time"}).fit_transform(X)
    assert derived(made, X) == {"paid_hour", "paid_weekday", "paid_to_valid_until"}


def test_hour_and_weekday_are_cyclic_for_models_without_trees() -> None:
    X = pd.DataFrame({"paid": [MONDAY - 1, MONDAY + 1]})
    made = of_roles({"paid": "time"}, cyclic=True).fit_transform(X)
    parts = ["paid_hour_sin", "paid_hour_cos", "paid_weekday_sin", "paid_weekday_cos"]
    assert derived(made, X) == set(parts)
    np.testing.assert_allclose(made.loc[0, parts].astype(float), made.loc[1, parts].astype(float), atol=2e-4)


@pytest.mark.parametrize(("unit", "length"), [(1.0, DAY), (60.0, 1_440.0), (3_600.0, 24.0)])
def test_a_clock_of_its_own_unit_has_an_hour_where_days_are_alike(unit: float, length: float) -> None:
    rng = np.random.default_rng(0)
    # Days with a night: between 8 and 20 o'clock, on ten days.
    moments = (rng.integers(0, 10, 2_000) * DAY + rng.uniform(8, 20, 2_000) * HOUR) // unit
    X = pd.DataFrame({"step": moments, "amount": 1.0})
    made = of_roles({"step": "time"}).fit_transform(X)
    np.testing.assert_allclose(made["step_hour"], np.mod(moments, length) / length * 24)
    even = pd.DataFrame({"step": rng.uniform(0, 10 * DAY, 2_000) // unit})
    assert derived(of_roles({"step": "time"}).fit_transform(even), even) == set()


def test_a_clock_of_less_than_two_days_has_no_hour() -> None:
    X = pd.DataFrame({"step": np.repeat(np.arange(1.0, 9.0), [2708, 1014, 552, 565, 665, 1660, 6837, 5998])})
    assert derived(of_roles({"step": "time"}).fit_transform(X), X) == set()


def test_an_entity_of_an_old_model_has_a_history_along_the_clock() -> None:
    X = frame()
    told = old_maker(X, roles=SHOP).transform(X)
    np.testing.assert_array_equal(told["device_count"], [0, 0, 1, 1])
    np.testing.assert_array_equal(told["device_since_last"], [np.nan, np.nan, 2 * DAY, 2 * DAY])
    np.testing.assert_array_equal(told["device_price_ratio"], [np.nan, np.nan, 3.0, 2.0])


def moved(rows: int = 400, *, accounts: int = 1) -> pd.DataFrame:
    """Build amounts with balances before and after each; of half of the rows the account is not in the books."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"size": rng.integers(1, 5, rows) + 0.0, "amount": rng.lognormal(5, 2, rows).round(2)})
    for number in range(accounts):
        X[f"old_{number}"] = rng.lognormal(9, 2, rows).round(2)
        X[f"new_{number}"] = np.where(rng.random(rows) < 0.5, X[f"old_{number}"] - X["amount"], 0.0)
    return X.assign(count=rng.integers(0, 9, rows) + 0.0, noise=rng.lognormal(5, 2, rows).round(2))


def of_amounts(X: pd.DataFrame) -> FeatureMaker:
    return of_roles({str(name): "amount" if name in {"amount", "size"} else "number" for name in X}).fit(X)


def test_an_amount_and_the_balances_that_it_moves_have_differences() -> None:
    X = moved()
    made = of_amounts(X)
    assert list(made.names_) == ["amount_less_old_0", "amount_less_new_0", "old_0_less_new_0"]
    told = made.transform(X.assign(old_0=np.nan))
    np.testing.assert_array_equal(told["amount_less_new_0"], X["amount"] - X["new_0"])
    assert told["amount_less_old_0"].isna().all()
    assert made.origins()["amount_less_old_0"] == ("amount", "old_0")


def test_numbers_that_no_amount_moves_have_none() -> None:
    X = moved()
    assert of_amounts(X.drop(columns="new_0")).names_ == {}
    # Differences of small counts are often one of few small amounts, by chance.
    rng = np.random.default_rng(1)
    small = pd.DataFrame({name: rng.integers(0, 4, 2_000) + 0.0 for name in ("amount", "count", "other", "size")})
    assert of_amounts(small).names_ == {}
    assert of_amounts(X.assign(amount=np.nan)).names_ == {}


def test_balances_are_bounded() -> None:
    assert len(of_amounts(moved(accounts=8)).names_) == math.comb(MAX_AMOUNTS, 2)


def test_without_a_clock_an_old_model_counts_an_entity() -> None:
    X = pd.DataFrame({"device": pd.Series(["a", "a", "a", "b", None], dtype="str")})
    made = old_maker(X, roles={"device": "entity"})
    new = pd.DataFrame({"device": pd.Series(["a", "b", "c", None], dtype="str")})
    np.testing.assert_array_equal(made.transform(new)["device_count"], [3, 1, 0, np.nan])


def test_several_entities_of_an_old_model_have_a_history_each() -> None:
    X = frame().assign(shop=pd.Series(["x", "x", "x", "y"], dtype="str"))
    told = old_maker(X, roles={**SHOP, "shop": "entity"}).transform(X)
    np.testing.assert_array_equal(told["shop_count"], [0, 1, 2, 0])
    np.testing.assert_array_equal(told["device_count"], [0, 0, 1, 1])


def test_moments_and_entities_are_no_features_themselves() -> None:
    X = frame()
    kinds: dict[str, Kind] = dict.fromkeys(X.columns, "numeric")
    made = of_roles(SHOP).fit(X)
    assert set(made.kinds(kinds)) & set(X.columns) == {"price"}
    # What settings name as the time, and no role does, stays what it was.
    named = FeatureMaker(entity="device", time="paid").fit(X)
    assert set(named.kinds(kinds)) & set(X.columns) == set(X.columns) - {"device"}


def test_every_feature_has_its_sources() -> None:
    X = frame()
    made = old_maker(X, roles=SHOP)
    origins = made.origins()
    assert set(origins) == derived(made.transform(X), X)
    assert origins["signup_to_paid"] == ("signup", "paid")
    assert origins["paid_weekday"] == ("paid",)
    assert origins["device_since_last"] == ("device",)


def test_times_are_bounded() -> None:
    X = frame()
    times = {f"time_{number}": X["paid"] + number for number in range(12)}
    entities = {f"card_{number}": X["device"] for number in range(12)}
    roles: dict[str, Role] = {**dict.fromkeys(times, "time"), **dict.fromkeys(entities, "entity")}
    made = of_roles(roles).fit(X.assign(**times, **entities))
    assert len(made.pairs_) == math.comb(MAX_TIMES, 2)
    # The clock is one of those that differences are made of.
    assert any("time_11" in pair for pair in made.pairs_)
    assert not set(made.kinds(dict.fromkeys([*times, *entities], "numeric"))) & {*times, *entities}


def test_what_is_missing_gives_missing_features() -> None:
    X = frame()
    made = old_maker(X, roles=SHOP)
    gone = X.assign(paid=np.nan, device=pd.Series([None] * 4, dtype="str"))
    told = made.transform(gone)
    assert told[["paid_hour", "paid_weekday", "signup_to_paid", "device_count", "device_since_last"]].isna().all().all()
    # A column that is missing in every row of train is nothing to make features of.
    assert of_roles({"paid": "time"}).fit(X.assign(paid=np.nan)).names_ == {}


def test_no_value_of_an_entity_is_stored() -> None:
    X = frame().assign(device=pd.Series(["card 4929-1", "card 4929-2"] * 2, dtype="str"))
    for roles in (SHOP, {"device": SHOP["device"]}):
        for made in (of_roles(roles).fit(X), old_maker(X, roles=roles)):
            assert b"card 4929" not in skops.io.dumps(made)


def test_the_future_of_training_changes_no_earlier_row() -> None:
    X = frame(8)
    early, whole = old_maker(X[:5], roles=SHOP), old_maker(X, roles=SHOP)
    pd.testing.assert_frame_equal(early.transform(X[:5]), whole.transform(X[:5]))
