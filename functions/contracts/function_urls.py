"""Requests and responses of a Lambda function URL: payload format 2.0 of AWS, as far as it is used."""

import base64
import binascii

from pydantic import BaseModel, ConfigDict, Field

from functions.contracts.base import Contract


class HttpCall(BaseModel):
    """Method and path of a request."""

    method: str
    path: str


class HttpContext(BaseModel):
    """What AWS says of a request."""

    http: HttpCall


class UrlRequest(Contract):
    """A request to a function's URL; AWS says much more of it than is read here."""

    model_config = ConfigDict(extra="ignore")

    context: HttpContext = Field(alias="requestContext")
    body: str | None = None
    is_base64: bool = Field(default=False, alias="isBase64Encoded")

    @property
    def route(self) -> str:
        """Method and path, such as ``POST /v1/score``."""
        return f"{self.context.http.method} {self.context.http.path}"

    @property
    def content(self) -> bytes:
        """The body's bytes; none where it is no Base64 and says to be."""
        body = (self.body or "").encode("utf-8", "surrogatepass")
        try:
            return base64.b64decode(body, validate=True) if self.is_base64 else body
        except binascii.Error:
            return b""


class UrlResponse(Contract):
    """What the function's URL answers."""

    model_config = ConfigDict(serialize_by_alias=True)

    status: int = Field(serialization_alias="statusCode")
    body: str
    headers: dict[str, str]
