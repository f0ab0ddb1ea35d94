"""Score the parts of a batch that are not scored yet, until all are or the function's time is nearly up."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from functions.contracts.scored_batches import ScoredSoFar, ScorePartsInput
from functions.core.scoring.batch_files import BatchPlan, open_batch
from functions.core.scoring.batch_scoring import FilePart, ScoredRows, Sought, score_part
from functions.core.scoring.read_ahead import read_ahead
from functions.core.scoring.scorer import Reason, Scorer
from functions.ports import Champion
from functions.run import served_model
from functions.run.batch_dependencies import ScorePartsDependencies
from functions.run.downloads import downloaded, without_quotes
from functions.run.scored_parts import REASONS_IN_WORDS, SCHEMA, ScoredParts
from functions.score_parts.batch_past import batch_past

# A part takes seconds; one that is all alarms takes longer, for their reasons.
_RESERVED_SECONDS = 90


def run(event: ScorePartsInput, dependencies: ScorePartsDependencies) -> ScoredSoFar:
    """Score parts. Those that an earlier invocation has left are counted, and not scored again."""
    parts = ScoredParts(dependencies.files, event.execution)
    scored = _there(parts, event.scored, event.file.parts)
    if scored.finished:
        return scored
    plan = dependencies.files.read_json(event.file.plan_uri)
    dialect = {name: plan.pop(name) for name in ("delimiter", "encoding")}
    version = Champion(event.model.name, event.model.version, event.model.run_id)
    scorer = served_model.load(dependencies.tracking, version, threads=dependencies.cores).scorer
    sought = Sought(
        key=event.file.key,
        label=event.file.label,
        positive_label=event.file.positive_label,
        fraud_cost_column=event.model.fraud_cost_column,
        reasons=event.settings.reasons,
        kept_share=event.file.kept_share,
    )
    read = BatchPlan(**plan)
    with (
        downloaded(dependencies.files.store, event.upload) as path,
        without_quotes(event.upload.name),
        open_batch(path, name=event.upload.name, **dialect) as batch,
        batch_past(batch, read, scorer, dependencies.pseudonym_key, _events(event, dependencies, scorer)) as past,
    ):
        for frame in read_ahead(batch.frames(read, scored.next_part, read.first_row + scored.rows)):
            first_row = read.first_row + scored.rows
            own = {} if past is None else past.part(scored.rows, len(frame))
            part = FilePart(frame, scored.next_part, first_row, own)
            rows = score_part(scorer, part, sought, dependencies.pseudonym_key)
            table = _table(rows, in_words=scorer.histories is not None)
            parts.write(scored.next_part, table, rows.rows.take(np.flatnonzero(rows.kept)).frame())
            scored = _counted(scored, table, event.file.parts)
            if dependencies.seconds_left() < _RESERVED_SECONDS:
                break
    return scored


def _events(event: ScorePartsInput, dependencies: ScorePartsDependencies, scorer: Scorer) -> bytes | None:
    uri = event.file.events_uri
    return None if uri is None or scorer.histories is None else dependencies.files.read(uri)


def _there(parts: ScoredParts, scored: ScoredSoFar, count: int) -> ScoredSoFar:
    """Count the parts that are there already."""
    while scored.next_part < count and (table := parts.read(scored.next_part)) is not None:
        scored = _counted(scored, table, count)
    return scored


def _counted(scored: ScoredSoFar, table: pa.Table, count: int) -> ScoredSoFar:
    labels = table["label"].to_numpy() if "label" in table.column_names else None
    return ScoredSoFar(
        next_part=scored.next_part + 1,
        finished=scored.next_part + 1 == count,
        rows=scored.rows + table.num_rows,
        alarms=scored.alarms + int(np.sum(table["alarm"].to_numpy())),
        unexplained=scored.unexplained + _unexplained(table),
        frauds=None if labels is None else (scored.frauds or 0) + int(np.nansum(labels == 1)),
        labelled=None if labels is None else (scored.labelled or 0) + int(np.sum(~np.isnan(labels))),
    )


def _unexplained(table: pa.Table) -> int:
    return int(np.sum(table["alarm"].to_numpy() & table["reasons"].is_null().to_numpy()))


def _table(scored: ScoredRows, *, in_words: bool) -> pa.Table:
    reasons = iter(scored.reasons)
    columns: dict[str, Any] = {
        "row": scored.numbers,
        "key": scored.keys,
        "score": scored.scores,
        "alarm": scored.alarms,
        "label": scored.labels,
        "missed_cost": scored.missed_costs,
        "kept": scored.kept,
        "reasons": [_written(next(reasons, [])) if explained else None for explained in scored.explained.tolist()],
    }
    there = {name: values for name, values in columns.items() if values is not None}
    kinds = {field.name: field.type for field in SCHEMA} | ({"reasons": REASONS_IN_WORDS} if in_words else {})
    return pa.table({name: pa.array(values, kinds[name], from_pandas=True) for name, values in there.items()})


def _written(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Write the reasons of one alarm; a value as a text, since columns differ in kind."""
    return [
        {
            "feature": reason.feature,
            "value": None if reason.value is None else _text(reason.value),
            "contribution": reason.contribution,
            "words": reason.words,
        }
        for reason in reasons
    ]


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.15g}"
