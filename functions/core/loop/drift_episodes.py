"""What is remembered of a version's traffic: windows, and episodes of drift and of broken columns."""

from collections.abc import Collection
from typing import Literal, Self

from pydantic import Field

from functions.core.drift.reference.counts import Document
from functions.core.loop.broken_columns import BrokenColumn

type WindowState = Literal["stable", "shifted", "not_enough_data", "another_table"]

# What is kept of windows and of episodes that are over.
KEPT_WINDOWS, KEPT_EPISODES = 100, 50


class WindowFinding(Document):
    """What a window's traffic shows; times are microseconds since 1970.

    Attributes:
        after: when the window before it ended.
        until: when the last of its decisions was made.
        rows: number of its decisions.
        level: the probability of a false alarm that it was tested at.
        state: ``shifted`` where the drift score of the features that changed at that level is ``WATCH`` or more.
        score: that drift score, in 0 to 1; 0.0 where nothing changed at that level.
        plain_score: the detector's own, of features that changed by ``FALSE_DISCOVERY_RATE`` in this window alone;
            None where nothing was compared.
        columns: the features of ``score`` that have drifted, the most of all first.
        titles: what those among them are that are history columns, by their names.
        broken: columns that are broken; they have no part in the scores.
        explanation: the detector's sentence.
        outside: why what the decisions come to can't be known without labels, in a sentence; None where it can.
    """

    after: int
    until: int
    rows: int
    level: float
    state: WindowState
    score: float
    plain_score: float | None
    columns: tuple[str, ...] = ()
    titles: dict[str, str] = Field(default_factory=dict)
    broken: tuple[BrokenColumn, ...] = ()
    explanation: str = ""
    outside: str | None = None


class Episode(Document):
    """A time of drift, or of broken columns; times are microseconds since 1970.

    Attributes:
        id: unique among a model's; by it a decision to retrain is made once.
        kind: a ``broken`` column is mended upstream, only data that has ``shifted`` may call for another model.
        since: when the decisions of its first window began.
        opened_at: when the last decision of that window was made.
        closed_at: when the last decision was made after which it was over; None while it is not.
        windows: windows in it so far.
        peak: the highest drift score; of broken columns the highest share of rows.
        columns: all that drifted or broke.
        explanation: of the last window that was drifted or broken, in a sentence or two.
    """

    id: str
    kind: Literal["shifted", "broken"]
    since: int
    opened_at: int
    closed_at: int | None = None
    windows: int = 1
    peak: float
    columns: tuple[str, ...] = ()
    explanation: str = ""

    def joined_by(self, peak: float, columns: Collection[str], explanation: str, windows: int = 1) -> Self:
        """Return the episode with what one more look at the traffic shows."""
        update = {
            "windows": self.windows + windows,
            "peak": max(self.peak, peak),
            "columns": tuple(dict.fromkeys((*self.columns, *columns))),
            "explanation": explanation,
        }
        return self.model_copy(update=update)


class DriftSequence(Document):
    """All that is remembered of a version's traffic, as one document.

    Attributes:
        version: the version whose reference the windows are compared with.
        until: up to where decisions were cut into windows that are closed; in microseconds since 1970.
        shift: the episode of drift that is open.
        broken: the episode of broken columns that is open.
        calm: windows in a row without drift since the last one with, while an episode is open.
        past: episodes that are over, the latest last, of former champions too.
        windows: the latest windows, the last one last.
    """

    schema_version: Literal[1] = 1
    version: str
    until: int
    shift: Episode | None = None
    broken: Episode | None = None
    calm: int = 0
    past: tuple[Episode, ...] = ()
    windows: tuple[WindowFinding, ...] = ()

    @property
    def episode(self) -> Episode | None:
        """The episode that is open: that of broken columns before that of data that has shifted beside them."""
        return self.broken or self.shift

    @property
    def drift_began(self) -> int | None:
        """When the shift began that goes on, or else the last one; None where none was seen."""
        shifts = [each.since for each in (*self.past, self.shift) if each is not None and each.kind == "shifted"]
        return shifts[-1] if shifts else None

    @classmethod
    def begin(cls, version: str, after: int, former: Self | None = None) -> Self:
        """Return the sequence of a new champion's traffic after a time; episodes of the former one's are over."""
        past = () if former is None else former.past
        still_open = [] if former is None else [each for each in (former.shift, former.broken) if each is not None]
        ended = tuple(each.model_copy(update={"closed_at": max(after, each.opened_at)}) for each in still_open)
        return cls(version=version, until=after, past=(*past, *ended)[-KEPT_EPISODES:])
