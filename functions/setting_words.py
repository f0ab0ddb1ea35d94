"""Parsing of settings, their supported values in words, and error messages for wrong ones."""

import difflib
import json
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAliasType, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen
from pydantic import AfterValidator, AnyUrl, BaseModel, BeforeValidator, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from functions.core.data.role_names import Role
from functions.core.wording import quoted

_UNIONS = (Union, types.UnionType)
_ROLES: tuple[str, ...] = get_args(Role.__value__)
# How values are written, where a file alone can't say: day or month first, comma or point before decimals.
WAYS = {"time": ("dmy", "mdy"), "number": ("comma", "point"), "amount": ("comma", "point")}
_PLAIN = {"bool": "true or false", "Path": "a path", "RunSettings": "an object of settings"}


@dataclass(frozen=True)
class Allowed:
    """Supported values of a setting, in words, where its type does not say enough."""

    words: str


def split_list(value: object) -> object:
    """Parse a list as people type it, ``lightgbm,xgboost``, or as JSON, for names that hold a comma."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            pass
    return [part.strip() for part in value.split(",") if part.strip()]


def parse_object(value: object) -> object:
    """Parse an object as people type it in one variable: as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.strip() else {}
    except ValueError:
        raise ValueError(f'{quoted(value)} is no JSON object, such as {{"cc_num": "entity"}}') from None


def check_roles(roles: dict[str, str]) -> dict[str, str]:
    """Check that each column's role is one, or one with the way in which its values are written: ``time:dmy``."""
    for column, said in roles.items():
        role, _, how = said.partition(":")
        start = f"{quoted(said)} of column {quoted(column)} is"
        if role not in _ROLES:
            raise ValueError(f"{start} no role{nearest(role, _ROLES)}: a role is one of {', '.join(_ROLES)}")
        if how not in ("", *WAYS.get(role, ())):
            ways = [role, *(f"{role}:{way}" for way in WAYS.get(role, ()))]
            raise ValueError(f"{start} not known: it takes {' or '.join(ways)}")
    return roles


# Of every setting that holds several values.
TYPED_LIST = BeforeValidator(split_list)
# Of every setting that holds values by name.
TYPED_OBJECT = BeforeValidator(parse_object)
KNOWN_ROLES = AfterValidator(check_roles)


def typed(value: object) -> str:
    """Return a value as it is typed; empty for None."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.15g}"
        case dict() | BaseModel():
            held = value.model_dump(mode="json", exclude_defaults=True) if isinstance(value, BaseModel) else value
            return json.dumps(held, ensure_ascii=False) if held else ""
        case tuple() | list():
            names = [typed(each) for each in value]
            return json.dumps(names) if any("," in name for name in names) else ",".join(names)
    return str(value)


def allowed(field: FieldInfo) -> str:
    """Return the supported values of a setting, in words."""
    return _said(*_unwrap(field.annotation, field.metadata))


def options(field: FieldInfo) -> list[str]:
    """Return the supported values of a setting, or of each of its values, where they can be listed."""
    base, _ = _unwrap(field.annotation, field.metadata)
    return ["true", "false"] if base is bool else _options(base)


def faults(model: type[BaseModel], error: ValidationError, name: Callable[[str], str] = str) -> list[str]:
    """Return a clause for each wrong setting: its value and the supported values.

    Args:
        model: class of the settings.
        error: pydantic's.
        name: returns a setting's name as its user wrote it.
    """
    found = error.errors()
    # A list of which a name is wrong is also said to be too short: the name says more.
    inner = {fault["loc"][:depth] for fault in found for depth in range(1, len(fault["loc"]))}
    return list(dict.fromkeys(_clause(model, fault, name) for fault in found if fault["loc"] not in inner))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a clause with the most similar name; empty when none is similar."""
    matches = difflib.get_close_matches(name, list(known), n=1)
    return f"; {matches[0]} is the nearest one" if matches else ""


def _clause(model: type[BaseModel], fault: ErrorDetails, name: Callable[[str], str], depth: int = 0) -> str:
    reason = fault["msg"].removeprefix("Value error, ")
    if len(fault["loc"]) == depth:
        return reason
    key = str(fault["loc"][depth])
    if fault["type"] == "extra_forbidden" and key not in model.model_fields:
        return f"{name(key)} is not a setting{nearest(key, model.model_fields)}"
    base, metadata = _unwrap(model.model_fields[key].annotation, model.model_fields[key].metadata)
    deeper = len(fault["loc"]) > depth + 1
    if deeper and isinstance(base, type) and issubclass(base, BaseModel):
        return _clause(base, fault, lambda inner: f"{inner} in {name(key)}", depth + 1)
    if fault["type"] == "missing" and not deeper:
        return f"{name(key)} is missing"
    if fault["type"] == "value_error":
        return f"{name(key)}: {reason}"
    listed = deeper and get_origin(base) is tuple  # a union's fault has the name of its branch
    return f"{name(key)} {_given(fault['input'], base, listed=listed)}: it takes {_said(base, metadata)}"


def _said(base: object, metadata: Sequence[object]) -> str:
    said = next((each.words for each in metadata if isinstance(each, Allowed)), None)
    return said or _words(base, metadata)


def _given(value: object, base: object, *, listed: bool) -> str:
    if isinstance(base, type) and issubclass(base, (AnyUrl, SecretStr)):
        return "can't be used"  # it may hold a password
    near = nearest(value, _options(base)) if isinstance(value, str) else ""
    given = quoted(value) if isinstance(value, str) else quoted(json.dumps(value, default=str))
    return f"{'names' if listed else 'is'} {given}{near}"


def _unwrap(annotation: object, metadata: Sequence[object]) -> tuple[object, Sequence[object]]:
    """Return a type without its optionality, and its constraints."""
    if isinstance(annotation, TypeAliasType):
        return _unwrap(annotation.__value__, metadata)
    if get_origin(annotation) in _UNIONS:
        rest = [each for each in get_args(annotation) if each is not types.NoneType]
        return _unwrap(rest[0], metadata)
    if hasattr(annotation, "__metadata__"):
        inner, *narrowed = get_args(annotation)
        for each in narrowed:
            metadata = [*metadata, *(each.metadata if isinstance(each, FieldInfo) else [each])]
        return _unwrap(inner, metadata)
    return annotation, metadata


def _options(base: object) -> list[str]:
    if get_origin(base) is tuple:
        return _options(_unwrap(get_args(base)[0], [])[0])
    return [str(each) for each in get_args(base)] if get_origin(base) is Literal else []


def _words(base: object, metadata: Sequence[object]) -> str:
    options = _options(base)
    if get_origin(base) is tuple:
        return f"one or more of {', '.join(options)}, separated by commas" if options else "names, separated by commas"
    if options:
        return f"{', '.join(options[:-1])} or {options[-1]}" if len(options) > 1 else options[0]
    if base in {int, float}:
        return f"{'a whole number' if base is int else 'a number'} {_range(base, metadata)}".rstrip()
    if isinstance(base, type) and issubclass(base, AnyUrl):
        return "an http or https address"
    if any(isinstance(each, MaxLen) and each.max_length == 1 for each in metadata):
        return "one character"
    return _PLAIN.get(getattr(base, "__name__", ""), "text")


def _range(base: object, metadata: Sequence[object]) -> str:
    """Return the range in words; for whole numbers, the last allowed one."""
    bounds = {type(each): bound for each in metadata if (bound := _bound(each)) is not None}
    if base is int and Lt in bounds:
        bounds[Le] = bounds.pop(Lt) - 1
    if Ge in bounds and Le in bounds:
        return f"from {bounds[Ge]:,} to {bounds[Le]:,}"
    words = {Ge: "of at least", Gt: "above", Le: "of at most", Lt: "below"}
    return " and ".join(f"{word} {bounds[kind]:,}" for kind, word in words.items() if kind in bounds)


def _bound(each: object) -> float | None:
    match each:
        case Ge(bound) | Gt(bound) | Le(bound) | Lt(bound) if isinstance(bound, (int, float)):
            return bound
    return None
