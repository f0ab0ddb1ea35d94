"""Read and check the upload; write it as Parquet, with a digest and a profile."""

import tempfile
from pathlib import Path

from functions.contracts import Dataset, LoadDataInput, LoadDataOutput, Upload
from functions.core import checks
from functions.core.digest import content_digest
from functions.core.profile import build_profile
from functions.core.reading import RawTable, read_table
from functions.core.tables import to_parquet
from functions.ports import LoadDataServices


def run(event: LoadDataInput, services: LoadDataServices) -> LoadDataOutput:
    """Load; the upload itself is only read, so it is still there whatever comes of it."""
    files, settings, execution = services.files, services.settings, event.execution
    upload = files.store.find(event.upload)
    raw = _read(upload, services)
    checked = checks.check(raw, target=settings.target, positive_label=settings.positive_label)
    table = checked.table
    profile = build_profile(checked)
    dataset = Dataset(
        uri=files.write_parquet(execution, "dataset.parquet", to_parquet(table)),
        profile_uri=files.write_json(execution, "profile.json", profile.model_dump()),
        digest=content_digest(table),
        rows=len(table.y),
        features=len(table.kinds),
        frauds=table.frauds,
        duplicate_rows=profile.duplicate_rows,
        target=table.target,
        target_explanation=checked.target.explanation,
        notes=list(checked.source.notes),
    )
    return LoadDataOutput(execution=execution, upload=upload, settings=settings, dataset=dataset)


def _read(upload: Upload, services: LoadDataServices) -> RawTable:
    settings = services.settings
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "upload")
        services.files.store.download(upload, path)
        return read_table(path, name=upload.name, delimiter=settings.delimiter, encoding=settings.encoding)
