"""Reference data that later runs compare theirs with.

Of rows of which legitimate ones were left out, profile and sample are of a sample in which all were as likely: drift is
measured against the table that there was. Of rows that stay in their files, they are of some that are drawn first.
"""

import io

import numpy as np

from functions.contracts import SelectModelInput
from functions.core.data.frames import Frame
from functions.core.data.rows import hash_rows_by_name
from functions.core.data.sampled_rows import rows_in_memory
from functions.core.data.tables import LabelledTable
from functions.core.drift.reference import build_reference, reference_sample
from functions.core.evaluation.costs import Floats
from functions.core.histories.table_histories import without_histories
from functions.core.training.thinning import uniform_places
from functions.run.champion import REFERENCE_SAMPLE, SEEN_ROWS
from functions.run.dependencies import RunFiles
from functions.select_model.contest import Rows


def write_profile(event: SelectModelInput, files: RunFiles, rows: Rows, scores: Floats) -> str:
    """Profile the training rows, which new data is compared with for drift."""
    training, held_out, counts = _uniform(rows.training, event), rows.held_out, event.splits.counts["train"]
    if held_out.weights is not None:
        scores = scores[uniform_places(held_out.weights.to_numpy(), seed=event.settings.seed)]
    profile = build_reference(training.X, training.y, scores, training.roles, training.histories)
    # Labels are counted of all rows: the share of frauds in a sample would be an estimate of it.
    profile = profile.model_copy(update={"rows": counts.rows, "frauds": counts.frauds})
    return files.write(event.execution, "training_profile.json", profile.model_dump_json().encode(), "application/json")


def write_sample(event: SelectModelInput, files: RunFiles, rows: Rows) -> str | None:
    """Keep a few of the training rows, for drift that shows in no single feature; None where none are to be kept."""
    wanted = event.settings.reference_sample_rows
    if not wanted:
        return None
    training = _uniform(rows.training, event)
    sample = reference_sample(training.X, rows=wanted, seed=event.settings.seed, roles=training.roles)
    return files.write_parquet(event.execution, REFERENCE_SAMPLE, sample.to_parquet(index=False))


def _uniform(rows: LabelledTable[Frame], event: SelectModelInput) -> LabelledTable:
    table = rows_in_memory(rows, seed=event.settings.seed)
    if table.weights is None:
        return table
    return table.at(uniform_places(table.weights.to_numpy(), seed=event.settings.seed))


def write_seen(event: SelectModelInput, files: RunFiles, rows: Rows) -> str:
    """Write hashes of the rows that the model was trained on: a later run's test rows may be among them.

    By what the file held: with more rows before it, the same row has another history.
    """
    buffer, parts = io.BytesIO(), (rows.training, rows.validation)
    seen = np.unique(np.concatenate([hash_rows_by_name(without_histories(each).X) for each in parts]))
    np.save(buffer, seen, allow_pickle=False)
    return files.write(event.execution, SEEN_ROWS, buffer.getvalue(), "application/octet-stream")
