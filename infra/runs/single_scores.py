"""Single transactions, as any program has them scored: over HTTP, by the scoring service of a stack."""

import json
from collections.abc import Mapping
from http.client import HTTPException
from urllib.error import HTTPError
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from functions.contracts.score_requests import ScoreErrorResponse, ScoreRequest, ScoreResponse
from infra.errors import StackError, UserError
from infra.home.layout import Home
from infra.home.state import Deployed
from infra.servers.scoring_server import read_token, with_login
from infra.system.http import Body, ask

_JSON = "application/json"
_NO_CHAMPION = "NoChampionError"
# As many as a page or a screen has room for.
REASONS = 10
_ID = "transaction_id"
# Below this each whole number is a float of its own.
_EXACT = 2**53
# A proxy or another program may answer with whatever it likes.
_LONGEST = 500


class ScoreRefusedError(UserError):
    """Raised when the service refuses a transaction: ``fields`` are the columns or fields that are wrong."""

    def __init__(self, message: str, fields: tuple[str, ...]) -> None:
        super().__init__(message)
        self.fields = fields


class DecidingColumn(BaseModel):
    """A column that the served model needs."""

    name: str
    type: str
    role: str | None = None


class DecidingModel(BaseModel):
    """The model that decides, as the service describes it."""

    model_config = ConfigDict(extra="ignore")

    name: str
    version: str
    threshold: float
    columns: list[DecidingColumn]
    note: str | None = None


class SingleScores:
    """The scoring service of one stack.

    Args:
        url: its address.
        token: what its callers show; None where it answers every program of this machine.
    """

    def __init__(self, url: str, token: str | None) -> None:
        self._url = with_login(url, token)

    @classmethod
    def of(cls, deployed: Deployed) -> "SingleScores":
        """Return the service of a deployed stack.

        Raises:
            StackError: when the stack has none.
        """
        settings = deployed.settings
        if not settings.scoring:
            raise StackError(
                "The stack runs without its scoring service: `fraudflow down`, then "
                "`FRAUDFLOW_SCORING=true fraudflow up`."
            )
        return cls(settings.scoring_url, read_token(Home(settings.home)))

    def model(self) -> DecidingModel:
        """Return the model that decides now.

        Raises:
            StackError: when there is none yet, or the service is away.
        """
        return _read(DecidingModel, self._ask("/v1/model"))

    def example(self) -> Mapping[str, str]:
        """Return the row that the served version was registered with: its values as texts, "" where one is missing."""
        return {name: written(value) for name, value in self.example_row().items()}

    def example_row(self) -> Mapping[str, JsonValue]:
        """Return the row that the served version was registered with, as JSON has it.

        Raises:
            StackError: when there is no model yet, or the service is away.
        """
        return _read(ScoreRequest, self._ask("/v1/model/example")).features

    def score(self, transaction: ScoreRequest) -> ScoreResponse:
        """Have a transaction decided on: the service keeps the decision, and counts it as traffic.

        Raises:
            ScoreRefusedError: when it is not as the model needs it.
            StackError: when there is no model, or the service is away or busy.
        """
        return _read(ScoreResponse, self._ask("/v1/score", transaction))

    def _ask(self, path: str, transaction: ScoreRequest | None = None) -> bytes:
        body = None if transaction is None else Body(transaction.model_dump_json().encode(), _JSON)
        try:
            return ask(f"{self._url}{path}", method="POST" if body else "GET", body=body)
        except HTTPError as error:
            raise _refusal(error.code, error.read()) from error
        except (OSError, HTTPException) as error:
            raise StackError(
                "The scoring service gives no answer: `fraudflow status` says how it is, and its log is "
                "logs/scoring.log of the home."
            ) from error


def one_transaction(name: str, features: Mapping[str, JsonValue], reasons: int = REASONS) -> ScoreRequest:
    """Return the question for a decision on one transaction.

    Raises:
        ScoreRefusedError: when its name can't be one.
    """
    try:
        return ScoreRequest(transaction_id=name, features=dict(features), reasons=reasons)
    except ValidationError as error:
        said = "Give the transaction a name of 1 to 256 characters: the same name again gets its first decision."
        raise ScoreRefusedError(said, (_ID,)) from error


def new_transaction() -> str:
    """Return the name of a transaction that a person makes up."""
    return f"by-hand-{uuid4()}"


def written(value: object) -> str:
    """Return a value as a file would have it: text as it is, nothing for a missing value."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return f"{value:.0f}"
    return value if isinstance(value, str) else json.dumps(value)


def typed_in(columns: list[DecidingColumn], values: Mapping[str, str]) -> dict[str, str | None]:
    """Return features of what was typed for each column: as in a file, an empty field is a missing value."""
    return {each.name: values[each.name].strip() or None for each in columns if each.name in values}


def verdict(answer: ScoreResponse) -> str:
    """Return how a score stands to its threshold, and why one above it is let pass."""
    is_above = answer.score >= answer.threshold
    stands = "at or above" if is_above else "below"
    score, threshold = (f"{each:.4f}" for each in (answer.score, answer.threshold))
    if score == threshold and answer.score != answer.threshold:
        score, threshold = (f"{each:.10g}" for each in (answer.score, answer.threshold))
    said = f"the score {score} is {stands} the threshold {threshold}."
    if answer.decision == "pass" and is_above:
        said += " The alarm is let through to learn what becomes of it (FRAUDFLOW_EXPLORE_SHARE)."
    return said


def reason_value(value: float | str | None) -> str:
    """Return the value of a column that a reason names: the model reads whole numbers as others."""
    if value is None:
        return "missing"
    return value if isinstance(value, str) else f"{value:.10g}"


def _refusal(status: int, body: bytes) -> UserError:
    """Return the error that says what the service has answered."""
    try:
        told = ScoreErrorResponse.model_validate_json(body)
    except ValidationError:
        said = body[:_LONGEST].decode(errors="replace").strip()
        return StackError(f"The scoring service answers with status {status}: {said}")
    if told.error == _NO_CHAMPION:
        return StackError(
            f"There is no champion to score with yet: train one first, by a labelled file. {told.message}"
        )
    if status in {413, 422}:
        return ScoreRefusedError(told.message, tuple(told.fields))
    return StackError(f"{told.message}")


def _read[M: BaseModel](kind: type[M], answer: bytes) -> M:
    try:
        return kind.model_validate_json(answer)
    except ValidationError as error:
        raise StackError(
            "What answers in place of the scoring service is none of this release: `fraudflow status` says what runs."
        ) from error
