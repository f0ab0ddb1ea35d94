"""Settings of histories, with the keys of ``feature-store/histories.toml``."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import NoDecode

from functions.core.errors import InvalidSettingsError
from functions.core.histories.history_definitions import AGGREGATES, Aggregate, Definitions, window_seconds
from functions.core.wording import quoted
from functions.setting_words import TYPED_LIST, Allowed, parse_object

# What a user writes for none.
OFF = "off"
# Columns are made of each of them for each entity.
MOST_WINDOWS = 8
MOST_ENTITIES = 8

Column = Annotated[str, Field(min_length=1)]
Hour = Annotated[int, Field(ge=0, le=24)]


class HistorySettings(BaseModel):
    """Which histories tables get; see ``Definitions`` for each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    windows: Annotated[tuple[str, ...], TYPED_LIST, Allowed("one to eight lengths of time such as 1h or 7d")] = Field(
        min_length=1, max_length=MOST_WINDOWS
    )
    aggregates: Annotated[tuple[Aggregate, ...], TYPED_LIST] = Field(min_length=1)
    entities: Annotated[tuple[Column, ...], TYPED_LIST, Allowed("names of up to eight columns")] = Field(
        default=(), max_length=MOST_ENTITIES
    )
    time: Column | None = None
    amount: Column | None = None
    merchant: Column | None = None
    unit: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    night: Annotated[tuple[Hour, Hour], Allowed("the hours in which it begins and ends, two whole numbers to 24")] = (
        0,
        6,
    )
    entities_at_most: int = Field(default=4, ge=1, le=MOST_ENTITIES)
    events_at_most: int = Field(default=1_000, ge=1, le=10_000)

    @field_validator("windows")
    @classmethod
    def _windows_are_in_order(cls, windows: tuple[str, ...]) -> tuple[str, ...]:
        try:
            lengths = [window_seconds(each) for each in windows]
        except InvalidSettingsError as error:
            raise ValueError(str(error).removesuffix(".")) from error
        for (one, length), (other, longer) in pairwise(zip(windows, lengths, strict=True)):
            if length >= longer:
                raise ValueError(f"{quoted(other)} is not longer than {quoted(one)}, which stands before it")
        return windows

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for key, names in (("aggregates", self.aggregates), ("entities", self.entities)):
            twice = [name for place, name in enumerate(names) if name in names[:place]]
            if twice:
                raise ValueError(f"{key} names {quoted(twice[0])} twice")
        begins, ends = self.night
        if begins % 24 == ends % 24:
            raise ValueError(f"night begins and ends at {begins}: it would have no hour")
        return self

    def definitions(self) -> Definitions:
        """Return them as the core has them."""
        return Definitions(
            windows=self.windows,
            # In one order, so that the order in which they are written changes no table.
            aggregates=tuple(each for each in AGGREGATES if each in self.aggregates),
            entities=self.entities,
            time=self.time,
            amount=self.amount,
            merchant=self.merchant,
            unit=self.unit,
            night=self.night,
            entities_at_most=self.entities_at_most,
            events_at_most=self.events_at_most,
        )


def _typed(value: object) -> object:
    """Parse histories as people type them in one variable: a JSON object, or ``off``."""
    return None if isinstance(value, str) and value.strip() in {"", OFF} else parse_object(value)


# Of a run's settings.
Histories = Annotated[
    HistorySettings | None,
    NoDecode,
    BeforeValidator(_typed),
    Allowed("a JSON object with the keys of that file, or `off`"),
]
