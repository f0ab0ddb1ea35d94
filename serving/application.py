"""The scoring service as a FastAPI application."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException

from functions.contracts.score_requests import (
    ScoreBatchRequest,
    ScoreBatchResponse,
    ScoreErrorResponse,
    ScoreRequest,
    ScoreResponse,
)
from functions.core.scoring.input_reading import UnscorableRowsError
from functions.decisions.local_log import DecisionLogError
from functions.release import RELEASE
from functions.run.request_errors import UnknownRouteError
from serving.api_document import add_document
from serving.deciding import Decider, Unknown
from serving.decision_log import DecisionLog
from serving.errors import NoChampionError, ServiceError
from serving.history_keeper import HistoryKeeper
from serving.instruments import EXPOSITION_CONTENT_TYPE, Instruments
from serving.label_inbox import LabelInbox
from serving.label_routes import add_labels
from serving.meter import BATCH_PATH, SCORE_PATH
from serving.model_facts import ModelResponse, example_request, facts
from serving.registry_watch import Loaded, RegistryWatch
from serving.request_bodies import read_body
from serving.request_limits import RequestLimits
from serving.scoring_queue import ScoringQueue
from serving.service_metrics import ERRORS
from serving.shadow import Shadow
from serving.tallies import refresh, show_histories

logger = logging.getLogger(__name__)

_SINGLE_MEGABYTES = 1
# 10,000 transactions of a hundred columns.
_BATCH_MEGABYTES = 32


@dataclass(frozen=True)
class ServiceParts:
    """What the application is made of."""

    champion: RegistryWatch
    challenger: RegistryWatch
    former: RegistryWatch
    queue: ScoringQueue
    log: DecisionLog
    histories: HistoryKeeper
    shadow: Shadow
    decider: Decider
    limits: RequestLimits
    labels: LabelInbox
    instruments: Instruments
    unknown: Unknown


def create_app(parts: ServiceParts) -> FastAPI:
    """Make the application; it watches the registry while it runs."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        watches = (parts.champion, parts.challenger, parts.former)
        for each in watches:
            each.start()
        parts.histories.start()
        parts.labels.start()
        yield
        for each in watches:
            each.stop()
        parts.queue.close()
        await parts.shadow.close()
        await asyncio.to_thread(parts.labels.close)
        await parts.log.close()
        await asyncio.to_thread(parts.histories.close)

    app = FastAPI(title="fraudflow scoring", version=RELEASE, lifespan=lifespan, docs_url=None, redoc_url=None)
    _add_scoring(app, parts)
    add_labels(app, parts.labels, parts.limits)
    _add_model(app, parts)
    _add_probes(app, parts)
    _add_errors(app, parts.instruments)
    add_document(app, lambda: parts.champion.loaded)
    return app


def _add_scoring(app: FastAPI, parts: ServiceParts) -> None:
    @app.post(SCORE_PATH, response_model=ScoreResponse)
    async def score(request: Request) -> Response:
        """Score one transaction, and decide on it."""
        asked = await read_body(request, ScoreRequest, _SINGLE_MEGABYTES)
        with parts.limits.admitted("single"):
            [answer] = await parts.decider.decide([asked], parts.unknown)
        return _json(answer.model_dump_json())

    @app.post(BATCH_PATH, response_model=ScoreBatchResponse)
    async def score_batch(request: Request) -> Response:
        """Score up to 10,000 transactions, and decide on each: on all of them, or none."""
        with parts.limits.admitted("batch"):
            asked = await read_body(request, ScoreBatchRequest, _BATCH_MEGABYTES)
            answers = await parts.decider.decide(asked.transactions, parts.unknown)
        return _json(ScoreBatchResponse(scores=answers).model_dump_json())


def _add_model(app: FastAPI, parts: ServiceParts) -> None:
    @app.get("/v1/model")
    async def model() -> ModelResponse:
        """Return the model that is served: its columns, its threshold, what its decisions cost."""
        return facts(_served(parts.champion), parts.champion, parts.challenger)

    @app.get("/v1/model/example")
    async def example() -> ScoreRequest:
        """Return a request that the model can score, of the row that it was registered with."""
        return example_request(_served(parts.champion))

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Return the metrics in Prometheus's text format."""
        refresh(parts.instruments, parts.champion, parts.log.state)
        show_histories(parts.instruments, parts.histories.state())
        return Response(parts.instruments.exposition(), media_type=EXPOSITION_CONTENT_TYPE)


def _served(champion: RegistryWatch) -> Loaded:
    if champion.loaded is None:
        raise NoChampionError(f"No model is served yet. {champion.note}")
    return champion.loaded


def _add_probes(app: FastAPI, parts: ServiceParts) -> None:
    @app.get("/healthz", response_class=PlainTextResponse)
    async def healthz() -> str:
        """Return whether the service runs."""
        return "The service runs.\n"

    @app.get("/readyz", response_class=PlainTextResponse)
    async def readyz() -> Response:
        """Return whether the service can score, and by which version; 503 with the reason when it can't."""
        champion = parts.champion
        if champion.loaded is None:
            return PlainTextResponse(f"Nothing can be scored yet. {champion.note}\n", 503)
        version = champion.loaded.model.version
        notes = "".join(f" {note}" for note in (champion.note, parts.histories.note) if note)
        return PlainTextResponse(f"Version {version.version} of '{version.name}' is served.{notes}\n")


def _add_errors(app: FastAPI, instruments: Instruments) -> None:
    def answer(status: int, error: Exception, fields: list[str], headers: dict[str, str]) -> Response:
        instruments.count(ERRORS, type=type(error).__name__)
        told = ScoreErrorResponse(error=type(error).__name__, message=str(error), fields=fields)
        return JSONResponse(told.model_dump(), status, headers)

    @app.exception_handler(ServiceError)
    async def refused(_: Request, error: ServiceError) -> Response:
        return answer(error.status, error, error.fields, dict(error.headers))

    @app.exception_handler(UnscorableRowsError)
    async def unscorable(_: Request, error: UnscorableRowsError) -> Response:
        return answer(422, error, list(error.columns), {})

    @app.exception_handler(HTTPException)
    async def unrouted(_: Request, error: HTTPException) -> Response:
        told = UnknownRouteError("Nothing is answered here, or not by this method: `/docs` lists what is.")
        return answer(error.status_code, told, [], dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def failed(_: Request, error: Exception) -> Response:
        # Its message may quote a transaction. The meter counts and logs it.
        del error
        told = ScoreErrorResponse(
            error="UnexpectedError",
            message="The service failed on this request, and its log says where: send it again.",
        )
        return JSONResponse(told.model_dump(), 500)

    @app.exception_handler(DecisionLogError)
    async def unkept(_: Request, error: DecisionLogError) -> Response:
        # Its message names a file of the service, which is no business of its callers.
        logger.warning("%s", error)
        told = DecisionLogError("The decision can't be kept, so nothing was decided: the service's log says why.")
        return answer(503, told, [], {"retry-after": "5"})


def _json(body: str) -> Response:
    return Response(body, media_type="application/json")
