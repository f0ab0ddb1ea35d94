"""Counts of two samples in the same bins."""

from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

TWO_COUNTS = st.integers(2, 12).flatmap(
    lambda bins: st.tuples(*[hnp.arrays(float, bins, elements=st.integers(0, 500).map(float)) for _ in range(2)])
)
