"""The API's own description: OpenAPI with the columns of the model that is served, and a page that shows it.

The page is Swagger UI, from the package that the functions need anyway: nothing is fetched from elsewhere.
"""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse

from functions.contracts.label_requests import LabelsRequest
from functions.contracts.score_requests import ScoreBatchRequest, ScoreErrorResponse, ScoreRequest
from serving.label_routes import LABELS_PATH
from serving.meter import BATCH_PATH, SCORE_PATH
from serving.model_facts import features_schema
from serving.registry_watch import Loaded

_SWAGGER = files("aws_lambda_powertools.event_handler.openapi.swagger_ui")
_FILES = {"swagger-ui-bundle.min.js": "text/javascript", "swagger-ui.min.css": "text/css"}
_REFERENCE = "#/components/schemas/{model}"
_ERRORS = {
    408: "The body did not arrive in time",
    413: "The body is too large",
    422: "A field is missing or wrong; it is named, without its value",
    429: "Too many requests at once: send it again after a second",
    503: "There is no model yet, or decisions can't be kept",
}
_START = """SwaggerUIBundle({url: "openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null});
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>fraudflow scoring</title>
<link rel="stylesheet" href="docs/swagger-ui.min.css">
</head>
<body>
<div id="api"></div>
<script src="docs/swagger-ui-bundle.min.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
# Swagger UI sets styles of its elements, and its pictures are in its style sheet.
_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


def add_document(app: FastAPI, loaded: Callable[[], Loaded | None]) -> None:
    """Add the page to an application, and make its OpenAPI that of the version which is served when it is asked for."""
    made: dict[str | None, dict[str, Any]] = {}

    def openapi() -> dict[str, Any]:
        served = loaded()
        version = served.model.version.version if served else None
        if version not in made:
            made.clear()
            made[version] = _openapi(app, served)
        return made[version]

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's manual has it

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        """Return the page."""
        return HTMLResponse(_PAGE, headers={"content-security-policy": _POLICY})

    @app.get("/docs/{name}", include_in_schema=False)
    async def part(name: str) -> Response:
        """Return a part of the page."""
        if name == "start.js":
            return Response(_START, media_type="text/javascript")
        if name not in _FILES:
            return Response(status_code=404)
        body = (_SWAGGER / name).read_bytes()
        return Response(body, media_type=_FILES[name], headers={"cache-control": "max-age=3600"})


def _openapi(app: FastAPI, served: Loaded | None) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = document["components"]["schemas"]
    for model in (ScoreRequest, ScoreBatchRequest, LabelsRequest, ScoreErrorResponse):
        schema = model.model_json_schema(ref_template=_REFERENCE)
        schemas |= schema.pop("$defs", {}) | {model.__name__: schema}
    if served is not None:
        schemas["ScoreRequest"]["properties"]["features"] |= features_schema(served)
        schemas["ScoreRequest"]["properties"]["features"].pop("additionalProperties", None)
    one = {"transaction_id": "t-1", "features": dict(served.model.example) if served else {}, "reasons": 3}
    label = {"transaction_id": "t-1", "label": 1, "known_at": "2026-11-03T14:30:00Z"}
    examples = {
        SCORE_PATH: ("ScoreRequest", one),
        BATCH_PATH: ("ScoreBatchRequest", {"transactions": [one]}),
        LABELS_PATH: ("LabelsRequest", {"labels": [label]}),
    }
    for path, (name, example) in examples.items():
        operation = document["paths"][path]["post"]
        content = {"schema": {"$ref": _REFERENCE.format(model=name)}, "example": example}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
        operation["responses"] |= {str(status): _error(told) for status, told in _ERRORS.items()}
    return document


def _error(told: str) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model="ScoreErrorResponse")}
    return {"description": told, "content": {"application/json": {"schema": schema}}}
