"""The threshold of a registered version: the curve of the run that has made it, or why there is none to show."""

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import ExecutionNotFoundError, UserError
from infra.runs.evaluation_documents import EvaluationDocuments
from infra.runs.execution import PipelineExecution
from infra.runs.execution_client import ExecutionClient
from infra.runs.registered_versions import KnownVersions, RegisteredVersion
from infra.runs.threshold_curve import ThresholdCurve, read_curve


@dataclass(frozen=True)
class ShownThreshold:
    """The curve of a version's threshold, or why there is none."""

    version: str | None
    curve: ThresholdCurve | None
    fault: str | None


def threshold_of(
    model: str,
    known: KnownVersions,
    number: str | None,
    executions: ExecutionClient,
    evaluations: EvaluationDocuments,
) -> ShownThreshold:
    """Ask for the curve of the version that is asked for, or else one that plays a part, or the newest."""
    number = number or known.to_look_at
    if number is None:
        return ShownThreshold(None, None, None)
    version = known.version(number)
    if version is None:
        return ShownThreshold(number, None, f"'{model}' has no version {number}.")
    try:
        return ShownThreshold(number, read_curve(evaluations, made_by(version, executions)), None)
    except UserError as error:
        return ShownThreshold(number, None, str(error))


def made_by(version: RegisteredVersion, executions: ExecutionClient) -> PipelineExecution:
    """Return the run that has made a version.

    Raises:
        ExecutionNotFoundError: when none is known.
    """
    if version.execution_arn is None:
        raise ExecutionNotFoundError(f"Version {version.number} was registered by no run of this stack.")
    try:
        return executions.get(version.execution_arn)
    except ExecutionNotFoundError:
        raise
    except (ClientError, BotoCoreError) as error:
        raise ExecutionNotFoundError(f"The run of version {version.number} can't be asked for ({error}).") from error
