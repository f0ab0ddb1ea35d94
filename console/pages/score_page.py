"""The page that scores: one transaction by a form, with its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from console.page_context import Console
from functions.contracts.score_requests import ScoreResponse
from infra.errors import StackError
from infra.runs.single_scores import (
    DecidingColumn,
    DecidingModel,
    ScoreRefusedError,
    SingleScores,
    new_transaction,
    one_transaction,
    reason_value,
    typed_in,
    verdict,
)
from infra.runs.uploads import LARGEST

# Names of columns are anything; those of the form's other fields are not.
COLUMN = "column:"
_MOST_FIELDS = 5000
_ID = "transaction_id"
# Where the service can't even say what its columns are, the form stays on the page as it was filled.
_IN_PLACE = {"HX-Retarget": "#answer", "HX-Reswap": "innerHTML"}


@dataclass(frozen=True)
class TypedIn:
    """What a person has typed, and what came of it.

    Attributes:
        transaction: its name.
        values: by column.
        answer: the decision; None before there is one.
        fault: why it was refused, in one sentence.
        wrong: columns or fields that are the reason.
    """

    transaction: str
    values: Mapping[str, str]
    answer: ScoreResponse | None = None
    fault: str | None = None
    wrong: frozenset[str] = frozenset()


def add(app: FastAPI, console: Console) -> None:
    """Add the page."""

    @app.get("/score")
    def score(request: Request) -> Response:
        """Show the form, with the row that the served version was registered with."""
        try:
            scores = console.stack.connected().single_scores
            model, typed = scores.model(), TypedIn(new_transaction(), scores.example())
        except StackError as error:
            return console.page(request, "score.html", away=str(error), largest=LARGEST)
        return console.page(request, "score.html", away=None, largest=LARGEST, **_shown(model, typed))

    @app.post("/score/one")
    async def one(request: Request) -> Response:
        """Have the transaction that was typed decided on; the form comes back as it was filled."""
        form = await request.form(max_fields=_MOST_FIELDS)
        texts = {_plain(name): value for name, value in form.items() if isinstance(value, str)}
        return await run_in_threadpool(_one, console, request, texts)


def _one(console: Console, request: Request, texts: Mapping[str, str]) -> Response:
    try:
        scores = console.stack.connected().single_scores
        model = scores.model()
        typed = _typed(scores, model, texts)
    except StackError as error:
        answer = console.sentence(request, str(error), 503)
        answer.headers.update(_IN_PLACE)
        return answer
    return console.page(request, "score_one.html", **_shown(model, typed))


def _typed(scores: SingleScores, model: DecidingModel, texts: Mapping[str, str]) -> TypedIn:
    named = {_plain(f"{COLUMN}{each.name}"): each.name for each in model.columns}
    values = {name: texts[asked] for asked, name in named.items() if asked in texts}
    return _decide(scores, model, texts.get(_ID, "").strip(), values)


def _decide(scores: SingleScores, model: DecidingModel, transaction: str, values: Mapping[str, str]) -> TypedIn:
    try:
        answer = scores.score(one_transaction(transaction, typed_in(model.columns, values)))
    except ScoreRefusedError as error:
        return TypedIn(transaction, values, fault=str(error), wrong=frozenset(error.fields))
    # Another name for the next one: the service would answer this one with the decision that it has.
    return TypedIn(new_transaction(), values, answer)


def _shown(model: DecidingModel, typed: TypedIn) -> dict[str, Any]:
    answer = typed.answer
    strongest = max((abs(each.contribution) for each in answer.reasons), default=0.0) if answer else 0.0
    return {
        "model": model,
        "groups": _groups(model.columns),
        "numbers": {each.name: number for number, each in enumerate(model.columns)},
        "typed": typed,
        "verdict": verdict(answer) if answer else "",
        "reason_value": reason_value,
        "strongest": strongest or 1.0,
        "column_prefix": COLUMN,
    }


def _groups(columns: list[DecidingColumn]) -> list[tuple[str, list[DecidingColumn]]]:
    """Return columns by what they are, the many of one kind last: amounts and cards come before V1 to V28."""
    groups: dict[str, list[DecidingColumn]] = {}
    for each in columns:
        groups.setdefault(_kind(each), []).append(each)
    return sorted(groups.items(), key=lambda group: len(group[1]))


def _kind(column: DecidingColumn) -> str:
    """Return a column's role in a word; its type where an earlier release trained the model, which knew no roles."""
    return (column.role or column.type).replace("_", " ").capitalize()


def _plain(name: str) -> str:
    """Return a field's name as browsers send it: they write each end of a line as two characters."""
    return name.replace("\r\n", "\n").replace("\r", "\n")
