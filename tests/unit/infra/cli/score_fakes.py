"""A scoring service that decides as a test says."""

from collections.abc import Mapping

from pydantic import JsonValue

from functions.contracts.score_requests import ExpectedCost, ScoredBy, ScoreReason, ScoreRequest, ScoreResponse
from infra.errors import StackError
from infra.runs.single_scores import DecidingColumn, DecidingModel, written
from tests.unit.infra.cli.fakes import HOSTILE

ODD = f"{HOSTILE}\nof two lines"

HOURLY = "7 transactions of card in the last hour, usually 1"


class FakeSingleScores:
    """A service that decides as a test says."""

    def __init__(self) -> None:
        columns = [DecidingColumn(name="amount", type="numeric", role="amount"), DecidingColumn(name=ODD, type="text")]
        self.served = DecidingModel(name="m", version="3", threshold=0.1, columns=columns)
        self.asked: list[ScoreRequest] = []
        self.error: Exception | None = None
        self.score_given = 0.5

    def model(self) -> DecidingModel:
        if isinstance(self.error, StackError):
            raise self.error
        return self.served

    def example_row(self) -> Mapping[str, JsonValue]:
        return {"amount": 12.5, ODD: HOSTILE}

    def example(self) -> Mapping[str, str]:
        return {name: written(value) for name, value in self.example_row().items()}

    def score(self, transaction: ScoreRequest) -> ScoreResponse:
        self.asked.append(transaction)
        if self.error:
            raise self.error
        return ScoreResponse(
            transaction_id=transaction.transaction_id,
            score=self.score_given,
            decision="alarm",
            threshold=0.1,
            expected_cost=ExpectedCost(alarm=1, pass_=50),
            reasons=[
                ScoreReason(feature="amount", value=12.5, contribution=2),
                ScoreReason(feature=ODD, value=None, contribution=-1),
                ScoreReason(feature="card_count_1h", value=7, contribution=0.5, words=HOURLY),
            ],
            model=ScoredBy(name="m", version="3"),
        )
