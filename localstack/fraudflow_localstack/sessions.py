"""Where the secret of an access key is found: the home's own, and those that STS has given to functions."""

import sys

from fraudflow_guard.keys import Keys
from localstack.aws.accounts import get_account_id_from_access_key_id

from fraudflow_localstack.signatures import SecretOf

_STS = "moto.sts.models"


def secrets_of(keys: Keys | None) -> SecretOf:
    """Return what finds the secret of a key; ``keys`` are the home's, if it has any."""

    def secret_of(access_key_id: str) -> str | None:
        if keys is not None and access_key_id == keys.access_key_id:
            return keys.secret_access_key
        return _of_a_session(access_key_id)

    return secret_of


def _of_a_session(access_key_id: str) -> str | None:
    """Return the secret of an assumed role. Its age is not looked at: a function that stays warm keeps its first."""
    loaded = sys.modules.get(_STS)
    account = get_account_id_from_access_key_id(access_key_id)
    if loaded is None or account not in loaded.sts_backends:
        return None
    found = (each.get_assumed_role_from_access_key(access_key_id) for each in loaded.sts_backends[account].values())
    return next((str(role.secret_access_key) for role in found if role is not None), None)
