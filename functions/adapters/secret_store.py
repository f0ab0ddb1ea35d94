"""Secrets Manager: logins that stand in no environment and in no template."""

from typing import TYPE_CHECKING, NoReturn, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from functions.core.errors import InvalidSettingsError, TrackingUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

# What Secrets Manager answers when a moment later it may do it.
_TRANSIENT = {"InternalServiceError", "ThrottlingException", "ServiceUnavailable"}


class SecretsClient(Protocol):
    """The part of Secrets Manager's client that is needed here."""

    def get_secret_value(self, *, SecretId: str) -> "Mapping[str, object]":
        """Return the secret's current version, its text under ``SecretString``."""


class Login(BaseModel):
    """A name and a password, as Secrets Manager's own rotation keeps them; what else is in the secret is ignored."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    username: str
    password: SecretStr


def login_of(client: SecretsClient, secret: str) -> Login:
    """Return the login that a secret holds.

    Raises:
        TrackingUnavailableError: when Secrets Manager can't be reached, or throttles.
        InvalidSettingsError: when the secret is not there, may not be read, or holds no login.
    """
    try:
        text = client.get_secret_value(SecretId=secret).get("SecretString", "")
    except (ClientError, BotoCoreError) as error:
        _refuse(error, secret)
    try:
        return Login.model_validate_json(str(text))
    except ValidationError as error:
        raise InvalidSettingsError(
            f'The secret {secret} holds no login: it must be {{"username": ..., "password": ...}}.'
        ) from error


def _refuse(error: ClientError | BotoCoreError, secret: str) -> NoReturn:
    code = str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""
    if code and code not in _TRANSIENT:
        raise InvalidSettingsError(f"The secret {secret} with MLflow's login can't be read ({code}).") from error
    raise TrackingUnavailableError(f"The secret {secret} with MLflow's login can't be read now: try again.") from error
