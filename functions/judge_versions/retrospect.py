"""What a challenger would have decided before it was registered, on decisions that it was not trained on.

A retraining by the loop leaves the newest labelled decisions out as its gate. The challenger scores all decisions since
these began, from the features that the decision log has kept, once: else its trial would wait one more label delay.
"""

import datetime as dt
import io
from collections.abc import Mapping
from urllib.parse import quote

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.contracts import UploadRequest
from functions.contracts.loop_records import UPLOADS
from functions.contracts.records import read_record
from functions.contracts.training_lineage import LINEAGE_METADATA, TrainingLineage
from functions.core.errors import NoSuchVersionError, UploadNotFoundError
from functions.core.histories.history_plan import HistoryPlan
from functions.core.loop.outcomes import Outcomes, ShadowScores
from functions.core.scoring.input_rows import InputRows
from functions.core.scoring.scorer import Scorer
from functions.decisions.decision import microseconds
from functions.feedback.training_features import read_features
from functions.run import champion, served_model
from functions.run.watch_dependencies import TrafficWatchDependencies

_UPLOAD_TAG = "fraudflow.upload"
_PARQUET = "application/vnd.apache.parquet"
# Decisions whose features are in memory at once.
_AT_ONCE = 50_000


def with_retrospect(
    model: str,
    version: str,
    decided: Outcomes,
    shadows: Mapping[str, ShadowScores],
    dependencies: TrafficWatchDependencies,
) -> Mapping[str, ShadowScores]:
    """Return the shadows of n decisions, with the scores of a challenger since its gate began among them.

    Raises:
        NoSuchVersionError: when the challenger is not registered any more.
        UnreadableModelError: when its files are gone or can't be read.
        UnreadableRecordError: when a part of the decision log, or the lineage of its data, is damaged.
    """
    store = dependencies.files.store
    uri = f"s3://{dependencies.files.bucket}/backfilled/{quote(model, safe='')}/{version}.parquet"
    if not store.exists(uri):
        began = _gate_began(model, version, dependencies)
        if began is None:
            return shadows
        known = shadows[version].known if version in shadows else np.zeros(len(decided), dtype=np.bool_)
        missing = decided.of((decided.at >= began) & ~known & (decided.version != version))
        store.create(uri, _scored(model, version, missing, dependencies), _PARQUET)
    return {**shadows, version: _joined(version, decided, shadows.get(version), store.read(uri))}


def _gate_began(model: str, version: str, dependencies: TrafficWatchDependencies) -> int | None:
    """Return when the first decision of a challenger's gate was made; None where it is not of the loop."""
    upload = dependencies.tracking.version_tags(model, version).get(_UPLOAD_TAG, "")
    bucket, _, key = upload.removeprefix("s3://").partition("/")
    store = dependencies.files.store
    if not key.startswith(UPLOADS):
        return None
    try:
        uri = store.metadata(store.find(UploadRequest(bucket=bucket, key=key))).get(LINEAGE_METADATA)
    except UploadNotFoundError:
        return None
    if uri is None:
        return None
    lineage = read_record(TrainingLineage, store.read(uri), uri)
    return microseconds(dt.datetime.fromisoformat(lineage.gate_from))


def _scored(model: str, version: str, decided: Outcomes, dependencies: TrafficWatchDependencies) -> bytes:
    """Return the scores of n decisions as Parquet; those whose features are gone are left out.

    So are those that were told of another past than the version asks for, or of none.
    """
    registered = dependencies.tracking.version(model, version=version)
    if registered is None:
        raise NoSuchVersionError(f"Version {version} of '{model}' is not registered any more: it can't be judged.")
    scorer = served_model.load(dependencies.tracking, registered).scorer
    if scorer.histories is not None:
        decided = decided.of(_told_of(model, scorer.histories, decided, dependencies))
    store, bucket = dependencies.files.store, dependencies.decisions_bucket
    tables = [pd.DataFrame({"transaction_id": [], "at": np.empty(0, np.int64), "score": np.empty(0)})]
    for start in range(0, len(decided), _AT_ONCE):
        some = decided.of(np.arange(start, min(start + _AT_ONCE, len(decided))))
        features = read_features(store, bucket, model, some, scorer.columns)
        found = some.of(features.found)
        scores = scorer.scores(_rows(features.X, scorer))
        tables.append(pd.DataFrame({"transaction_id": found.transaction_id, "at": found.at, "score": scores}))
    sink = io.BytesIO()
    pd.concat(tables).assign(threshold=scorer.threshold).to_parquet(sink, index=False)
    return sink.getvalue()


def _told_of(
    model: str, plan: HistoryPlan, decided: Outcomes, dependencies: TrafficWatchDependencies
) -> NDArray[np.bool_]:
    """Return which of n decisions were told a plan's columns, (n,).

    A column of the same name may be of another merchant or amount. Of a version whose plan is gone that can't be known.
    """
    told = np.zeros(len(decided), dtype=np.bool_)
    for version in set(decided.version):
        registered = dependencies.tracking.version(model, version=str(version))
        profile = "" if registered is None else champion.reference(dependencies.tracking, registered)
        if not isinstance(profile, str) and profile.plan is not None:
            told[decided.version == version] = plan.meanings.items() <= profile.plan.meanings.items()
    return told


def _rows(features: pd.DataFrame, scorer: Scorer) -> InputRows:
    """Return logged features as the model reads them."""
    columns = {}
    for column in scorer.columns:
        values = features[column.name]
        if column.form.kind == "text":
            texts = values.astype(object)
            columns[column.name] = texts.where(texts.notna(), None).to_numpy(dtype=object)
        else:
            columns[column.name] = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return InputRows(columns, len(features))


def _joined(version: str, decided: Outcomes, shadow: ShadowScores | None, body: bytes) -> ShadowScores:
    """Return what a version scored as a shadow, and else in retrospect."""
    kept = pd.read_parquet(io.BytesIO(body))
    place = pd.Index(kept["transaction_id"]).get_indexer(pd.Index(decided.transaction_id))
    at = kept["at"].to_numpy()
    # A transaction that was sent again after months has two decisions.
    found = (place >= 0) & (np.append(at, -1)[place] == decided.at)
    score = np.where(found, np.append(kept["score"].to_numpy(), np.nan)[place], np.nan)
    threshold = np.where(found, np.append(kept["threshold"].to_numpy(), np.nan)[place], np.nan)
    if shadow is not None:
        score = np.where(shadow.known, shadow.score, score)
        threshold = np.where(shadow.known, shadow.threshold, threshold)
    return ShadowScores(version, score, threshold)
