"""Made-up tables as they are examined."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from functions.core.errors import raise_for_faults
from functions.core.ingest.reading import RawTable, Source
from functions.core.roles.examining import ExaminedFile, examine
from functions.core.roles.pinned_roles import RoleChoices
from functions.core.roles.target import Target

ROWS = 400
SOURCE = Source("data.csv", ",", "utf-8", compressed=False)


def labels(rows: int = ROWS, share: float = 0.1, seed: int = 0) -> pd.Series:
    """Draw labels, 1 is fraud."""
    return pd.Series((np.random.default_rng(seed).random(rows) < share).astype(int))


def examined(
    columns: Mapping[str, Any],
    *,
    target: str | None = None,
    positive: str | None = None,
    **choices: Any,  # noqa: ANN401 - as RoleChoices takes them
) -> ExaminedFile:
    """Examine columns, with a target ``is_fraud`` unless they bring one."""
    frame = pd.DataFrame(dict(columns))
    return examine(RawTable(frame, SOURCE), target=target, positive_label=positive, choices=RoleChoices(**choices))


def labelled(columns: Mapping[str, Any], **options: Any) -> ExaminedFile:  # noqa: ANN401 - as examined takes them
    """Examine columns beside a target ``is_fraud``."""
    rows = len(next(iter(columns.values())))
    return examined({**columns, "is_fraud": labels(rows)}, **options)


def role_of(name: str, values: Any, **options: Any) -> tuple[str, bool]:  # noqa: ANN401 - whatever a frame takes
    """Return the role of one column beside a target and an amount, and whether it is used."""
    found = {each.name: each for each in labelled({name: values, "price paid": _amounts(len(values))}, **options).roles}
    return found[name].role, found[name].used


def target_of(data: pd.DataFrame, *, target: str | None = None, positive_label: str | None = None) -> Target:
    """Return the target of a frame, or raise what is wrong."""
    found = examine(RawTable(data, SOURCE), target=target, positive_label=positive_label)
    raise_for_faults(found.faults)
    assert found.target is not None
    return found.target


def _amounts(rows: int) -> pd.Series:
    return pd.Series(np.random.default_rng(1).lognormal(3, 1, rows).round(2))
