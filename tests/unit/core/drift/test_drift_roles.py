"""Times and entities move by themselves and are not compared; that they vanish or change their role is told."""

import numpy as np
import pandas as pd
import pytest

from functions.core.data.tables import Role
from functions.core.drift import DriftReport, NewData, SchemaChanges, detect_drift
from functions.core.drift.findings import RoleChange
from functions.core.drift.reference import ReferenceProfile, build_reference, reference_sample
from tests.unit.core.drift.compared import transactions

ROLES: dict[str, Role] = {"at": "time", "card": "entity", "amount": "amount", "shop": "category"}


def month(number: int, rows: int = 2_000) -> pd.DataFrame:
    """Make a month of transactions: other times, and mostly other cards, than in every other month."""
    X = transactions(rows, seed=number)
    rng = np.random.default_rng(number)
    at = 1.7e9 + (number + rng.random(rows)) * 2.6e6
    card = pd.Series(rng.integers(0, 300, rows) + 250 * number).map("h:{:016x}".format).astype("str")
    return X.assign(at=at, card=card.mask(rng.random(rows) < 0.01))


def profile(X: pd.DataFrame, roles: dict[str, Role] | None = None) -> ReferenceProfile:
    return build_reference(X, np.zeros(len(X)), [], ROLES if roles is None else roles)


def compared(
    reference: ReferenceProfile, X: pd.DataFrame, roles: dict[str, Role], *, sample: pd.DataFrame | None = None
) -> DriftReport:
    return detect_drift(reference, NewData(X, roles=roles), sample=sample)


def test_another_month_is_stable_and_says_what_it_left_out() -> None:
    before = month(1)
    report = compared(profile(before), month(2), ROLES, sample=before.head(500))
    assert (report.verdict, report.n_drifted_features) == ("stable", 0)
    assert (report.clocks, report.entities, report.ignored) == (("at",), ("card",), ())
    assert {each.feature for each in report.features} == set(before.columns) - {"at", "card"}
    assert report.multivariate is not None
    assert (report.multivariate.columns, report.multivariate.changed) == (11, False)
    assert detect_drift(profile(before), NewData(month(2))).clocks == ("at",)  # by the reference's roles


def test_a_reference_of_an_earlier_release_knows_no_roles_and_is_compared_all_the_same() -> None:
    old = ReferenceProfile.model_validate_json(profile(month(1), {}).model_dump_json(exclude={"roles"}))
    assert "retrain" in compared(old, month(2), {}).verdict  # as it was
    report = compared(old, month(2), ROLES)
    assert report.columns.roles == {
        "at": RoleChange(reference=None, new="time"),
        "card": RoleChange(reference=None, new="entity"),
    }
    assert report.columns.needed == ("card",)
    assert report.explanation == (
        "1 column is taken for something else (card for entity): name the role in FRAUDFLOW_ROLES, or make a version "
        "that was trained on such files the champion. "
        "Drift 0.00, 0 of 11 features drifted; 1 column taken for something else (at for time)."
    )


def test_a_time_that_was_text_or_an_entity_that_was_a_number_is_no_fault_of_the_file() -> None:
    before = month(1).assign(at=month(1)["at"].astype("str"), card=np.arange(2_000.0))
    report = compared(profile(before, {}), month(2), ROLES)
    assert (report.verdict, report.columns.retyped, report.columns.needed) == ("retrain", (), ("at", "card"))
    assert report.explanation.startswith("2 columns are taken for something else (at for time, card for entity): name")


@pytest.mark.parametrize("gone", ["at", "card", "V3"])
def test_a_column_that_vanished_is_told_whatever_its_role(gone: str) -> None:
    X = month(2).drop(columns=gone)
    roles = {name: role for name, role in ROLES.items() if name != gone}
    report = compared(profile(month(1)), X, roles)
    assert (report.verdict, report.columns.removed, report.columns.needed) == ("retrain", (gone,), (gone,))
    assert report.explanation.startswith(f"1 column of the champion's 13 is missing ({gone}): correct the file")


def test_a_column_that_is_left_out_now_is_not_missing_from_the_file() -> None:
    report = compared(profile(month(1)), month(2).drop(columns="shop"), {**ROLES, "shop": "identifier"})
    assert (report.columns.removed, report.columns.roles) == (
        (),
        {"shop": RoleChange(reference="category", new="identifier")},
    )
    assert report.verdict == "retrain"
    assert report.explanation.startswith("1 column is taken for something else (shop for identifier, after category)")


def test_columns_that_are_left_out_make_no_other_table() -> None:
    kept = ["V0", "amount"]
    X = month(2)[kept]
    left_out: dict[str, Role] = dict.fromkeys(set(month(1).columns) - set(kept), "identifier")
    assert compared(profile(month(1)), X, left_out).verdict == "retrain"
    assert compared(profile(month(1)), X, {}).verdict == "another_table"


def test_a_category_that_is_an_entity_now_is_not_compared_and_matters_even_to_a_champion_that_scores() -> None:
    roles: dict[str, Role] = {**ROLES, "shop": "entity"}
    report = detect_drift(profile(month(1)), NewData(month(2), scores=np.linspace(0, 1, 2_000), roles=roles))
    assert (report.verdict, report.entities) == ("watch", ("shop", "card"))


def test_what_is_kept_for_later_runs_holds_no_hash_and_no_time() -> None:
    X = month(1)
    kept = profile(X).model_dump_json()
    assert '"h:' not in kept
    assert profile(X).features["card"].binned.tolist() == [X["card"].notna().sum(), X["card"].isna().sum()]
    sample = reference_sample(X, rows=100, seed=0, roles=ROLES)
    assert list(sample.columns) == [name for name in X.columns if name not in {"at", "card"}]
    assert list(reference_sample(X, rows=100, seed=0).columns) == list(X.columns)


def test_ignored_by_name_comes_before_ignored_by_role() -> None:
    report = detect_drift(profile(month(1)), NewData(month(2), roles=ROLES), ignored=["at"])
    assert (report.ignored, report.clocks, report.entities) == (("at",), (), ("card",))


def test_the_same_roles_are_no_change() -> None:
    assert compared(profile(month(1)), month(1), ROLES).columns == SchemaChanges(expected=13)
