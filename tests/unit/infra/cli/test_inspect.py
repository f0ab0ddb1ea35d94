"""``fraudflow inspect``: roles, questions and the lines that pin them, without a stack."""

import json
import tomllib
from pathlib import Path

import pandas as pd

from functions.history_settings import HistorySettings
from functions.settings import RunSettings
from tests.unit.infra.cli.conftest import Invoke
from tests.unit.infra.cli.fakes import Fakes

ROWS = 400


def _file(folder: Path, target: str = "is_fraud", labels: tuple[str, str] = ("0", "1"), **more: str) -> Path:
    """Write transactions of 40 customers; every tenth is fraud."""
    path = folder / "transactions.csv"
    lines = [",".join(["payment_id", "booked_at", "customer_id", "amount", *more, target])]
    for row in range(ROWS):
        fraud = labels[row % 10 == 0]
        moment = f"2026-{1 + row // 40:02d}-{1 + row % 28:02d} {row % 24:02d}:15"
        amount = 10 + row * 37 % 501 + 300 * (row % 10 == 0)
        lines.append(",".join([f"{7000 + row}", moment, f"C{row % 40}", f"{amount}.25", *more.values(), fraud]))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_json_has_each_columns_role(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("inspect", _file(tmp_path, channel="web"), "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["target"]["column"] == "is_fraud"
    assert found["target"]["positive"] == "1"
    assert {each["name"]: (each["role"], each["used"]) for each in found["columns"]} == {
        "payment_id": ("identifier", False),
        "booked_at": ("time", True),
        "customer_id": ("entity", True),
        "amount": ("amount", True),
        "channel": ("constant", False),
        "is_fraud": ("target", False),
    }
    assert all(each["reason"] for each in found["columns"])
    assert found["questions"] == []


def test_a_parquet_file_is_found_to_be_what_its_csv_is(invoke: Invoke, tmp_path: Path) -> None:
    path = _file(tmp_path, channel="web")
    as_csv = invoke("inspect", path, "--json")
    parquet = tmp_path / "transactions.parquet"
    pd.read_csv(path).to_parquet(parquet, index=False)
    as_parquet = invoke("inspect", parquet, "--json")
    assert as_parquet.exit_code == 0
    assert json.loads(as_parquet.stdout) == json.loads(as_csv.stdout)


def test_it_says_which_histories_the_table_gets(invoke: Invoke, fakes: Fakes, tmp_path: Path) -> None:
    path = _file(tmp_path)
    assert json.loads(invoke("inspect", path, "--json").stdout)["histories"] is None
    own = HistorySettings(windows=("1d", "7d"), aggregates=("count", "mean"))
    fakes.settings = fakes.settings.model_copy(update={"histories": own})
    printed = " ".join(invoke("inspect", path).stdout.split())
    said = "Histories of 'customer_id' along 'booked_at': 4 columns of the last 1d, 7d, amounts by 'amount'."
    assert f"Note: {said}" in printed
    found = json.loads(invoke("inspect", path, "--json").stdout)["histories"]
    assert found["clock"] == "booked_at"
    assert "customer_id_count_7d" in [each["name"] for each in found["columns"]]
    wrong = own.model_copy(update={"merchant": "shop"})
    fakes.settings = fakes.settings.model_copy(update={"histories": wrong})
    refused = invoke("inspect", path)
    assert refused.exit_code == 1
    assert "A run would fail: The definitions of histories name 'shop' as merchant" in " ".join(refused.stdout.split())


def test_the_lines_that_are_printed_pin_what_was_found(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("inspect", _file(tmp_path))
    assert result.exit_code == 0
    lines = result.stdout.partition("change what is wrong:\n")[2]
    pinned = tomllib.loads(lines)
    assert pinned["target"] == "is_fraud"
    settings = RunSettings.model_validate(pinned)
    assert settings.roles["customer_id"] == "entity"


def test_a_question_is_printed_and_is_no_success(invoke: Invoke, tmp_path: Path) -> None:
    path = _file(tmp_path, target="label", labels=("1", "-1"))
    result = invoke("inspect", path)
    assert result.exit_code == 1
    assert "Question:" in result.stdout
    assert "FRAUDFLOW_POSITIVE_LABEL" in result.stdout
    assert invoke("inspect", path, "--positive-label", "-1").exit_code == 0


def test_a_file_that_is_no_table_is_one_sentence(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n")
    result = invoke("inspect", path)
    assert result.exit_code == 2
    assert "is a PNG image" in result.stderr
    assert "Traceback" not in result.stderr


def test_what_a_file_says_does_not_drive_the_terminal(invoke: Invoke, tmp_path: Path) -> None:
    path = _file(tmp_path)
    path.write_text(path.read_text().replace("payment_id", "\x1b[31mred"))
    assert "\x1b[31mred" not in invoke("inspect", path).stdout
