"""Read and check the upload; write it as Parquet, with a digest and a profile."""

import tempfile
from pathlib import Path

from functions.contracts import Dataset, LoadDataInput, LoadDataOutput, Upload
from functions.core.data.digest import content_digest
from functions.core.data.tables import to_parquet
from functions.core.errors import StorageDeniedError
from functions.core.ingest import checks
from functions.core.ingest.data_profile import build_profile
from functions.core.ingest.reading import RawTable, read_table
from functions.load_data import run_settings
from functions.run import from_settings, recording
from functions.run.dependencies import LoadDataDependencies, RunFiles
from functions.settings import RunSettings


def run(event: LoadDataInput, dependencies: LoadDataDependencies) -> LoadDataOutput:
    """Load and check the upload; the object itself is never changed."""
    files, execution = dependencies.files, event.execution
    # Before the upload is claimed, so that a run that crashes with it is resumed.
    recording.start(files, execution, event.upload)
    upload = files.store.find(event.upload)
    if event.upload.id:  # only an event has one; a person may run the same upload as often as they like
        recording.claim(files, execution, upload)
    settings = run_settings.merge(event.upload, upload, dependencies)
    from_settings.require_libraries(settings)
    raw = _read(upload, files, settings)
    checked = checks.check(raw, target=settings.target, positive_label=settings.positive_label)
    table = checked.table
    # Said here, before anything is trained.
    from_settings.features(settings).require(table.kinds)
    from_settings.amounts(settings, table)
    # On its way while the rest is worked out: it is the largest of the files.
    uri = files.write_parquet(execution, "dataset.parquet", to_parquet(table))
    digest = content_digest(table)
    profile = build_profile(checked)
    profile_uri = files.write_json(execution, "profile.json", profile.model_dump())
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
        notes=[*checked.source.notes, *([known] if known else [])],
    )
    return LoadDataOutput(
        execution=execution, upload=upload, settings=settings, candidates=list(settings.trained), dataset=dataset
    )


def _read(upload: Upload, files: RunFiles, settings: RunSettings) -> RawTable:
    """Read the upload by way of the scratch directory, under a name of ours: a key may say anything.

    Raises:
        StorageDeniedError: when the scratch directory can't be used.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "upload")
            files.store.download(upload, path)
            return read_table(path, name=upload.name, delimiter=settings.delimiter, encoding=settings.encoding)
    except OSError as error:
        raise StorageDeniedError(
            f"{upload.uri} could not be kept in the scratch directory: {error.strerror or error}."
        ) from error
