"""Register the model as a new version, and make it the champion only if it is better on the same test rows."""

import datetime as dt
import io
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from functions.contracts import RegisterModelInput, Registration
from functions.core.data.table_parts import read_manifest
from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.promotion import (
    PASSED_GATE_TAG,
    CannotScore,
    Comparison,
    Decision,
    TooFewUnseen,
    compare,
    decide,
    measure,
)
from functions.core.evaluation.scored import Scored
from functions.core.training.persistence import CANNOT_SCORE
from functions.feedback.loop_journal import JournalEntry
from functions.ports import Champion, ModelToRegister
from functions.run import from_settings, run_summary
from functions.run.champion import OnTest, load, why_not
from functions.run.champion_in_parts import read_scores_of_parts
from functions.run.champion_past import ChampionPast
from functions.run.dependencies import RegisterModelDependencies, RunFiles

DECISION = "decision.json"


def inputs(event: RegisterModelInput) -> list[str]:
    """Return the files that this step reads, in its order."""
    kept = event.drift.champion_scores
    return [event.evaluation.scores_uri, *([kept.uri] if kept else [])]


def run(event: RegisterModelInput, dependencies: RegisterModelDependencies) -> Registration:
    """Register once: an execution that has done so already gets the same answer again."""
    files, tracking = dependencies.files, dependencies.tracking
    # The decision is told before it is carried out: where there is none, MLflow need not be asked for it.
    decided = files.store.exists(files.uri(event.execution, DECISION))
    found = tracking.registered(event.settings.model_name, event.execution) if decided else None
    if found is not None:
        registration = tracking.settle(found)
    else:
        champion = tracking.champion(event.settings.model_name)
        decision = _decide(event, dependencies, champion)
        files.write_json(event.execution, DECISION, asdict(decision))
        wanted = _to_register(event, dependencies, decision, champion)
        # A version whose decision is not told can't be: the next try finds it registered, and decides no more.
        files.flush()
        registration = tracking.register(event.execution, wanted)
    _write_journal(event, registration, dependencies)
    return registration.model_copy(update={"decision_uri": files.uri(event.execution, DECISION)})


def _write_journal(event: RegisterModelInput, made: Registration, dependencies: RegisterModelDependencies) -> None:
    """Write that the version has become the champion; written again when the state is retried, it is the same entry."""
    if made.champion != made.version:
        return
    before = dependencies.tracking.champion(made.name, before=event.execution)
    dependencies.journal.write(
        JournalEntry(
            model=made.name,
            at=dt.datetime.fromisoformat(event.execution.started_at),
            action="promote",
            by="gate",
            reason=made.reason,
            champion=made.version,
            before=before.version if before else None,
        )
    )


def _decide(event: RegisterModelInput, dependencies: RegisterModelDependencies, champion: Champion | None) -> Decision:
    settings, files = event.settings, dependencies.files
    table = pd.read_parquet(io.BytesIO(files.read(event.evaluation.scores_uri)))
    scored = Scored(table["score"].to_numpy(np.float64), event.evaluation.threshold)
    amounts = None if settings.cost_missed_fraud_column is None else table["amount"].to_numpy(np.float64)
    rows = PricedRows(table["label"], from_settings.costs(settings), amounts)
    challenger = measure(rows, scored)
    if champion is None:
        return decide(None, challenger)
    theirs = _on_test(event, dependencies, champion)
    if theirs is None:
        decision = decide(None, challenger)
        lost = f"Version {champion.version}, the champion, has lost its files"
        return Decision(decision.promote, f"{lost}. {decision.reason}")
    against = theirs if isinstance(theirs, CannotScore) else _compare(theirs, scored, rows)
    drifted, shadow_first = event.drift.verdict in {"watch", "retrain"}, settings.promotion == "shadow"
    decision = decide(against, challenger, drifted=drifted, shadow_first=shadow_first)
    note = event.drift.champion_note if event.drift.champion_version == champion.version else None
    return replace(decision, reason=f"{decision.reason} {note}") if note else decision


def _on_test(
    event: RegisterModelInput, dependencies: RegisterModelDependencies, champion: Champion
) -> OnTest | CannotScore | None:
    """Return the champion's scores of the test rows: those that are there, or new ones where it has changed."""
    kept = event.drift.champion_scores
    if event.drift.champion_version == champion.version:
        if event.drift.verdict == "another_table":
            # Nor would one that has lost its files be replaced by a model of something else.
            return CannotScore(event.drift.explanation)
        if kept is not None:
            return OnTest.read(dependencies.files, kept)
        if (scored := _in_parts(event, dependencies.files)) is not None:
            return scored
    tracking, read = dependencies.tracking, dependencies.files.open_table
    test, data = (read(uri) for uri in (event.splits.uris["test"], event.dataset.uri))
    past = ChampionPast()
    try:
        loaded = load(tracking, champion, threads=dependencies.cores)
        past = ChampionPast.of(tracking, champion, loaded.histories if loaded else None, data)
        return None if loaded is None else OnTest.ask(tracking, champion, loaded.model, test, past)
    except CANNOT_SCORE as error:
        return CannotScore(f"version {champion.version}: {why_not(tracking, champion, past, test, error)}")


def _in_parts(event: RegisterModelInput, files: RunFiles) -> OnTest | None:
    """Return what ScoreTestPart has left of each part."""
    kept, test = event.drift.champion_in_parts, event.splits.uris["test"]
    if kept is None:
        return None
    return read_scores_of_parts(kept, files, read_manifest(files.read(test)))


def _compare(champion: OnTest, challenger: Scored, rows: PricedRows) -> Comparison | TooFewUnseen:
    """Compare on the rows that the champion has not seen."""
    return compare(rows, champion.scored, challenger, unseen=champion.unseen)


def _to_register(
    event: RegisterModelInput, dependencies: RegisterModelDependencies, decision: Decision, champion: Champion | None
) -> ModelToRegister:
    return ModelToRegister(
        name=event.settings.model_name,
        run_id=event.run.mlflow_run_id,
        model_id=event.run.mlflow_model_id,
        alias=decision.alias,
        reason=decision.reason,
        compared_with=champion.version if champion else None,
        tags={
            "fraudflow.upload": event.upload.uri,
            "fraudflow.upload_version": event.upload.version_id or "",
            "fraudflow.dataset_digest": event.dataset.digest,
            "fraudflow.algorithm": event.model.algorithm,
            "fraudflow.threshold": f"{event.evaluation.threshold:.6g}",
            "fraudflow.better_than_no_model": str(event.evaluation.intervals["saved"].low > 0).lower(),
            PASSED_GATE_TAG: str(decision.passed_gate).lower(),
            "fraudflow.code_version": dependencies.code_version,
        },
        description=run_summary.of_version(event, decision.reason),
    )
