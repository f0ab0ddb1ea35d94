"""The rule by which each part of a table splits its own rows, as the whole table would be split."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from functions.core.data.rows import Hashes, Numbers, contained, mix
from functions.core.data.split_ways import SPLITS, Fractions, SplitName
from functions.core.data.splitting import order_key
from functions.core.errors import UnreadableRecordError
from functions.core.parts.packed_arrays import pack, unpack
from functions.core.parts.row_keys import RowKeys

type Places = NDArray[np.intp]

_KIND = "split rule"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class SplitChoice:
    """How a table is to be split; see ``functions.core.data.splitting``."""

    kind: Literal["stratified", "time", "last_rows"]
    seed: int
    fractions: Fractions
    time_column: str | None = None


@dataclass(frozen=True, eq=False)
class HashLimits:
    """Where the order of mixed hashes is cut: the first hash of each split after the first, as far as one is reached.

    Rows of a group with a fraud have limits of their own; ``shared`` are the mixed hashes of the groups with both
    labels, rising, as a legitimate row can't tell by itself that it is in one.
    """

    of_frauds: Hashes
    of_others: Hashes
    shared: Hashes

    def places(self, mixed: Hashes, is_fraud: NDArray[np.bool_]) -> Places:
        """Return the place of each of n rows' split (n,)."""
        with_fraud = is_fraud | contained(mixed, self.shared)
        of_frauds = np.searchsorted(self.of_frauds, mixed, side="right")
        return np.where(with_fraud, of_frauds, np.searchsorted(self.of_others, mixed, side="right"))


@dataclass(frozen=True, eq=False)
class SplitRule:
    """The split of a table of several parts.

    Attributes:
        choice: how it is split.
        first_rows: the place of each part's first row in the table, by the part's number.
        before_test: how many rows come before those of test; all of them, unless the last rows are test's.
        hashes: where the order of hashes is cut; None where rows are split by time.
        moments: the first moment of each split after the first; None where rows are split in another way.
        counts: rows and frauds of each split.
        duplicate_rows: rows that repeat an earlier one, label included.
        explanation: of the split, a sentence for people.
        legitimate_share: of those of train and validation, to train on.
    """

    choice: SplitChoice
    first_rows: Mapping[int, int]
    before_test: int
    hashes: HashLimits | None
    moments: Numbers | None
    counts: Mapping[SplitName, tuple[int, int]]
    duplicate_rows: int
    explanation: str
    legitimate_share: float = field(default=1.0)

    def places(self, number: int, keys: RowKeys) -> Places:
        """Return for each of a part's n rows the place of its split among ``SPLITS`` (n,).

        Raises:
            UnreadableRecordError: the rule is not of this table.
        """
        if number not in self.first_rows:
            raise UnreadableRecordError(f"The rule of the split knows no part {number}.")
        if self.moments is not None:
            if keys.moments is None:
                raise UnreadableRecordError(f"Part {number} is to be split by time, and its times are not known.")
            return np.searchsorted(self.moments, keys.moments, side="right")
        if self.hashes is None:
            raise UnreadableRecordError("The rule of the split has no limits.")
        places = self.hashes.places(mix(keys.hashes ^ order_key(self.choice.seed)), keys.is_fraud)
        places[max(self.before_test - self.first_rows[number], 0) :] = SPLITS.index("test")
        return places

    def thinned(self, share: float) -> "SplitRule":
        """Return the same rule with that share of the legitimate rows to train on."""
        return replace(self, legitimate_share=share)

    def to_bytes(self) -> bytes:
        """Write the rule; see ``from_bytes``."""
        arrays: dict[str, NDArray[Any]] = {} if self.moments is None else {"moments": self.moments}
        if self.hashes is not None:
            arrays |= asdict(self.hashes)
        arrays["parts"] = np.array([*self.first_rows.items()], dtype=np.int64).reshape(-1, 2)
        own = ("before_test", "duplicate_rows", "explanation", "legitimate_share")
        about = {name: getattr(self, name) for name in own}
        return pack(_KIND, _VERSION, {**about, "choice": asdict(self.choice), "counts": dict(self.counts)}, arrays)

    @classmethod
    def from_bytes(cls, body: bytes) -> "SplitRule":
        """Read the rule that ``to_bytes`` wrote.

        Raises:
            UnreadableRecordError: when it is damaged, or of a later release.
        """
        about, arrays = unpack(_KIND, _VERSION, body)
        try:
            choice = about.pop("choice")
            choice["fractions"] = tuple(choice["fractions"])
            about["counts"] = {name: (rows, frauds) for name, (rows, frauds) in about["counts"].items()}
            first_rows = {int(number): int(row) for number, row in arrays.pop("parts")}
            moments = arrays.pop("moments", None)
            hashes = HashLimits(**arrays) if arrays else None
            return cls(SplitChoice(**choice), first_rows, hashes=hashes, moments=moments, **about)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise UnreadableRecordError(f"A {_KIND} can't be read: {type(error).__name__}.") from error
