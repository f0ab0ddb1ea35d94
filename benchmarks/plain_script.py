"""The pipeline's work as one plain script, which ``versus_script.py`` starts from the shell: no pipeline at all.

    .venv/bin/python benchmarks/plain_script.py creditcard.csv MLFLOW_URI MODEL_NAME

It reads, checks, splits, trains, selects, evaluates, detects drift, draws, logs and registers by the same functions of
``functions.core`` and the same settings as the pipeline, keeps all of it in memory, and logs to MLflow by the same
adapter, which asks for much less than MLflow's own ``log_model``. What it leaves out, the pipeline does besides: its
files in S3, the report page, and the metrics for Prometheus.

Prints one JSON line: the seconds of its imports and of its work, and the version that it registered.
"""

import time

BEGAN = time.perf_counter()

import io  # noqa: E402 - the imports are part of what is measured
import json  # noqa: E402
import sys  # noqa: E402
import uuid  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from dataclasses import asdict  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from plain_training import Chosen, Rows, choose, split  # noqa: E402

from functions.adapters.mlflow_tracking import MlflowTracking  # noqa: E402
from functions.contracts import Execution, OpenedRun  # noqa: E402
from functions.core.data.digest import content_digest  # noqa: E402
from functions.core.data.rows import hash_rows_by_name  # noqa: E402
from functions.core.data.tables import LabelledTable  # noqa: E402
from functions.core.drift import NewData, detect_drift  # noqa: E402
from functions.core.drift.reference import ReferenceProfile, build_reference, profile_numbers, reference_sample  # noqa: E402
from functions.core.evaluation.certainty import PricedRows  # noqa: E402
from functions.core.evaluation.importances import explain  # noqa: E402
from functions.core.evaluation.promotion import compare, decide  # noqa: E402
from functions.core.evaluation.promotion import measure as measure_contender  # noqa: E402
from functions.core.evaluation.scored import Scored  # noqa: E402
from functions.core.ingest.reading import read_table  # noqa: E402
from functions.core.report import plots  # noqa: E402
from functions.core.roles.checks import check  # noqa: E402
from functions.core.roles.data_profile import build_profile  # noqa: E402
from functions.core.training.flagging import FlaggingClassifier  # noqa: E402
from functions.core.training.persistence import TRUSTED_TYPES, dump_model, load_model  # noqa: E402
from functions.ports import Champion, ModelToLog, ModelToRegister, NestedRun, NewRun, RunRecord, UsedDataset  # noqa: E402
from functions.run import from_settings  # noqa: E402
from functions.run.champion import REFERENCE, REFERENCE_SAMPLE, SEEN_ROWS  # noqa: E402
from functions.settings import RunSettings  # noqa: E402


def for_later(rows: Rows, chosen: Chosen, settings: RunSettings) -> dict[str, bytes]:
    """Keep what the next run reads of this one, and what the model relies on."""
    profile = build_reference(rows.train.X, rows.train.y, chosen.held_out_scores)
    profile = profile.model_copy(update={"scores": profile_numbers(chosen.test_scores)})
    sample = reference_sample(rows.train.X, rows=settings.reference_sample_rows, seed=settings.seed)
    seen = io.BytesIO()
    hashes = np.concatenate([hash_rows_by_name(each.X) for each in (rows.train, rows.validation)])
    np.save(seen, np.unique(hashes), allow_pickle=False)
    part, validation = chosen.model.before_validation(), rows.validation
    importances = explain(part, validation.X, validation.y, seed=settings.seed)
    return {
        REFERENCE: profile.model_dump_json().encode(),
        REFERENCE_SAMPLE: sample.to_parquet(index=False),
        SEEN_ROWS: seen.getvalue(),
        "importances.json": json.dumps([asdict(each) for each in importances.features]).encode(),
        "evaluation.json": json.dumps(asdict(chosen.measured)).encode(),
    }


def drift_of(table: LabelledTable, champion: Champion | None, tracking: MlflowTracking, settings: RunSettings) -> Any:  # noqa: ANN401 - a report or None
    """Compare with what the champion was trained on, as DetectDrift does."""
    if champion is None:
        return None
    reference = ReferenceProfile.model_validate_json(tracking.artifact(champion.run_id, REFERENCE) or b"")
    sample = pd.read_parquet(io.BytesIO(tracking.artifact(champion.run_id, REFERENCE_SAMPLE) or b""))
    model: Any = load_model(tracking.model_bytes(champion) or b"")
    rows = np.sort(np.random.default_rng(settings.seed).permutation(len(table.X))[:20_000])
    scores = np.asarray(model.predict_proba(table.X.iloc[rows])[:, 1], dtype=np.float64)
    return detect_drift(reference, NewData(table.X, table.y, scores), sample=sample, seed=settings.seed)


def drawn(rows: Rows, chosen: Chosen, drift: Any) -> Iterator[tuple[str, bytes]]:  # noqa: ANN401 - as above
    """Draw what LogMetrics draws."""
    curves, confusion, threshold = chosen.measured.curves, chosen.measured.confusion, chosen.threshold
    yield "confusion_matrix", plots.confusion_matrix(confusion, threshold=threshold)
    yield "precision_recall_curve", plots.precision_recall_curve(curves, confusion)
    yield "score_distribution", plots.score_distribution(rows.test.y, chosen.test_scores, threshold=threshold)
    yield "cost_curve", plots.cost_curve(curves)
    yield "reliability_curve", plots.reliability_curve(curves)
    by_feature = {each.feature: each.score for each in drift.features} if drift else {}
    yield "drift_by_feature", plots.drift_by_feature(by_feature, explanation=drift.explanation if drift else "none")


def register(
    tracking: MlflowTracking,
    run: OpenedRun,
    rows: Rows,
    chosen: Chosen,
    champion: Champion | None,
    settings: RunSettings,
) -> str:
    """Compare with the champion on rows that it has not seen, and register, as RegisterModel does."""
    priced = PricedRows(rows.test.y, from_settings.costs(settings))
    scored = Scored(chosen.test_scores, chosen.threshold)
    against = None
    if champion is not None:
        theirs: Any = load_model(tracking.model_bytes(champion) or b"")
        seen = np.load(io.BytesIO(tracking.artifact(champion.run_id, SEEN_ROWS) or b""), allow_pickle=False)
        unseen = ~np.isin(hash_rows_by_name(rows.test.X), seen)
        before = Scored(theirs.predict_proba(rows.test.X)[:, 1], float(theirs.threshold))
        against = compare(priced, before, scored, unseen=unseen)
    decision = decide(against, measure_contender(priced, scored))
    return tracking.register(
        _EXECUTION,
        ModelToRegister(
            name=settings.model_name,
            run_id=run.mlflow_run_id,
            model_id=run.mlflow_model_id,
            alias=decision.alias,
            reason=decision.reason,
            compared_with=champion.version if champion else None,
            tags={},
            description="A plain script's.",
        ),
    ).version


def log_model(
    tracking: MlflowTracking, used: UsedDataset, rows: Rows, chosen: Chosen, settings: RunSettings
) -> OpenedRun:
    """Open a run and log the model to it, as OpenRun and LogModel do."""
    run = tracking.open_run(NewRun(_EXECUTION, used.name, settings.model_dump(), {}, used))
    model, tags = FlaggingClassifier(chosen.model, chosen.threshold), {"fraudflow.selection": chosen.why}
    tracking.log_model(
        run, ModelToLog(model, dump_model(model), rows.test.X.head(5), TRUSTED_TYPES, ("lightgbm",), {}, tags)
    )
    return run


_NAME = str(uuid.uuid4())
_EXECUTION = Execution(arn=_NAME, name=_NAME, started_at="1970-01-01T00:00:00Z")


def main() -> None:
    """Do the pipeline's work."""
    imported = time.perf_counter()
    csv, uri, model_name = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    settings = RunSettings(model_name=model_name)
    checked = check(read_table(csv, name=csv.name), target=settings.target, positive_label=settings.positive_label)
    table, digest, profile = checked.table, content_digest(checked.table), build_profile(checked)
    rows = split(table, settings)
    chosen = choose(rows, settings)
    tracking = MlflowTracking(uri=uri, experiment=model_name)
    champion = tracking.champion(model_name)
    drift = drift_of(table, champion, tracking, settings)
    used = UsedDataset(csv.name, digest, str(csv), {"num_rows": len(table.y)})
    run = log_model(tracking, used, rows, chosen, settings)
    record = RunRecord(
        run=run,
        metrics={name: float(value) for name, value in asdict(chosen.measured.metrics).items() if value is not None},
        nested=tuple(
            NestedRun(each.algorithm, {"algorithm": each.algorithm}, {"test_brier_score": each.brier_score})
            for each in chosen.measured.candidates
        ),
    )
    with tracking.log_run(record) as log:
        log.add("data_profile.json", profile.model_dump_json().encode())
        for name, body in for_later(rows, chosen, settings).items():
            log.add(name, body)
        for name, body in drawn(rows, chosen, drift):
            log.add(f"figures/{name}.svg", body)
    version = register(tracking, run, rows, chosen, champion, settings)
    seconds = {"imports": imported - BEGAN, "work": time.perf_counter() - imported}
    print(json.dumps({name: round(value, 3) for name, value in seconds.items()} | {"version": version}))


if __name__ == "__main__":
    main()
