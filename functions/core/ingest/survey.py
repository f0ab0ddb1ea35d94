"""A look at a file's bytes for what parsing would lose: zeros in front of whole numbers, backslashes before quotes."""

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from functions.core.ingest.decoding import TextFile

# Small enough for the processor's cache: several passes over it cost less than one over the whole file.
_CHUNK_BYTES = 2**17
_ONE_BYTE = {"utf-8", "utf-8-sig", "cp1252", "ascii", "iso8859-1", "latin-1"}
# As many as a number has that is whole and no text anyway.
_TAIL_BYTES = 32
_QUOTE = 34
_PLUS = 43
_ZERO = 48
_DIGITS = 10
# A backslash and a quote that is not the end of its field, as MySQL writes a quote within one.
_ESCAPED_QUOTE = re.compile(rb'\\"(?![,;\t|\r\n]|$)')


def has_escapes(file: TextFile) -> bool:
    """Return whether quotes within fields are written with a backslash before them, as MySQL does."""
    if not file.backslashes:
        return False
    return any(b"\\" in chunk and _ESCAPED_QUOTE.search(chunk) is not None for chunk in _chunks(file))


def has_leading_zeros(file: TextFile, delimiter: str) -> bool:
    """Return whether a field holds a whole number that begins with a zero, such as 00501; times like 00:05 are none."""
    mark = delimiter.encode()
    return any(_has_leading_zeros(np.frombuffer(chunk, dtype=np.uint8), mark) for chunk in _chunks(file))


def _has_leading_zeros(codes: NDArray[np.uint8], mark: bytes) -> bool:
    """Return whether somewhere a delimiter, a space or a quote is before a zero, and digits up to the next of these."""
    found = codes[1:-1] == _ZERO
    # A digit, or a letter, which ends the search below.
    found &= codes[2:] >= _ZERO
    before = codes[:-2]
    # What is below a comma is punctuation and space, the quote among it.
    found &= before <= mark[0] if mark == b"," else (before <= _QUOTE) | (before == mark[0])
    if not found.any():
        return False
    at = np.flatnonzero(found)
    at = at[before[at] != _PLUS] + 2  # an exponent
    for _ in range(_TAIL_BYTES):
        if not len(at):
            return False
        after = codes[at]
        if ((after <= _QUOTE) | (after == mark[0])).any():
            return True
        at = at[after - np.uint8(_ZERO) < _DIGITS] + 1
        at = at[at < len(codes)]
    return False


def _chunks(file: TextFile) -> Iterator[bytes | bytearray]:
    """Yield the file's text in chunks that begin with the end of the one before; of any encoding, as UTF-8.

    The first begins, and the last ends, with line ends.
    """
    if file.encoding not in _ONE_BYTE:
        tail = "\n"
        with file.text() as text:
            while part := text.read(_CHUNK_BYTES):
                yield (tail + part).encode(errors="replace")
                tail = part[-_TAIL_BYTES:]
        yield f"{tail}\n".encode(errors="replace")
        return
    buffer = bytearray(b"\n" * _TAIL_BYTES + bytes(_CHUNK_BYTES))
    with file.open() as stream:
        while size := stream.readinto(memoryview(buffer)[_TAIL_BYTES:]):  # type: ignore[attr-defined]  # a file has it
            yield buffer if size == _CHUNK_BYTES else buffer[: _TAIL_BYTES + size]
            buffer[:_TAIL_BYTES] = buffer[size : _TAIL_BYTES + size]
    yield buffer[:_TAIL_BYTES] + b"\n"
