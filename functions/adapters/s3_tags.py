"""Tags of an object in S3, within its limits."""

import re
from collections.abc import Mapping

_TAGS_PER_OBJECT = 10
_KEY_LENGTH = 128
_VALUE_LENGTH = 256
_NOT_IN_TAGS = re.compile(r"[^\w\s+\-=.:/@]", re.UNICODE)


def merged(present: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """Return an object's tags with ours added; where there are too many for S3, ours take precedence."""
    ours = {_text(key, _KEY_LENGTH): _text(value, _VALUE_LENGTH) for key, value in added.items()}
    others = {key: value for key, value in present.items() if key not in ours}
    return dict(list(others.items())[: _TAGS_PER_OBJECT - len(ours)]) | ours


def _text(text: str, length: int) -> str:
    return _NOT_IN_TAGS.sub(" ", text)[:length].strip()
