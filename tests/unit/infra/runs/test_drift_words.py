import numpy as np
import pandas as pd
import pytest

from functions.contracts import BinShift, Drift, TopFeature
from functions.core.drift import NewData, detect_drift
from functions.core.drift.reference import build_reference
from infra.runs.drift_words import Line, drift_line, shifts


def feature(name: str, *shares: tuple[float, float], drifted: bool = True) -> TopFeature:
    bins = [BinShift(label=f"bin {place}", reference=old, new=new) for place, (old, new) in enumerate(shares)]
    return TopFeature(feature=name, score=0.314, drifted=drifted, bins=bins)


def text(line: Line) -> str:
    return "".join(phrase.text for phrase in line)


def test_both_distributions_stand_side_by_side_on_one_scale() -> None:
    [line] = shifts([feature("amount", (0.5, 0.1), (0.5, 0.0), (0.0, 0.9))])
    assert text(line) == "amount 0.31 drifted  old ▅▅   new ▁ █  bin 2: 0.0%, now 90.0%"


@pytest.mark.parametrize(("drifted", "word"), [(True, "drifted"), (False, "changed")])
def test_what_matters_is_told_from_what_does_not(*, drifted: bool, word: str) -> None:
    [line] = shifts([feature("x", (1.0, 1.0), drifted=drifted)])
    assert word in text(line)


def test_a_history_column_is_named_in_words() -> None:
    hourly = "transactions of cc_num in the last hour"
    [line] = shifts([feature("cc_num_count_1h", (1.0, 1.0)).model_copy(update={"title": hourly})])
    assert text(line).startswith(f"{hourly} 0.31 drifted")


def test_a_feature_without_bins_has_no_line() -> None:
    assert list(shifts([feature("x")])) == []


def test_names_drive_no_terminal_and_are_cut() -> None:
    [line] = shifts([feature("\x1b[31m" + "long" * 20, (1.0, 1.0))])
    assert "\x1b" not in text(line)
    assert text(line).startswith("\\x1b[31mlonglonglonglo")
    assert len(text(line)) < 90


@pytest.mark.parametrize(
    ("rows", "shift", "columns", "said"),
    [
        (2_000, 0.0, "ab", "stable (AUC 0.512): Drift 0.00, 0 of 2 features drifted."),
        (2_000, 9.0, "ab", "retrain (AUC 0.512): Drift 1.00, 2 of 2 features drifted: a, b; a, b have values"),
        (100, 0.0, "ab", "not enough data (AUC 0.512): 100 new rows, where 286 are needed"),
        (2_000, 0.0, "xyz", "another table (AUC 0.512): This looks like another table: 0 of 2 columns in common"),
    ],
)
def test_a_verdict_and_its_sentence_do_not_say_the_same_twice(rows: int, shift: float, columns: str, said: str) -> None:
    old, new = np.random.default_rng(0).normal(size=(2, 2_000, 3))
    reference = build_reference(pd.DataFrame(old[:, :2], columns=["a", "b"]), np.zeros(2_000), [])
    X = pd.DataFrame(new[:rows, : len(columns)] + shift, columns=list(columns))
    found = detect_drift(reference, NewData(X))
    drift = Drift(verdict=found.verdict, explanation=found.explanation, multivariate_drift_auc=0.512)
    assert text(drift_line(drift)).startswith(said)
    without = text(drift_line(drift.model_copy(update={"multivariate_drift_auc": None})))
    assert without.startswith(said.replace(" (AUC 0.512)", ""))
