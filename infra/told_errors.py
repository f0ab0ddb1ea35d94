"""Errors that have a sentence: the command line prints it, and the console shows it, in place of a traceback."""

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError

from infra.errors import UserError

_OF_AWS = (ClientError, BotoCoreError, Boto3Error)
TOLD: tuple[type[Exception], ...] = (UserError, *_OF_AWS, OSError)


def sentence_of(error: Exception) -> str:
    """Return what to say of one of ``TOLD``."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, (UnreachableError, HTTPClientError)):
        return "LocalStack gives no answer; `fraudflow status` shows its servers."
    if isinstance(error, ClientError) and error.response["Error"]["Code"] == "StateMachineDoesNotExist":
        return (
            "LocalStack has restarted, and the pipeline is created in it anew; `fraudflow status` shows how far it is."
        )
    if isinstance(error, _OF_AWS):
        return f"LocalStack refused a request ({error}); `fraudflow status` shows its servers."
    return f"The system refused: {error}."
