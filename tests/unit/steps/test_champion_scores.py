"""DetectDrift's results about the champion: its scores of the new rows, its files, and when there are none."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from functions.core.data.rows import hash_rows_by_name
from tests import poison
from tests.fakes import FakeTracking
from tests.unit.steps.detected import TEST_ROWS, detect, report, table, with_champion


class ForgetfulTracking(FakeTracking):
    """A registry whose champion has lost its files."""

    def model_bytes(self, _: object) -> None:
        return None


def test_a_champion_that_can_not_score_the_new_data_is_a_stated_case() -> None:
    drift, store = detect(with_champion(FakeTracking()), table(2, "bcde"))
    assert drift.prediction_drift_score is None
    assert (drift.verdict, drift.champion_scored) == ("retrain", False)
    assert (drift.columns_missing, drift.columns_added, drift.columns_changed_kind) == (1, 1, 0)
    assert drift.explanation.startswith("1 column of the champion's 4 is missing (a): correct the file")
    [note] = report(store).notes
    assert note.startswith(
        "Version 1, the champion, can't score the new data (1 column of the champion's 4 is missing (a): correct"
    )


def test_another_table_is_said_to_be_one() -> None:
    drift, store = detect(with_champion(FakeTracking()), table(2, "uvwxyz"))
    assert (drift.verdict, drift.drift_score, drift.champion_scored) == ("another_table", None, False)
    assert (drift.columns_missing, drift.columns_added) == (4, 6)
    assert drift.explanation.startswith("This looks like another table: 0 of 4 columns in common")
    assert "FRAUDFLOW_MODEL_NAME" in drift.explanation
    assert report(store).verdict == "another_table"


def test_a_champion_without_files_scores_nothing() -> None:
    drift, store = detect(with_champion(ForgetfulTracking()), table(2))
    assert drift.prediction_drift_score is None
    assert report(store).notes == ("Version 1, the champion, has lost its files, so it scored nothing.",)
    assert drift.verdict == "stable"
    assert drift.champion_scored is False
    assert drift.explanation.endswith("Version 1, the champion, has lost its files, so it scored nothing.")


def test_without_a_sample_columns_are_compared_one_by_one() -> None:
    drift, store = detect(with_champion(FakeTracking(), sample=False), table(2))
    assert drift.multivariate_drift_auc is None
    assert "keeps no sample of its rows" in report(store).notes[0]


@pytest.mark.parametrize("kind", poison.POISONS)
def test_a_poisoned_champion_is_a_stated_case(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, refusal = poison.POISONS[kind]
    tracking = with_champion(FakeTracking())
    monkeypatch.setattr(tracking, "model_bytes", lambda _: make(tmp_path / "mark"))
    drift, store = detect(tracking, table(2))
    assert (drift.verdict, drift.prediction_drift_score) == ("stable", None)
    [note] = report(store).notes
    assert note.startswith("Version 1, the champion, can't score the new data (")
    assert refusal in note
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("wrong", [b"", b"PAR1 and no more", b"\x80\x04."])
def test_a_sample_that_can_not_be_read_is_said(wrong: bytes) -> None:
    tracking = with_champion(FakeTracking())
    [run] = tracking.runs.values()
    run.artifacts["reference_sample.parquet"] = wrong
    drift, store = detect(tracking, table(2))
    assert (drift.verdict, drift.multivariate_drift_auc) == ("stable", None)
    assert report(store).notes == (
        "The champion's sample of its rows can't be read, so columns were compared one by one only.",
    )


def test_the_champion_scores_the_new_test_rows_and_tells_which_it_has_not_seen() -> None:
    tracking, new = with_champion(FakeTracking()), table(2)
    seen = io.BytesIO()
    np.save(seen, np.unique(hash_rows_by_name(new.head(100))))
    tracking.runs["run-of-then"].artifacts["seen_rows.npy"] = seen.getvalue()
    drift, store = detect(tracking, new)
    assert drift.champion_scores is not None
    assert drift.champion_scores.threshold == 0.5
    kept = pd.read_parquet(io.BytesIO(store.objects[drift.champion_scores.uri]))
    [model] = (each.model for each in tracking.models.values())
    np.testing.assert_array_equal(kept["score"], model.predict_proba(new.head(TEST_ROWS))[:, 1])
    assert list(kept["unseen"]) == [False] * 100 + [True] * (TEST_ROWS - 100)


def test_nothing_is_told_of_seen_rows_where_the_champions_run_does_not_say() -> None:
    drift, store = detect(with_champion(FakeTracking()), table(2))
    assert drift.champion_scores is not None
    assert list(pd.read_parquet(io.BytesIO(store.objects[drift.champion_scores.uri]))) == ["score"]


def test_a_champion_that_can_not_score_leaves_no_scores() -> None:
    drift, _ = detect(with_champion(FakeTracking()), table(2, columns="xyz"))
    assert drift.champion_scores is None
    forgetful, _ = detect(with_champion(ForgetfulTracking()), table(2))
    assert forgetful.champion_scores is None
