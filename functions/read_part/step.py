"""Read one part of a large upload by the reading that LoadData has decided; write it as Parquet, with a summary."""

import json
from functools import partial

import numpy as np
import pyarrow.parquet as pq

from functions.contracts import PartRead, ReadPartInput, Upload
from functions.core.data.pseudonyms import pseudonymise
from functions.core.data.tables import LabelledTable, write_table
from functions.core.histories.events import PlainEvents
from functions.core.parts.part_reading import PartReading, ReadingHistories
from functions.core.parts.part_rows import read_part
from functions.core.parts.part_summary import PartSummary
from functions.core.parts.upload_parts import PartSource, UploadFile, UploadParts
from functions.run.dependencies import ReadPartDependencies, RunFiles
from functions.run.downloads import without_quotes
from functions.run.part_documents import read_document
from functions.run.part_histories import PartHistories
from functions.settings import RunSettings

_PARQUET = "application/vnd.apache.parquet"
_SUMMARY = "application/octet-stream"


def inputs(event: ReadPartInput) -> list[str]:
    """Return the files that this step reads, in its order."""
    return [event.parts.uri, event.parts.reading_uri]


def run(event: ReadPartInput, dependencies: ReadPartDependencies) -> PartRead:
    """Read a part. One that is there already, of an earlier try or of the run that is redriven, is counted."""
    files, parts, number = dependencies.files, event.parts, event.number
    listed = read_document(UploadParts, files, parts.uri)
    reading = read_document(PartReading, files, parts.reading_uri)
    if files.store.exists(parts.summary_uri(number)):
        return _there(files, parts.table_uri(number), number)
    part, file = listed.part(number)
    source = part_source(files, file)
    with without_quotes(file.name):
        table = read_part(source, file.layout, part, reading)
        table = pseudonymise(table, dependencies.pseudonym_key)
    with files.store.writing(parts.table_uri(number), _PARQUET) as sink:
        write_table(table, sink)
    _write_events(table, number, reading.histories, PartHistories(files.store, parts))
    summary = _summary(table, number, event.settings)
    # The summary says that the part is there.
    files.flush()
    files.store.write_in_background(parts.summary_uri(number), summary, _SUMMARY)
    return PartRead(number=number, rows=len(table.y), frauds=table.frauds)


def part_source(files: RunFiles, file: UploadFile) -> PartSource:
    """Return the version of a file that was pinned, to be read from."""
    upload = Upload(bucket=file.bucket, key=file.key, version_id=file.version_id, etag=file.etag, size=file.size)
    return PartSource(file.name, file.size, partial(files.store.opening, upload))


def _write_events(table: LabelledTable, number: int, wanted: ReadingHistories | None, sink: PartHistories) -> None:
    """Write the part's rows as events, where the table may have histories."""
    if wanted is not None and wanted.candidates.any:
        columns = {name: table.X[name] for name in wanted.candidates.sources}
        sink.write_events(number, PlainEvents.of(wanted.candidates, columns), wanted.buckets)


def _summary(table: LabelledTable, number: int, settings: RunSettings) -> bytes:
    time_column = settings.time_column if settings.split == "time" else None
    return PartSummary.of(table, number, time_column=time_column).to_bytes()


def _there(files: RunFiles, uri: str, number: int) -> PartRead:
    """Count the rows of a part that is there."""
    with files.store.reading(uri) as stream:
        file = pq.ParquetFile(stream, pre_buffer=False)
        target = json.loads(file.schema_arrow.metadata[b"fraudflow"])["target"]
        labels = np.asarray(file.read([target])[target])
    return PartRead(number=number, rows=len(labels), frauds=int(labels.sum()))
