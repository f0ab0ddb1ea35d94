"""Which columns of a table in parts name the same entities, such as a card's number and that of its only holder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.rows import Hashes

# Values of a column that are followed from part to part.
MOST_LINKS = 2_048


@dataclass(frozen=True, eq=False)
class EntityLinks:
    """What two columns have to agree on in all parts, if they are to name the same entities.

    Attributes:
        names: of the columns (e,).
        equal: whether two of them have named the same entities in each part so far (e, e).
        linked: of each column, its ``MOST_LINKS`` smallest hashes, rising, in the rows that have all columns' values
            beside them: (k, e) each.
    """

    names: Sequence[str]
    equal: NDArray[np.bool_]
    linked: Sequence[Hashes]

    @classmethod
    def of(cls, entities: Mapping[str, Hashes]) -> "EntityLinks":
        """Look at the hashes (n,) of each column's entities, which are 0 where they are missing."""
        values = np.column_stack([*entities.values()])
        codes = [pd.factorize(each)[0] for each in entities.values()]
        equal = [
            [
                np.array_equal(one, other) and np.array_equal(values[:, i] == 0, values[:, j] == 0)
                for j, other in enumerate(codes)
            ]
            for i, one in enumerate(codes)
        ]
        linked = []
        for place in range(len(codes)):
            smallest, rows = np.unique(values[:, place], return_index=True)
            linked.append(values[rows[: MOST_LINKS if len(smallest) else 0]])
        return cls([*entities], np.array(equal, dtype=bool), linked)

    def merge(self, other: "EntityLinks") -> "EntityLinks":
        """Return what both together tell."""
        equal, linked = self.equal & other.equal, []
        for place, (one, two) in enumerate(zip(self.linked, other.linked, strict=True)):
            _, here, there = np.intersect1d(one[:, place], two[:, place], return_indices=True)
            # A value that has another beside it than before stands for something else.
            agree = (one[here] == two[there]).all(axis=0)
            equal[place] &= agree
            equal[:, place] &= agree
            both = np.concatenate([one, two])
            linked.append(both[np.unique(both[:, place], return_index=True)[1][:MOST_LINKS]])
        return EntityLinks(self.names, equal, linked)

    def same(self, names: Sequence[str]) -> dict[str, str]:
        """Return which of some columns name the same entities as an earlier one of them."""
        places = [self.names.index(name) for name in names]
        found = {}
        for at, place in enumerate(places):
            earlier = next((other for other in places[:at] if self.equal[place, other]), None)
            if earlier is not None:
                found[self.names[place]] = self.names[earlier]
        return found
