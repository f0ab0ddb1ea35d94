"""Division of a large upload: its files compared, its parts found, and a sample of its rows read."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from functions.core.errors import InvalidDatasetError
from functions.core.ingest.dialect import Dialect
from functions.core.ingest.parquet_parts import MAGIC
from functions.core.ingest.reading import ESCAPED, RawTable, read_table
from functions.core.parts.delimited_heads import DelimitedHead, read_head, require_same_header, require_small
from functions.core.parts.parquet_rows import (
    divide_groups,
    read_parquet_head,
    require_same_schema,
    write_parquet_sample,
)
from functions.core.parts.part_bounds import divide_rows
from functions.core.parts.part_reading import ReadSample
from functions.core.parts.part_sample import SAMPLE_ROWS, AtOnce, SampledBytes, one_by_one, write_sample
from functions.core.parts.upload_parts import FileLayout, PartSource, UploadPart

_COPIED_BYTES = 2**24
# Of a part, unless there would be more parts than the state machine maps over: decision 66.
_MOST_ROWS = 1_000_000
MOST_PARTS = 900
_LARGER = 1.5


@dataclass(frozen=True)
class UploadWritten:
    """How the user says that a CSV is written: None where that is recognised."""

    delimiter: str | None = None
    encoding: str | None = None


@dataclass(frozen=True)
class DividedTable:
    """An upload's parts, and the sample of its rows.

    Attributes:
        layouts: of its files.
        parts: of all files, in the order of the rows.
        raw: the sample.
        sample: how much of the upload it is.
        dialect: of a CSV.
        escapes: whether quotes within fields have a backslash before them.
    """

    layouts: tuple[FileLayout, ...]
    parts: tuple[UploadPart, ...]
    raw: RawTable
    sample: ReadSample
    dialect: Dialect | None
    escapes: bool


def divide_upload(
    sources: Sequence[PartSource],
    name: str,
    written: UploadWritten,
    *,
    part_bytes: int,
    sample_rows: int = SAMPLE_ROWS,
    at_once: AtOnce = one_by_one,
) -> DividedTable:
    """Divide the files of one table into parts, and read a sample of about so many of its rows.

    Args:
        sources: the files, in the order of their rows.
        name: of the upload.
        written: how a CSV is written.
        part_bytes: about how large a part is.
        sample_rows: of the sample; all rows are read where there are no more.
        at_once: see ``write_sample``.

    Raises:
        InvalidDatasetError: or a subclass: what ``read_table`` raises; or the files are no one table.
    """
    formats = [_is_parquet(source) for source in sources]
    if any(formats) and not all(formats):
        mixed = [
            next(each.name for each, is_so in zip(sources, formats, strict=True) if is_so is so) for so in (False, True)
        ]
        raise InvalidDatasetError(
            f"{name} names a CSV ({mixed[0]}) and a Parquet file ({mixed[1]}); write all files in one format."
        )
    if formats[0]:
        return _divided_parquet(sources, name, part_bytes, sample_rows)
    return _divided_csv(sources, name, written, part_bytes, sample_rows, at_once)


def _is_parquet(source: PartSource) -> bool:
    with source.open() as stream:
        return stream.read(len(MAGIC)) == MAGIC


def _divided_parquet(sources: Sequence[PartSource], name: str, part_bytes: int, sample_rows: int) -> DividedTable:
    heads = [read_parquet_head(source) for source in sources]
    for source, head in zip(sources[1:], heads[1:], strict=True):
        require_same_schema(head, source.name, heads[0], sources[0].name)
    parts = _few(
        lambda times: [
            part
            for file, head in enumerate(heads)
            for part in divide_groups(head, file, part_bytes * times, _MOST_ROWS * times)
        ]
    )
    total = sum(head.rows for head in heads)
    with tempfile.NamedTemporaryFile(prefix="sample-") as file:
        if len(sources) == 1 and total <= sample_rows:
            _copy(sources[0], file)  # type: ignore[arg-type]
        else:
            write_parquet_sample(file, sources, heads, rows=sample_rows)  # type: ignore[arg-type]
        file.flush()
        raw = read_table(Path(file.name), name=name)
    sample = ReadSample(rows=len(raw.frame), of_about=total, whole=len(raw.frame) == total)
    layouts = tuple(FileLayout(format="parquet") for _ in sources)
    return DividedTable(layouts, tuple(parts), raw, sample, None, escapes=False)


def _divided_csv(
    sources: Sequence[PartSource],
    name: str,
    written: UploadWritten,
    part_bytes: int,
    sample_rows: int,
    at_once: AtOnce,
) -> DividedTable:
    heads = _heads(sources, written)
    for source, head in zip(sources[1:], heads[1:], strict=True):
        require_same_header(head, source.name, heads[0], sources[0].name)
    parts = _csv_parts(sources, heads, part_bytes)
    chosen = SampledBytes.of(heads, parts, sample_rows)
    with tempfile.NamedTemporaryFile(prefix="sample-") as file:
        alone = len(sources) == 1 and chosen.share >= 1
        if alone:
            _copy(sources[0], file)  # type: ignore[arg-type]
        else:
            write_sample(file, sources, heads, parts, share=chosen.share, at_once=at_once)  # type: ignore[arg-type]
        file.flush()
        sampled = file.tell() - len(heads[0].above)
        # What is not plain was decoded for the sample, so that it tells less than its file.
        encoding = written.encoding if alone or all(head.layout.divisible for head in heads) else None
        raw = read_table(Path(file.name), name=name, delimiter=heads[0].dialect.delimiter, encoding=encoding)
    escapes = ESCAPED in raw.source.notes or any(_is_escaped(head) for head in heads)
    if escapes:
        heads = [_undivided(source, head) for source, head in zip(sources, heads, strict=True)]
        parts = _csv_parts(sources, heads, part_bytes)
    whole = chosen.share >= 1
    return DividedTable(
        layouts=tuple(head.layout for head in heads),
        parts=tuple(parts),
        raw=raw if alone else _as_in_files(raw, heads),
        sample=ReadSample(rows=len(raw.frame), of_about=_about(len(raw.frame), sampled, chosen), whole=whole),
        dialect=heads[0].dialect,
        escapes=escapes,
    )


def _about(rows: int, size: int, chosen: SampledBytes) -> int:
    """Return about how many rows there are, by how long those of a sample of so many bytes are."""
    return rows if chosen.share >= 1 else max(rows, round(chosen.total * rows / max(size, 1)))


def _heads(sources: Sequence[PartSource], written: UploadWritten) -> list[DelimitedHead]:
    """Read the head of each file; of a single one that is small, what is wrong with all of it is said."""
    try:
        return [read_head(each, delimiter=written.delimiter, encoding=written.encoding) for each in sources]
    except InvalidDatasetError:
        if len(sources) == 1 and sources[0].size <= _COPIED_BYTES:
            with tempfile.NamedTemporaryFile(prefix="upload-") as file:
                _copy(sources[0], file)  # type: ignore[arg-type]
                file.flush()
                read_table(
                    Path(file.name), name=sources[0].name, delimiter=written.delimiter, encoding=written.encoding
                )
        raise


def _csv_parts(sources: Sequence[PartSource], heads: Sequence[DelimitedHead], part_bytes: int) -> list[UploadPart]:
    row_bytes = sum(head.row_bytes for head in heads) / len(heads)
    most = min(part_bytes, round(_MOST_ROWS * row_bytes))
    return _few(lambda times: _csv_ranges(sources, heads, round(most * times)))


def _few(divided: Callable[[float], list[UploadPart]]) -> list[UploadPart]:
    """Return parts, so many times as large that there are no more than ``MOST_PARTS``, and than files."""
    times = 1.0
    while len(parts := divided(times)) > MOST_PARTS and len({part.file for part in parts}) < len(parts):
        times *= _LARGER
    return parts


def _csv_ranges(sources: Sequence[PartSource], heads: Sequence[DelimitedHead], part_bytes: int) -> list[UploadPart]:
    parts = list[UploadPart]()
    for place, (source, head) in enumerate(zip(sources, heads, strict=True)):
        if not head.layout.divisible:
            parts.append(UploadPart(file=place, start=0, end=source.size))
            continue
        with source.open() as stream:
            bounds = divide_rows(stream, head.layout.start, source.size, part_bytes, head.shape)
        parts += [UploadPart(file=place, start=a, end=b) for a, b in pairwise(bounds)]
    return parts


def _is_escaped(head: DelimitedHead) -> bool:
    return not head.layout.divisible and not head.compressed and head.encoding in {"utf-8", "cp1252", "utf-8-sig"}


def _undivided(source: PartSource, head: DelimitedHead) -> DelimitedHead:
    require_small(source, divisible=False, packed=head.compressed)
    return replace(head, layout=head.layout.model_copy(update={"divisible": False}))


def _as_in_files(raw: RawTable, heads: Sequence[DelimitedHead]) -> RawTable:
    """Return a sample that says of the files how they are written, where it was decoded before it was read."""
    compressed = any(head.compressed for head in heads)
    decoded = next((head for head in heads if not head.layout.divisible and not head.compressed), None)
    encoding = raw.source.encoding if decoded is None else decoded.encoding
    return replace(raw, source=replace(raw.source, compressed=compressed, encoding=encoding))


def _copy(source: PartSource, sink: BinaryIO) -> None:
    with source.open() as stream:
        while chunk := stream.read(_COPIED_BYTES):
            sink.write(chunk)
