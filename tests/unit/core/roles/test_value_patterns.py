"""Values that name somebody by how they are written."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from functions.core.ingest.reading import RawTable, Source
from functions.core.roles.checks import check
from functions.core.roles.value_patterns import look_like


@pytest.mark.parametrize(
    ("texts", "title"),
    [
        (["ann@example.org", "b.c+d@mail.example.com"], "e-mail addresses"),
        (["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19"], "account numbers"),
        (["4111111111111111", "4111 1111 1111 1111", "3782-822463-10005", "411111******1111"], "card numbers"),
        (["+49 151 2345678", "0044 20 7946 0958", "+1(212)555-0100"], "telephone numbers"),
        (["10.0.0.1", "255.255.255.255"], "network addresses"),
        (["2001:db8:0:0:0:0:0:1", "fe80::1:2:3"], "network addresses"),
        (["0x00009277775ac7d0d59eaad8fee3d10ac6c805e8"], "addresses of a blockchain"),
        (["2024-01-31", "2024-02-01"], None),
        (["1000000-2000000", "2000000-3000000"], None),
        (["more than 30", "none"], None),
        (["250/500", "100/300"], None),
        (["1.2.3", "1.10.0"], None),
        (["a@b", "web"], None),
        ([], None),
    ],
)
def test_texts_are_recognised_by_how_they_are_written(texts: Sequence[str], title: str | None) -> None:
    assert look_like(texts) == title


def test_a_few_other_words_among_many_do_not_hide_them() -> None:
    addresses = [f"user{number}@example.org" for number in range(95)]
    assert look_like([*addresses, *"abcde"]) == "e-mail addresses"
    assert look_like([*addresses[:20], *(f"word{number}" for number in range(10))]) is None


def test_a_column_is_an_entity_whatever_it_is_called() -> None:
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "spalte": random.choice([f"DE{number:020d}" for number in range(30)], 300),
            "feld": random.choice([10**12 + number for number in range(30)], 300),
            "betrag": random.random(300),
            "fraud": np.arange(300) % 10 == 0,
        }
    )
    table = check(RawTable(frame, Source("a.csv", ",", "utf-8", compressed=False))).table
    assert (table.roles["spalte"], table.roles["feld"]) == ("entity", "entity")
