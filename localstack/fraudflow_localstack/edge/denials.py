"""Refusals, in the format that the client reads."""

import json
import re
from xml.sax.saxutils import escape

_SERVICE = re.compile(r"/([a-z0-9-]+)/aws4_request")
# Of the services that are here, those whose clients read XML.
_XML = frozenset({"s3", "cloudformation", "iam", "sts"})


def denial(sentence: str, authorization: str | None) -> tuple[str, bytes]:
    """Return the content type and the body: a browser shows text, AWS's clients look for a code and a message."""
    service = _SERVICE.search(authorization or "")
    if service is None:
        return "text/plain; charset=utf-8", f"{sentence}\n".encode()
    if service[1] not in _XML:
        return "application/json", json.dumps({"__type": "AccessDeniedException", "message": sentence}).encode()
    error = f"<Error><Code>AccessDenied</Code><Message>{escape(sentence)}</Message></Error>"
    return "application/xml", f"<ErrorResponse>{error}</ErrorResponse>".encode()
