"""Files in which a backslash stands before quotes within fields, as MySQL writes them, as plain CSV."""

import re
import tempfile

from functions.core.ingest.decoding import TextFile
from functions.core.ingest.survey import has_escapes

_CHUNK_CHARACTERS = 2**20
_ESCAPED = re.compile(r"\\([\"\\'\r\n])")
_PLAIN = {'"': '""'}


def without_escapes(file: TextFile) -> TextFile | None:
    r"""Return a copy of a file that MySQL has written, in UTF-8, with quotes doubled; None where there is none to make.

    ``\"`` becomes ``""``, ``\\`` a backslash, and one at a line's end within a field goes; ``\N`` stays, for a missing
    value. Rows and lines are as many as before. ``close`` removes the copy.
    """
    if not has_escapes(file):
        return None
    copy = tempfile.NamedTemporaryFile(prefix="unescaped-")  # noqa: SIM115 - whoever reads the file closes it
    with file.text() as text:
        pending = ""
        while part := text.read(_CHUNK_CHARACTERS):
            part = pending + part
            # An odd number of backslashes at the end: the last one's character is in the next part.
            odd = (len(part) - len(part.rstrip("\\"))) % 2
            pending, part = ("\\", part[:-1]) if odd else ("", part)
            copy.write(_ESCAPED.sub(lambda found: _PLAIN.get(found[1], found[1]), part).encode())
        copy.write(pending.encode())
    copy.flush()
    return TextFile(file.path, file.name, "utf-8", copy)
