"""The made-up set has the public set's shape, and can be learnt but not by heart."""

from pathlib import Path

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import scale

from functions.core.ingest.reading import read_table
from functions.core.roles.checks import check
from infra.tools.synthetic import generate, write_csv


def test_the_columns_are_those_of_the_public_set() -> None:
    assert list(generate(100).columns) == ["Time", *(f"V{number}" for number in range(1, 29)), "Amount", "Class"]


def test_equal_seeds_give_equal_frames_and_others_do_not() -> None:
    pd.testing.assert_frame_equal(generate(200, seed=1), generate(200, seed=1))
    assert not generate(200, seed=1).equals(generate(200, seed=2))


@pytest.mark.parametrize(("rows", "rate", "frauds"), [(10_000, 0.01, 100), (1_000, 0.05, 50), (1, 0.01, 1)])
def test_the_fraud_rate_is_kept(rows: int, rate: float, frauds: int) -> None:
    assert generate(rows, fraud_rate=rate)["Class"].sum() == frauds


@pytest.mark.parametrize(("rows", "rate"), [(0, 0.01), (10, 0.0), (10, 1.0)])
def test_impossible_requests_are_refused(rows: int, rate: float) -> None:
    with pytest.raises(ValueError, match="rows must be"):
        generate(rows, fraud_rate=rate)


def test_a_plain_model_learns_it_but_not_by_heart() -> None:
    frame = generate(10_000)
    X, y = scale(frame.drop(columns="Class")), frame["Class"]
    model = LogisticRegression(max_iter=300).fit(X[::2], y[::2])

    assert 0.6 < average_precision_score(y[1::2], model.predict_proba(X[1::2])[:, 1]) < 0.95


@pytest.mark.parametrize("name", ["made-up.csv", "made-up.csv.gz"])
def test_a_written_file_passes_the_checks(tmp_path: Path, name: str) -> None:
    write_csv(tmp_path / name, 2_000)

    dataset = check(read_table(tmp_path / name, name=name))

    assert dataset.source.compressed == name.endswith(".gz")
    assert (len(dataset.table.y), dataset.table.frauds) == (2_000, 20)
