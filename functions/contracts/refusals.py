"""Error messages for an execution's input: anybody may start an execution with any JSON."""

import json
from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from functions.core.errors import InvalidInputError
from functions.core.wording import quoted
from functions.setting_words import nearest

_FIELDS = ("bucket", "key", "version_id", "settings")
_EXAMPLE = '{"bucket": "uploads", "key": "data.csv"}'
_LOOK_EXAMPLE = '{"by_hand": {"by": "ada", "reason": "A new product."}}'
_KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


def refused_input(error: ValidationError, field: str) -> InvalidInputError | None:
    """Return a sentence on a wrong input of the execution; None when something else is wrong.

    Args:
        error: pydantic's, about a state's payload.
        field: where the payload holds the input.
    """
    clauses = list(dict.fromkeys(_clauses(error, field)))
    return InvalidInputError(f"{'; '.join(clauses)}.") if clauses else None


def refused_look(error: ValidationError, field: str) -> InvalidInputError | None:
    """Return a sentence on a wrong input of an execution of the watch machine; None when something else is wrong.

    Args:
        error: pydantic's, about the first state's payload.
        field: where the payload holds the input.
    """
    faults = list(_of_input(error, field))
    if not faults:
        return None
    places = [".".join(map(str, fault["loc"][1:])) or "all of it" for fault in faults]
    told = "; ".join(f"{place}: {fault['msg']}" for place, fault in zip(places, faults, strict=True))
    return InvalidInputError(f"The execution's input is wrong ({told}): {{}} will do, or {_LOOK_EXAMPLE}.")


def _clauses(error: ValidationError, field: str) -> Iterator[str]:
    for fault in _of_input(error, field):
        yield _clause(fault, [str(part) for part in fault["loc"][1:]])


def _of_input(error: ValidationError, field: str) -> Iterator[ErrorDetails]:
    """Yield the faults of the execution's input: without the field, the payload was not built by the state machine."""
    for fault in error.errors():
        if fault["loc"][:1] == (field,) and not (fault["type"] == "missing" and len(fault["loc"]) == 1):
            yield fault


def _clause(fault: ErrorDetails, place: list[str]) -> str:
    if not place:
        return f"The execution's input is {_described(fault['input'])}, and must be an object such as {_EXAMPLE}"
    name = place[0]
    if fault["type"] == "missing":
        return f"The execution's input has no {name}: it must be an object such as {_EXAMPLE}"
    if fault["type"] == "extra_forbidden":
        return (
            f"The execution's input has a field {quoted(name)} that is not known{nearest(name, _FIELDS)}: "
            f"it takes {', '.join(_FIELDS[:-1])} and {_FIELDS[-1]}"
        )
    needed = 'an object such as {"target": "is_fraud"}' if name == "settings" else "a text that is not empty"
    return f"{name} of the execution's input is {_described(fault['input'])}, and must be {needed}"


def _described(value: object) -> str:
    if value is None:
        return "null"
    return f"{quoted(value if isinstance(value, str) else json.dumps(value))} ({_KINDS[type(value)]})"
