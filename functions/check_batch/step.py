"""Claim a batch, pin the version that scores it, check its columns, and divide it into parts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from functions.check_batch import batch_settings
from functions.check_batch.pinned_events import pin_events
from functions.contracts import Execution, Upload
from functions.contracts.scored_batches import (
    BatchFile,
    BatchSettings,
    CheckBatchInput,
    CheckedBatch,
    ScoredSoFar,
    ScoringVersion,
)
from functions.core.errors import InvalidSettingsError, NoSuchVersionError
from functions.core.scoring.batch_files import BatchPlan, BatchRows, open_batch
from functions.core.wording import quoted
from functions.ports import Champion
from functions.run import champion, recording, served_model
from functions.run.batch_dependencies import CheckBatchDependencies
from functions.run.downloads import downloaded, without_quotes
from functions.run.served_model import ServedModel

# What a batch keeps of its rows' columns, for drift: a sample of so many is as good as all.
KEPT_ROWS = 200_000
# Large enough that reading and writing a part cost little beside scoring it, small enough to hold several.
PART_BYTES = 16 * 2**20
CHECKED = "batch.json"
PLAN = "plan.json"
_JSON = "application/json"


def run(event: CheckBatchInput, dependencies: CheckBatchDependencies) -> CheckedBatch:
    """Check a batch. What was pinned for an execution stays, when it is retried or resumed after a crash."""
    files, execution = dependencies.files, event.execution
    recording.start(files, execution, event.upload)
    checked_uri = files.uri(execution, CHECKED)
    if files.store.exists(checked_uri):
        return CheckedBatch.model_validate_json(files.read(checked_uri))
    upload = files.store.find(event.upload)
    if event.upload.id:  # only an event has one; a person may score the same upload as often as they like
        recording.claim(files, execution, upload)
    settings = batch_settings.merge(event.upload, upload, files.store)
    served = served_model.load(dependencies.tracking, _version(settings, dependencies), threads=dependencies.cores)
    alias = None if settings.version else settings.alias
    checked = CheckedBatch(
        execution=execution,
        upload=upload,
        settings=settings,
        model=_described(served, alias),
        file=_check(execution, upload, settings, served, dependencies),
        scored=ScoredSoFar(next_part=0, finished=False, rows=0, alarms=0),
    )
    if files.store.create(checked_uri, checked.model_dump_json().encode(), _JSON):
        return checked
    return CheckedBatch.model_validate_json(files.read(checked_uri))


def _version(settings: BatchSettings, dependencies: CheckBatchDependencies) -> Champion:
    """Return the version that an alias leads to now, or the one that was asked for.

    Raises:
        NoSuchVersionError: when there is none.
    """
    name = settings.model or dependencies.model
    if settings.version:
        found = dependencies.tracking.version(name, version=settings.version)
        wanted = f"no version {settings.version}"
    else:
        found = dependencies.tracking.version(name, alias=settings.alias)
        wanted = "no champion yet" if settings.alias == "champion" else f"no version with the alias '{settings.alias}'"
    if found is None:
        raise NoSuchVersionError(
            f"The model '{name}' has {wanted}: upload a labelled file to train one, or name a model and a version "
            "that are in the registry."
        )
    return found


def _described(served: ServedModel, alias: str | None) -> ScoringVersion:
    return ScoringVersion(
        name=served.version.name,
        version=served.version.version,
        run_id=served.version.run_id,
        alias=alias,
        threshold=served.scorer.threshold,
        cost_missed_fraud=served.costs.missed_fraud,
        cost_false_alarm=served.costs.false_alarm,
        fraud_cost_column=served.fraud_cost_column,
    )


@dataclass(frozen=True)
class _Trained:
    """What the version's run says of the files that it was trained on."""

    target: str | None
    positive_label: str | None
    delimiter: str | None
    encoding: str | None
    identifiers: tuple[str, ...]

    @classmethod
    def of(cls, version: Champion, dependencies: CheckBatchDependencies) -> "_Trained":
        params = dependencies.tracking.params(version.run_id)
        profile = champion.reference(dependencies.tracking, version)
        roles = {} if isinstance(profile, str) else profile.roles
        return cls(
            target=params.get("target"),
            positive_label=params.get("positive_label"),
            delimiter=params.get("delimiter"),
            encoding=params.get("encoding"),
            identifiers=tuple(name for name, role in roles.items() if role == "identifier"),
        )


def _check(
    execution: Execution,
    upload: Upload,
    settings: BatchSettings,
    served: ServedModel,
    dependencies: CheckBatchDependencies,
) -> BatchFile:
    trained, columns = _Trained.of(served.version, dependencies), served.scorer.asked
    with (
        downloaded(dependencies.files.store, upload) as path,
        without_quotes(upload.name),
        open_batch(path, name=upload.name, delimiter=trained.delimiter, encoding=trained.encoding) as batch,
    ):
        batch.require(columns, f"version {served.version.version} of '{served.version.name}'")
        key, label = _key(settings, trained, batch), trained.target if trained.target in batch.header else None
        plan = batch.plan(columns, [name for name in (key, label) if name], part_bytes=PART_BYTES)
    events_uri, on_histories = pin_events(execution, served, dependencies)
    document = {**asdict(plan), "delimiter": trained.delimiter, "encoding": trained.encoding}
    return BatchFile(
        format=plan.format,
        parts=plan.parts,
        plan_uri=dependencies.files.write_json(execution, PLAN, document),
        key=key,
        label=label,
        positive_label=trained.positive_label,
        kept_share=min(1.0, KEPT_ROWS / plan.rows),
        events_uri=events_uri,
        notes=[*_notes(plan, key, label, trained), *on_histories],
    )


def _key(settings: BatchSettings, trained: _Trained, batch: BatchRows) -> str | None:
    """Return the column that names each row: the one that was asked for, or the first that was no feature for that.

    Raises:
        InvalidSettingsError: when the file has no such column.
    """
    wanted = settings.key_column
    if wanted is None:
        return next((name for name in batch.header if name in trained.identifiers), None)
    if wanted.strip() not in batch.header:
        raise InvalidSettingsError(
            f"{batch.name} has no column {quoted(wanted)}, which key_column names: name one of its columns, or leave "
            "key_column out to number the rows."
        )
    return wanted.strip()


def _notes(plan: BatchPlan, key: str | None, label: str | None, trained: _Trained) -> Sequence[str]:
    named = f"Rows are named by the column {quoted(key)}." if key else "Rows are named by their numbers."
    if label is None:
        return (*plan.notes, named)
    known = "" if trained.positive_label else ", but the model's run does not say which label means fraud"
    return (*plan.notes, named, f"The column {quoted(label)} has labels{known}.")
