"""Rows as the parts of a compiled model take them: one matrix of numbers, and codes of texts, made once for all."""

import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.moments import read_moments
from functions.core.data.pseudonyms import is_pseudonym, require_pseudonyms
from functions.core.data.rows import Hashes, Numbers, hash_values
from functions.core.features.entity_history import History
from functions.core.features.maker import FeatureMaker
from functions.core.features.source_columns import Mask, bounded
from functions.core.scoring.input_rows import InputRows
from functions.core.training.calibration import Floats

type Codes = NDArray[np.intp]
type Vocabulary = Mapping[str | None, int]

# Codes of the texts that no vocabulary holds.
MISSING, UNSEEN = 0, 1


class SourceValues:
    """The columns that features are derived from, each read once."""

    def __init__(self, rows: InputRows, hashed: frozenset[str] = frozenset()) -> None:
        self._rows = rows
        self._hashed = hashed
        self._numbers: dict[str, Numbers] = {}
        self._entities: dict[str, tuple[Hashes, Mask]] = {}

    def numbers(self, name: str) -> Numbers:
        """Return a column's numbers (n,), bounded."""
        if name not in self._numbers:
            self._numbers[name] = bounded(self._rows.columns[name])
        return self._numbers[name]

    def moments(self, name: str) -> Numbers:
        """Return a column's times (n,); models of releases that kept them as texts read them here."""
        values = self._rows.columns[name]
        return read_moments(pd.Series(values, dtype="str")) if values.dtype == object else values

    def entities(self, name: str) -> tuple[Hashes, Mask]:
        """Return the hashes (n,) of a column's values, and which of them are missing (n,).

        Raises:
            ValueError: when they should be hashes by a home's key, and one is not.
        """
        if name not in self._entities:
            values = self._rows.columns[name]
            missing = values == None if values.dtype == object else np.isnan(values)  # noqa: E711 - of each value
            if name in self._hashed and not all(map(is_pseudonym, values[~missing])):
                require_pseudonyms(pd.Series(values, dtype="str", name=name), name)
            self._entities[name] = hash_values(values), np.asarray(missing, dtype=bool)
        return self._entities[name]


@dataclass(frozen=True, slots=True)
class DerivedFeatures:
    """Features that a fitted maker derives: those of an entity's history, or with None those without one."""

    maker: FeatureMaker
    entity: str | None

    def made(self, values: SourceValues) -> dict[str, Numbers]:
        """Return the features (n,) by their wanted names, as in the maker's ``names_``."""
        if self.entity is None:
            return dict(self.maker.derive_plain(values))
        return dict(self.maker.derive_past(values, self.entity))

    @property
    def wanted(self) -> list[str]:
        """The names of the features."""
        nothing = {
            name: np.full(1, np.nan) if numeric else np.array([None], dtype=object)
            for name, numeric in self.maker.numeric_.items()
        }
        return list(self.made(SourceValues(InputRows(nothing, 1))))

    @property
    def key(self) -> Hashable:
        """What two makers derive alike, if it is equal."""
        maker = self.maker
        if self.entity is not None:
            return self.entity, maker.clock_, maker.amount_, _digest(maker.histories_[self.entity])
        named = (maker.days_.items(), maker.weekdays_, maker.pairs_, maker.amounts_, maker.logs_)
        return maker.cyclic, *(tuple(map(str, each)) for each in named)


@dataclass(frozen=True)
class Layout:
    """What a model's parts take, and where it is.

    Attributes:
        numbers: columns of numbers, the first of the matrix.
        derived: what makes the columns after them, with the names of those that are taken.
        vocabularies: of each column of texts that is encoded, its texts and their codes.
        hashed: the columns whose values are hashes.
    """

    numbers: Sequence[str]
    derived: Sequence[tuple[DerivedFeatures, Sequence[str]]]
    vocabularies: Mapping[str, Vocabulary]
    hashed: frozenset[str]


class PreparedRows:
    """n rows, laid out.

    Attributes:
        rows: as they were read.
        matrix: numbers (n, p).
        encoded: what encoders with nothing of their own have made of them, for the next one that is alike.
    """

    def __init__(self, rows: InputRows, layout: Layout) -> None:
        self.rows = rows
        self.encoded: dict[Hashable, Floats] = {}
        self._vocabularies = layout.vocabularies
        self._codes: dict[str, Codes] = {}
        values = SourceValues(rows, layout.hashed)
        columns = [rows.columns[name] for name in layout.numbers]
        for derived, wanted in layout.derived:
            made = derived.made(values)
            columns += [made[name] for name in wanted]
        # Laid end to end and turned, which for a single row is no copy.
        joined = np.concatenate(columns) if columns else np.empty(0)
        self.matrix = np.ascontiguousarray(joined.reshape(len(columns), rows.count).T)

    def codes(self, name: str) -> Codes:
        """Return the codes (n,) of a column of texts."""
        if name not in self._codes:
            known, values = self._vocabularies[name], self.rows.columns[name]
            self._codes[name] = np.fromiter((known.get(each, UNSEEN) for each in values), np.intp, self.rows.count)
        return self._codes[name]


def vocabulary(texts: Iterable[str]) -> dict[str | None, int]:
    """Number distinct texts, after those that stand for what is missing or unseen."""
    return {None: MISSING} | {text: code for code, text in enumerate(sorted(set(texts)), UNSEEN + 1)}


def _digest(history: History) -> bytes:
    hashed = hashlib.sha256()
    for name in ("entities_", "moments_", "keys_", "counts_", "means_", "latest_"):
        hashed.update(np.ascontiguousarray(getattr(history, name)).data)
    return hashed.digest()
