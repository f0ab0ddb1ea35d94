"""MergeParts: what takes all rows is checked with the sentences of a table in one file."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from functions.core.data.tables import LabelledTable
from functions.core.errors import (
    InfiniteValuesError,
    InvalidDatasetError,
    InvalidSettingsError,
    TooFewFraudsError,
    UndecidedError,
)
from tests.divided import Divided, divided, loaded
from tests.runs import Run
from tests.tables import frame


def relabelled(run: Run, frauds: int) -> LabelledTable:
    table = loaded(run)
    y = pd.Series(np.arange(len(table.y)) < frauds, name=table.target).astype("int8")
    return replace(table, y=y)


def test_checks_of_all_rows_have_the_sentences_of_a_table_in_one_file() -> None:
    run = Run(frame(600))
    few = divided(run, [300], relabelled(run, 9))
    with pytest.raises(TooFewFraudsError, match=r"^one\.csv has 9 frauds in 600 rows \('1' in 'is_fraud' is fraud\)"):
        assert few.dataset
    many = relabelled(run, 301)
    with pytest.raises(
        UndecidedError, match=r"^More than half of the rows of one\.csv would be fraud if '1' in 'is_fr"
    ):
        assert divided(run, [300], many).dataset
    assert divided(run, [300], many, positive_label="1").dataset.frauds == 301
    table = loaded(run)
    endless = replace(table, X=table.X.assign(a=np.where(np.arange(600) == 7, np.inf, table.X["a"])))
    with pytest.raises(InfiniteValuesError, match=r"^one\.csv has infinite values in column 'a' \(1\); correct them"):
        assert divided(run, [300], endless).dataset
    constant = replace(table, X=table.X[["a"]].assign(a=1.0), kinds={"a": "numeric"}, roles={"a": "number"})
    roles = [
        {"name": "a", "role": "number", "used": True, "reason": ""},
        {"name": "is_fraud", "role": "target", "used": False, "reason": ""},
    ]
    with pytest.raises(InvalidDatasetError, match=r"^one\.csv has no column to train on: its columns are 'a' \(const"):
        assert Divided(constant, [300], run.settings, run, roles=roles).dataset


def test_frauds_without_an_amount_are_told_as_for_a_table_in_one_file() -> None:
    run = Run(frame(600))
    table = loaded(run)
    table = replace(table, X=table.X.assign(amount=table.X["amount"].abs()))
    settings = {"cost_missed_fraud_column": "amount"}
    assert divided(run, [300], table, **settings).dataset
    wrong = replace(table, X=table.X.assign(amount=-1.0))
    with pytest.raises(
        InvalidSettingsError,
        match=rf"^A missed fraud is to cost what column 'amount' says, but it is missing, negative or infinite in "
        rf"{table.frauds} of {table.frauds} frauds: correct these rows, or leave",
    ):
        assert divided(run, [300], wrong, **settings).dataset
