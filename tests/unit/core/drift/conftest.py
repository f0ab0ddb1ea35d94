"""Reference data of the drift tests."""

import numpy as np
import pytest

from functions.core.drift.reference import ReferenceProfile, build_reference
from tests.unit.core.drift.compared import transactions


@pytest.fixture(scope="module")
def reference() -> ReferenceProfile:
    X = transactions(20_000, seed=1)
    return build_reference(X, np.arange(20_000) % 100 == 0, np.linspace(0, 1, 5_000))
