"""Write decisions whose labels are complete as training data into the uploads, once: the upload starts a run."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from functions.contracts import Upload, UploadRequest
from functions.contracts.loop_records import UPLOADS
from functions.contracts.loop_states import GatheredData, GatherTrainingDataInput
from functions.contracts.records import read_record
from functions.contracts.training_lineage import LINEAGE_METADATA, TRAINING, TrainingLineage
from functions.core.data.digest import content_digest
from functions.core.data.tables import LabelledTable, to_parquet
from functions.core.errors import NoSuchVersionError, UnreadableRecordError, UploadNotFoundError
from functions.core.loop.drift_episodes import DriftSequence
from functions.core.loop.maturity import MaturityRule, mature
from functions.core.loop.outcomes import Outcomes
from functions.core.loop.sound_decisions import sound
from functions.core.loop.training_rows import TrainingRows, training_rows
from functions.core.wording import counted
from functions.decisions.decision import microseconds, moment
from functions.feedback.outcome_reading import DecidedOutcomes, read_outcomes
from functions.feedback.traffic_drift import TrafficDrift, TrafficSettings
from functions.feedback.training_features import DecidedFeatures, read_features
from functions.gather_training_data.champion_rows import ChampionsRun, EarlierRows, champions_run, earlier_rows
from functions.gather_training_data.retraining_table import as_labelled, empty_table, joined, upload_settings
from functions.ports import Champion
from functions.run import served_model
from functions.run.watch_dependencies import GatherTrainingDataDependencies
from functions.settings import SETTINGS_METADATA, STORED_SETTINGS_FOLDER

_JSON = "application/json"
_PARQUET = "application/vnd.apache.parquet"


@dataclass(frozen=True)
class _Rows:
    """The rows of a retraining, and where they come from."""

    table: LabelledTable
    chosen: TrainingRows
    decisions: Outcomes
    features: DecidedFeatures
    earlier: EarlierRows
    heard_until: int

    @property
    def earlier_count(self) -> int:
        """How many rows are no decisions."""
        return 0 if self.earlier.table is None else len(self.earlier.table.y)

    @property
    def notes(self) -> list[str]:
        """What was left out."""
        gone = int(np.sum(~self.features.found)) - self.features.lacking
        said = {
            f"{counted(self.features.lacking, 'decision')} of versions that read other columns left out.": (
                self.features.lacking
            ),
            f"{counted(gone, 'decision')} without features left out: they were removed since.": gone,
        }
        return [*(note for note, count in said.items() if count), *([self.earlier.note] if self.earlier.note else [])]


def run(event: GatherTrainingDataInput, dependencies: GatherTrainingDataDependencies) -> GatheredData:
    """Gather once for a decision: what was uploaded stays, when the state is retried or the stack has crashed."""
    request = UploadRequest(
        bucket=dependencies.uploads_bucket, key=f"{UPLOADS}{event.measured.model}/{event.decision.id}.parquet"
    )
    there = _there(request, dependencies)
    if there is None:
        _gather(event, dependencies, request)
        there = dependencies.files.store.find(request)
    return _told(there, dependencies)


def _there(request: UploadRequest, dependencies: GatherTrainingDataDependencies) -> Upload | None:
    try:
        return dependencies.files.store.find(request)
    except UploadNotFoundError:
        return None


def _told(upload: Upload, dependencies: GatherTrainingDataDependencies) -> GatheredData:
    store = dependencies.files.store
    uri = store.metadata(upload).get(LINEAGE_METADATA)
    if uri is None:
        raise UnreadableRecordError(f"{upload.uri} is not what the loop has gathered: remove it, and look again.")
    lineage = read_record(TrainingLineage, store.read(uri), uri)
    return GatheredData(
        upload_uri=upload.uri,
        lineage_uri=uri,
        digest=lineage.digest,
        rows=lineage.earlier_rows + lineage.training_rows + lineage.gate_rows,
        frauds=lineage.frauds,
        notes=lineage.notes,
    )


def _gather(
    event: GatherTrainingDataInput, dependencies: GatherTrainingDataDependencies, request: UploadRequest
) -> None:
    champion = dependencies.tracking.champion(event.measured.model)
    if champion is None:
        raise NoSuchVersionError(
            f"The model '{event.measured.model}' has no champion any more: upload a labelled file to train one."
        )
    about = champions_run(dependencies.tracking, champion)
    rows = _rows(champion, about, dependencies)
    settings = upload_settings(
        about.settings, champion.name, rows.table, about.positive_label, rows.chosen.fractions(rows.earlier_count)
    )
    lineage = _lineage(event, dependencies, request, champion, rows, settings)
    store, uri = dependencies.files.store, _lineage_uri(lineage, dependencies)
    store.write(uri, lineage.to_json(), _JSON)
    metadata = {SETTINGS_METADATA: _stored(settings, dependencies), LINEAGE_METADATA: uri}
    body = to_parquet(as_labelled(rows.table, about.positive_label))
    # The last write: it starts the run, and all that the run asks for is there.
    store.create(f"s3://{request.bucket}/{request.key}", body, _PARQUET, metadata)


def _rows(champion: Champion, about: ChampionsRun, dependencies: GatherTrainingDataDependencies) -> _Rows:
    store, own = dependencies.files.store, dependencies.settings
    columns = served_model.load(dependencies.tracking, champion).scorer.asked
    now = dependencies.now()
    decided = read_outcomes(
        store,
        dependencies.decisions_bucket,
        dependencies.files.bucket,
        model=champion.name,
        first=moment(0).date(),
        last=now.date(),
    )
    traffic = _remembered(champion.name, dependencies)
    known = _complete(decided, traffic, dependencies)
    began = None if traffic is None else traffic.drift_began
    chosen = training_rows(known, window=own.training_window, days=own.training_window_days, drift_began=began)
    decisions = known.of(chosen.places)
    features = read_features(store, dependencies.decisions_bucket, champion.name, decisions, columns)
    model = empty_table(columns, about.target)
    wanted = own.training_window == "all"
    earlier = earlier_rows(dependencies.files, about.kept, model) if wanted else EarlierRows(None, None)
    table = joined(model, earlier.table, features.X, decisions.label[features.found])
    return _Rows(table, _found(chosen, features), decisions.of(features.found), features, earlier, decided.heard_until)


def _complete(
    decided: DecidedOutcomes, traffic: DriftSequence | None, dependencies: GatherTrainingDataDependencies
) -> Outcomes:
    """Return the decisions that are old enough, with what they were, labelled alarms that were blocked among them.

    Metrics leave those out where some alarms are let through to explore; a model learns from each. What was decided
    while a column was broken upstream teaches nothing of later traffic.
    """
    rule = MaturityRule(
        now=microseconds(dependencies.now()),
        heard_until=decided.heard_until,
        delay_days=dependencies.settings.label_delay_days,
        silent_alarms=dependencies.settings.silent_alarms,
    )
    alike = replace(decided.outcomes, weight=np.ones(len(decided.outcomes)))
    return sound(mature(alike, rule), traffic).outcomes


def _found(chosen: TrainingRows, features: DecidedFeatures) -> TrainingRows:
    """Return the rows among the decisions whose features were found."""
    count, is_gate = int(np.sum(features.found)), np.zeros(len(chosen.places), dtype=np.bool_)
    is_gate[len(chosen.training) :] = True
    gate = int(np.sum(is_gate[features.found]))
    return replace(chosen, training=np.arange(count - gate), gate=np.arange(count - gate, count))


def _remembered(model: str, dependencies: GatherTrainingDataDependencies) -> DriftSequence | None:
    """Return what is remembered of the model's traffic; None where nothing is."""
    own, store = dependencies.settings, dependencies.files.store
    windows = TrafficSettings(own.traffic_window_rows, own.traffic_window_days)
    return TrafficDrift(store, dependencies.decisions_bucket, dependencies.files.bucket, windows).remembered(model)


def _stored(settings: Mapping[str, Any], dependencies: GatherTrainingDataDependencies) -> str:
    """Store the settings beside the uploads; return what the metadata says, which holds few bytes."""
    text = json.dumps(settings, sort_keys=True)
    key = f"{STORED_SETTINGS_FOLDER}{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
    dependencies.files.store.write(f"s3://{dependencies.uploads_bucket}/{key}", text.encode(), _JSON)
    return json.dumps({"settings_key": key})


def _lineage(
    event: GatherTrainingDataInput,
    dependencies: GatherTrainingDataDependencies,
    request: UploadRequest,
    champion: Champion,
    rows: _Rows,
    settings: dict[str, Any],
) -> TrainingLineage:
    at, gate = rows.decisions.at, rows.chosen.gate
    labels = f"s3://{dependencies.files.bucket}/labels/date="
    return TrainingLineage(
        model=champion.name,
        decision=event.decision.id,
        execution=event.execution,
        at=dependencies.now().isoformat(),
        champion=champion.version,
        upload_uri=f"s3://{request.bucket}/{request.key}",
        digest=content_digest(rows.table),
        window=rows.chosen.reason,
        label_delay_days=dependencies.settings.label_delay_days,
        heard_until=moment(rows.heard_until).isoformat() if rows.heard_until else None,
        decided_from=moment(int(at[0])).isoformat(),
        gate_from=moment(int(at[gate[0]])).isoformat(),
        decided_until=moment(int(at[-1])).isoformat(),
        earlier_uri=rows.earlier.uri,
        earlier_rows=rows.earlier_count,
        training_rows=len(rows.chosen.training),
        gate_rows=len(gate),
        frauds=rows.table.frauds,
        decision_parts=list(rows.features.keys),
        label_parts=list(dependencies.files.store.keys(labels)),
        settings=settings,
        notes=rows.notes,
    )


def _lineage_uri(lineage: TrainingLineage, dependencies: GatherTrainingDataDependencies) -> str:
    name = f"{lineage.decision}-{lineage.digest[:12]}"
    return f"s3://{dependencies.files.bucket}/{TRAINING}{lineage.model}/{name}.json"
