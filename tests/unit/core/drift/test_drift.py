import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from functions.core.drift import RETRAIN, WATCH, DriftReport, NewData, SchemaChanges, detect_drift
from functions.core.drift.detect import verdict_of
from functions.core.drift.reference import ReferenceProfile, build_reference, reference_sample

type Change = Callable[[pd.DataFrame], pd.DataFrame]


def transactions(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 8)), columns=[f"V{i}" for i in range(8)])
    amount = rng.lognormal(3, 1.5, rows)
    shop = pd.Series(rng.choice(["books", "food", "füel", "toys"], rows, p=[0.4, 0.3, 0.2, 0.1]), dtype="str")
    X = X.assign(amount=amount, fees=np.where(rng.random(rows) < 0.8, 0.0, amount / 10), shop=shop)
    return X.mask(rng.random(X.shape) < 0.02)


@pytest.fixture(scope="module")
def reference() -> ReferenceProfile:
    X = transactions(20_000, seed=1)
    return build_reference(X, np.arange(20_000) % 100 == 0, np.linspace(0, 1, 5_000))


def compare(reference: ReferenceProfile, X: pd.DataFrame) -> DriftReport:
    return detect_drift(reference, NewData(X))


def drifted(report: DriftReport) -> set[str]:
    return {feature.feature for feature in report.features if feature.drifted}


def only(X: pd.DataFrame, new: pd.DataFrame) -> DriftReport:
    return compare(build_reference(X, np.zeros(len(X)), []), new)


def test_the_same_data_has_no_drift_at_all(reference: ReferenceProfile) -> None:
    report = compare(reference, transactions(20_000, seed=1))
    assert (report.verdict, report.drift_score, report.max_feature_drift) == ("stable", 0.0, 0.0)
    assert report.explanation == "Drift 0.00, 0 of 11 features drifted."


@pytest.mark.parametrize("rows", [300, 5_000])
def test_doubled_amounts_are_named_as_drifted(reference: ReferenceProfile, rows: int) -> None:
    X = transactions(rows, seed=2)
    report = compare(reference, X.assign(amount=2 * X["amount"]))
    assert drifted(report) == {"amount"}
    assert report.verdict == "watch"
    assert "1 of 11 features drifted: amount" in report.explanation


@pytest.mark.parametrize(
    ("change", "clearest"),
    [
        (lambda X: X.assign(V3=X["V3"] + 0.5), "location"),
        (lambda X: X.assign(V3=X["V3"] * 1.7), "spread"),
        (lambda X: X.assign(V3=X["V3"].mask(np.arange(len(X)) % 5 == 0)), "missing values"),
        (lambda X: X.assign(V3=np.nan), "missing values"),
        (lambda X: X.assign(V3=pd.Series([None] * len(X), dtype="str")), "missing values"),
        (lambda X: X.assign(V3=0.25), "spread"),
        (lambda X: X.assign(shop=X["shop"].replace({"books": "brand new"})), "categories"),
        (lambda X: X.assign(shop=X["shop"].replace({"books": "toys", "toys": "books"})), "categories"),
        (lambda X: X.assign(shop=np.nan), "missing values"),
    ],
)
def test_a_large_change_of_one_feature_is_drift_and_has_a_name(
    reference: ReferenceProfile, change: Change, clearest: str
) -> None:
    report = compare(reference, change(transactions(5_000, seed=3)))
    assert len(drifted(report)) == 1
    assert report.features[0].change == clearest
    assert report.drift_score is not None
    assert report.drift_score >= WATCH


def test_mass_that_moved_from_one_value_to_another_is_drift(reference: ReferenceProfile) -> None:
    X = transactions(5_000, seed=3)
    report = compare(reference, X.assign(fees=X["fees"].where(X["fees"] > 0, 1.0)))
    assert drifted(report) == {"fees"}


def test_new_categories_are_named_with_their_share(reference: ReferenceProfile) -> None:
    X = transactions(5_000, seed=3)
    report = compare(reference, X.assign(shop=X["shop"].mask(np.arange(5_000) % 4 == 0, "nové\u202e")))
    feature = report.features[0]
    assert feature.new_categories == {"nové\u202e": 0.25}
    assert "new categories in 'shop' ('nové\\u202e' 25 %)" in report.explanation


def test_a_tiny_change_of_many_rows_is_a_change_and_no_drift() -> None:
    old, new = np.random.default_rng(4).normal(size=(2, 200_000))
    report = only(pd.DataFrame({"x": old}), pd.DataFrame({"x": new + 0.05}))
    assert (report.features[0].changed, report.features[0].drifted, report.verdict) == (True, False, "stable")
    assert "1 more changed too little to matter" in report.explanation


def test_one_percent_of_outliers_is_called_outliers_and_no_drift() -> None:
    old, new = np.random.default_rng(4).normal(size=(2, 5_000))
    new[::100] = 40.0
    report = only(pd.DataFrame({"x": old}), pd.DataFrame({"x": new}))
    feature = report.features[0]
    assert (feature.changed, feature.drifted, feature.change) == (True, False, "outliers")
    assert feature.outliers is not None
    assert feature.outliers.new == pytest.approx(0.012, abs=0.002)
    assert "outliers, not drift, in 'x' (1." in report.explanation


def test_values_below_a_value_that_many_rows_share_are_outliers_too() -> None:
    old, new = np.random.default_rng(4).exponential(size=(2, 5_000)).round(1)
    report = only(pd.DataFrame({"x": old}), pd.DataFrame({"x": np.where(np.arange(5_000) % 100, new, -1.0)}))
    assert report.features[0].change == "outliers"


def test_a_clock_is_told_from_a_feature() -> None:
    time = pd.DataFrame({"time": np.arange(2_000.0)})
    report = only(time, time + 2_000)
    assert "name it in FRAUDFLOW_DRIFT_IGNORED_COLUMNS" in report.explanation
    reference = build_reference(time.assign(x=0.0), np.zeros(2_000), [])
    ignoring = detect_drift(reference, NewData((time + 2_000).assign(x=0.0)), ignored=("time", "other"))
    assert (ignoring.verdict, ignoring.ignored) == ("stable", ("time",))
    assert [each.feature for each in ignoring.features] == ["x"]


DATES = {
    "week": lambda day: f"{day:%G-W%V}",
    "month": lambda day: f"{day:%Y-%m}",
    "month first": lambda day: f"{day:%m/%Y}",
    "named month": lambda day: f"{day:%b %Y}",
    "month's name alone": lambda day: f"{day:%B}",
    "French month": lambda day: f"{['janvier', 'février', 'mars', 'avril', 'mai', 'juin'][day.month - 1]} {day:%Y}",
    "day": lambda day: f"{day:%Y-%m-%d}",
    "American day": lambda day: f"{day.month}/{day.day}/{day:%y}",
    "German day": lambda day: f"{day:%d.%m.%Y}",
    "hour": lambda day: f"{day:%Y-%m-%d} 12:00",
    "zone": lambda day: f"{day:%Y-%m-%d}T06:00:00Z",
    "quarter": lambda day: f"{day:%Y}Q{(day.month - 1) // 3 + 1}",
    "compact": lambda day: f"D{day:%Y%m%d}",
    "batch": lambda day: f"batch-{day:%j}",
}


@pytest.mark.parametrize("written", DATES.values(), ids=DATES)
def test_dates_written_as_texts_are_told_as_clocks_are(written: Callable[[pd.Timestamp], str]) -> None:
    def table(first: str, seed: int) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        days = pd.date_range(first, periods=28)[rng.integers(0, 28, 2_000)]
        return pd.DataFrame(
            {"booked": pd.Series([written(day) for day in days], dtype="str"), "x": rng.normal(size=2_000)}
        )

    report = only(table("2026-01-02", 1), table("2026-04-01", 2))
    assert drifted(report) == {"booked"}
    assert report.verdict == "retrain"
    assert (
        "booked has values that the champion's data had not, as a clock, a date or a counter would (if it is one, name "
        "it in FRAUDFLOW_DRIFT_IGNORED_COLUMNS: without it drift is 0.00)"
    ) in report.explanation
    assert "new categories" not in report.explanation
    again = only(table("2026-01-02", 1), table("2026-01-02", 3))
    assert again.verdict == "stable"
    assert not any(each.moved_on for each in again.features)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["books", "food"], ["BOOKS", "FOOD"]),
        (["1", "2", "3"], ["one", "two", "three"]),
        (["2026-01", "2026-02"], ["unknown", "none"]),
        (["size 1", "size 2"], ["size 1", "size 3"]),
    ],
)
def test_other_texts_that_are_new_are_no_clocks(old: list[str], new: list[str]) -> None:
    table, later = (pd.DataFrame({"x": pd.Series(each, dtype="str").repeat(1_000)}) for each in (old, new))
    report = only(table, later)
    assert drifted(report) == {"x"}
    assert "FRAUDFLOW_DRIFT_IGNORED_COLUMNS" not in report.explanation


@pytest.mark.parametrize("shops", [28, 40, 50, 200])
def test_many_categories_that_are_all_new_are_drift_and_other_draws_of_the_same_are_none(shops: int) -> None:
    """A profile holds 30 of them at most; which ones is chance, as all are as frequent."""

    def table(word: str, seed: int) -> pd.DataFrame:
        numbers = np.random.default_rng(seed).integers(0, shops, 4_000).astype(str)
        return pd.DataFrame({"shop": pd.Series(np.char.add(word, numbers), dtype="str")})

    assert drifted(only(table("a", 1), table("b", 2))) == {"shop"}
    assert sum(only(table("a", seed), table("a", 100 + seed)).n_changed_features or 0 for seed in range(10)) <= 2


def test_repeated_rows_of_few_values_are_not_drift() -> None:
    """Each row comes ten times on both sides; the tests take rows for independent, the size of the change does not."""
    rng = np.random.default_rng(5)
    old, new = (pd.DataFrame({"x": np.repeat(rng.normal(size=2_000), 10)}) for _ in range(2))
    assert only(old, new).verdict == "stable"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (np.full(600, 7.0), np.full(600, 7.0)),
        (np.full(600, np.nan), np.full(600, np.nan)),
        (np.tile([0.0, 1.0], 300), np.tile([1.0, 0.0], 300)),
        (np.full(600, 1.5e308), np.full(600, 1.5e308)),
    ],
    ids=["constant", "all missing", "flags", "huge"],
)
def test_columns_with_little_in_them_are_stable(old: np.ndarray, new: np.ndarray) -> None:
    report = only(pd.DataFrame({"x": old}), pd.DataFrame({"x": new}))
    assert (report.verdict, report.n_changed_features) == ("stable", 0)


def test_a_column_that_had_no_values_and_has_some_now_is_drift() -> None:
    empty = pd.DataFrame({"x": np.full(600, np.nan)})
    for values in (np.arange(600.0), pd.Series(["a"] * 600, dtype="str")):
        report = only(empty, pd.DataFrame({"x": values}))
        assert report.features[0].change == "missing values"
        assert drifted(report) == {"x"}


def test_a_column_that_lost_its_values_is_said_to_have_and_one_that_got_some_is_no_clock() -> None:
    full, empty = pd.DataFrame({"x": np.arange(600.0)}), pd.DataFrame({"x": np.full(600, np.nan)})
    assert only(full, empty).explanation == (
        "Drift 1.00, 1 of 1 feature drifted: x; missing values in x (100 %, after 0 %)."
    )
    assert only(empty, full).explanation == (
        "Drift 1.00, 1 of 1 feature drifted: x; missing values in x (0 %, after 100 %)."
    )


def test_booleans_are_compared_as_numbers() -> None:
    old, new = np.random.default_rng(6).random((2, 2_000))
    report = only(pd.DataFrame({"x": old < 0.1}), pd.DataFrame({"x": new < 0.4}))
    assert report.features[0].kind == "numeric"
    assert drifted(report) == {"x"}


def test_more_drifted_features_are_more_drift(reference: ReferenceProfile) -> None:
    X = transactions(5_000, seed=5)
    reports = [compare(reference, X.assign(**{f"V{i}": X[f"V{i}"] + 0.5 for i in range(hit)})) for hit in (1, 4, 8)]
    scores = [report.drift_score for report in reports]
    assert scores == sorted(scores)  # type: ignore[type-var]
    assert [report.verdict for report in reports] == ["watch", "retrain", "retrain"]


def test_a_larger_shift_is_never_less_drift(reference: ReferenceProfile) -> None:
    X = transactions(5_000, seed=6)
    scores = [compare(reference, X.assign(V0=X["V0"] + shift)).drift_score for shift in (0, 0.3, 0.6, 1.2, 5, 99)]
    assert scores == sorted(scores)  # type: ignore[type-var]
    assert scores[-1] == pytest.approx(1.0, abs=0.01)


def test_verdicts_change_where_the_alerts_do() -> None:
    """The alerts are ``drift_score > 0.3`` and ``0.1 <= drift_score <= 0.3``."""
    assert [verdict_of(score) for score in (0, 0.0999, WATCH, RETRAIN, 0.3001, 1)] == [
        *("stable", "stable", "watch", "watch", "retrain", "retrain")
    ]


@pytest.mark.parametrize(("rows", "needed"), [(0, 254), (253, 254)])
def test_too_few_rows_get_no_verdict_and_no_figure(reference: ReferenceProfile, rows: int, needed: int) -> None:
    report = compare(reference, transactions(rows, seed=7))
    assert report.verdict == "not_enough_data"
    assert report.drift_score is None
    assert report.features == ()
    assert report.explanation == f"{rows} new rows, where {needed} are needed against the champion's 20,000."
    assert compare(reference, transactions(needed, seed=7)).verdict == "stable"


def test_a_reference_of_few_rows_is_never_enough() -> None:
    X = transactions(250, seed=7)
    report = only(X, transactions(100_000, seed=8))
    assert report.explanation == "The champion was trained on 250 rows, which are too few to compare with."


def test_column_order_does_not_matter_and_is_told(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=8)
    last_first = X[["shop", *X.columns[:-1]]]
    report = compare(reference, last_first)
    assert report.columns == SchemaChanges(reordered=("shop",), expected=11)
    assert report.model_copy(update={"columns": SchemaChanges(expected=11)}) == compare(reference, X)


def test_changes_of_the_columns_are_named(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=9).drop(columns="V0").assign(extra=1.0)
    X["V1"] = X["V1"].astype("str")
    report = compare(reference, X)
    assert report.columns == SchemaChanges(
        added=("extra",), removed=("V0",), retyped=("V1",), needed=("V0", "V1"), expected=11
    )
    assert report.explanation == (
        "1 column of the champion's 11 is missing (V0) and 1 column holds texts for numbers, or the reverse (V1): "
        "correct the file, or make a version that was trained on such files the champion. "
        "Drift 0.00, 0 of 9 features drifted; 1 column added (extra)."
    )
    assert {feature.feature for feature in report.features} == {*X.columns} - {"extra", "V1"}


def test_a_column_that_vanished_is_never_stable(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=9).drop(columns="V3")
    report = compare(reference, X)
    assert (report.verdict, report.n_drifted_features) == ("retrain", 0)
    assert report.explanation.startswith("1 column of the champion's 11 is missing (V3): correct the file")
    scored = detect_drift(reference, NewData(X, scores=np.linspace(0, 1, 1_000)))
    assert scored.verdict == "watch"


def test_a_column_of_another_kind_asks_for_a_new_model_even_if_the_champion_scores(
    reference: ReferenceProfile,
) -> None:
    X = transactions(1_000, seed=9).assign(shop=1.0)
    report = detect_drift(reference, NewData(X, scores=np.linspace(0, 1, 1_000)))
    assert (report.verdict, report.columns.retyped) == ("retrain", ("shop",))


def test_a_column_that_vanished_needs_no_rows_to_be_seen(reference: ReferenceProfile) -> None:
    report = compare(reference, transactions(100, seed=9).drop(columns=["V3", "V4"]))
    assert (report.verdict, report.drift_score) == ("retrain", None)
    assert report.explanation == (
        "2 columns of the champion's 11 are missing (V3, V4): correct the file, or make a version that was trained on "
        "such files the champion. 100 new rows, where 254 are needed against the champion's 20,000."
    )


def test_an_ignored_column_that_vanished_is_missing_all_the_same(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=9).drop(columns="V3").assign(clock=1.0)
    report = detect_drift(reference, NewData(X), ignored=("V3", "clock"))
    assert (report.verdict, report.columns.removed, report.columns.added) == ("retrain", ("V3",), ())


def test_a_column_that_said_nothing_may_vanish() -> None:
    X = pd.DataFrame({"x": np.random.default_rng(1).normal(size=2_000), "constant": 1.0, "empty": np.nan})
    report = only(X, X[["x"]])
    assert (report.verdict, report.columns.needed) == ("stable", ())
    assert report.explanation == "Drift 0.00, 0 of 1 feature drifted; 2 columns removed (constant, empty)."


@pytest.mark.parametrize(("kept", "verdict"), [(0, "another_table"), (5, "another_table"), (6, "retrain")])
def test_a_table_with_under_half_of_the_columns_is_another_one(
    reference: ReferenceProfile, kept: int, verdict: str
) -> None:
    X = transactions(1_000, seed=9)
    report = compare(reference, X[X.columns[:kept]].assign(other=1.0))
    assert report.verdict == verdict
    assert (report.drift_score is None) == (verdict == "another_table")
    if verdict == "another_table":
        assert report.explanation == (
            f"This looks like another table: {kept} of 11 columns in common with the champion's data; "
            "give it a model of its own by another FRAUDFLOW_MODEL_NAME."
        )


def test_a_table_that_has_more_columns_is_the_same_one(reference: ReferenceProfile) -> None:
    extra = pd.DataFrame(0.0, index=range(1_000), columns=[f"extra{i}" for i in range(40)])
    report = compare(reference, pd.concat([transactions(1_000, seed=9), extra], axis=1))
    assert report.verdict == "stable"
    assert "40 columns added (extra0, extra1, extra2 and 37 more)" in report.explanation


def test_scores_are_compared_by_themselves(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=10)
    report = detect_drift(reference, NewData(X, scores=np.linspace(0, 0.5, 1_000)))
    assert report.prediction is not None
    assert report.prediction.drifted
    assert report.verdict == "stable"
    assert "the champion's scores drifted" in report.explanation
    same = detect_drift(reference, NewData(X, scores=np.linspace(0, 1, 1_000))).prediction
    assert same is not None
    assert same.score == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    ("one_in", "changed", "is_drift"), [(100, False, False), (90, False, False), (75, True, False), (50, True, True)]
)
def test_fraud_rates_are_compared_with_an_interval(
    reference: ReferenceProfile, one_in: int, *, changed: bool, is_drift: bool
) -> None:
    rows = 20_000
    label = detect_drift(reference, NewData(transactions(rows, seed=1), np.arange(rows) % one_in == 0)).label
    assert label is not None
    assert (label.changed, label.drifted) == (changed, is_drift)
    assert label.low < label.rate < label.high
    assert (label.reference_rate, label.rate) == pytest.approx((0.01, 1 / one_in), rel=0.01)


def test_a_broken_correlation_is_told_though_no_feature_changed() -> None:
    rng = np.random.default_rng(11)
    old, new = (pd.DataFrame(rng.normal(size=(3_000, 6)), columns=list("abcdef")) for _ in range(2))
    old["b"] = 0.8 * old["a"] + 0.6 * old["b"]
    reference = build_reference(old, np.zeros(3_000), [])
    report = detect_drift(reference, NewData(new), sample=reference_sample(old, rows=2_000, seed=0))
    assert report.multivariate is not None
    assert report.multivariate.drifted
    assert report.n_changed_features == 0
    assert "the relations between columns changed (multivariate drift, AUC 0." in report.explanation
    assert detect_drift(reference, NewData(new)).multivariate is None


def test_what_chance_gives_is_nobodys_strongest_drift() -> None:
    """Of 120 columns of texts and 500 rows, one scores 0.0997 by chance, and is shown as 0.10."""

    def table(seed: int) -> pd.DataFrame:
        shops = np.random.default_rng(seed).integers(0, 20, (120, 500)).astype(str)
        return pd.DataFrame({f"t{i:03}": pd.Series(column, dtype="str") for i, column in enumerate(shops)})

    report = only(table(1), table(2))
    assert max(each.score for each in report.features) > 0.09
    assert (report.n_changed_features, report.max_feature_drift, report.drift_score) == (0, 0.0, 0.0)


def test_only_the_features_that_lead_have_their_bins_told() -> None:
    rng = np.random.default_rng(12)
    names = [f"f{number}" for number in range(12)]
    old, new = (pd.DataFrame(rng.normal(size=(600, 12)), columns=names) for _ in range(2))
    report = only(old, new + np.linspace(1, 2, 12))
    assert [bool(each.bins) for each in report.features] == [True] * 10 + [False] * 2
    first = report.features[0]
    assert sum(each.reference for each in first.bins) == pytest.approx(1)
    assert sum(each.new for each in first.bins) == pytest.approx(1)


def test_a_report_is_json_and_back(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=11)
    report = detect_drift(
        reference,
        NewData(X, np.zeros(1_000), np.full(1_000, np.nan)),
        sample=reference_sample(X, rows=300, seed=0),
        ignored=("V0",),
    )
    document = json.dumps(report.model_dump(mode="json"), allow_nan=False)
    assert DriftReport.model_validate(json.loads(document)) == report
