"""Decisions of some days with what became of them, read from the decision log and the labels."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from functions.core.evaluation.costs import Floats
from functions.core.loop.label_history import LabelStates, states
from functions.core.loop.outcomes import Flags, Outcomes, ShadowScores
from functions.decisions.decision_parts import part_schema, to_table
from functions.feedback.label_parts import read_events
from functions.feedback.part_bodies import decision_bodies
from functions.ports import ObjectStore

# Without features and reasons, which are most of a part.
_COLUMNS = (
    *("transaction_id", "at", "model", "version", "kind", "decision"),
    *("score", "threshold", "pass_chance", "missed_cost"),
)


@dataclass(frozen=True, slots=True)
class DecidedOutcomes:
    """The decisions of a model with what became of them.

    Attributes:
        outcomes: each transaction once, by its first decision, in the order in which they were made.
        shadows: what other versions would have decided on the same transactions, by version.
        heard_until: when the last label of all came, in microseconds since 1970; 0 where none ever did.
    """

    outcomes: Outcomes
    shadows: Mapping[str, ShadowScores]
    heard_until: int


def read_outcomes(
    store: ObjectStore, decisions_bucket: str, loop_bucket: str, *, model: str, first: dt.date, last: dt.date
) -> DecidedOutcomes:
    """Read the decisions of a model on some days, in UTC, and join them with all labels, whenever those came.

    Raises:
        UnreadableRecordError: when a part is damaged.
        StorageUnavailableError: when S3 is away.
    """
    table = _decisions(store, decisions_bucket, model, first, last).sort_by("at")
    is_shadow = pc.equal(table.column("kind"), "shadow")
    decided, others = _first_of_each(table.filter(pc.invert(is_shadow))), table.filter(is_shadow)
    events = read_events(store, loop_bucket)
    ids = decided.column("transaction_id").combine_chunks()
    heard_until = int(events.received_at.max(initial=0))
    return DecidedOutcomes(_joined(decided, ids, states(events)), _shadows(others, ids), heard_until)


def _decisions(store: ObjectStore, bucket: str, model: str, first: dt.date, last: dt.date) -> pa.Table:
    bodies = decision_bodies(store, bucket, first, last)
    tables = [_of_model(to_table(body, uri, _COLUMNS), model) for uri, body in bodies]
    return pa.concat_tables(tables) if tables else part_schema(_COLUMNS).empty_table()


def _of_model(table: pa.Table, model: str) -> pa.Table:
    return table.filter(pc.equal(table.column("model"), model))


def _first_of_each(table: pa.Table) -> pa.Table:
    """Return the first decision of each transaction; one that was sent again after months has two."""
    codes = table.column("transaction_id").combine_chunks().dictionary_encode().indices.to_numpy()
    first = np.unique(codes, return_index=True)[1]
    return table if len(first) == len(table) else table.take(np.sort(first))


def _joined(decided: pa.Table, ids: pa.Array, known: LabelStates) -> Outcomes:
    places, rows = _matched(pa.array(known.transaction_id, pa.string()), ids)
    label, labelled_at = np.full(len(ids), np.nan), np.zeros(len(ids), np.int64)
    label[places] = known.fraud[rows]
    labelled_at[places] = known.known_at[rows]
    passed = _of(pc.equal(decided.column("decision"), "pass"))
    return Outcomes(
        transaction_id=_of(ids),
        at=_of(decided.column("at").cast(pa.int64())),
        version=_of(decided.column("version")),
        score=_numbers(decided, "score"),
        threshold=_numbers(decided, "threshold"),
        passed=passed,
        weight=_weight(passed, _numbers(decided, "pass_chance")),
        missed_cost=_numbers(decided, "missed_cost"),
        label=label,
        labelled_at=labelled_at,
    )


def _weight(passed: Flags, chance: Floats) -> Floats:
    """Return one over the probability of what was done: 1.0 of an alarm that was sure to be blocked."""
    of_it = np.where(passed, chance, 1 - chance)
    return np.divide(1.0, of_it, out=np.ones_like(of_it), where=of_it > 0)


def _shadows(others: pa.Table, ids: pa.Array) -> dict[str, ShadowScores]:
    versions = sorted(others.column("version").unique().to_pylist())
    return {each: _shadow(others.filter(pc.equal(others.column("version"), each)), ids, each) for each in versions}


def _shadow(rows: pa.Table, ids: pa.Array, version: str) -> ShadowScores:
    score, threshold = np.full(len(ids), np.nan), np.full(len(ids), np.nan)
    places, found = _matched(rows.column("transaction_id").combine_chunks(), ids)
    # The last one that is written stays: that is to be the first one that was scored.
    score[places[::-1]] = _numbers(rows, "score")[found[::-1]]
    threshold[places[::-1]] = _numbers(rows, "threshold")[found[::-1]]
    return ShadowScores(version, score, threshold)


def _matched(wanted: pa.Array, ids: pa.Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the places in ``ids`` of those wanted that are there, and their own places."""
    found = pc.index_in(wanted, value_set=ids)
    rows = np.flatnonzero(_of(found.is_valid()))
    return found.drop_null().to_numpy().astype(np.intp), rows


def _numbers(table: pa.Table, name: str) -> Floats:
    return np.asarray(table.column(name).to_numpy(), float)


def _of(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    return np.asarray(
        column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)
    )
