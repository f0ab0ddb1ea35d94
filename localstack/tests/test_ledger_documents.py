"""Documents of the ledger are JSON that gives back what was written."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraudflow_localstack.durable_s3.ledger_documents import from_text, to_text

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.datetimes(timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=2))])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["$time", "$map"]), inner),
    max_leaves=10,
)


@pytest.mark.thorough
@given(st.dictionaries(st.text(), values))
def test_a_document_is_read_as_it_was_written(document: dict[str, object]) -> None:
    assert from_text(to_text(document)) == document


@pytest.mark.parametrize("value", [{"$time": "2026-01-01"}, {"$time": 3, "x": {"$map": {}}}, {"$map": {"$time": "x"}}])
def test_metadata_that_looks_like_a_time_stays_what_it_is(value: dict[str, object]) -> None:
    assert from_text(to_text({"metadata": value})) == {"metadata": value}


def test_a_value_that_is_no_document_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes can't be kept"):
        to_text({"key": b"secret"})
    with pytest.raises(ValueError, match="not a JSON object"):
        from_text("[1]")
