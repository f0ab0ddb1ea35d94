"""Content digest of a dataset: equal data has an equal digest, however the file was written."""

import hashlib
import json

import numpy as np
import pandas as pd

from functions.core.data.rows import canonical_numbers
from functions.core.data.tables import LabelledTable


def content_digest(table: LabelledTable) -> str:
    """Hash the columns (names, kinds, order) and the values (in row order) of a checked table.

    It does not depend on the delimiter, the encoding, the compression or how a number was written in the file.
    A missing value is one value, and so are 0.0 and -0.0.

    Returns:
        SHA-256, 64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    shape = {"columns": list(table.kinds.items()), "target": table.target, "rows": len(table.y)}
    digest.update(json.dumps(shape).encode())
    for column, kind in table.kinds.items():
        _update(digest, table.X[column], kind)
    digest.update(table.y.to_numpy(dtype=np.int8).tobytes())
    return digest.hexdigest()


def _update(digest: "hashlib._Hash", values: pd.Series, kind: str) -> None:
    if kind != "categorical":
        digest.update(canonical_numbers(values).astype("<f8").tobytes())
        return
    codes, texts = pd.factorize(values)
    digest.update(json.dumps([str(text) for text in texts]).encode())
    digest.update(codes.astype("<i8").tobytes())
