"""Roles of columns through LoadData: the used ones are written, all are in the profile, and what is found is said."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.core.data.tables import LabelledTable, from_parquet
from functions.core.errors import FraudflowError, InvalidSettingsError, UndecidedError
from functions.inspection import inspect_file
from functions.settings import RunSettings
from tests.runs import Run

ROWS = 600
RNG = np.random.default_rng(4)
FRAUD = RNG.random(ROWS) < 0.1
CARDS = RNG.integers(4_000_000_000_000_000, 4_000_000_000_000_060, ROWS)


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "isFraud": FRAUD.astype(int),
            "policy_number": RNG.permutation(ROWS) * 17,
            "cc_num": CARDS,
            "Amount": RNG.lognormal(size=ROWS).round(2),
            "hour": RNG.integers(0, 24, ROWS),
            "future_use": np.nan,
            "chargeback_date": pd.Series(FRAUD).map({True: "2026-01-03", False: None}),
            "isFlaggedFraud": (FRAUD & (RNG.random(ROWS) < 0.1)).astype(int),
        }
    )


def written(run: Run) -> LabelledTable:
    return from_parquet(run.world.store.read(run.loaded.dataset.uri))


def test_what_is_no_feature_is_not_written_and_the_rest_has_its_role() -> None:
    table = written(Run(frame()))

    assert dict(table.roles) == {"cc_num": "entity", "Amount": "amount", "hour": "number"}
    assert dict(table.kinds) == {"cc_num": "categorical", "Amount": "numeric", "hour": "numeric"}
    assert list(table.X) == ["cc_num", "Amount", "hour"]
    assert table.y.sum() == FRAUD.sum()


def test_the_profile_has_all_roles_and_the_payload_a_few_notes() -> None:
    run = Run(frame())
    profile = json.loads(run.world.store.read(run.loaded.dataset.profile_uri))

    assert {each["name"]: each["role"] for each in profile["roles"]} == {
        "isFraud": "target",
        "policy_number": "identifier",
        "cc_num": "entity",
        "Amount": "amount",
        "hour": "number",
        "future_use": "empty",
        "chargeback_date": "leak",
        "isFlaggedFraud": "leak",
    }
    told = " ".join(run.loaded.dataset.notes)
    for name in ("policy_number", "cc_num", "Amount", "future_use", "chargeback_date"):
        assert f"'{name}'" in told
    assert run.loaded.dataset.features == 3
    assert str(CARDS[0])[:8] not in json.dumps(profile) + told


def test_a_thousand_columns_make_no_long_payload() -> None:
    wide = pd.concat([frame(), pd.DataFrame({f"same {number}": ["x"] * ROWS for number in range(1000)})], axis=1)

    assert len(Run(wide).loaded.model_dump_json()) < 20_000


def test_settings_of_columns_win() -> None:
    roles = {"policy_number": "number", "cc_num": "identifier", "hour": "category"}
    table = written(Run(frame(), roles=roles, leaks="warn", cost_missed_fraud_column="Amount"))

    assert dict(table.roles) == {
        "policy_number": "number",
        "Amount": "amount",
        "hour": "category",
        "chargeback_date": "time",
        "isFlaggedFraud": "boolean",
    }
    assert set(table.X["hour"]) == {str(hour) for hour in range(24)}


def test_a_column_of_costs_stays_a_feature() -> None:
    table = written(Run(frame(), cost_missed_fraud_column="policy_number"))

    assert table.roles["policy_number"] == "amount"


def test_rows_without_a_label_are_left_out_with_a_note() -> None:
    rows = frame()
    rows["isFraud"] = rows["isFraud"].astype(object).where(np.arange(ROWS) % 50 > 0, "")
    run = Run(rows, unlabelled="drop")

    assert (run.loaded.dataset.rows, len(written(run).X)) == (588, 588)
    assert "12 rows without a label are left out (FRAUDFLOW_UNLABELLED=drop)." in run.loaded.dataset.notes


@pytest.mark.parametrize(
    ("settings", "error", "sentence"),
    [
        (
            {"roles": {"hours": "category"}},
            InvalidSettingsError,
            "'hours', but one.csv has no such column; it has 'hour'",
        ),
        (
            {"amount_column": "Amuont"},
            InvalidSettingsError,
            "'Amuont', but the dataset has no such feature; it has 'Am",
        ),
        ({"amount_column": "future_use"}, InvalidSettingsError, "'future_use', but the dataset has no such feature"),
    ],
)
def test_settings_that_do_not_fit_are_one_sentence(
    settings: dict[str, Any], error: type[FraudflowError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        _ = Run(frame(), **settings).loaded


def test_a_run_that_would_have_to_guess_ends_with_the_question() -> None:
    with pytest.raises(UndecidedError, match="FRAUDFLOW_TARGET=isFraud, FRAUDFLOW_TARGET=fraud_reported"):
        _ = Run(frame().assign(fraud_reported=FRAUD.astype(int))).loaded


def test_an_inspection_says_what_a_run_does_and_fails_on_nothing_that_it_can_ask(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    frame().to_csv(path, index=False)
    found = inspect_file(path, RunSettings())

    run = Run(frame())
    assert list(found.notes) == run.loaded.dataset.notes
    assert list(found.faults) == []
    assert [each["name"] for each in found.found["columns"] if each["used"]] == list(written(run).X)
    assert 'target = "isFraud"' in found.toml
    frame().assign(fraud_reported=FRAUD.astype(int)).to_csv(path, index=False)
    asked = inspect_file(path, RunSettings())
    assert len(asked.found["questions"]) == 1
    assert list(asked.faults) == []
