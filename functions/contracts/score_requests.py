"""Requests and responses of single transactions, the same over HTTP and from the Lambda function."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from functions.contracts.base import Contract

TRANSACTIONS_AT_ONCE = 10_000
_ID_LENGTH = 256
TransactionId = Annotated[str, Field(min_length=1, max_length=_ID_LENGTH)]


class ScoreRequest(Contract):
    """A transaction to score, by ``POST /v1/score``."""

    transaction_id: TransactionId = Field(description="the same id again is answered with its first decision")
    features: dict[str, JsonValue] = Field(
        description="each column that the model was trained on, as its file has it; null is a missing value"
    )
    reasons: Annotated[int, Field(ge=0, strict=True)] = Field(
        default=0, description="how many of the columns that speak most for or against fraud to name"
    )


class ScoreBatchRequest(Contract):
    """Transactions to score at once, by ``POST /v1/score/batch``."""

    transactions: Annotated[list[ScoreRequest], Field(min_length=1, max_length=TRANSACTIONS_AT_ONCE)]


class ExpectedCost(Contract):
    """What either decision is expected to cost at this score, in the currency of the settings."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    alarm: float = Field(description="the share of false alarms that is to be expected, by the cost of one")
    pass_: float = Field(alias="pass", description="the share of frauds that is to be expected, by the cost of one")


class ScoreReason(Contract):
    """What a column adds to the score, on its log-odds scale."""

    feature: str
    value: float | str | None = Field(description="as the model read it; a hash in place of an entity")
    contribution: float
    words: str | None = Field(
        default=None,
        exclude_if=lambda words: words is None,
        description="what the value says, of a column about what an entity did before; other columns have none",
    )


class ScoredBy(Contract):
    """The registered version that scored a transaction."""

    name: str
    version: str


class ScoreResponse(Contract):
    """A scored transaction."""

    transaction_id: str
    score: float = Field(ge=0, le=1, description="the probability of fraud, calibrated")
    decision: Literal["alarm", "pass"]
    threshold: float = Field(description="the lowest score that raises an alarm")
    expected_cost: ExpectedCost
    reasons: list[ScoreReason] = Field(default=[], description="the strongest first; as many as were asked for")
    model: ScoredBy


class ScoreBatchResponse(Contract):
    """Scored transactions, in the order of the request."""

    scores: list[ScoreResponse]


class ScoreErrorResponse(Contract):
    """Why a request was refused; nothing in it is a value of a transaction."""

    error: str = Field(description="the kind of error")
    message: str = Field(description="one sentence: what is wrong, and where")
    fields: list[str] = Field(default=[], description="columns or fields that are wrong")
