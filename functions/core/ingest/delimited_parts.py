"""A delimited file read part by part, each value as if the whole had been read at once, in bounded memory."""

import codecs
import io
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pandas as pd

from functions.core.errors import EmptyFileError, NotCsvError
from functions.core.ingest.decoding import ReadLimits, TextFile, decode_file
from functions.core.ingest.dialect import Dialect, recognise, rows_of
from functions.core.ingest.escapes import without_escapes
from functions.core.ingest.parsing import csv_options
from functions.core.ingest.ragged import ragged_rows
from functions.core.ingest.row_ends import last_row_end

# ASCII is itself in them, and no other character has such a byte.
_DIVISIBLE = {"utf-8", "utf-8-sig", "cp1252", "ascii", "iso8859-1", "latin-1"}
_CHUNK_CHARACTERS = 2**20


@dataclass(frozen=True)
class Divided:
    """A file's rows by parts: ``bounds`` are the first byte of each part, and where the last ends.

    ``rows`` is about how many there are: line ends within fields count, too.
    """

    bounds: tuple[int, ...]
    rows: int


@dataclass(frozen=True)
class DelimitedParts:
    """An open file and its dialect; ``start`` is where its first row begins, in bytes.

    Of a file that can't be divided, ``file`` is a copy that can; ``encoding`` is the file's own.
    """

    file: TextFile
    dialect: Dialect
    start: int
    line_end: bytes
    encoding: str = "utf-8"

    @classmethod
    @contextmanager
    def open(
        cls, path: Path, *, name: str, delimiter: str | None, encoding: str | None, limits: ReadLimits
    ) -> Iterator[Self]:
        """Open a file; see ``reading.read_table`` for what is recognised and raised."""
        with closing(decode_file(path, name=name, encoding=encoding, limits=limits)) as file:
            plain = without_escapes(file) or _divisible(file)
            with closing(plain or file):
                dialect = recognise(plain or file, delimiter=delimiter, limits=limits)
                start, line_end = _below_the_header(plain or file, dialect)
                yield cls(plain or file, dialect, start, line_end, file.encoding)

    @property
    def header(self) -> tuple[str, ...]:
        """Return the names of the columns, stripped; an empty one where the file names none."""
        return self.dialect.header

    def divide(self, part_bytes: int) -> Divided:
        """Divide the rows into parts of about so many bytes; a longer row is a part of its own.

        Raises:
            EmptyFileError: there is no row.
            RaggedRowsError: a quote never closes.
        """
        bounds, lines = [self.start], 0
        delimiter = self.dialect.delimiter.encode()
        with self.file.open() as stream:
            stream.seek(self.start)
            block = b""
            while more := stream.read(part_bytes):
                block += more
                length = last_row_end(block, delimiter, self.line_end) if len(block) >= part_bytes else 0
                if length:
                    bounds.append(bounds[-1] + length)
                    lines += block.count(self.line_end, 0, length)
                    block = block[length:]
        if block.strip():
            bounds.append(bounds[-1] + len(block))
            lines += block.count(self.line_end) + 1
        if len(bounds) == 1:
            raise EmptyFileError(f"{self.file.name} has a header and no rows; upload one row a transaction.")
        return Divided(tuple(bounds), lines)

    def frames(
        self, bounds: Sequence[int], columns: Sequence[str], texts: frozenset[str], *, first_row: int
    ) -> Iterator[pd.DataFrame]:
        """Yield the rows between each two bounds, in the file's columns of these names.

        Args:
            bounds: of the parts that are read.
            columns: names as in the header.
            texts: those of them to be read as the file writes them; of others pandas infers the type.
            first_row: the number that messages have for the first row.

        Raises:
            RaggedRowsError: rows have more or fewer fields than the header.
            NotCsvError: a part can't be read as a table.
        """
        for start, end in itertools.pairwise(bounds):
            frame = self._frame(start, end, columns, texts, first_row)
            yield frame
            first_row += len(frame)

    def _frame(
        self, start: int, end: int, columns: Sequence[str], texts: frozenset[str], first_row: int
    ) -> pd.DataFrame:
        body = self._bytes(start, end)
        header = self.dialect.header
        last = len(header) - 1
        wanted = {header.index(name): name for name in columns}
        try:
            frame = pd.read_csv(
                io.BytesIO(body),
                **csv_options(self.dialect),
                usecols=sorted({*wanted, last}),
                dtype={place: "str" for place, name in wanted.items() if name in texts} | self._last_as_text(wanted),
                encoding=_without_mark(self.file.encoding),
            )
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            self._refuse_ragged(body, first_row, end)
            raise NotCsvError(f"{self.file.name} can't be read as a table: {error}.") from error
        if self._may_be_ragged(body, frame):
            self._refuse_ragged(body, first_row, end)
        named: pd.DataFrame = frame[list(wanted)].set_axis(list(wanted.values()), axis="columns")
        return named

    def _last_as_text(self, wanted: dict[int, str]) -> dict[int, str]:
        """The last column is read to find short rows, whoever needs it."""
        last = len(self.dialect.header) - 1
        return {} if last in wanted else {last: "str"}

    def _may_be_ragged(self, body: bytes, frame: pd.DataFrame) -> bool:
        """Return whether rows may be short, which pandas pads, or long, which it truncates."""
        fields = len(self.dialect.header)
        if frame[fields - 1].isna().any() or not self.dialect.regular:
            return True
        return body.count(self.dialect.delimiter.encode()) != len(frame) * (fields - 1)

    def _refuse_ragged(self, body: bytes, first_row: int, end: int) -> None:
        lines = io.StringIO(body.decode(_without_mark(self.file.encoding)), newline="")
        with self.file.open() as stream:
            to_the_end = end >= stream.seek(0, io.SEEK_END)
        fault = ragged_rows(
            rows_of(lines, self.dialect.delimiter), self.dialect, self.file.name, first_row, to_the_end=to_the_end
        )
        if fault:
            raise fault

    def _bytes(self, start: int, end: int) -> bytes:
        with self.file.open() as stream:
            stream.seek(start)
            return stream.read(end - start)


def _divisible(file: TextFile) -> TextFile | None:
    """Return a copy in UTF-8 of a file whose bytes can't be divided at line ends; None where they can."""
    if file.encoding in _DIVISIBLE:
        return None
    copy = tempfile.NamedTemporaryFile(prefix="utf8-")  # noqa: SIM115 - whoever reads the file closes it
    with file.text() as text:
        while part := text.read(_CHUNK_CHARACTERS):
            copy.write(part.encode())
    copy.flush()
    return TextFile(file.path, file.name, "utf-8", copy)


def _below_the_header(file: TextFile, dialect: Dialect) -> tuple[int, bytes]:
    """Return where the first row below the header begins, in bytes, and the last byte of the header's line end."""
    read: list[str] = []
    with file.text() as text:
        lines = _remembered(text, read)
        next(itertools.islice(lines, dialect.above, dialect.above), None)
        next(rows_of(lines, dialect.delimiter), None)
    above = "".join(read)
    with file.open() as stream:
        marked = file.encoding == "utf-8-sig" and stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
    length = len(above.encode(_without_mark(file.encoding))) + (len(codecs.BOM_UTF8) if marked else 0)
    return length, b"\r" if above.endswith("\r") else b"\n"


def _remembered(lines: Iterable[str], read: list[str]) -> Iterator[str]:
    for line in lines:
        read.append(line)
        yield line


def _without_mark(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding
