"""The one error tree of the pipeline.

A class name is the contract with the state machine: Lambda reports it as the error's name and ``ErrorEquals``
matches it. ``TransientError`` leaves are retried with backoff, ``PermanentError`` leaves go straight to ``Catch``.
"""

from collections.abc import Sequence


class FraudflowError(Exception):
    """Base of every error that the pipeline raises on purpose; its message is one sentence for the user."""


class TransientError(FraudflowError):
    """The same call may succeed a moment later."""


class StorageUnavailableError(TransientError):
    """Raised when S3 throttles, times out or answers 5xx."""


class TrackingUnavailableError(TransientError):
    """Raised when the MLflow server can't be reached or answers 5xx."""


class WorkerLostError(TransientError):
    """Raised when workers have ended without a model: one of them has died or hangs, or none can be reached."""


class PermanentError(FraudflowError):
    """The same call would fail again: the input or the configuration is wrong."""


class InvalidPayloadError(PermanentError):
    """Raised when what a state was given does not match its contract."""


class InvalidInputError(PermanentError):
    """Raised when what an execution was started with names no upload, or something that it does not take."""


class InvalidSettingsError(PermanentError):
    """Raised when a setting can't be used, or does not fit the data."""


class StorageDeniedError(PermanentError):
    """Raised when S3 refuses a request for good (permissions, no such bucket)."""


class TrackingRejectedError(PermanentError):
    """Raised when MLflow refuses a request for good."""


class UploadNotFoundError(PermanentError):
    """Raised when the bucket holds no object under the given key (or version)."""


class UploadClaimedError(PermanentError):
    """Raised when another run has the upload, or is to have it, which is no failure.

    Its event was delivered more than once, or it is one of the files that a manifest names.
    """


class AlreadyAskedError(PermanentError):
    """Raised when another execution waits for the same answer, which is no failure."""


class UnreadableRecordError(PermanentError):
    """Raised when a record of an earlier run can't be read; as itself when it is damaged."""


class NewerRecordError(UnreadableRecordError):
    """Raised when a record was written by a later release, in a format that this one does not know."""


class UntrustedModelError(PermanentError):
    """Raised when a model file holds a type that is not on the list of trusted ones."""


class UnreadableModelError(PermanentError):
    """Raised when a model file is damaged, or was written by a library version that this one can't read."""


class NoSuchVersionError(PermanentError):
    """Raised when the registry has no such version: no champion yet, no former one, or not that number."""


class ChampionMovedError(PermanentError):
    """Raised when another version has become the champion since a move was decided on: nothing is moved."""


class WorkersTooSlowError(PermanentError):
    """Raised when workers have not trained a model in the time that a function has."""


class TrainingJobError(PermanentError):
    """Raised when a training job of SageMaker has ended without a model, and none of its hosts said why."""


class NoUsableModelError(PermanentError):
    """Raised when every candidate has learnt next to nothing, so that none may be registered."""


class InvalidDatasetError(PermanentError):
    """Raised when a file can't be trained on; as itself when it has several kinds of fault at once."""


class UnexpectedDataError(PermanentError):
    """Raised when a file makes our own code fail, without the message of what failed: it may quote the file."""


class EmptyFileError(InvalidDatasetError):
    """Raised when the file is empty or holds a header and no rows."""


class NotCsvError(InvalidDatasetError):
    """Raised when the file is something else than delimited text (an image, an archive, a broken gzip)."""


class EncodingError(InvalidDatasetError):
    """Raised when bytes of the file can't be decoded in the recognised or configured encoding."""


class RaggedRowsError(InvalidDatasetError):
    """Raised when rows have more or fewer fields than the header."""


class DuplicateColumnsError(InvalidDatasetError):
    """Raised when two columns share a name."""


class TargetError(InvalidDatasetError):
    """Raised when the target is missing, constant, not binary, or has missing values."""


class UndecidedError(TargetError):
    """Raised when a run would have to guess between two readings of a file; the message asks, and names the setting."""


class TooFewFraudsError(InvalidDatasetError):
    """Raised when there are too few positives to train, validate and test on."""


class InfiniteValuesError(InvalidDatasetError):
    """Raised when a numeric column holds infinities."""


class InvalidLabelsError(InvalidDatasetError):
    """Raised when a file of labels has rows that name no transaction, or say neither fraud nor legitimate."""


def raise_for_faults(faults: Sequence[InvalidDatasetError]) -> None:
    """Raise one error for all faults; return when there are none.

    Raises:
        InvalidDatasetError: or the subclass that all the faults share.
    """
    if not faults:
        return
    kinds = {type(fault) for fault in faults}
    kind = kinds.pop() if len(kinds) == 1 else InvalidDatasetError
    raise kind(" ".join(str(fault) for fault in faults))
