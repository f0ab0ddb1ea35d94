"""Bodies of requests for scores: JSON without a doubt, as the fields of a contract."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from functions.core.wording import quoted
from functions.run.request_errors import MalformedRequestError


def parse_body[M: BaseModel](body: bytes, model: type[M]) -> M:
    """Parse a request's body.

    Raises:
        MalformedRequestError: when it is no JSON, or does not fit the model.
    """
    parsed = _parse(body)
    try:
        return model.model_validate(parsed)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise MalformedRequestError(
            f"{'; '.join(dict.fromkeys(map(_clause, faults)))}.",
            list(dict.fromkeys(_field(each["loc"]) for each in faults)),
        ) from None


def _parse(body: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        text = body.decode()
        # A name twice would mean that one of two values counts, and nobody knows which.
        parsed = json.loads(text, object_pairs_hook=_without_repeats)
        if "\\u" in text:
            from_json(text)  # refuses half of a surrogate pair, which can't be written anywhere
    except (ValueError, RecursionError):
        raise MalformedRequestError("The body is no JSON in UTF-8.") from None
    return parsed


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise MalformedRequestError(f"{quoted(twice[0])} is there twice in one object: send it once.", twice)
    return found


def _clause(fault: ErrorDetails) -> str:
    """Return what is wrong with a field, without what it is: pydantic's messages hold no values of ours."""
    return f"{quoted(_field(fault['loc']))}: {fault['msg'][:1].lower()}{fault['msg'][1:]}"


def _field(place: Sequence[int | str]) -> str:
    """Return a field as callers write it: ``transactions[3].features``."""
    written = ""
    for each in place:
        written += f"[{each}]" if isinstance(each, int) else f"{'.' if written else ''}{each}"
    return written or "body"
