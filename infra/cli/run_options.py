"""Options of ``fraudflow run``: the settings of a run that people change most, in place of environment variables."""

import functools
import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated

import typer

from functions.setting_words import allowed
from functions.settings import RunSettings
from infra.runs import chosen_settings
from infra.runs.chosen_settings import CHANGED_MOST

# By the names of their settings.
OPTIONS: Mapping[str, str] = MappingProxyType(
    {name: "--model" if name == "model_name" else f"--{name.replace('_', '-')}" for name in CHANGED_MOST}
)


def with_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that takes the options and passes those given, by the names of their settings."""

    @functools.wraps(command)
    def with_options(**arguments: object) -> None:
        given = {name: value for name in OPTIONS if (value := arguments.pop(name)) is not None}
        command(**arguments, options=given)

    own = [each for each in inspect.signature(command).parameters.values() if each.name != "options"]
    # Typer reads a command's parameters from its signature.
    with_options.__dict__["__signature__"] = inspect.Signature([*own, *map(_parameter, OPTIONS)])
    return with_options


def _parameter(name: str) -> inspect.Parameter:
    """Return an option described as its setting is; its value is text, so that all faults are reported together."""
    field = RunSettings.model_fields[name]
    info = typer.Option(
        OPTIONS[name],
        help=f"{field.description} ({allowed(field)}).",
        show_default=False,
        rich_help_panel="Settings of this run",
    )
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, info])


def run_settings(settings: RunSettings, given: Mapping[str, str]) -> RunSettings:
    """Return the settings of one run, in which the options win over environment and file.

    Raises:
        SettingsError: naming each option that is wrong, and what it takes.
    """
    return chosen_settings.run_settings(settings, given, lambda name: OPTIONS.get(name, name))
