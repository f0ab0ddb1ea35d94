"""DetectDrift's inputs and outputs; the comparison itself is tested in ``tests/unit/core``."""

import pytest
from sklearn.linear_model import LogisticRegression

from functions.contracts import Drift
from functions.core.drift import Bin
from functions.core.training.flagging import FlaggingClassifier
from functions.detect_drift import step
from tests.fakes import FakeTracking
from tests.unit.steps.detected import NOW, THEN, crown, detect, labels, report, table, with_champion


def test_without_a_champion_there_is_nothing_to_compare_with() -> None:
    drift, store = detect(FakeTracking(), table(2))
    assert drift == Drift(verdict="no_reference", explanation="'fraud-detector' has no champion yet.")
    assert "s3://runs/now/drift.json" not in store.objects


def test_a_run_that_is_driven_again_is_not_compared_with_itself() -> None:
    tracking = with_champion(FakeTracking())
    before, _ = detect(tracking, table(2))
    X = table(2)
    model = FlaggingClassifier(LogisticRegression().fit(X, labels(X)), 0.5)
    crown(tracking, NOW, model)
    assert tracking.champion("fraud-detector", before=THEN) == tracking.champion("fraud-detector")
    again, _ = detect(tracking, table(2))
    assert again == before
    assert again.champion_version == "1"


def test_the_first_champion_has_nothing_to_be_compared_with_when_its_run_is_driven_again() -> None:
    tracking = with_champion(FakeTracking())
    assert tracking.champion("fraud-detector", before=THEN) is None


@pytest.mark.parametrize(
    ("reference", "why"),
    [(b'{"schema_version": 1, "rows": 3}', "a format that this version can't read"), (b"{", "can't be read")],
)
def test_a_profile_that_can_not_be_read_is_a_stated_case(reference: bytes, why: str) -> None:
    drift, _ = detect(with_champion(FakeTracking(), reference=reference), table(2))
    assert (drift.verdict, drift.champion_version) == ("no_reference", "1")
    assert why in drift.explanation


def test_a_profile_that_is_gone_is_a_stated_case() -> None:
    tracking = with_champion(FakeTracking())
    del tracking.runs["run-of-then"].artifacts["reference.json"]
    drift, _ = detect(tracking, table(2))
    assert drift.explanation == "The reference profile of 'fraud-detector' version 1 is gone from MLflow."


def test_other_rows_of_the_same_kind_are_stable_in_every_figure() -> None:
    drift, store = detect(with_champion(FakeTracking()), table(2))
    assert (drift.verdict, drift.n_changed_features, drift.n_drifted_features) == ("stable", 0, 0)
    assert drift.multivariate_drift_auc == pytest.approx(0.5, abs=0.05)
    assert drift.prediction_drift_score == pytest.approx(0, abs=0.02)
    assert drift.fraud_rate == pytest.approx(labels(table(2)).mean())
    assert all(not each.bins for each in drift.top_features)
    assert drift.champion_scored
    assert (drift.columns_missing, drift.columns_added, drift.columns_changed_kind) == (0, 0, 0)
    assert report(store).notes == ()


def test_drifted_data_is_named_with_both_distributions_in_the_payload_and_in_the_file() -> None:
    X = table(2)
    drift, store = detect(with_champion(FakeTracking()), X.assign(a=X["a"] + 1))
    assert (drift.verdict, drift.n_drifted_features) == ("retrain", 1)
    first, *others = drift.top_features
    assert (first.feature, first.drifted) == ("a", True)
    assert sum(each.new for each in first.bins) == pytest.approx(1, abs=0.01)
    assert not any(each.bins for each in others)
    assert drift.prediction_drift_score is not None
    assert drift.prediction_drift_score > 0.3
    assert report(store).features[0].feature == "a"
    assert drift.report_uri == "s3://runs/now/drift.json"


def test_the_payload_stays_small_whatever_the_names_are() -> None:
    X = table(2)
    drift, _ = detect(with_champion(FakeTracking()), X + 1)
    assert len(drift.model_dump_json()) < 4_000


def test_of_many_categories_the_payload_has_the_largest_in_their_order() -> None:
    bins = tuple(Bin(label=f"c{number:02}", reference=number / 1_000, new=0.0) for number in range(40))
    assert [each.label for each in step._largest(bins)] == [f"c{number}" for number in range(28, 40)]


def test_ignored_columns_are_left_out_and_still_scored() -> None:
    X = table(2)
    drift, store = detect(with_champion(FakeTracking()), X.assign(a=X["a"] + 1), drift_ignored_columns=["a"])
    assert drift.verdict == "stable"
    assert report(store).ignored == ("a",)
    assert drift.prediction_drift_score is not None
    assert drift.prediction_drift_score > 0.3


def test_a_champion_that_knows_values_which_are_hashed_now_scores_and_says_so() -> None:
    """One of release 0.2 knows no roles: what its histories and categories were made of is new to it."""
    drift, store = detect(with_champion(FakeTracking()), table(2), roles={"c": "entity", "d": "time"})
    assert drift.champion_scores is not None
    assert drift.champion_note == (
        "Version 1, the champion, was trained on the values of 'c', which are hashed now: all of them are new to it. "
        "Nor can it be told on which of the rows it was trained."
    )
    assert drift.champion_note in report(store).notes
    assert (report(store).entities, report(store).clocks) == (("c",), ("d",))
    without, _ = detect(with_champion(FakeTracking()), table(2), roles={"d": "time"})
    assert without.champion_note is None
