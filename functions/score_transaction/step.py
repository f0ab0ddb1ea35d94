"""Score one transaction by the champion: what ``POST /v1/score`` of the scoring service answers, from a function."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from functions.contracts.function_urls import UrlRequest, UrlResponse
from functions.contracts.score_requests import ScoreErrorResponse, ScoreRequest, ScoreResponse
from functions.core.errors import StorageUnavailableError
from functions.core.scoring.input_reading import UnscorableRowsError
from functions.run.request_errors import LargeRequestError, ServiceError, UnknownRouteError
from functions.run.request_json import parse_body
from functions.run.transaction_dependencies import ScoreTransactionDependencies
from functions.run.verdicts import decided, judge, response, strangers, unknown_columns

ROUTE = "POST /v1/score"
_LARGEST = 2**20
_JSON: Mapping[str, str] = MappingProxyType({"content-type": "application/json"})


def run(event: UrlRequest, dependencies: ScoreTransactionDependencies) -> UrlResponse:
    """Answer a request: a score, or what is wrong with it.

    Decided on twice, a transaction is answered with its first decision, which is in S3 before that, and in histories
    once.
    """
    try:
        answer = _decide(_request(event), dependencies)
    except ServiceError as error:
        return _refusal(error, error.status, error.fields, error.headers)
    except UnscorableRowsError as error:
        return _refusal(error, 422, error.columns)
    except StorageUnavailableError as error:
        return _refusal(error, 503, headers={"retry-after": "1"})
    return UrlResponse(status=200, body=answer.model_dump_json(), headers=dict(_JSON))


def _request(event: UrlRequest) -> ScoreRequest:
    if event.route != ROUTE:
        raise UnknownRouteError(f"The function answers {ROUTE} alone.")
    body = event.content
    if len(body) > _LARGEST:
        raise LargeRequestError("The body is larger than 1 MB: send a smaller transaction.")
    return parse_body(body, ScoreRequest)


def _decide(request: ScoreRequest, dependencies: ScoreTransactionDependencies) -> ScoreResponse:
    started = dependencies.now()
    if (first := dependencies.decisions.find(request.transaction_id)) is not None:
        return response(first)
    model = dependencies.champion.get()
    found = strangers(model, request.features)
    if found and dependencies.unknown_columns == "refuse":
        raise unknown_columns(found)
    [verdict] = judge(
        model,
        [request.features],
        [request.reasons],
        dependencies.pseudonym_key,
        past=dependencies.past,
        ids=[request.transaction_id],
    )
    at = dependencies.now()
    milliseconds = (at - started).total_seconds() * 1000
    decision = decided(
        request.transaction_id,
        verdict,
        at=at,
        latency_ms=milliseconds,
        served="lambda",
        explore=dependencies.explore,
    )
    kept = dependencies.decisions.keep(decision)
    if dependencies.remember is not None and model.scorer.histories is not None:
        dependencies.remember(model.scorer.histories, kept)
    return response(kept)


def _refusal(
    error: Exception, status: int, fields: Sequence[str] = (), headers: Mapping[str, str] = MappingProxyType({})
) -> UrlResponse:
    told = ScoreErrorResponse(error=type(error).__name__, message=str(error), fields=list(fields))
    return UrlResponse(status=status, body=told.model_dump_json(), headers={**_JSON, **headers})
