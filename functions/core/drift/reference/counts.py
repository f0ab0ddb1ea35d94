"""Types that numeric and categorical profiles share."""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

# Rows in each bin, as floats: they are divided by each other and never by themselves.
type Counts = NDArray[np.float64]


class Document(BaseModel):
    """A frozen document that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
