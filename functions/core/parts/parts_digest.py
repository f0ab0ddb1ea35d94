"""Content digest of a table in parts: equal for the same rows in the same order, however they are divided.

It is of the hashes of rows, which is all that one state sees of all of them, and so another than ``content_digest`` of
the same table in one file.
"""

import hashlib
import json

from functions.core.parts.part_summary import TableStatistics
from functions.core.parts.row_keys import RowKeys


class PartsDigest:
    """A digest to which the parts of a table are added in their order."""

    def __init__(self) -> None:
        """Begin without rows."""
        self._hashes, self._labels = hashlib.sha256(), hashlib.sha256()

    def add(self, keys: RowKeys) -> None:
        """Add the rows of the next part."""
        self._hashes.update(keys.hashes.astype("<u8", copy=False).tobytes())
        self._labels.update(keys.is_fraud.tobytes())

    def of(self, table: TableStatistics) -> str:
        """Return the digest of the rows so far, which are those of this table: 64 hexadecimal digits."""
        shape = {"columns": [*table.features.items()], "target": table.target, "rows": table.rows, "of": "row hashes"}
        whole = hashlib.sha256(json.dumps(shape).encode())
        whole.update(self._hashes.digest() + self._labels.digest())
        return whole.hexdigest()
