"""Makers as release 0.2 and earlier fitted them: they carry the histories of their training data's entities."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from unittest.mock import patch

import numpy as np
import pandas as pd

from functions.core.data.chosen_rows import ChosenRows
from functions.core.data.pseudonyms import are_pseudonyms
from functions.core.features.daily_clocks import clock_of
from functions.core.features.entity_history import UNKNOWN, History, Transactions
from functions.core.features.maker import FeatureMaker
from functions.core.features.source_columns import free_name, is_numeric
from functions.core.training import models

MAX_ENTITIES = 4


def fit_history(known: Transactions) -> History:
    """Sum transactions up along time for each entity."""
    made, rows = History(), ~np.isnan(known.moments)
    amounts = known.amounts[rows]
    made.entities_, entity = np.unique(known.entities[rows], return_inverse=True)
    made.moments_, moment = np.unique(known.moments[rows], return_inverse=True)
    keys = made._key(entity, moment)
    order = np.lexsort((amounts, keys))
    keys, amounts = keys[order], amounts[order]
    sums = pd.DataFrame({"rows": 1.0, "amounts": ~np.isnan(amounts), "total": np.nan_to_num(amounts)})
    sums = sums.groupby(entity[order], sort=False).cumsum()
    ends = np.flatnonzero(np.diff(keys, append=UNKNOWN))
    made.keys_ = np.append(made._key(UNKNOWN, 0), keys[ends])
    made.counts_ = np.append(0.0, sums["rows"].to_numpy()[ends])
    with np.errstate(invalid="ignore"):
        made.means_ = np.append(np.nan, (sums["total"] / sums["amounts"]).to_numpy()[ends])
    made.latest_ = np.append(np.nan, known.moments[rows][order][ends])
    return made


def old_maker(X: pd.DataFrame, **named: Any) -> FeatureMaker:  # noqa: ANN401 - of several types
    """Fit a maker to rows as an earlier release did."""
    return _OldMaker(**named).fit(X).as_loaded()


@contextmanager
def old_training() -> Iterator[None]:
    """Train models as an earlier release did."""
    with patch.object(models, "FeatureMaker", _OldMaker):
        yield


class _OldMaker(FeatureMaker):
    """A maker that fits histories."""

    def fit(self, X: pd.DataFrame | ChosenRows, _: object = None) -> Self:
        """Fit to rows; as training does it, it is a maker like any other then."""
        if isinstance(X, ChosenRows):
            fitted: Self = self.fit(X.frame()).as_loaded()
            return fitted
        super().fit(X)
        roles = self.roles or {}
        times, amounts, entities = ([name for name, its in roles.items() if its == role] for role in _ROLES)
        entities = [*([self.entity] if self.entity else []), *(name for name in entities if name != self.entity)]
        entities = entities[:MAX_ENTITIES]
        if not entities:
            return self
        self.clock_ = self.time or clock_of(X, times)
        self.amount_ = self.amount or next(iter(amounts), None)
        sources = [*entities, *(each for each in (self.clock_, self.amount_) if each)]
        self.numeric_ |= {name: is_numeric(X[name]) for name in sources}
        self.hashed_ = [entity for entity in entities if are_pseudonyms(X[entity])]
        for entity in entities:
            known = self._transactions(self._rows(X), entity)
            moments = known.moments if self.clock_ else known.moments - 1
            self.histories_[entity] = fit_history(Transactions(known.entities, moments, known.amounts))
        self.names_, taken = {}, set(X.columns)
        for wanted, _values in self._made(X.iloc[:1]):
            self.names_[wanted] = free_name(wanted, taken)
            taken.add(self.names_[wanted])
        return self

    def as_loaded(self) -> FeatureMaker:
        """Return the maker as one that was loaded."""
        self.__class__ = FeatureMaker
        return self


_ROLES = ("time", "amount", "entity")
