"""Every setting of the stack and of a run: environment variables ``FRAUDFLOW_*``, then ``fraudflow.toml``."""

import itertools
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AnyHttpUrl, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableSettingsError

from functions.feature_store_settings import FeatureStoreSettings
from functions.history_settings import OFF
from functions.loop_settings import LoopSettings
from functions.scoring_settings import ScoringSettings
from functions.setting_words import Allowed, faults, nearest
from functions.settings import RunSettings
from functions.worker_settings import WorkerSettings
from infra.alert_settings import AlertSettings
from infra.definitions_file import read_definitions
from infra.errors import SettingsError
from infra.feast_settings import FeastSettings

PREFIX = "FRAUDFLOW_"
TOML = "fraudflow.toml"
# MLflow, as functions in containers reach it; from outside it is at its port.
IN_CONTAINERS = "http://mlflow:5000"
# What `fraudflow env` sets for others to read.
SET_BY_US = frozenset({"FRAUDFLOW_STATE_MACHINE_ARN", "FRAUDFLOW_SCORING_URL"})
ROOT = Path(__file__).resolve().parent.parent
_USERINFO = re.compile(r"://[^/?#]*@")


class StackSettings(
    RunSettings,
    AlertSettings,
    ScoringSettings,
    FeatureStoreSettings,
    FeastSettings,
    LoopSettings,
    WorkerSettings,
    BaseSettings,
):
    """Settings of the local stack and of its runs."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        toml_file=TOML,
        frozen=True,
        extra="forbid",
        protected_namespaces=(),
        hide_input_in_errors=True,  # an address may hold a password
    )

    home: Path = Field(default=Path(".fraudflow"), description="directory that holds all state")
    data: Path = Field(default=Path("data"), description="where `run` looks for a file when none is named")
    localstack_port: int = Field(default=4566, ge=1, le=65535, description="port of the AWS API on 127.0.0.1")
    mlflow_port: int = Field(default=5000, ge=1, le=65535, description="port of the MLflow server on 127.0.0.1")
    monitoring: bool = Field(
        default=True, description="start Prometheus, Pushgateway, Alertmanager and Grafana too, those that are on PATH"
    )
    prometheus_port: int = Field(default=9090, ge=1, le=65535, description="port of Prometheus on 127.0.0.1")
    pushgateway_port: int = Field(default=9091, ge=1, le=65535, description="port of the Pushgateway on 127.0.0.1")
    alertmanager_port: int = Field(default=9093, ge=1, le=65535, description="port of Alertmanager on 127.0.0.1")
    grafana_port: int = Field(default=3000, ge=1, le=65535, description="port of Grafana on 127.0.0.1")
    scoring: bool = Field(default=True, description="start the scoring service too")
    console: bool = Field(default=True, description="start the console too, a page in the browser")
    console_port: int = Field(default=8080, ge=1, le=65535, description="port of the console on 127.0.0.1")
    access: Literal["open", "keys"] = Field(
        default="open",
        description="whom the servers answer: `open` every program of this machine, `keys` those that show this "
        "home's keys (`fraudflow env`)",
    )
    region: Annotated[str, Allowed("a region such as us-east-1")] = Field(
        default="us-east-1", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="AWS region to pretend"
    )
    stack_name: Annotated[str, Allowed("at most 41 small letters, digits and dashes, a letter first")] = Field(
        default="fraudflow", pattern=r"^[a-z][a-z0-9-]{0,40}$", description="name of the CloudFormation stack"
    )
    mlflow_tracking_uri: AnyHttpUrl | None = Field(
        default=None, description="MLflow server as the functions reach it; the stack's own unless given"
    )
    mlflow_public_url: AnyHttpUrl | None = Field(
        default=None,
        description="MLflow as a browser reaches it, for links in alerts; `mlflow_tracking_uri` unless given",
    )
    mlflow_experiment: str = Field(default="fraudflow", min_length=1, description="experiment that runs are logged to")
    pushgateway_url: AnyHttpUrl | None = Field(
        default=None, description="Pushgateway to push metrics to; the stack's own, if it has one, unless given"
    )
    run_retention_days: int = Field(default=90, ge=1, description="after how many days a run's files expire")
    data_memory: int = Field(
        default=3008, ge=512, le=10_240, description="megabytes of memory for each function that holds a data set"
    )
    functions_at_once: int = Field(
        default=4, ge=1, le=1000, description="how many functions may run at the same time; the others wait their turn"
    )
    start_timeout: float = Field(default=120, gt=0, description="seconds that a server may take to get ready")
    stop_timeout: float = Field(default=15, gt=0, description="seconds that a server may take to stop by itself")
    trigger_timeout: float = Field(default=60, gt=0, description="seconds from an upload to the start of its execution")
    history_definitions: Annotated[Path, Allowed("a path, or `off`")] = Field(
        default=Path("feature-store/histories.toml"),
        description="file that defines histories; relative to the checkout",
    )
    localstack_python: Path = Field(
        default=Path("localstack/.venv/bin/python"), description="LocalStack's Python; relative to the checkout"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources in order: the environment wins over the files."""
        if isinstance(dotenv_settings, DotEnvSettingsSource):  # Compose's file has variables of others, too
            known = {f"{PREFIX}{name}".lower() for name in cls.model_fields}
            dotenv_settings.env_vars = {k: v for k, v in dotenv_settings.env_vars.items() if v and k.lower() in known}
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        names = [name for name in StackSettings.model_fields if name.endswith("_port")]
        for one, other in itertools.combinations(names, 2):
            if getattr(self, one) == getattr(self, other):
                raise ValueError(f"{one} and {other} are the same")
        return self

    @property
    def run(self) -> RunSettings:
        """The part that travels to the pipeline, as a stack parameter."""
        return RunSettings.model_validate(self.model_dump(include=set(RunSettings.model_fields)))

    @property
    def loop(self) -> LoopSettings:
        """The part that travels to the watch machine, as a stack parameter."""
        return LoopSettings.model_validate(self.model_dump(include=set(LoopSettings.model_fields)))

    @property
    def endpoint_url(self) -> str:
        """Address of the AWS API."""
        return f"http://127.0.0.1:{self.localstack_port}"

    @property
    def scoring_url(self) -> str:
        """Address of the scoring service."""
        return f"http://127.0.0.1:{self.scoring_port}"

    @property
    def console_url(self) -> str:
        """Address of the console."""
        return f"http://127.0.0.1:{self.console_port}"

    @property
    def mlflow_url(self) -> str:
        """Address of MLflow, for browsers, functions and the CLI alike."""
        return f"http://127.0.0.1:{self.mlflow_port}"


def shown(settings: StackSettings) -> dict[str, Any]:
    """Return each setting's value as it may be printed: without the user and the password that an address may hold."""
    values = settings.model_dump(mode="json")
    addresses = [name for name in values if isinstance(getattr(settings, name), AnyHttpUrl)]
    return values | {name: _USERINFO.sub("://***@", values[name]) for name in addresses}


def unknown_variables(environment: Mapping[str, str] | None = None) -> list[str]:
    """Return a warning for each ``FRAUDFLOW_*`` variable that is no setting, with the nearest one."""
    known = {PREFIX + name.upper() for name in StackSettings.model_fields} | SET_BY_US
    present = os.environ if environment is None else environment  # noqa: TID251 - this is where settings are read
    return [
        f"{name} is not a setting{nearest(name.upper(), known)}."
        for name in sorted(present)
        if name.upper().startswith(PREFIX) and name.upper() not in known
    ]


def read_settings(env_file: Path | None = None) -> StackSettings:
    """Read the settings of the current directory and environment, and of a file of variables.

    Raises:
        SettingsError: naming each setting and what is wrong with it.
    """
    _check_file(Path(TOML))
    try:
        settings = StackSettings(_env_file=env_file)
    except ValidationError as error:
        raise SettingsError(f"{'; '.join(faults(StackSettings, error, _as_given))}.") from error
    except UnreadableSettingsError as error:
        raise SettingsError(f"A setting can't be read: {error}.") from error
    return with_definitions(settings).model_copy(
        update={
            "home": settings.home.expanduser().absolute(),
            "data": settings.data.expanduser(),
            "localstack_python": ROOT / settings.localstack_python.expanduser(),
            "feast_python": ROOT / settings.feast_python.expanduser(),
        }
    )


def with_definitions(settings: StackSettings) -> StackSettings:
    """Return the settings with the histories that their file defines, unless they say themselves which there are.

    Raises:
        SettingsError: naming the file, and the key that is wrong.
    """
    if "histories" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"histories": read_definitions(_definitions_file(settings))})


def definitions_path(settings: StackSettings) -> Path | None:
    """Return the file that defines histories; None where they are off."""
    return None if (path := _definitions_file(settings)).name == OFF else path


def _definitions_file(settings: StackSettings) -> Path:
    return ROOT / settings.history_definitions.expanduser()


def _check_file(path: Path) -> None:
    if not path.exists():
        return
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} can't be read: {error}.") from error
    for key in content:
        if key not in StackSettings.model_fields:
            raise SettingsError(f"{path}: {key} is not a setting{nearest(key, StackSettings.model_fields)}.")


def _as_given(name: str) -> str:
    """Return a setting's name as its user wrote it: the variable, or the file's key where no variable is set."""
    given = {key.upper(): value for key, value in os.environ.items()}  # noqa: TID251 - only to say which of them is wrong
    variable = PREFIX + name.upper()
    return variable if given.get(variable) or not Path(TOML).exists() else f"{name} in {TOML}"
