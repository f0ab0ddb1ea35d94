"""Limits of what a new champion may do at once: known to whoever counts it, also without numpy."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

type HarmRule = Literal["failures", "more_alarms", "fewer_alarms"]


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What the rate of an event may be: ``factor`` times that of the other version, and ``margin`` more."""

    factor: float
    margin: float


# Three times the alarms are, as a rule, a column that went wrong; where hardly any are raised, half a per cent of all
# transactions more is what people can check.
LIMITS: Mapping[HarmRule, RateLimit] = MappingProxyType(
    {"failures": RateLimit(1.0, 0.01), "more_alarms": RateLimit(3.0, 0.005), "fewer_alarms": RateLimit(3.0, 0.0)}
)
