"""Made-up tables of many kinds of columns, and files of them."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 400
type Column = Callable[[int], str]

# Of row n, as a CSV writes it where fields are separated by semicolons.
COLUMNS: dict[str, Column] = {
    "whole numbers": lambda n: str(n * 37 % 101),
    "fractions": lambda n: f"{n * 37 % 101 / 7:.4f}",
    "fractions_late": lambda n: str(n) if n < ROWS - 3 else f"{n}.5",
    "gaps": lambda n: "" if n % 5 == 0 else str(n % 11),
    "null words": lambda n: "NA" if n % 50 == 3 else str(n % 13),
    "decimal commas": lambda n: f"{n % 97},{n % 89:02}",
    "thousands": lambda n: f"{n % 7 + 1}.{n % 1000:03},50",
    "euros": lambda n: f"{n % 7 + 1},50 €",
    "words": lambda n: ("web", "app", "shop")[n % 3],
    "padded words": lambda n: (" web", "app ", "shop")[n % 3],
    "kind_id": lambda n: str(n % 17),
    "code_id": lambda n: f"{n % 17:03}",
    "mixed_code": lambda n: "web" if n % 40 == 7 else f"{n % 4}.0",
    "card_id": lambda n: str(4_111_111_111_111_000 + n % 60),
    "card_number": lambda n: "" if n % 9 == 0 else str(4_111_111_111_111_000 + n % 60),
    "yes": lambda n: "True" if n % 3 else "False",
    "yes_or_gap": lambda n: ("true", "FALSE", "")[n % 3],
    "day": lambda n: f"2026-0{n % 9 + 1}-{n % 28 + 1:02} 10:{n % 60:02}:00",
    "german day": lambda n: f"{n % 28 + 1:02}.0{n % 9 + 1}.2026",
    "at": lambda n: str(1_760_000_000 + 60 * n),
    "compact_date": lambda n: f"2026{n % 12 + 1:02}{n % 28 + 1:02}",
    "clock": lambda n: f"{n % 24:02}:{n % 60:02}",
    "memo": lambda n: f'"line {n % 7}\nand; a ""quote"""',
    "constant": lambda _: "1",
    "nothing": lambda _: "",
    "none": lambda n: "None" if n % 4 else "some",
    "placeholders": lambda n: "?" if n % 30 == 1 else str(n % 9),
}


def csv(names: list[str], rows: range = range(ROWS), end: str = "\n") -> str:
    lines = [";".join([*(COLUMNS[name](n) for name in names), str(int(n % 8 == 0))]) for n in rows]
    return end.join([";".join([*names, "is_fraud"]), *lines, ""])


_number = itertools.count()


def stored(folder: Path, content: str | bytes, name: str = "upload.csv") -> Path:
    path = folder / str(next(_number)) / name
    path.parent.mkdir()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def typed_frame() -> pd.DataFrame:
    n = np.arange(ROWS)
    return pd.DataFrame(
        {
            "amount": n % 97 / 7,
            "count": n % 11,
            "gaps": pd.array(np.where(n % 5, n % 13, -1), "Int64"),
            "kind_id": n % 17,
            "card_id": 4_111_111_111_111_000 + n % 60,
            "words": np.array(["web", "app", "shop"])[n % 3],
            "level": pd.Categorical(np.array(["low", "high"])[n % 2]),
            "flag": n % 3 == 0,
            "day": pd.Timestamp("2026-01-01") + pd.to_timedelta(n % 300, unit="h"),
            "is_fraud": (n % 8 == 0).astype(int),
        }
    ).assign(gaps=lambda table: table["gaps"].mask(table["gaps"] < 0))
