"""Secrets of the sessions that STS has given, which moto keeps in memory and no API tells."""

import sys

from localstack.aws.accounts import get_account_id_from_access_key_id

_STS = "moto.sts.models"


def secret_of_session(access_key_id: str) -> str | None:
    """Return the secret of an assumed role. Its age is not checked: a function that stays warm keeps its first."""
    loaded = sys.modules.get(_STS)
    account = get_account_id_from_access_key_id(access_key_id)
    if loaded is None or account not in loaded.sts_backends:
        return None
    found = (each.get_assumed_role_from_access_key(access_key_id) for each in loaded.sts_backends[account].values())
    return next((str(role.secret_access_key) for role in found if role is not None), None)
