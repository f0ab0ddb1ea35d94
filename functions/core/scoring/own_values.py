"""Values of a column as its users write them, of those that were read."""

from datetime import UTC, datetime, timedelta

import numpy as np

from functions.core.ingest.spelling import ColumnFormat

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OF_DAY = ("clock", "clock point")


def own_value(value: float | str | None, form: ColumnFormat) -> float | str | None:
    """Return a value that was read of a column, as its users know it: a time as in ISO 8601, a missing one as None.

    Texts, numbers and times that are written as numbers are what they are.
    """
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    if np.isnan(number):
        return None
    if form.layout is None or form.layout == "epoch s":
        return number
    if form.layout == "epoch ms":
        return number * 1000.0
    try:
        moment = _EPOCH + timedelta(seconds=number)
    except OverflowError:  # no time, whatever it is
        return number
    return moment.time().isoformat() if form.layout in _OF_DAY else moment.replace(tzinfo=None).isoformat()
