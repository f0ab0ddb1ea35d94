"""Join the scored parts to the scores of the batch, as CSV and as Parquet, and record the batch's end."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from functions.contracts.records import Ended
from functions.contracts.scored_batches import PublishScoresInput, ScoresFiles, ScoringOutput, ScoringVersion
from functions.core.errors import StorageDeniedError
from functions.run import recording
from functions.run.dependencies import Dependencies
from functions.run.scored_parts import ScoredParts
from functions.runtime.scratch_space import why

CSV = "scores.csv"
PARQUET = "scores.parquet"


def run(event: PublishScoresInput, dependencies: Dependencies) -> ScoresFiles:
    """Publish the scores; a repeat writes the same."""
    files = dependencies.files
    try:
        with tempfile.TemporaryDirectory() as folder:
            csv, parquet = Path(folder, CSV), Path(folder, PARQUET)
            _write(_tables(event, dependencies), csv, parquet)
            scores = ScoresFiles(
                csv_uri=files.uri(event.execution, CSV),
                parquet_uri=files.uri(event.execution, PARQUET),
                bytes=csv.stat().st_size,
            )
            files.store.write_file(scores.csv_uri, csv, "text/csv; charset=utf-8")
            files.store.write_file(scores.parquet_uri, parquet, "application/vnd.apache.parquet")
    except OSError as error:
        raise StorageDeniedError(f"The scores could not be kept in the scratch directory: {why(error)}") from error
    output = ScoringOutput(**event.model_dump(), scores=scores)
    request = event.upload.model_dump(include={"bucket", "key", "version_id"})
    recording.end(
        files,
        Ended(execution=event.execution, input=request, outcome="succeeded", output=output.model_dump(mode="json")),
    )
    return scores


def _tables(event: PublishScoresInput, dependencies: Dependencies) -> Iterator[pa.Table]:
    parts = ScoredParts(dependencies.files, event.execution)
    for number in range(event.file.parts):
        table = parts.read(number)
        if table is None:
            raise StorageDeniedError(
                f"Part {number} of the scores of {event.upload.name} is gone: it was deleted, or has expired, since it "
                "was written; upload the file again."
            )
        yield _published(table, event.model)


def _published(table: pa.Table, model: ScoringVersion) -> pa.Table:
    """Return a part's rows as users read them."""
    columns = {"row": table["row"]}
    if "key" in table.column_names:
        columns["key"] = table["key"]
    return pa.table(
        {
            **columns,
            "score": table["score"],
            "decision": pc.if_else(table["alarm"], "alarm", "pass"),
            "threshold": pa.array([model.threshold] * table.num_rows, pa.float64()),
            "model": pa.array([model.name] * table.num_rows, pa.string()),
            "version": pa.array([model.version] * table.num_rows, pa.string()),
            "reasons": table["reasons"],
        }
    )


def _write(tables: Iterator[pa.Table], csv: Path, parquet: Path) -> None:
    """Write tables one after the other to both files; in a CSV, reasons are JSON."""
    with ExitStack() as stack:
        writers: list[pq.ParquetWriter | pa_csv.CSVWriter] = []
        for table in tables:
            texts = [None if each is None else json.dumps(each) for each in table["reasons"].to_pylist()]
            place = table.schema.get_field_index("reasons")
            flat = table.set_column(place, "reasons", pa.array(texts, pa.string()))
            if not writers:
                writers.append(stack.enter_context(pq.ParquetWriter(parquet, table.schema)))
                writers.append(stack.enter_context(pa_csv.CSVWriter(csv, flat.schema)))
            writers[0].write_table(table)
            writers[1].write_table(flat)
