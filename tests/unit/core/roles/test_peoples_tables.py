"""Tables as people export them: each reads as the same table written plainly."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from functions.core.ingest.reading import read_table
from functions.core.roles.checks import CheckedTable, check

ROWS, FRAUDS = 400, 40

type Checked = Callable[[str | bytes], CheckedTable]


def _rows() -> pd.DataFrame:
    """Return made-up transactions; amounts have cents, the last column is the target."""
    random = np.random.default_rng(3)
    fraud = np.zeros(ROWS, dtype=int)
    fraud[random.choice(ROWS, FRAUDS, replace=False)] = 1
    return pd.DataFrame(
        {
            "amount": np.round(np.exp(random.normal(6 + fraud, 1.0)), 2),
            "age": random.integers(18, 80, ROWS),
            "country": random.choice(["DE", "FR", "IT"], ROWS),
            "fraud": fraud,
        }
    )


def _european(amount: float) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    def _checked(content: str | bytes) -> CheckedTable:
        path = tmp_path / "export.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return check(read_table(path, name=path.name))

    return _checked


def _text(frame: pd.DataFrame, *, delimiter: str = ",", end: str = "\n") -> str:
    lines = [delimiter.join(frame.columns), *(delimiter.join(map(str, row)) for row in frame.itertuples(index=False))]
    return "".join(f"{line}{end}" for line in lines)


def _same(found: CheckedTable, plain: pd.DataFrame, columns: Sequence[str] = ("amount", "age", "country")) -> None:
    assert list(found.table.X.columns) == list(columns)
    assert found.table.y.tolist() == plain["fraud"].tolist()
    np.testing.assert_allclose(found.table.X["amount"], plain["amount"])
    assert found.table.X["country"].tolist() == plain["country"].tolist()


def _money(frame: pd.DataFrame, write: Callable[[float], str]) -> pd.DataFrame:
    return frame.assign(amount=frame["amount"].map(write))


@pytest.mark.parametrize("country", ["NA", "None", "null"])
def test_a_text_that_means_missing_elsewhere_is_a_value_beside_empty_cells(checked: Checked, country: str) -> None:
    plain = _rows()
    written = plain.assign(country=plain["country"].replace({"IT": country, "DE": ""}))
    found = checked(_text(written)).table.X["country"]
    assert found.isna().tolist() == (plain["country"] == "DE").tolist()
    assert set(found.dropna()) == {country, "FR"}


@pytest.mark.parametrize(
    ("above", "delimiter"),
    [
        ("sep=;\n", ";"),
        ("sep=,\n", ","),
        ("# exported by core banking 7.2\n", ","),
        ("Account: 123-456\nExported: 2026-11-28\n\n", ","),
        ("Transaction report Q1\n\nBank of Examples\n", ";"),
    ],
)
def test_lines_above_the_header_are_no_rows(checked: Checked, above: str, delimiter: str) -> None:
    _same(checked(above + _text(_rows(), delimiter=delimiter)), _rows())


@pytest.mark.parametrize(
    ("write", "delimiter"),
    [
        (lambda amount: f'"{amount:,.2f}"', ","),
        (lambda amount: f'"${amount:,.2f} "', ","),
        (lambda amount: f"{_european(amount)}", ";"),
        (lambda amount: f"{_european(amount)} €", ";"),
        (lambda amount: f"{amount:,.2f}".replace(",", "'"), ";"),
        (lambda amount: f"{amount:,.2f}".replace(",", "\u202f").replace(".", ","), ";"),
    ],
)
def test_amounts_in_local_spelling_are_the_same_numbers(
    checked: Checked, write: Callable[[float], str], delimiter: str
) -> None:
    found = checked(_text(_money(_rows(), write), delimiter=delimiter))
    _same(found, _rows())
    assert any("amount" in note for note in found.source.notes)


def test_a_column_is_a_number_whatever_the_order_of_its_rows(checked: Checked) -> None:
    plain = _rows()
    plain["amount"] = plain["amount"].where(plain.index >= 60, plain["amount"].round())
    written = _money(plain, lambda amount: f"{amount:g}".replace(".", ","))
    for order in (plain.index, plain.index[::-1]):
        _same(
            checked(_text(written.loc[order], delimiter=";")), plain.loc[order].assign(amount=_six_digits(plain, order))
        )


def _six_digits(plain: pd.DataFrame, order: pd.Index) -> list[float]:
    return [float(f"{amount:g}") for amount in plain.loc[order, "amount"]]


@pytest.mark.parametrize("end_of_header", [",\n", "\n"])
def test_a_delimiter_at_the_end_of_every_row_is_no_column(checked: Checked, end_of_header: str) -> None:
    _same(checked(_text(_rows(), end=",\n").replace(",\n", end_of_header, 1)), _rows())


def test_what_mysql_writes_is_read(checked: Checked) -> None:
    plain = _rows()
    lines = ['"amount","age","shop","country","fraud"']
    shops = ['Joe\\"s Diner', 'The \\"Best\\", Ltd', "C:\\\\dir\\\\"]
    for number, (amount, own_age, country, fraud) in enumerate(plain.astype(str).to_numpy().tolist()):
        age = "\\N" if number % 10 == 0 else own_age
        lines.append(f'"{amount}",{age},"{shops[number % 3]}","{country}","{fraud}"')
    found = checked("\n".join(lines) + "\n").table.X
    np.testing.assert_allclose(found["amount"], plain["amount"])
    assert set(found["shop"]) == {'Joe"s Diner', 'The "Best", Ltd', "C:\\dir\\"}
    assert found["age"].isna().sum() == ROWS // 10


def test_padded_names_and_values_are_the_same_table(checked: Checked) -> None:
    plain = _rows()
    written = plain.assign(country=plain["country"] + "   ").rename(columns={"country": " country "})
    _same(checked(_text(written)), plain)


def test_dates_are_the_same_moments_however_they_are_written(checked: Checked) -> None:
    plain = _rows()
    times = pd.date_range("2015-01-01 00:05", periods=ROWS, freq="19h")
    spellings = {
        "iso": times.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "us": times.strftime("%m/%d/%y %H:%M"),
        "us_noon": times.strftime("%m/%d/%Y %I:%M:%S %p"),
        "european": times.strftime("%d/%m/%Y %H:%M"),
        "german": times.strftime("%d.%m.%Y %H:%M"),
        "seconds": times.astype("datetime64[s]").astype("int64"),
        "milliseconds": times.astype("datetime64[ms]").astype("int64"),
    }
    for name, written in spellings.items():
        table = plain.copy()
        table.insert(0, "booked_at", np.asarray(written))
        found = checked(_text(table)).table
        assert found.roles["booked_at"] == "time", name
        expected = times.astype("datetime64[s]").astype("int64")
        np.testing.assert_array_equal(found.X["booked_at"], expected, err_msg=name)


def test_card_numbers_of_all_lengths_stay_apart(checked: Checked) -> None:
    plain = _rows()
    random = np.random.default_rng(1)
    cards = [f"4{random.integers(10 ** (digits - 2), 10 ** (digits - 1)):d}" for digits in (13, 15, 16, 19) * 15]
    for missing in (0, 50):
        written = plain.copy()
        chosen = random.choice(cards, ROWS)
        chosen[:missing] = ""
        written.insert(0, "cc_num", chosen)
        found = checked(_text(written)).table
        assert found.roles["cc_num"] == "entity"
        assert found.X["cc_num"].nunique() == len(set(chosen) - {""})
        assert found.X["cc_num"].isna().sum() == missing
