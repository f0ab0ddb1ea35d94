"""What looks have measured of a model in production, as the functions have written it (``MeasureLoop``)."""

import datetime as dt
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from infra.errors import StackError
from infra.runs.bucket_objects import BucketObjects

MEASURED = "measured/"
_STAMP = "%Y%m%dT%H%M%SZ"


class _Part(BaseModel):
    """A part of the document; later releases may add to it."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class MeasuredInterval(_Part):
    """An estimate with its 95 % interval."""

    estimate: float
    low: float
    high: float


class MeasuredWorth(_Part):
    """Metrics and money of decisions, by their labels or before them."""

    precision: MeasuredInterval | None
    recall: MeasuredInterval | None
    cost: MeasuredInterval
    saved: MeasuredInterval
    frauds: MeasuredInterval | None = None


class RealisedDecisions(_Part):
    """What decisions that count came to by their labels."""

    decisions: int
    alarms: int
    unknown: int
    frauds: float
    missed: float
    false_alarms: float
    worth: MeasuredWorth | None
    not_known: str | None = None


class ExpectedDecisions(_Part):
    """What decisions are expected to come to before their labels."""

    rows: int
    alarms: int
    estimates: MeasuredWorth | None
    not_known: str | None = None


class ExpectedSets(_Part):
    """The latest decisions, and all that wait for their labels."""

    latest: ExpectedDecisions
    waiting: ExpectedDecisions


class LabelsHeard(_Part):
    """Which decisions count, and which wait."""

    heard_until: dt.datetime | None
    quiet: str | None
    delay_days: float
    counted: int
    unknown_alarms: int
    young: int
    unheard: int
    overdue_since: dt.datetime | None


class DecisionsByAge(_Part):
    """Decisions of an age in days, without end where ``oldest`` is None."""

    youngest: float
    oldest: float | None
    decisions: int
    frauds: int
    performance: RealisedDecisions | None


class MeasuredExcess(_Part):
    """Realised less promised cost of a decision."""

    excess: MeasuredInterval
    decisions: int


class BrokenUpstream(_Part):
    """A column that is broken, in which share of the rows."""

    column: str
    fault: str
    share: float


class MeasuredWindow(_Part):
    """A window of traffic; times are microseconds since 1970."""

    after: int
    until: int
    rows: int
    state: str
    score: float
    columns: list[str] = []
    broken: list[BrokenUpstream] = []
    explanation: str = ""


class MeasuredEpisode(_Part):
    """A drift, or columns that are broken; times are microseconds since 1970."""

    id: str
    kind: str
    since: int
    windows: int
    peak: float
    columns: list[str] = []
    explanation: str = ""


class MeasuredTraffic(_Part):
    """The windows of a champion, and what goes on."""

    shift: MeasuredEpisode | None = None
    broken: MeasuredEpisode | None = None
    past: list[MeasuredEpisode] = []
    windows: list[MeasuredWindow] = []


class MeasuredLook(_Part):
    """All that one look has measured, as far as it is shown."""

    model: str
    version: str
    at: dt.datetime
    champion_since: dt.datetime | None
    decisions_a_day: float
    labels: LabelsHeard
    realised: dict[str, RealisedDecisions]
    by_age: list[DecisionsByAge]
    excess: MeasuredExcess | None
    expected: ExpectedSets
    fresh_frauds: int
    traffic: MeasuredTraffic | None

    @property
    def counted(self) -> RealisedDecisions | None:
        """What the champion's decisions came to; None before it has decided."""
        return self.realised.get(self.version)

    @property
    def realised_cost(self) -> MeasuredInterval | None:
        """What mistakes cost in 1,000 of the champion's decisions, by labels; None where that is not known."""
        found = self.counted
        return None if found is None or found.worth is None else _in_a_thousand(found.worth.cost, found.decisions)

    @property
    def expected_cost(self) -> MeasuredInterval | None:
        """What they are estimated to cost in 1,000 of the latest decisions; None where that is not known."""
        latest = self.expected.latest
        return None if latest.estimates is None else _in_a_thousand(latest.estimates.cost, latest.rows)


def _in_a_thousand(cost: MeasuredInterval, decisions: int) -> MeasuredInterval | None:
    if not decisions:
        return None
    estimate, low, high = (1000 * each / decisions for each in (cost.estimate, cost.low, cost.high))
    return MeasuredInterval(estimate=estimate, low=low, high=high)


class LoopMeasures:
    """What was measured of models in production.

    Args:
        store: the objects of the stack.
        bucket: the loop's.
    """

    def __init__(self, store: BucketObjects, bucket: str) -> None:
        self._store = store
        self._root = f"s3://{bucket}"
        self._read: dict[str, MeasuredLook] = {}

    def latest(self, model: str) -> MeasuredLook | None:
        """Return what the last look has measured; None before there was one with a champion.

        Raises:
            StackError: when it can't be read.
        """
        keys = self._keys(model)
        return self._get(keys[-1]) if keys else None

    def over_time(self, model: str, *, since: dt.datetime, most: int) -> list[MeasuredLook]:
        """Return what looks since then have measured, the oldest first; of more than ``most`` evenly drawn ones.

        Raises:
            StackError: when one can't be read.
        """
        first = f"{MEASURED}{model}/{since.astimezone(dt.UTC):{_STAMP}}"
        keys = _drawn([key for key in self._keys(model) if key >= first], most)
        found = {key: self._read.get(key) or self._get(key) for key in keys}
        # Documents never change; what nobody asks for any more is forgotten.
        self._read = found
        return list(found.values())

    def _keys(self, model: str) -> list[str]:
        return sorted(self._store.keys(f"{self._root}/{MEASURED}{model}/"))

    def _get(self, key: str) -> MeasuredLook:
        uri = f"{self._root}/{key}"
        try:
            return MeasuredLook.model_validate_json(self._store.read(uri))
        except ValidationError as error:
            raise StackError(f"{uri} can't be read: it is damaged, or a later release has written it.") from error


def _drawn(keys: Sequence[str], most: int) -> list[str]:
    """Return at most so many of them, from the first to the last."""
    if len(keys) <= most:
        return list(keys)
    return [keys[round(place * (len(keys) - 1) / (most - 1))] for place in range(most)]
