"""Bodies of requests: of a bounded size, in time, JSON without a doubt."""

import asyncio

from fastapi import Request
from pydantic import BaseModel

from functions.run.request_json import parse_body
from serving.errors import LargeRequestError, SlowRequestError

_SECONDS = 20
_MEGABYTE = 2**20
# Bytes that take longer than a millisecond to parse, in which nobody else would be answered.
_LARGE = 100_000


async def read_body[M: BaseModel](request: Request, model: type[M], megabytes: int) -> M:
    """Read a request's body as a model.

    Raises:
        ServiceError: when it is too large or too slow, is no JSON, or does not fit the model.
    """
    body = await _received(request, megabytes)
    return await asyncio.to_thread(parse_body, body, model) if len(body) > _LARGE else parse_body(body, model)


async def _received(request: Request, megabytes: int) -> bytes:
    too_large = LargeRequestError(
        f"The body is larger than {megabytes} MB: send fewer or smaller transactions at once."
    )
    limit = megabytes * _MEGABYTE
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise too_large
    except TimeoutError:
        raise SlowRequestError(f"The body did not arrive within {_SECONDS} seconds.") from None
    return bytes(body)
