"""Decoding of an upload: compression, encoding, and limits on both, in one streaming pass."""

import codecs
import gzip
import io
import re
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, TextIO

from functions.core.errors import EncodingError, InvalidDatasetError, InvalidSettingsError, NotCsvError

_CHUNK_BYTES = 2**20
_GZIP = b"\x1f\x8b"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MAGIC = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3": "an SQLite database",
    b"\x89HDF": "an HDF5 file",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x7fELF": "a program",
}
_OTHER_TEXT = re.compile(rb'\s*(?:\{\s*"|\[\s*[\[{]|<(?:!doctype|html|\?xml))', re.IGNORECASE)

# cp1252 gives nearly every byte a meaning, so that it "decodes" any garbage. It is believed only where what it yields
# looks like Western text: its letters and punctuation, never four in a row, no control characters, no UTF-8 pairs.
_WESTERN = (
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŒŠŽßàáâãäåæçèéêëìíîïñòóôõöøùúûüýœšž€£¥§°²³µ·«»‘’“”–—…™®©ªº¿¡¼½¾\xa0"  # noqa: RUF001 - exactly these quotes and dashes
).encode("cp1252")
_CONTROLS = rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_NOT_WESTERN = re.compile(
    _CONTROLS + rb"|[\x80-\xff]{4}|[\xc2\xc3][\x80-\xbf]|(?![" + re.escape(_WESTERN) + rb"])[\x80-\xff]"
)


@dataclass(frozen=True)
class ReadLimits:
    """Limits on a file; larger ones are refused. Memory stays within a small multiple of ``max_bytes``."""

    max_columns: int = 10_000
    max_line_bytes: int = 16 * 2**20
    max_bytes: int = 4 * 2**30


@dataclass(frozen=True)
class TextFile:
    """A file that is known to decode; ``unpacked`` holds the bytes of a compressed one, on disk, until ``close``.

    ``backslashes`` says whether it may hold any.
    """

    path: Path
    name: str
    encoding: str
    unpacked: IO[bytes] | None
    backslashes: bool = True

    @property
    def compressed(self) -> bool:
        """Return whether the file itself is gzip."""
        return self.unpacked is not None

    def close(self) -> None:
        """Remove the temporary file of a compressed upload."""
        if self.unpacked is not None:
            self.unpacked.close()

    def open(self) -> BinaryIO:
        """Open the decompressed bytes."""
        return (self.path if self.unpacked is None else Path(self.unpacked.name)).open("rb")

    def text(self) -> TextIO:
        """Open the decoded text, line ends as they are."""
        return io.TextIOWrapper(self.open(), encoding=self.encoding, newline="")


def decode_file(path: Path, *, name: str, encoding: str | None = None, limits: ReadLimits) -> TextFile:
    """Detect a file's compression and encoding, and check that all of it decodes.

    Compression is detected by the first bytes, not by the name. Without an ``encoding``, a byte-order mark decides,
    then UTF-8 is tried, then cp1252, which is accepted only where the result looks like Western European text.

    Raises:
        NotCsvError: it is an image, an archive, a broken gzip, or another binary or structured format.
        EncodingError: it does not decode; the message names the first such byte.
        InvalidDatasetError: it exceeds a limit.
        InvalidSettingsError: there is no such encoding.
        OSError: the temporary directory has no room for what a compressed file unpacks to.
    """
    with path.open("rb") as stream:
        head = stream.read(len(_GZIP))
    unpacked = _gunzip(path, name, limits) if head == _GZIP else None
    file = TextFile(path, name, "utf-8", unpacked)
    with file.open() as stream:
        head = stream.read(4096)
    _refuse_other_formats(head, name)
    proven, backslashes = _prove_encoding(file, encoding, head, limits)
    return TextFile(path, name, proven, unpacked, backslashes)


def _gunzip(path: Path, name: str, limits: ReadLimits) -> IO[bytes]:
    """Decompress to a temporary file that is deleted when closed: a decompression bomb would fill the memory."""
    unpacked = tempfile.NamedTemporaryFile(prefix="unpacked-")  # noqa: SIM115 - whoever reads the file closes it
    with gzip.open(path) as stream:
        for chunk in _chunks(_Undamaged(stream, name), name, limits):
            unpacked.write(chunk)
    unpacked.flush()
    return unpacked


@dataclass(frozen=True)
class _Undamaged:
    """A gzip stream that raises our error where it is damaged; a full disk is no damage and stays an ``OSError``."""

    stream: gzip.GzipFile
    name: str

    def read(self, size: int) -> bytes:
        """Read some bytes."""
        try:
            return self.stream.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise NotCsvError(f"{self.name} is a damaged gzip file ({error}); compress and upload it again.") from error


def _refuse_other_formats(head: bytes, name: str) -> None:
    if head.startswith(_GZIP):
        raise NotCsvError(f"{name} is gzip within gzip; compress it once only.")
    found = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    if found is None and _OTHER_TEXT.match(head):
        found = "JSON, XML or HTML"
    if found is not None:
        raise NotCsvError(f"{name} is {found}, not a CSV; export the table as CSV and upload that.")


def _prove_encoding(file: TextFile, wanted: str | None, head: bytes, limits: ReadLimits) -> tuple[str, bool]:
    """Return the encoding, and whether the file may hold backslashes."""
    encoding = _canonical(wanted) if wanted else _guess(head)
    try:
        return encoding, _decode_all(file, encoding, limits)
    except EncodingError:
        if wanted or encoding != "utf-8" or not _looks_western(file, limits):
            raise
        return "cp1252", True


def _canonical(encoding: str) -> str:
    try:
        return io.TextIOWrapper(io.BytesIO(), encoding=encoding).encoding
    except (LookupError, ValueError) as error:
        raise InvalidSettingsError(f"The encoding {encoding!r} is not known; use a name such as utf-8.") from error


def _guess(head: bytes) -> str:
    by_mark = next((encoding for mark, encoding in _BOMS if head.startswith(mark)), None)
    if by_mark:
        return by_mark
    # A table is mostly ASCII: in UTF-16 every other byte is then zero.
    if b"\0" not in head[::2] and head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if b"\0" not in head[1::2] and head[::2].count(0) > len(head) // 4:
        return "utf-16-be"
    return "utf-8"


def _decode_all(file: TextFile, encoding: str, limits: ReadLimits) -> bool:
    """Decode all of a file; return whether a byte of it is a backslash."""
    decoder = codecs.getincrementaldecoder(encoding)()
    ascii_is_itself = encoding in {"utf-8", "utf-8-sig"}
    start, pending, backslashes = 0, 0, False
    try:
        with file.open() as stream:
            for chunk in _chunks(stream, file.name, limits):
                text: str | bytes = chunk
                if pending or not (ascii_is_itself and chunk.isascii()):
                    text = decoder.decode(chunk)
                    pending = len(decoder.getstate()[0])
                _refuse_nul(text, file.name)
                backslashes = backslashes or b"\\" in chunk
                start += len(chunk)
        if pending:
            decoder.decode(b"", final=True)
    except UnicodeError as error:
        offset = start - pending + (error.start if isinstance(error, UnicodeDecodeError) else 0)
        raise EncodingError(_undecodable(file, encoding, offset)) from error
    return backslashes


def _undecodable(file: TextFile, encoding: str, offset: int) -> str:
    """Return the sentence on the first byte that does not decode; the bytes before it are read in chunks."""
    decoder, line, left = codecs.getincrementaldecoder(encoding)("replace"), 1, offset
    with file.open() as stream:
        while before := stream.read(min(left, _CHUNK_BYTES)):
            line += decoder.decode(before).count("\n")
            left -= len(before)
        byte = stream.read(1)
    return (
        f"{file.name} can't be decoded: byte 0x{byte.hex().upper()} at offset {offset:,} (line {line:,}) is not valid; "
        "save the file as UTF-8, or name its encoding in the settings."
    )


def _refuse_nul(text: str | bytes, name: str) -> None:
    if ("\0" if isinstance(text, str) else b"\0") in text:  # type: ignore[operator]
        raise NotCsvError(f"{name} holds NUL bytes, so it is binary data, not a CSV; export the table as CSV.")


def _looks_western(file: TextFile, limits: ReadLimits) -> bool:
    with file.open() as stream:
        return not any(_NOT_WESTERN.search(chunk) for chunk in _chunks(stream, file.name, limits))


def _chunks(stream: BinaryIO | _Undamaged, name: str, limits: ReadLimits) -> Iterator[bytes]:
    """Yield the stream's bytes and stop at the limits; no more than one chunk is held."""
    total, line = 0, 0
    while chunk := stream.read(min(_CHUNK_BYTES, limits.max_line_bytes)):
        total += len(chunk)
        first_end, last_end = _line_ends(chunk)
        longest = line + (len(chunk) if first_end < 0 else first_end)
        line = longest if last_end < 0 else len(chunk) - last_end - 1
        if total > limits.max_bytes:
            raise InvalidDatasetError(
                f"{name} holds more than {limits.max_bytes:,} bytes once decompressed; split it into smaller files."
            )
        if longest > limits.max_line_bytes:
            raise InvalidDatasetError(
                f"{name} has a line of more than {limits.max_line_bytes:,} bytes, which no table of transactions has; "
                "check its line ends."
            )
        yield chunk


def _line_ends(chunk: bytes) -> tuple[int, int]:
    """Return where the first and the last line of a chunk end; -1 without a line end."""
    firsts = [position for position in (chunk.find(b"\n"), chunk.find(b"\r")) if position >= 0]
    return min(firsts, default=-1), max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
