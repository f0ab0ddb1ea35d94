import numpy as np
import pandas as pd

from functions.core.data.moments import read_moments


def test_numbers_are_taken_as_they_are() -> None:
    np.testing.assert_array_equal(read_moments(pd.Series([3.5, np.nan, -1e9])), [3.5, np.nan, -1e9])
    np.testing.assert_array_equal(read_moments(pd.Series([3, 4])), [3.0, 4.0])


def test_texts_are_seconds_since_1970_in_utc_to_the_microsecond() -> None:
    texts = ["1970-01-02", "1970-01-01T01:00:00+01:00", "1969-12-31T23:59:59.5Z", "2025-03-01T00:00:00.000001"]
    found = read_moments(pd.Series(texts, dtype="str"))
    np.testing.assert_array_equal(found[:3], [86_400.0, 0.0, -0.5])
    np.testing.assert_allclose(found[3] - read_moments(pd.Series(["2025-03-01"], dtype="str"))[0], 1e-6, rtol=0.5)


def test_a_text_is_the_same_moment_whatever_stands_beside_it() -> None:
    far, near = "9999-12-31", "2025-01-01T00:00:00.123456789Z"
    alone, beside = (pd.Series(texts, dtype="str") for texts in ([far], [far, near]))
    assert read_moments(alone)[0] == read_moments(beside)[0]


def test_what_is_missing_or_no_time_is_nan() -> None:
    assert np.isnan(read_moments(pd.Series([None, "soon", "2025-13-01"], dtype="str"))).all()
    assert np.isnan(read_moments(pd.Series([None, None], dtype=object))).all()
