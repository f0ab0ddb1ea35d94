"""Derived features of columns whose meaning the settings name; the first step of the model's pipeline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from functions.core.data.moments import read_moments
from functions.core.data.rows import Numbers, hash_rows
from functions.core.data.tables import Kind
from functions.core.errors import InvalidSettingsError
from functions.core.features.entity_history import History, Transactions
from functions.core.features.preprocessing import LARGEST
from functions.core.wording import closest, counted, quoted

SECONDS_OF_A_DAY = 86_400.0
SECONDS_OF_AN_HOUR = 3_600.0
# Larger whole numbers are not exact as floats.
LARGEST_IDENTIFIER = 2.0**53


@dataclass(frozen=True, slots=True)
class FeatureSettings:
    """Columns to derive features from; without a column its features are omitted.

    Attributes:
        amount: amounts, for their logarithm and their ratio to the entity's mean.
        seconds: seconds since any midnight, for the hour of the day.
        entity: identifier of the card or customer, for the entity history; needs ``time``.
        time: timestamp of the transaction: numbers of any unit, or texts in ISO 8601.
    """

    amount: str | None = None
    seconds: str | None = None
    entity: str | None = None
    time: str | None = None

    def require(self, kinds: Mapping[str, Kind]) -> None:
        """Check that the named columns exist and have a suitable kind.

        Raises:
            InvalidSettingsError: naming the first that is wrong.
        """
        _require("amount_column", self.amount, kinds, "numeric")
        _require("seconds_column", self.seconds, kinds, "numeric")
        if self.entity is not None:
            if self.time is None:
                raise InvalidSettingsError("entity_column needs time_column: a history has an order.")
            _require("entity_column", self.entity, kinds, "numeric", "categorical", "boolean")
            _require("time_column", self.time, kinds, "numeric", "categorical")


class FeatureMaker(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """A transformer that adds numeric columns to a table and changes none.

    - The amount's logarithm, ``log(1 + |amount|)`` with the amount's sign.
    - The hour of the day, 0 up to 24. Trees split it anywhere; for others (``cyclic``) it is a sine and a cosine, so
      that 23:59 is next to 0:00.
    - Of the entity's fitted transactions strictly before the row's: their count, the time since the last (seconds where
      time is given as text, its own unit otherwise), and with an amount their mean, and the row's amount divided by it.

    A row's features depend on the row and on the fitted data, never on other rows of the same call. Where their inputs
    are missing, they are NaN; an unseen entity has a count of 0.

    Args:
        amount: as in ``FeatureSettings``, like the next three.
        seconds: see there.
        entity: see there.
        time: see there.
        cyclic: whether for a model that is not made of trees.

    Attributes:
        names_: name of each added column; another name where a column of the table has that one.
        numeric_: whether each named column held numbers, texts otherwise.
        history_: of each entity, where one is named.
    """

    def __init__(
        self,
        amount: str | None = None,
        seconds: str | None = None,
        entity: str | None = None,
        time: str | None = None,
        *,
        cyclic: bool = False,
    ) -> None:
        self.amount = amount
        self.seconds = seconds
        self.entity = entity
        self.time = time
        self.cyclic = cyclic

    def fit(self, X: pd.DataFrame, _: object = None) -> Self:
        """Fit to rows (n, p) of train, n > 0, whose columns ``FeatureSettings.require`` has checked.

        Raises:
            InvalidSettingsError: when the time column holds something else than times, or the entity's numbers are too
                large to be told apart.
        """
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        named = [each for each in (self.amount, self.seconds, self.entity, self.time) if each is not None]
        self.numeric_ = {name: _is_numeric(X[name]) for name in named}
        if self.entity is not None and self.time is not None:
            _require_times(X[self.time])
            _require_identifiers(X[self.entity])
            self.history_ = History().fit(self._transactions(X, self.entity, self.time))
        self.names_: dict[str, str] = {}
        taken = set(X.columns)
        for wanted, _values in self._made(X.iloc[:1]):
            self.names_[wanted] = _free(wanted, taken)
            taken.add(self.names_[wanted])
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the rows (n, p) with the derived columns after their own.

        Raises:
            ValueError: when a source column is missing, or holds texts for numbers or the reverse.
        """
        return X.assign(**{self.names_[name]: values for name, values in self._made(X)})

    def kinds(self, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
        """Return each feature's kind; of the table's own columns, all but the entity, which is an identifier."""
        own = {name: kind for name, kind in kinds.items() if name != self.entity}
        return own | dict.fromkeys(self.names_.values(), "numeric")

    def origins(self) -> dict[str, str]:
        """Return the source column of each derived feature."""
        named = {f"{self.amount}_log": self.amount}
        named |= {f"{self.seconds}_hour{suffix}": self.seconds for suffix in ("", "_sin", "_cos")}
        return {made: named.get(wanted) or str(self.entity) for wanted, made in self.names_.items()}

    def _made(self, X: pd.DataFrame) -> Iterator[tuple[str, Numbers]]:
        if self.amount is not None:
            amounts = self._numbers(X, self.amount)
            yield f"{self.amount}_log", np.copysign(np.log1p(np.abs(amounts)), amounts)
        if self.seconds is not None:
            yield from self._hours(X, self.seconds)
        if self.entity is not None and self.time is not None:
            yield from self._past(self.entity, self._transactions(X, self.entity, self.time))

    def _hours(self, X: pd.DataFrame, column: str) -> Iterator[tuple[str, Numbers]]:
        seconds = np.mod(self._numbers(X, column), SECONDS_OF_A_DAY)
        if self.cyclic:
            angles = seconds * (2 * np.pi / SECONDS_OF_A_DAY)
            yield f"{column}_hour_sin", np.sin(angles)
            yield f"{column}_hour_cos", np.cos(angles)
        else:
            yield f"{column}_hour", seconds / SECONDS_OF_AN_HOUR

    def _past(self, entity: str, asked: Transactions) -> Iterator[tuple[str, Numbers]]:
        past = self.history_.before(asked)
        yield f"{entity}_count", past.count
        yield f"{entity}_since_last", _bounded(past.since_last)
        if self.amount is not None:
            yield f"{entity}_{self.amount}_mean", past.mean_amount
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                ratio = np.where(past.mean_amount == 0, np.nan, asked.amounts / past.mean_amount)
            yield f"{entity}_{self.amount}_ratio", _bounded(ratio)

    def _transactions(self, X: pd.DataFrame, entity: str, time: str) -> Transactions:
        entities, times = self._column(X, entity), self._column(X, time)
        return Transactions(
            entities=hash_rows(entities.to_frame()),
            moments=np.where(entities.isna(), np.nan, read_moments(times)),
            amounts=np.full(len(X), np.nan) if self.amount is None else self._numbers(X, self.amount),
        )

    def _numbers(self, X: pd.DataFrame, name: str) -> Numbers:
        return _bounded(self._column(X, name).to_numpy(dtype=np.float64, na_value=np.nan))

    def _column(self, X: pd.DataFrame, name: str) -> pd.Series:
        if name not in X.columns:
            raise ValueError(f"There is no column {quoted(name)} any more, which the model makes features of.")
        values: pd.Series = X[name]
        numeric = self.numeric_[name]
        if _is_numeric(values) != numeric and values.notna().any():
            was, now = ("numbers", "texts") if numeric else ("texts", "numbers")
            raise ValueError(f"The column {quoted(name)} held {was} when the model was trained, and holds {now} here.")
        return values


def _require(setting: str, column: str | None, kinds: Mapping[str, Kind], *able: Kind) -> None:
    if column is None:
        return
    start = f"The setting {setting} names {quoted(column)}"
    if column not in kinds:
        raise InvalidSettingsError(f"{start}, but the dataset has no such feature; it has {closest(column, kinds)}.")
    if kinds[column] not in able:
        raise InvalidSettingsError(
            f"{start}, which is {kinds[column]}; name a column that is {' or '.join(able)}, or leave the setting empty."
        )


def _require_times(values: pd.Series) -> None:
    wrong = np.flatnonzero(np.isnan(read_moments(values)) & values.notna().to_numpy())
    if len(wrong):
        raise InvalidSettingsError(
            f"The time column {quoted(values.name)} has {counted(len(wrong), 'value')} that can't be read as a "
            f"number or an ISO 8601 time, {quoted(values.iloc[wrong[0]])} for one; correct them or leave entity_column "
            "empty."
        )


def _require_identifiers(values: pd.Series) -> None:
    if _is_numeric(values) and values.abs().max() >= LARGEST_IDENTIFIER:
        raise InvalidSettingsError(
            f"The entity column {quoted(values.name)} holds numbers of more than 15 digits, which were rounded when "
            "they were read as numbers; put a letter in front of each, so that they are read as text."
        )


def _is_numeric(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values.dtype)


def _bounded(values: Numbers) -> Numbers:
    """Return values clipped to the largest that the preprocessing accepts; NaN stays."""
    bounded: Numbers = np.clip(values, -LARGEST, LARGEST)
    return bounded


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
