"""Parameters that are left to the thorough tests."""

import pytest
from _pytest.mark import ParameterSet


def thorough(*values: str) -> list[ParameterSet]:
    """Leave to ``make test`` what differs from its neighbour in the state alone, or in a spelling."""
    return [pytest.param(value, marks=pytest.mark.thorough) for value in values]
