"""Each candidate's scores of the test rows of a table in parts, one file a part."""

import io
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from functions.contracts import Execution
from functions.contracts.divided_uploads import PartsToRead
from functions.core.evaluation.costs import Floats
from functions.run.dependencies import RunFiles


def scores_uri(files: RunFiles, execution: Execution, number: int) -> str:
    """Return where the scores of a part's test rows are: a redriven run has models, and scores, of its own."""
    return files.uri(execution, f"test_scores/{number:05}.parquet")


def read_scores(files: RunFiles, execution: Execution, parts: PartsToRead, names: Iterable[str]) -> dict[str, Floats]:
    """Read the scores of all parts, in their order: (n,) of each candidate."""
    uris = [scores_uri(files, execution, number) for number in parts.numbers]
    files.prefetch(uris)
    tables = [pq.read_table(io.BytesIO(files.read(uri))) for uri in uris]
    found = pa.concat_tables(tables)
    return {name: np.asarray(found[name], dtype=np.float64) for name in names}
