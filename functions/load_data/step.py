"""Read and check the upload; write it as Parquet, with a digest and a profile."""

from dataclasses import replace

from functions.contracts import Dataset, DividedUpload, LoadDataInput, LoadDataOutput, Upload
from functions.core.data.digest import content_digest
from functions.core.data.pseudonyms import pseudonymise
from functions.core.evaluation import latest_rows
from functions.core.histories.plan_notes import told
from functions.core.ingest.reading import RawTable, read_table
from functions.core.roles import checks
from functions.core.roles.checks import CheckedTable
from functions.core.roles.data_profile import build_profile
from functions.load_data import dividing, resuming, run_settings
from functions.run import from_settings, recording
from functions.run.dependencies import LoadDataDependencies, RunFiles
from functions.run.downloads import downloaded, without_quotes
from functions.settings import RunSettings


def run(event: LoadDataInput, dependencies: LoadDataDependencies) -> LoadDataOutput | DividedUpload:
    """Load and check the upload, or divide a large one; the object itself is never changed.

    A redriven run takes up what was loaded before.
    """
    files, execution = dependencies.files, event.execution
    # Before the upload is claimed, so that a run that crashes with it is resumed.
    recording.start(files, execution, event.upload)
    if event.upload.redrive:
        resumed = resuming.take_up(event, files, event.upload.redrive)
        chosen = run_settings.taken_up(resumed.settings, dependencies.training_job_rows)
        return resumed.model_copy(update={"settings": chosen})
    upload = files.store.find(event.upload)
    if event.upload.id:  # only an event has one; a person may run the same upload as often as they like
        recording.leave_to_manifest(files, execution, upload)
        recording.claim(files, execution, upload)
    settings = run_settings.merge(event.upload, upload, dependencies)
    from_settings.require_libraries(settings)
    if dividing.is_large(upload, settings):
        return dividing.divide(event, upload, settings, dependencies)
    checked = _check(upload, settings, dependencies)
    table = checked.table
    # Said here, before anything is trained.
    from_settings.features(settings, table).require(table.kinds)
    from_settings.amounts(settings, table)
    planned = from_settings.histories(settings, table.X, table.roles)
    # On its way while the rest is worked out: it is the largest of the files.
    uri = files.write_table(execution, "dataset.parquet", table)
    digest = content_digest(table)
    profile = build_profile(checked)
    profile_uri = files.write_json(execution, "profile.json", profile.model_dump())
    clock = latest_rows.proposal(table, settings.time_column) if settings.split == "stratified" else None
    known = recording.same_data(files, execution, upload, digest)
    dataset = Dataset(
        uri=uri,
        profile_uri=profile_uri,
        digest=digest,
        rows=len(table.y),
        features=len(table.kinds),
        frauds=table.frauds,
        duplicate_rows=profile.duplicate_rows,
        target=table.target,
        target_explanation=checked.target.explanation,
        positive_label=checked.target.positive_label,
        notes=[*checked.source.notes, *told(planned), *(note for note in (clock, known) if note)],
    )
    return LoadDataOutput(
        execution=execution, upload=upload, settings=settings, candidates=list(settings.trained), dataset=dataset
    )


def _check(upload: Upload, settings: RunSettings, dependencies: LoadDataDependencies) -> CheckedTable:
    """Read and check the upload, and hash its entities.

    Raises:
        UnexpectedDataError: when our own code fails on it.
    """
    with without_quotes(upload.name):
        checked = checks.check(
            _read(upload, dependencies.files, settings),
            target=settings.target,
            positive_label=settings.positive_label,
            choices=from_settings.role_choices(settings),
        )
        return replace(checked, table=pseudonymise(checked.table, dependencies.pseudonym_key))


def _read(upload: Upload, files: RunFiles, settings: RunSettings) -> RawTable:
    """Read the upload by way of the scratch directory.

    Raises:
        StorageDeniedError: when the scratch directory can't be used.
    """
    with downloaded(files.store, upload) as path:
        return read_table(path, name=upload.name, delimiter=settings.delimiter, encoding=settings.encoding)
