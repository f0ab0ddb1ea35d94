"""An upload in the scratch directory, and what is said where that or the reading of it fails unexpectedly."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

from functions.contracts import Upload
from functions.core.errors import FraudflowError, StorageDeniedError, UnexpectedDataError
from functions.ports import ObjectStore
from functions.runtime.scratch_space import is_full, why


@contextmanager
def downloaded(store: ObjectStore, upload: Upload) -> Iterator[Path]:
    """Download an upload to the scratch directory, under a name of ours: a key may say anything.

    Raises:
        StorageDeniedError: when the scratch directory can't be used.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "upload")
            store.download(upload, path)
            yield path
    except OSError as error:
        raise StorageDeniedError(f"{upload.uri} could not be kept in the scratch directory: {why(error)}") from error


@contextmanager
def without_quotes(name: str) -> Iterator[None]:
    """Replace an error of our own code, or a library's, by one that does not quote the file.

    Whatever is written beside an upload knows hashes only, and a library's message may quote a value: it would be
    everywhere, in the log, the record of the run, the upload's tags.

    Raises:
        UnexpectedDataError: naming the place in the code.
    """
    try:
        yield
    except (FraudflowError, MemoryError):
        raise
    except Exception as error:
        if is_full(error):
            raise  # a disk is no fault of the code's, and its error quotes nothing
        place = extract_tb(error.__traceback__)[-1]
        raise UnexpectedDataError(
            f"{name} can't be read, which is a fault of fraudflow's: {type(error).__name__} in "
            f"{Path(place.filename).name}, line {place.lineno}. What it says is left out, as it may quote the file."
        ) from None
