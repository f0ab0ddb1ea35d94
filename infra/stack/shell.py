"""Shell variables of a stack: ``eval "$(fraudflow env)"``."""

import os
import shlex
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from fraudflow_guard.keys import USER

from infra.home.access import make_keys
from infra.home.layout import Home
from infra.home.state import Deployed
from infra.settings import StackSettings

MACHINE = "FRAUDFLOW_STATE_MACHINE_ARN"
SERVICE = "FRAUDFLOW_SCORING_URL"
# Each of these would lead a client elsewhere, or to other keys.
_LEADS_ELSEWHERE = (
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
    *("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_CA_BUNDLE"),
    *("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "LOCALSTACK_HOST", "USE_SSL"),
    *("MLFLOW_REGISTRY_URI", "MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"),
)
_OF_ONE_SERVICE = "AWS_ENDPOINT_URL_"


class Shell(StrEnum):
    """Shells whose syntax is supported."""

    SH = "sh"
    FISH = "fish"


def variables(settings: StackSettings, deployed: Deployed, environment: Mapping[str, str]) -> dict[str, str | None]:
    """Return what to set, and as None what to unset.

    Args:
        settings: the user's.
        deployed: the stack that is up.
        environment: what is set now.

    Raises:
        StackError: when the home's keys can't be used.
    """
    stack = deployed.settings
    keys = make_keys(Home(stack.home))
    one_service = (name for name in environment if name.startswith(_OF_ONE_SERVICE))
    shown: dict[str, str | None] = {
        **dict.fromkeys((*_LEADS_ELSEWHERE, *sorted(one_service))),
        "AWS_ENDPOINT_URL": stack.endpoint_url,
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
        "AWS_DEFAULT_REGION": stack.region,
        "AWS_REGION": stack.region,
        # awslocal tells of its successor at each call.
        "DISABLE_DEPRECATION_NOTICE": "1",
        "MLFLOW_TRACKING_URI": str(settings.mlflow_tracking_uri or stack.mlflow_url).rstrip("/"),
        MACHINE: deployed.state_machine_arn,
        SERVICE: stack.scoring_url if stack.scoring else None,
        "PATH": _path(environment.get("PATH", os.defpath)),
    }
    if stack.access == "keys":
        shown |= {"MLFLOW_TRACKING_USERNAME": USER, "MLFLOW_TRACKING_PASSWORD": keys.password}
    return shown


def commands(shown: Mapping[str, str | None], dialect: Shell) -> str:
    """Write the variables as commands of a shell."""
    return "".join(f"{_WORDS[dialect](name, value)}\n" for name, value in shown.items())


def _path(now: str) -> str:
    """Return PATH with our programs first, without adding them twice."""
    ours = str(Path(sys.executable).parent)
    return os.pathsep.join([ours, *(each for each in now.split(os.pathsep) if each != ours)])


def _sh(name: str, value: str | None) -> str:
    return f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"


def _fish(name: str, value: str | None) -> str:
    if value is None:
        return f"set --erase {name};"
    # PATH is a list there.
    values = value.split(os.pathsep) if name == "PATH" else [value]
    return f"set --global --export {name} {' '.join(map(_fish_quoted, values))};"


def _fish_quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


_WORDS = {Shell.SH: _sh, Shell.FISH: _fish}
