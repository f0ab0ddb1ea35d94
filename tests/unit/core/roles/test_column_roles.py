"""The role of a column by its name and its values; the tables are made up after real ones of each kind."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.unit.core.roles.examined import ROWS, examined, labelled, labels, role_of

RNG = np.random.default_rng(7)
SHUFFLED = RNG.permutation(ROWS)
NORMAL = RNG.normal(size=ROWS)
CARDS = RNG.integers(4_000_000_000_000, 4_000_000_000_090, ROWS)
FEW = RNG.integers(0, 12, ROWS)


def texts(pattern: str, numbers: Any) -> list[str]:  # noqa: ANN401 - an array, a range
    return [pattern.format(each) for each in numbers]


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        # Numbers of rows and records.
        ("policy_number", 500_000 + SHUFFLED * 7, "identifier"),
        ("TransactionID", range(2_987_000, 2_987_000 + ROWS), "identifier"),
        ("user_id", 1000 + SHUFFLED * 3, "identifier"),
        ("job_id", range(ROWS), "identifier"),
        ("SK_ID_CURR", 100_002 + SHUFFLED * 3, "identifier"),
        ("ID", SHUFFLED, "identifier"),
        ("Index", [*range(ROWS // 2), *range(ROWS // 2)], "identifier"),
        ("anything", SHUFFLED + 17, "identifier"),
        ("tally", np.cumsum(RNG.integers(1, 9, ROWS)), "identifier"),
        ("trans_num", texts("{:032x}", SHUFFLED), "identifier"),
        ("customer_id", texts("CU{:08d}", SHUFFLED), "identifier"),
        ("hexes", texts("0x{:x}", SHUFFLED + 10_000), "identifier"),
        # People, cards and devices.
        ("cc_num", CARDS, "entity"),
        ("card", CARDS, "entity"),
        ("nameDest", texts("C{}", SHUFFLED // 3), "entity"),
        ("device_id", texts("DEV{:05d}", SHUFFLED // 2), "entity"),
        ("first", texts("Name{}", FEW), "entity"),
        ("E-Mail", texts("a{}@b.org", FEW), "entity"),
        ("merchant_id", texts("M{:03d}", SHUFFLED // 4), "entity"),
        ("odd codes", texts("Q{}", SHUFFLED // 2), "entity"),
        # Clocks.
        ("Time", np.sort(RNG.integers(0, 172_792, ROWS)), "time"),
        ("TX_TIME_DAYS", np.sort(RNG.integers(0, 180, ROWS)), "time"),
        ("step", np.sort(RNG.integers(1, 9, ROWS)), "time"),
        ("TransactionDT", np.cumsum(RNG.integers(0, 50, ROWS)), "time"),
        ("unix_time", 1_325_376_000 + SHUFFLED * 500, "time"),
        ("Time of a shuffled file", SHUFFLED * 3, "number"),
        ("time", SHUFFLED * 3, "time"),
        ("signup_time", pd.date_range("2015-02-01", periods=ROWS, freq="7h").strftime("%Y-%m-%d %H:%M:%S"), "time"),
        # Money.
        ("Amount", np.exp(NORMAL).round(2), "amount"),
        ("amt", range(ROWS), "amount"),
        ("BILL_AMT1", (NORMAL * 1000).round(), "amount"),
        ("purchase_value", FEW, "amount"),
        ("total_claim_amount", SHUFFLED * 10, "amount"),
        ("Betrag", np.exp(NORMAL).round(2), "amount"),
        ("what", [f"${each}" for each in FEW], "amount"),
        # Measurements, however many of them differ, and numbers of few values.
        ("V14", NORMAL, "number"),
        ("lat", NORMAL * 30, "number"),
        ("balance", (NORMAL * 1e4).round(), "number"),
        ("insured_zip", 430_000 + SHUFFLED * 13, "number"),
        ("zip_code", 430_000 + SHUFFLED * 13, "number"),
        ("age", FEW + 20, "number"),
        ("age of the customer", range(20, 20 + ROWS), "number"),
        ("month", FEW, "number"),
        ("hour", FEW, "number"),
        ("months_as_customer", FEW * 9, "number"),
        ("customer_age", FEW, "number"),
        ("RepNumber", FEW, "number"),
        ("NumberOfCars", FEW, "number"),
        ("zip_count_4w", SHUFFLED // 2, "number"),
        ("card1", 100 + SHUFFLED // 3, "number"),
        ("Time Diff between first and last (Mins)", np.sort(np.exp(NORMAL)), "number"),
        ("session_length_in_minutes", np.sort(np.exp(NORMAL)), "number"),
        ("pct", [f"{each} %" for each in FEW], "number"),
        ("first", FEW, "number"),
        ("email_is_free", FEW % 2, "boolean"),
        ("foreign", [bool(each % 2) for each in FEW], "boolean"),
        # Texts.
        ("card", texts("{}", np.array(["visa", "mc", "amex"])[FEW % 3]), "category"),
        ("merchant", texts("Merchant {} and Sons", SHUFFLED % 70), "category"),
        ("P_emaildomain", texts("{}.com", FEW), "category"),
        ("AddressChange_Claim", texts("{} years", FEW), "category"),
        ("housing", ["yes", "no"] * (ROWS // 2), "category"),
        ("store_id", texts("S{}", FEW), "category"),
        ("memo", texts("Payment of the invoice number {}", SHUFFLED), "text"),
        ("incident_location", texts("{} Elm Drive", SHUFFLED), "text"),
        ("_c39", [None] * ROWS, "empty"),
        ("device_fraud_count", [0] * ROWS, "constant"),
    ],
)
def test_a_column_has_the_role_that_its_name_and_values_say(name: str, values: object, role: str) -> None:
    assert role_of(name, values)[0] == role


@pytest.mark.parametrize("role", ["identifier", "text", "empty", "constant"])
def test_what_can_tell_nothing_of_the_next_row_is_no_feature(role: str) -> None:
    values = {
        "identifier": ("policy_number", SHUFFLED),
        "text": ("memo", texts("Payment of the invoice number {}", SHUFFLED)),
        "empty": ("x", [None] * ROWS),
        "constant": ("x", ["same"] * ROWS),
    }[role]
    assert role_of(*values) == (role, False)


def test_an_entity_of_which_hardly_any_comes_twice_is_one_and_no_feature() -> None:
    assert role_of("nameOrig", texts("C{}", SHUFFLED)) == ("entity", False)
    assert role_of("ip_address", NORMAL + 1e9) == ("entity", False)
    assert role_of("nameDest", texts("C{}", SHUFFLED // 2)) == ("entity", True)


def test_an_entity_keeps_its_values_as_they_are_written() -> None:
    raw = ["0042", "42", *texts("{:04d}", range(2, ROWS))]
    found = labelled({"cc_num": pd.Series(raw)[SHUFFLED // 3].tolist(), "amount": NORMAL})
    assert set(found.columns["cc_num"].data) == set(pd.Series(raw)[SHUFFLED // 3])
    numbers = labelled({"card": CARDS, "amount": NORMAL})
    assert set(numbers.columns["card"].data) == {str(each) for each in CARDS}


def test_roles_do_not_depend_on_the_order_of_rows_where_nothing_rises() -> None:
    table = {
        "anything": SHUFFLED,
        "cc_num": CARDS,
        "amount": np.exp(NORMAL).round(2),
        "memo": texts("Payment of the invoice number {}", SHUFFLED),
        "is_fraud": labels(),
    }
    frame = pd.DataFrame(table)
    again = frame.sample(frac=1, random_state=3).reset_index(drop=True)
    found, other = (examined({str(name): column for name, column in each.items()}) for each in (frame, again))
    assert list(found.roles) == list(other.roles)


def test_each_role_has_a_reason_that_quotes_no_value() -> None:
    found = labelled({"cc_num": CARDS, "email": texts("a{}@b.org", FEW), "policy_number": SHUFFLED, "amount": NORMAL})
    assert all(each.reason for each in found.roles)
    told = " ".join(each.reason for each in found.roles)
    assert "@" not in told
    assert "4000000" not in told.replace(",", "")
