"""The rows of one part of an upload, from ranged reads of its file, as a typed table."""

import codecs
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from functions.core.data.tables import LabelledTable
from functions.core.errors import EncodingError, InvalidDatasetError, NotCsvError
from functions.core.ingest.decoding import ReadLimits, TextFile
from functions.core.ingest.delimited_parts import DelimitedParts
from functions.core.ingest.dialect import Dialect
from functions.core.ingest.survey import has_escapes
from functions.core.parts.parquet_rows import opened_parquet, rows_between
from functions.core.parts.part_conversion import columns_of, joined_rows, texts_of, typed_rows
from functions.core.parts.part_reading import PartReading
from functions.core.parts.upload_parts import FileLayout, PartSource, UploadPart

_CHUNK_BYTES = 2**20
# Rows are converted so many bytes at a time, so that no more texts than these are in memory.
_CONVERTED_BYTES = 2**24
_FIRST_OF_PARQUET = 1


def read_part(source: PartSource, layout: FileLayout, part: UploadPart, reading: PartReading) -> LabelledTable:
    """Read a part: of the types, in the columns and with the labels that the reading has decided.

    Args:
        source: its file.
        layout: of the file.
        part: which bytes or rows of it.
        reading: of the upload.

    Raises:
        InvalidDatasetError: or a subclass: it does not fit the reading; the message names file, column and row.
    """
    named = reading.model_copy(update={"source": reading.source.model_copy(update={"name": source.name})})
    if layout.format == "parquet":
        return _of_parquet(source, part, named)
    if not layout.divisible:
        return _undivided(source, layout, named)
    with _told(source, part, layout), tempfile.NamedTemporaryFile(prefix="part-") as file:
        with source.open() as stream:
            backslashes = _copy(stream, part, file, reading.source.encoding, source.name)
        file.flush()
        text = TextFile(Path(file.name), source.name, _plain(reading.source.encoding), None, backslashes)
        if has_escapes(text):
            raise NotCsvError(
                f"{source.name} has quotes with a backslash before them within fields, which the rows that were looked "
                "at first do not show; write it with quotes doubled."
            )
        whole = part.start == layout.start
        parts = DelimitedParts(text, _dialect(named, layout), 0, layout.line_end.encode())
        return _delimited(parts, named, layout.first_row if whole else 1)


def _delimited(parts: DelimitedParts, reading: PartReading, first_row: int) -> LabelledTable:
    bounds = parts.divide(_CONVERTED_BYTES).bounds
    pieces = []
    for frame in parts.frames(bounds, columns_of(reading), texts_of(reading), first_row=first_row):
        pieces.append(_prefixed(frame, reading, first_row))
        first_row += len(frame)
    return joined_rows(pieces)


def _prefixed(frame: object, reading: PartReading, first_row: int) -> LabelledTable:
    """Convert rows; a message about a column names the file."""
    try:
        return typed_rows(frame, reading, first_row=first_row)  # type: ignore[arg-type]
    except InvalidDatasetError as fault:
        name = reading.source.name
        raise fault if name in str(fault) else type(fault)(f"{name}: {fault}") from fault


def _of_parquet(source: PartSource, part: UploadPart, reading: PartReading) -> LabelledTable:
    wanted, texts, pieces = columns_of(reading), texts_of(reading), list[LabelledTable]()
    first_row = part.start + _FIRST_OF_PARQUET
    with opened_parquet(source) as parts:
        own = {name: parts.file.schema_arrow.names[parts.header.index(name)] for name in wanted}
        for table in rows_between(parts, part.start, part.end, [*own.values()]):
            pieces.append(_prefixed(parts.frame(table, own, texts), reading, first_row))
            first_row += len(table)
    return joined_rows(pieces)


def _undivided(source: PartSource, layout: FileLayout, reading: PartReading) -> LabelledTable:
    """Read the whole of a file that can't be divided; its rows are numbered as everywhere."""
    with tempfile.NamedTemporaryFile(prefix="upload-") as file:
        with source.open() as stream:
            while chunk := stream.read(_CHUNK_BYTES * 16):
                file.write(chunk)
        file.flush()
        opened = DelimitedParts.open(
            Path(file.name),
            name=source.name,
            delimiter=reading.source.delimiter,
            encoding=reading.source.encoding,
            limits=ReadLimits(),
        )
        with opened as parts:
            return _delimited(replace(parts, dialect=_dialect(reading, layout)), reading, layout.first_row)


def _dialect(reading: PartReading, layout: FileLayout) -> Dialect:
    source = reading.source
    return Dialect(
        source.delimiter, source.decimal, source.header, layout.regular, above=layout.above, first_row=layout.first_row
    )


@contextmanager
def _told(source: PartSource, part: UploadPart, layout: FileLayout) -> Iterator[None]:
    """Say from where rows are counted, in what is raised of a part in the middle of a file."""
    try:
        yield
    except InvalidDatasetError as fault:
        if part.start == layout.start:
            raise
        place = f"Rows are counted from byte {part.start:,} of {source.name} on, where row 1 begins."
        raise type(fault)(f"{fault} {place}") from fault


def _copy(stream: BinaryIO, part: UploadPart, sink: object, encoding: str, name: str) -> bool:
    """Copy the bytes of a part, all of which must decode; return whether one of them is a backslash."""
    decoder, pending, backslashes = codecs.getincrementaldecoder(_plain(encoding))(), 0, False
    stream.seek(part.start)
    place = part.start
    while place < part.end and (chunk := stream.read(min(_CHUNK_BYTES, part.end - place))):
        try:
            if pending or not chunk.isascii():
                decoder.decode(chunk, final=place + len(chunk) >= part.end)
                pending = len(decoder.getstate()[0])
        except UnicodeDecodeError as error:
            offset = place - pending + error.start
            raise EncodingError(
                f"{name} can't be decoded as {encoding}: byte 0x{error.object[error.start]:02X} at offset {offset:,} "
                "is not valid; save the file as UTF-8, or name its encoding in the settings (FRAUDFLOW_ENCODING)."
            ) from error
        if b"\0" in chunk:
            raise NotCsvError(f"{name} holds NUL bytes, so it is binary data, not a CSV; export the table as CSV.")
        backslashes = backslashes or b"\\" in chunk
        sink.write(chunk)  # type: ignore[attr-defined]
        place += len(chunk)
    if place < part.end:
        raise InvalidDatasetError(f"{name} ends at byte {place:,}, and was longer when its parts were listed.")
    return backslashes


def _plain(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding
