"""The scored parts of a batch, as they are kept in the scores bucket: two Parquet files each.

``parts/00000.parquet`` has a line for each row: ``row`` (its number, as messages count), ``key`` (where the batch has
one), ``score``, ``alarm``, ``label`` (1 is fraud, null is unknown; where the file has labels), ``missed_cost`` (where a
column holds what missing a fraud costs), ``kept`` and ``reasons`` (of alarms that are explained; those of a model with
histories have ``words``).
``parts/00000.rows.parquet`` has the columns of the rows that are ``kept``, as the model was given them: times as
seconds, entities as hashes.

The first is written last and only once: where it is, its part is done.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from functions.contracts import Execution
from functions.run.dependencies import RunFiles

_PARQUET = "application/vnd.apache.parquet"
_REASON = [("feature", pa.string()), ("value", pa.string()), ("contribution", pa.float64())]
# Of a model with histories.
REASONS_IN_WORDS = pa.list_(pa.struct([*_REASON, ("words", pa.string())]))
# What a part may have, in this order.
SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("key", pa.string()),
        ("score", pa.float64()),
        ("alarm", pa.bool_()),
        ("label", pa.int8()),
        ("missed_cost", pa.float64()),
        ("kept", pa.bool_()),
        ("reasons", pa.list_(pa.struct(_REASON))),
    ]
)


@dataclass(frozen=True)
class KeptRows:
    """Rows of a part whose columns are kept: the columns, the scores (n,), and the labels (n,) where there are any."""

    columns: pd.DataFrame
    scores: pd.Series
    labels: pd.Series | None


@dataclass(frozen=True)
class ScoredParts:
    """The scored parts of one execution."""

    files: RunFiles
    execution: Execution

    def write(self, number: int, scores: pa.Table, kept: pd.DataFrame) -> None:
        """Write a part, unless it is there already: of two that score it at once, the first counts."""
        store = self.files.store
        store.write(
            self._uri(f"{number:05}.rows"), _parquet(pa.Table.from_pandas(kept, preserve_index=False)), _PARQUET
        )
        store.create(self._uri(f"{number:05}"), _parquet(scores), _PARQUET)

    def read(self, number: int) -> pa.Table | None:
        """Return a part's scores; None where it is not scored yet."""
        uri = self._uri(f"{number:05}")
        if not self.files.store.exists(uri):
            return None
        return pq.read_table(io.BytesIO(self.files.read(uri)))

    def scores(self, parts: int) -> Iterator[pd.DataFrame]:
        """Yield the scores of the first parts, one after the other; without their reasons."""
        for number in range(parts):
            body = io.BytesIO(self.files.read(self._uri(f"{number:05}")))
            yield pq.read_table(body).drop_columns("reasons").to_pandas()

    def kept(self, parts: int) -> Iterator[KeptRows]:
        """Yield the rows of the first parts whose columns are kept, one part after the other."""
        for number, scores in enumerate(self.scores(parts)):
            columns = pd.read_parquet(io.BytesIO(self.files.read(self._uri(f"{number:05}.rows"))))
            of_kept = scores[scores["kept"]].reset_index(drop=True)
            yield KeptRows(columns, of_kept["score"], of_kept.get("label"))

    def _uri(self, name: str) -> str:
        return self.files.uri(self.execution, f"parts/{name}.parquet")


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    # Numbers hardly ever repeat: a dictionary of them takes as long as scoring a third of the rows.
    texts = [field.name for field in table.schema if not pa.types.is_floating(field.type)]
    pq.write_table(table, sink, compression="lz4", use_dictionary=texts)
    body: bytes = sink.getvalue().to_pybytes()
    return body
