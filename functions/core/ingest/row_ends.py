"""Where the rows of delimited text end, so that a file can be read part by part; quoted fields may hold line ends."""

import numpy as np
from numpy.typing import NDArray

_QUOTE = ord('"')
_BEFORE_A_FIELD = b"\r\n"


def last_row_end(block: bytes, delimiter: bytes, line_end: bytes) -> int:
    """Return the length of the whole rows that a block begins with; 0 where it holds the end of none.

    Args:
        block: text of an encoding in which ASCII is itself, from the start of a row.
        delimiter: between fields, one byte.
        line_end: the last byte of each line's end.
    """
    end = block.rfind(line_end)
    if b'"' not in block:
        return end + 1
    opening, closing = _quoted_fields(block, delimiter)
    while end >= 0:
        field = int(np.searchsorted(opening, end)) - 1
        # The last field may be open still.
        if field < 0 or (field < len(closing) and closing[field] < end):
            break
        end = block.rfind(line_end, 0, int(opening[field]))
    return end + 1


def _quoted_fields(block: bytes, delimiter: bytes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where quoted fields, or parts of them between doubled quotes, begin and end.

    Every other quote opens a field, if each of these is at a field's start or doubled. Where a plain field holds one,
    as in ``5" pipe``, they are walked one by one: it is a character there.
    """
    codes = np.frombuffer(block, dtype=np.uint8)
    quotes = np.flatnonzero(codes == _QUOTE)
    opening = quotes[::2]
    before = codes[opening[opening > 0] - 1]
    if np.isin(before, [*_BEFORE_A_FIELD, delimiter[0], _QUOTE]).all():
        return opening, quotes[1::2]
    return _walked(block, quotes.tolist(), delimiter)


def _walked(block: bytes, quotes: list[int], delimiter: bytes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    starts = {*_BEFORE_A_FIELD, delimiter[0]}
    opening, closing = list[int](), list[int]()
    doubled = -1
    for place in quotes:
        if place == doubled:
            continue
        if len(opening) > len(closing):
            if block[place + 1 : place + 2] == b'"':
                doubled = place + 1
            else:
                closing.append(place)
        elif place == 0 or block[place - 1] in starts:
            opening.append(place)
    return np.array(opening, dtype=np.intp), np.array(closing, dtype=np.intp)
