"""Features of decisions, from the JSON in which they are kept to a table that a reference is compared with."""

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.json as pa_json

from functions.core.drift.reference import ReferenceProfile


def features_frame(texts: pa.ChunkedArray, reference: ReferenceProfile) -> pd.DataFrame:
    """Return the features of n decisions (n, p), with the columns of a reference and of its kinds.

    A time is kept as a text: of a column with that role, which nothing compares, only whether there was one is
    returned, as 0.0 or NaN. A column that holds a text where numbers were stays as it is, for the detector to see.

    Args:
        texts: JSON objects, each of one line (n,).
        reference: names the columns.
    """
    kinds = {name: _kind(reference, name) for name in reference.features}
    if not len(texts):
        return pd.DataFrame({name: pd.Series(dtype=np.float64) for name in kinds})
    table = _parsed(texts, kinds)
    return table.assign(
        **{
            name: np.where(table[name].isna(), np.nan, 0.0)
            for name in kinds
            if reference.roles.get(name) == "time" and reference.features[name].kind == "numeric"
        }
    )


def _kind(reference: ReferenceProfile, name: str) -> pa.DataType:
    is_number = reference.features[name].kind == "numeric" and reference.roles.get(name) != "time"
    return pa.float64() if is_number else pa.string()


def _parsed(texts: pa.ChunkedArray, kinds: Mapping[str, pa.DataType]) -> pd.DataFrame:
    body = "\n".join(texts.to_pylist()).encode()
    try:
        table = pa_json.read_json(
            pa.BufferReader(body),
            read_options=pa_json.ReadOptions(use_threads=False, block_size=len(body) + 1),
            parse_options=pa_json.ParseOptions(
                explicit_schema=pa.schema(list(kinds.items())), unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowInvalid:
        # A text among numbers, or the reverse: slower, and each column of the kind that it has.
        rows = [json.loads(text) for text in texts.to_pylist()]
        return pd.DataFrame({name: _column([row.get(name) for row in rows]) for name in kinds})
    return pd.DataFrame({name: table.column(name).to_pandas() for name in kinds})


def _column(values: list[float | str | None]) -> pd.Series:
    # As objects: half of a surrogate pair, which JSON lets through, is no text of pandas.
    return pd.Series(values, dtype=object if any(isinstance(each, str) for each in values) else np.float64)
