"""What the champion was trained on, as far as its run still tells: settings, and rows to train on again."""

from dataclasses import dataclass

import numpy as np
from pydantic import ValidationError

from functions.contracts import UploadRequest
from functions.contracts.loop_records import UPLOADS
from functions.contracts.records import read_record
from functions.contracts.trained_on import TRAINED_ON, TrainedOn
from functions.contracts.training_lineage import LINEAGE_METADATA, TrainingLineage
from functions.core.data.frames import Frame
from functions.core.data.stored_frame import StoredFrame
from functions.core.data.tables import LabelledTable
from functions.core.errors import UnreadableRecordError, UploadNotFoundError
from functions.core.wording import quoted
from functions.gather_training_data.retraining_table import without_words
from functions.ports import Champion, ObjectStore, Tracking
from functions.run.dependencies import RunFiles
from functions.settings import RunSettings

# Of the rows that are drawn where there are too many: they are held several times over while they are written.
MOST_CELLS = 100_000_000
# Without which a model can't be made like the champion, in runs of earlier releases.
_FROM_PARAMS = (
    "cost_missed_fraud_column",
    "cost_missed_fraud",
    "cost_false_alarm",
    "threshold",
    "min_recall",
    "amount_column",
    "seconds_column",
    "entity_column",
    "time_column",
)


@dataclass(frozen=True)
class ChampionsRun:
    """What a champion's run tells.

    Attributes:
        target: the target's column.
        positive_label: what means fraud there.
        settings: of its run.
        kept: what it keeps for a retraining; None in a run of an earlier release.
    """

    target: str
    positive_label: str
    settings: RunSettings
    kept: TrainedOn | None


@dataclass(frozen=True)
class EarlierRows:
    """The rows that a model was trained on before there were decisions; ``table`` is None where they are gone."""

    table: LabelledTable | None
    uri: str | None
    note: str | None = None


def champions_run(tracking: Tracking, champion: Champion) -> ChampionsRun:
    """Read what a champion's run tells.

    Raises:
        UnreadableRecordError: when that is damaged, or too little.
    """
    stored = tracking.artifact(champion.run_id, TRAINED_ON)
    where = f"{TRAINED_ON} of '{champion.name}' version {champion.version}"
    params = tracking.params(champion.run_id)
    try:
        if stored is not None:
            kept = read_record(TrainedOn, stored, where)
            known = {name: kept.settings[name] for name in RunSettings.model_fields if name in kept.settings}
            return ChampionsRun(kept.target, kept.positive_label or "1", RunSettings.model_validate(known), kept)
        known = {name: params[name] for name in _FROM_PARAMS if name in params}
        settings = RunSettings.model_validate(known)
        return ChampionsRun(params["target"], params.get("positive_label", "1"), settings, None)
    except (ValidationError, KeyError) as error:
        raise UnreadableRecordError(
            f"What '{champion.name}' version {champion.version} was trained on can't be read from its run: retrain it "
            "by an upload."
        ) from error


def earlier_rows(files: RunFiles, kept: TrainedOn | None, model: LabelledTable) -> EarlierRows:
    """Read the rows that were trained on before there were decisions, in the columns of ``model``, which has no rows.

    A champion that was itself trained on decisions has them first in its upload, which does not expire as a run's files
    do: the decisions behind them are read from the log anew, with the labels that they have by now, and none is taken
    twice. Of rows that do not fit into memory, some are drawn at random.
    """
    store = files.store
    if kept is None:
        return EarlierRows(None, None, "The champion's run, of an earlier release, does not say where its rows are.")
    lineage = _lineage(store, kept)
    if isinstance(lineage, str):
        return EarlierRows(None, None, lineage)
    if lineage is not None and not lineage.earlier_rows:
        return EarlierRows(None, None, "The champion was trained on decisions alone.")
    uri = kept.dataset_uri if lineage is None else lineage.upload_uri
    if not store.exists(uri):
        return EarlierRows(None, None, f"The rows that were trained on before there were decisions are gone ({uri}).")
    table = files.open_table(uri)
    if lineage is not None:
        table = without_words(table, kept.positive_label or "1")
    other = [name for name in model.X.columns if table.kinds.get(str(name)) != model.kinds[str(name)]]
    if other:
        return EarlierRows(None, None, f"The rows in {uri} have no column {quoted(other[0])} like the champion's.")
    return _first(table, len(table.y) if lineage is None else lineage.earlier_rows, uri)


def _first(table: LabelledTable[Frame], rows: int, uri: str) -> EarlierRows:
    """Return the first rows of a table; where they are in files, as many as fit, drawn at random."""
    if not isinstance(table.X, StoredFrame):
        return EarlierRows(table.part(0, rows), uri)
    wanted = min(MOST_CELLS // table.X.shape[1], rows)
    chosen = np.random.default_rng(0).choice(rows, size=wanted, replace=False, shuffle=False)
    note = f"Of {rows:,} rows that were trained on before there were decisions, {wanted:,} were drawn at random."
    return EarlierRows(table.at(np.sort(chosen)), uri, note if wanted < rows else None)


def _lineage(store: ObjectStore, kept: TrainedOn) -> TrainingLineage | str | None:
    """Return the lineage of the champion's rows; None of an upload by a person, or a sentence where it is gone."""
    upload = kept.upload
    if not upload.key.startswith(UPLOADS):
        return None
    try:
        found = store.find(UploadRequest(bucket=upload.bucket, key=upload.key))
    except UploadNotFoundError:
        return f"The champion's upload is gone ({upload.uri}), and with it whether its rows were decisions."
    uri = store.metadata(found).get(LINEAGE_METADATA)
    return None if uri is None else read_record(TrainingLineage, store.read(uri), uri)
