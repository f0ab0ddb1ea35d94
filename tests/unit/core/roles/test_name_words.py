"""What names say: the words of names as they are found in files, and what only looks like them."""

from collections.abc import Callable

import pytest

from functions.core.roles import name_words as names


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("TransactionAmt", ("transaction", "amt")),
        ("BILL_AMT1", ("bill", "amt", "1")),
        ("nameOrig", ("name", "orig")),
        ("Is Fraud?", ("is", "fraud")),
        ("FraudFound_P", ("fraud", "found", "p")),
        ("TransactionID", ("transaction", "id")),
        ("capital-gains", ("capital", "gains")),
        ("Händler", ("händler",)),
        (" ERC20 uniq sent addr.1", ("erc", "20", "uniq", "sent", "addr", "1")),
        ("__", ()),
    ],
)
def test_a_name_is_split_into_its_words(name: str, words: tuple[str, ...]) -> None:
    assert names.words(name) == words


@pytest.mark.parametrize(
    ("says", "those", "others"),
    [
        (names.says_row, ("Index", "id", "row_number", "Unnamed: 0"), ("card_id", "index_fund", "row_count")),
        (
            names.says_identifier,
            ("policy_number", "TransactionID", "trans_num", "userid"),
            ("paid", "zip_code", "country_code", "NumberOfCars", "number_of_cars"),
        ),
        (
            names.names_person,
            ("cc_num", "card number", "email", "first_name", "phone", "customer_id", "account no"),
            ("customer_age", "email_is_free", "phone_home_valid", "name_email_similarity", "card_type", "device_os"),
        ),
        (
            names.names_party,
            ("nameDest", "card", "Address", "device_id", "ip_address", "Kunde"),
            ("city", "merchant", "prev_address_months_count", "Unique Sent To Addresses", "AddressChange_Claim"),
        ),
        (
            names.says_clock,
            ("Time", "step", "TransactionDT", "unix_time", "timestamp", "trans_date_trans_time"),
            ("days_since_request", "Avg min between sent tnx", "age", "lifetime value", "response_time", "time zone"),
        ),
        (
            names.says_money,
            ("Amount", "amt", "purchase_value", "total_claim_amount", "Betrag", "TX_AMOUNT"),
            ("balance", "V1", "number_of_orders", "min value received", "vehicle_claim"),
        ),
        (
            names.says_verdict,
            ("isFlaggedFraud", "fraud_alert", "predicted_fraud"),
            ("is_flagged_country", "rule_of_origin", "alerts", "isFraud"),
        ),
        (
            names.says_afterwards,
            ("chargeback_date", "dispute_status", "refund_amount", "fraud_type", "TX_FRAUD_SCENARIO", "resolution"),
            ("duration", "poutcome", "account_closed", "email_confirmed", "fraud_score"),
        ),
    ],
)
def test_a_name_says_what_it_says_and_its_likes_do_not(
    says: Callable[[str], bool], those: tuple[str, ...], others: tuple[str, ...]
) -> None:
    assert [name for name in those if not says(name)] == []
    assert [name for name in others if says(name)] == []
