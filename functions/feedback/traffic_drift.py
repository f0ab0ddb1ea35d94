"""The traffic of a version, followed through its windows; what is known of it is an object of the loop's bucket."""

import datetime as dt
import io
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import batched

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import ValidationError

from functions.core.drift.reference import ReferenceProfile
from functions.core.errors import UnreadableRecordError
from functions.core.loop.broken_columns import broken_columns
from functions.core.loop.drift_episodes import DriftSequence
from functions.core.loop.drift_sequence import PERIOD_DAYS, WindowTraffic, advance, judge_window, look_ahead
from functions.core.loop.known_past import NO_PAST, of_known_past
from functions.core.loop.traffic_windows import DAY, LEAST_DAYS, Window, cut
from functions.decisions.decision import microseconds, moment
from functions.decisions.part_names import decision_keys
from functions.feedback.window_features import features_frame
from functions.ports import Champion, ObjectStore

_COLUMNS = ("at", "kind", "model", "version", "score", "features")

# Decisions of a window that are compared at most: more would only find what is too small to matter.
_COMPARED = 20_000
# Decisions whose features are held at once, at most, about 300 MB: of more, every other one's are left out.
_TEXTS = 500_000
_AT_ONCE = 16
_NOTHING = pa.table(
    {
        "at": pa.array([], pa.timestamp("us", "UTC")),
        "score": pa.array([], pa.float64()),
        "features": pa.array([], pa.string()),
    }
)


@dataclass(frozen=True, slots=True)
class TrafficSettings:
    """How traffic is cut into windows, and which columns' values are not compared."""

    window_rows: int
    window_days: float
    window_least_days: float = LEAST_DAYS
    ignored: Collection[str] = ()


@dataclass(frozen=True)
class TrafficDrift:
    """Follows a model's decisions.

    Args:
        store: has both buckets.
        decisions: bucket of the decision log.
        loop: bucket of the loop's memory.
        settings: of windows.
    """

    store: ObjectStore
    decisions: str
    loop: str
    settings: TrafficSettings

    def follow(self, champion: Champion, reference: ReferenceProfile, now: dt.datetime) -> DriftSequence:
        """Compare what has been decided since the last call, and remember it; only one may follow a model at a time.

        Windows are of the champion's own decisions. A version that was not champion before has a sequence of its own,
        from its first decision on that was made after the last window; the first one goes back ``PERIOD_DAYS`` at most.

        Raises:
            UnreadableRecordError: when a part of the decision log, or what is remembered, is damaged.
            StorageUnavailableError: when S3 is away.
        """
        sequence = self.remembered(champion.name)
        if sequence is None or sequence.version != champion.version:
            begins = microseconds(now) - PERIOD_DAYS * DAY if sequence is None else sequence.until
            sequence = DriftSequence.begin(champion.version, begins, sequence)
        rows = self._decided(champion, sequence.until)
        at = rows.column("at").cast(pa.int64()).to_numpy()
        if not sequence.windows and len(at):
            # The version has decided nothing before.
            sequence = sequence.model_copy(update={"until": int(at[0]) - 1})
        sequence = self._judge(sequence, rows, reference, microseconds(now))
        self.store.write(_uri(self.loop, champion.name), sequence.model_dump_json().encode(), "application/json")
        return sequence

    def remembered(self, model: str) -> DriftSequence | None:
        """Return what is remembered of a model's traffic; None where nothing is.

        Raises:
            UnreadableRecordError: when it is damaged.
        """
        uri = _uri(self.loop, model)
        if not self.store.exists(uri):
            return None
        try:
            return DriftSequence.model_validate_json(self.store.read(uri))
        except ValidationError as error:
            raise UnreadableRecordError(f"{uri} is damaged: delete it, and the windows begin anew.") from error

    def _judge(self, sequence: DriftSequence, rows: pa.Table, reference: ReferenceProfile, now: int) -> DriftSequence:
        at, sizes = rows.column("at").cast(pa.int64()).to_numpy(), self.settings
        for window in cut(
            at,
            after=sequence.until,
            now=now,
            rows=sizes.window_rows,
            days=sizes.window_days,
            least_days=sizes.window_least_days,
        ):
            told = _traffic(rows, window, reference)
            known = of_known_past(reference, told.X)
            traffic = replace(told, X=told.X[[*known.features]])
            if not window.closed:
                return look_ahead(sequence, broken_columns(known, traffic.X, sizes.ignored), window)
            finding, _ = judge_window(known, traffic, sizes.ignored)
            if known is not reference:
                finding = finding.model_copy(update={"outside": NO_PAST})
            sequence = advance(sequence, finding)
        return sequence

    def _decided(self, champion: Champion, after: int) -> pa.Table:
        """Read the champion's own decisions after a time, in their order."""
        first = moment(after).date()
        keys = decision_keys(self.store, self.decisions, first)
        parts, texts = [_NOTHING], 0
        for some in batched((f"s3://{self.decisions}/{key}" for key in keys), _AT_ONCE, strict=False):
            self.store.prefetch(some)
            for uri in some:
                parts.append(_own(self._part(uri), champion, after))
                texts += len(parts[-1])
                if texts > _TEXTS:
                    parts = [_thinned(pa.concat_tables(parts))]
                    texts = len(parts[0]) - parts[0].column("features").null_count
        return pa.concat_tables(parts).sort_by("at")

    def _part(self, uri: str) -> pa.Table:
        try:
            return pq.read_table(io.BytesIO(self.store.read(uri)), columns=list(_COLUMNS))
        except (pa.ArrowException, OSError) as error:
            raise UnreadableRecordError(
                f"{uri} can't be read: it is damaged, or no part of the decision log."
            ) from error


def _own(part: pa.Table, champion: Champion, after: int) -> pa.Table:
    wanted = (
        (pc.field("kind") == "decision")
        & (pc.field("model") == champion.name)
        & (pc.field("version") == champion.version)
        & (pc.field("at") > pa.scalar(after, pa.timestamp("us", "UTC")))
    )
    return part.filter(wanted).select(["at", "score", "features"])


def _thinned(part: pa.Table) -> pa.Table:
    """Return decisions without the features of every other one that has them."""
    features = part.column("features").combine_chunks()
    there = np.flatnonzero(np.asarray(features.is_valid()))
    kept = np.zeros(len(features), dtype=bool)
    kept[there[::2]] = True
    return part.set_column(2, "features", pc.if_else(pa.array(kept), features, None))


def _traffic(rows: pa.Table, window: Window, reference: ReferenceProfile) -> WindowTraffic:
    part = rows.slice(window.start, window.rows)
    part = part.filter(pc.is_valid(part.column("features")))
    # Evenly spread over the window, so that each hour of it has its part.
    places = np.linspace(0, len(part) - 1, min(len(part), _COMPARED)).round().astype(np.int64)
    part = part.take(pa.array(places))
    scores = np.asarray(part.column("score").to_numpy(), dtype=np.float64)
    return WindowTraffic(window, features_frame(part.column("features"), reference), scores)


def _uri(bucket: str, model: str) -> str:
    return f"s3://{bucket}/drift/{model}.json"
