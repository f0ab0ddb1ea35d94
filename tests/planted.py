"""A table that names cards and people, and a search for their names in whatever a run leaves, packed or not."""

import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

ROWS, CARDS = 1_500, 120
_GZIP, _ZIP, _PARQUET, _NUMPY = b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"\x93NUMPY"
_FIRST = ("Wilhelmine", "Bartholomew", "Philippa", "Ferdinand", "Guinevere", "Thaddeus", "Rosalinde", "Zebediah")
_LAST = ("Ostrander", "Featherstone", "Quackenbush", "Villanueva", "Birtwhistle", "Oyelaran", "Szczepanski")
_CARD_NUMBERS = [4539_0077_0000_0000 + 791_917 * (i + 1) for i in range(CARDS)]
# Of every value that names a row, a card or a person, in small letters: what is nowhere by chance.
_MARKS = re.compile(
    rb"45390077\d{8}|cu-7700\d{4}|dev-7e57[0-9a-f]{8}|f00dfeed[0-9a-f]{24}|@planted\.example|old planted terrace|"
    + b"|".join(name.lower().encode() for name in (*_FIRST, *_LAST))
)
# Where a column of numbers holds a card.
_AS_NUMBERS = {struct.pack(form, number) for number in _CARD_NUMBERS for form in ("<d", "<q")}


def people(rows: int = ROWS, seed: int = 5) -> pd.DataFrame:
    """Make payments of cards and customers, whose frauds are told by the amount; the target is last."""
    rng = np.random.default_rng(seed)
    who = rng.integers(0, CARDS, rows)
    names = np.array([f"{_FIRST[i % 8]} {_LAST[i % 7]} {_LAST[(i // 7) % 7]}" for i in range(CARDS)])
    fraud = rng.random(rows) < 0.1
    return pd.DataFrame(
        {
            "trans_num": [f"f00dfeed{rng.bytes(12).hex()}" for _ in range(rows)],
            "trans_time": pd.Timestamp("2026-03-01") + pd.to_timedelta(np.sort(rng.integers(0, 4_000_000, rows)), "s"),
            "cc_num": np.array(_CARD_NUMBERS)[who],
            "customer_id": np.array([f"CU-{77_000_001 + 71 * i}" for i in range(CARDS)])[who],
            "device": np.array([f"dev-7e57{(i + 3) * 0x9E3779B9 % 2**32:08x}" for i in range(CARDS)])[who],
            "full_name": names[who],
            "email": np.array([f"{name.replace(' ', '.').lower()}@planted.example" for name in names])[who],
            "street": np.array([f"{100 + i} Old Planted Terrace" for i in range(CARDS)])[who],
            "category": rng.choice(["grocery", "travel", "fuel"], rows),
            "amount": np.round(np.where(fraud, rng.lognormal(6, 0.6, rows), rng.lognormal(3, 0.9, rows)), 2),
            "quantity": rng.poisson(3, rows),
            "is_fraud": fraud.astype(int),
        }
    )


def found(left: Mapping[str, bytes]) -> dict[str, list[bytes]]:
    """Return, for each thing that holds any of the values, the first few of them."""
    hits: dict[str, list[bytes]] = {}
    for name, body in left.items():
        for where, content in unpacked(name, body):
            here = set(_MARKS.findall(content.lower())) | {each for each in _AS_NUMBERS if each in content}
            if here:
                hits[where] = sorted(here)[:3]
    return hits


def unpacked(name: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file as it is, and the content of those that are packed, in packed ones too."""
    yield name, body
    if body.startswith(_GZIP):
        yield from unpacked(f"{name}!gzip", gzip.decompress(body))
    elif body.startswith(_ZIP):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for each in archive.namelist():
                yield from unpacked(f"{name}!{each}", archive.read(each))
    elif body.startswith(_PARQUET):
        file = pq.ParquetFile(io.BytesIO(body))
        yield f"{name}!schema", repr(file.schema_arrow.metadata).encode()
        yield f"{name}!rows", _as_text(file.read().to_pandas())
    elif body.startswith(_NUMPY):
        array = np.load(io.BytesIO(body), allow_pickle=False)
        yield f"{name}!array", _as_text(pd.DataFrame({"values": array.ravel()}))
    elif body[:1] == b"\x78":
        try:
            yield from unpacked(f"{name}!zlib", zlib.decompress(body))
        except zlib.error:
            return


def _as_text(table: pd.DataFrame) -> bytes:
    """Write all values, whole numbers without an exponent."""
    columns = [
        column.map("{:.0f}".format) if pd.api.types.is_float_dtype(column.dtype) else column.map(str)
        for _, column in table.items()
    ]
    return "\n".join(text for column in columns for text in column).encode()
