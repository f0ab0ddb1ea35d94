"""The history columns of one bucket of a table's events, and the files that hold them part by part."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from functions.core.data.parquet_groups import Source
from functions.core.data.rows import Numbers
from functions.core.histories.events import EntityEvents, PlainEvents
from functions.core.histories.events_file import events_in_table, events_table
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.table_past import past_columns
from functions.core.parts.entity_buckets import BucketRows, Places
from functions.core.parts.moment_ranks import RowTime
from functions.core.parts.usual_values import UsualValues

_METADATA_KEY = b"fraudflow-parts"


@dataclass(frozen=True, eq=False)
class BucketHistories:
    """The histories of a bucket's n rows, which are those of some parts, one after the other.

    Attributes:
        parts: the number of each row's part, rising (n,).
        places: of each row in its part (n,).
        events: the rows, with the ids that they have in the whole table.
        columns: by name (n,).
        usual: what tells their usual values.
    """

    parts: Places
    places: Places
    events: EntityEvents
    columns: Mapping[str, Numbers]
    usual: UsualValues

    @classmethod
    def compute(
        cls, whole: HistoryPlan, own: HistoryPlan, parts: Iterable[tuple[int, BucketRows]], since: int | None
    ) -> "BucketHistories":
        """Compute the columns of an entity column's bucket: about 310 bytes a row.

        Args:
            whole: the plan of all columns, by which equal rows are told.
            own: that of the entity column alone.
            parts: the bucket's events with the number of their part, in its order; at least one part.
            since: the moment from which on transactions are known.
        """
        numbers, places, events = _joined(parts, whole)
        made = past_columns(own, events, events)
        return cls(numbers, places, events, made, UsualValues.of(own, made, events.moments, since))

    def write(self, sink: IO[bytes]) -> None:
        """Write the columns as Parquet, a group of rows for each part that has any."""
        there, starts = np.unique(self.parts, return_index=True)
        table = pa.table({"row": self.places.astype(np.int32), **self.columns})
        schema = table.schema.with_metadata({_METADATA_KEY: json.dumps(there.tolist())})
        bounds = [*starts.tolist(), len(self.parts)]
        with pq.ParquetWriter(sink, schema, compression="lz4", use_dictionary=False, write_statistics=False) as writer:
            for start, end in pairwise(bounds):
                writer.write_table(
                    table.slice(start, end - start).replace_schema_metadata(schema.metadata), end - start
                )

    def write_newest(self, plan: HistoryPlan, since: RowTime | None, sink: IO[bytes]) -> None:
        """Write the events of a plan from a row on, by moment, part and place; all of them where it is None."""
        kept: NDArray[Any] = np.arange(len(self.events))
        if since is not None:
            kept = np.flatnonzero(_not_before((self.events.moments, self.parts, self.places), since))
        table = events_table(plan, self.events.take(kept))
        table = table.append_column("part", pa.array(self.parts[kept])).append_column(
            "row", pa.array(self.places[kept])
        )
        pq.write_table(table, sink, compression="zstd")


def read_columns_of_part(sources: Iterable[Source], names: Sequence[str], number: int, rows: int) -> dict[str, Numbers]:
    """Return the history columns (n,) of a part's n rows, from the files of all buckets.

    Args:
        sources: what ``write`` has written of each bucket of each entity column.
        names: of the columns, in their order.
        number: of the part.
        rows: of the part.
    """
    found = {name: np.full(rows, np.nan) for name in names}
    for source in sources:
        file = pq.ParquetFile(source, pre_buffer=False)
        parts = json.loads(file.schema_arrow.metadata[_METADATA_KEY])
        if number not in parts:
            continue
        table = file.read_row_group(parts.index(number), use_threads=False)
        places = table.column("row").to_numpy()
        for name in table.column_names[1:]:
            found[name][places] = table.column(name).to_numpy()
    return found


def newest_events(plan: HistoryPlan, sources: Iterable[Source]) -> EntityEvents:
    """Return the events that ``write_newest`` has written of each bucket, in the order of the table's rows."""
    table = pa.concat_tables([pq.read_table(source) for source in sources])
    order = np.lexsort((table.column("row").to_numpy(), table.column("part").to_numpy()))
    return events_in_table(plan, table).take(order)


def _joined(parts: Iterable[tuple[int, BucketRows]], plan: HistoryPlan) -> tuple[Places, Places, EntityEvents]:
    """Return each row's part, its place there, and the rows as events; what was read of the parts is let go."""
    read = [*parts]
    numbers = np.repeat([number for number, _ in read], [len(part.places) for _, part in read])
    places = np.concatenate([part.places for _, part in read])
    return numbers, places, PlainEvents.joined([part.events for _, part in read]).counted(plan)


def _not_before(columns: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], row: RowTime) -> NDArray[np.bool_]:
    """Return which of n rows by moment, part and place (n,) are at or after one."""
    moments, parts, places = columns
    moment, part, place = row
    later = (parts > part) | ((parts == part) & (places >= place))
    found: NDArray[np.bool_] = (moments > moment) | ((moments == moment) & later)
    return found
