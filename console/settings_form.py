"""The settings of a run as the fields of a form, made from their declarations, and back again."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from starlette.datastructures import FormData

from functions.core.data.role_names import Role
from functions.setting_words import WAYS, allowed, options, typed
from functions.settings import RunSettings
from infra.errors import SettingsError
from infra.runs.chosen_settings import CHANGED_MOST, run_settings

# What is chosen for each column, and not in a field of its own.
_PLACES = {"roles": "columns", "target": "target"}
_VARIABLE = re.compile(r"FRAUDFLOW_([A-Z_]+)")
_OTHER_PAGE = "This page is not of this console: load it again."


@dataclass(frozen=True)
class SettingField:
    """A setting as a field.

    Attributes:
        name: the setting's.
        value: what it is, as typed.
        hint: what it does, and what it takes.
        options: its supported values, where they can be listed; the empty one is none.
        several: whether it takes more than one of them.
    """

    name: str
    value: str
    hint: str
    options: Sequence[str]
    several: bool

    @property
    def title(self) -> str:
        """The name, for people."""
        return self.name.replace("_", " ")

    @property
    def id(self) -> str:
        """What links on its page lead to."""
        return f"set-{self.name}"

    @property
    def variable(self) -> str:
        """The name, as sentences about it have it."""
        return f"FRAUDFLOW_{self.name.upper()}"

    @property
    def names_column(self) -> bool:
        """Whether it takes a column's name."""
        return self.name.endswith("_column")

    @property
    def chosen(self) -> Sequence[str]:
        """Its values."""
        return self.value.split(",")


def fields(settings: RunSettings) -> tuple[list[SettingField], list[SettingField]]:
    """Return the fields of the settings that people change most, and of all others."""
    others = [name for name in RunSettings.model_fields if name not in CHANGED_MOST]
    first, rest = (
        [_field(settings, name) for name in names if name not in _PLACES] for names in (CHANGED_MOST, others)
    )
    return first, rest


def known_roles() -> list[str]:
    """Return the roles that a column can be given, with the ways in which its values may be written."""
    return [each for role in get_args(Role.__value__) if role != "target" for each in _with_ways(role)]


def chosen(settings: RunSettings, form: FormData) -> RunSettings:
    """Return the settings of a form that has been sent.

    Args:
        settings: what the form was filled with.
        form: its fields; ``column`` and ``role`` are lists of the same length.

    Raises:
        SettingsError: saying what each wrong one takes.
    """
    given = {name: value for name in RunSettings.model_fields if (value := _given(settings, form, name)) is not None}
    none = {name: None for name, value in given.items() if not value and _is_optional(name)}
    return run_settings(settings, {**given, **none, **_of_columns(settings, form)}, lambda name: name.replace("_", " "))


def named_in(sentences: Iterable[str]) -> dict[str, str]:
    """Return the settings that sentences name, each with the id of its field."""
    found = [name.lower() for sentence in sentences for name in _VARIABLE.findall(sentence)]
    known = dict.fromkeys(name for name in found if name in RunSettings.model_fields)
    return {name.replace("_", " "): _PLACES.get(name, f"set-{name}") for name in known}


def states(form: FormData) -> dict[str, str]:
    """Return the states of the columns, by name, as the page of a form shows them."""
    return dict(zip(_names(form, "column"), map(str, form.getlist("was")), strict=False))


def _field(settings: RunSettings, name: str) -> SettingField:
    declared = RunSettings.model_fields[name]
    said = (declared.description or "").replace("`", "")
    several = isinstance(declared.default, tuple)
    listed = options(declared)
    return SettingField(
        name=name,
        value=typed(getattr(settings, name)),
        hint=f"{said[:1].upper()}{said[1:]}." + ("" if listed else f" It takes {allowed(declared)}."),
        options=["", *listed] if listed and _is_optional(name) else listed,
        several=several and bool(listed),
    )


def _is_optional(name: str) -> bool:
    return RunSettings.model_fields[name].default is None


def _given(settings: RunSettings, form: FormData, name: str) -> str | None:
    """Return what a form says of a setting; None where it says nothing else than the settings do."""
    said = [value for value in form.getlist(name) if isinstance(value, str)]
    before = typed(getattr(settings, name))
    if name in _PLACES or (not said and f"{name}.several" not in form):
        return None
    if f"{name}.several" in form:
        return None if sorted(said) == sorted(before.split(",")) else ",".join(said)
    return None if said[-1] == before else said[-1]


def _of_columns(settings: RunSettings, form: FormData) -> Mapping[str, object]:
    """Return the target and the roles that a form gives."""
    columns, roles = _names(form, "column"), [str(each) for each in form.getlist("role")]
    if len(columns) != len(roles):
        raise SettingsError(_OTHER_PAGE)
    others = {name: role for name, role in settings.roles.items() if name not in set(columns)}
    said = {name: role for name, role in zip(columns, roles, strict=True) if role}
    target = _names(form, "target")
    return {"roles": {**others, **said}, **({"target": target[-1] or None} if target else {})}


def _names(form: FormData, field: str) -> list[str]:
    """Return names of columns, which are sent as JSON: a form would change line ends in them."""
    try:
        return [str(json.loads(str(each))) if each else "" for each in form.getlist(field)]
    except ValueError as error:
        raise SettingsError(_OTHER_PAGE) from error


def _with_ways(role: str) -> list[str]:
    return [role, *(f"{role}:{way}" for way in WAYS.get(role, ()))]
