"""The page of a model: who decides and why, what each threshold would do, and the moves of the champion."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import FastAPI, Form, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from console.live_feed import LiveFeed, ending_in_words
from console.model_view import ModelState, news, read_state, read_threshold, signature
from console.page_context import Console
from console.written_reasons import one_line
from infra.errors import PromotionError
from infra.runs.champions_by_hand import NO_CHAMPION, told, told_of_retirement

_PAUSE_SECONDS = 3.0

_REASON_LENGTH = 2000

# An empty field of a form is one that was not sent.
Sent = Annotated[str, Form()]


def add(app: FastAPI, console: Console) -> None:
    """Add the page, what keeps it up to date, and the moves."""
    _add_page(app, console)
    _add_stream(app, console)
    _add_moves(app, console)


def _add_page(app: FastAPI, console: Console) -> None:
    @app.get("/model")
    def model(request: Request, name: str | None = None, version: str | None = None) -> Response:
        """Show a model: the stack's own unless named; the threshold is the champion's unless a version is given."""
        state = _state(console, name, version)
        connected = console.stack.connected()
        models = connected.versions.models()
        own = connected.deployed.settings.run.model_name
        is_unknown = name is not None and name not in {*models, own}
        return console.page(
            request,
            "model.html",
            404 if is_unknown else 200,
            state=state,
            shown=read_threshold(connected, state, version),
            models=sorted({*models, own, state.name}),
            is_unknown=is_unknown,
            seen=signature(state.aliases, state.serving),
            **_words(console, state, version),
        )

    @app.get("/model/state")
    def changed(request: Request, name: str, version: str | None = None) -> Response:
        """Return the parts of the page that a move changes."""
        state = _state(console, name, version)
        return console.page(request, "model_state.html", state=state, **_words(console, state, version))

    @app.get("/model/versions")
    def older(request: Request, name: str, page: str) -> Response:
        """Return the rows of the next versions."""
        listed = console.stack.connected().versions.latest(name, limit=100, page=page)
        return console.page(request, "model_versions.html", name=name, listed=listed)


def _add_stream(app: FastAPI, console: Console) -> None:
    feed = LiveFeed(_PAUSE_SECONDS)

    @app.get("/model/moves", response_class=EventSourceResponse)
    async def moves(name: str, seen: str = "") -> AsyncGenerator[ServerSentEvent]:
        """Say what is new each time that an alias moves, or the scoring service serves another version."""

        def ask() -> str:
            aliases = console.stack.connected().versions.aliases(name)
            return signature(aliases, console.stack.view().scoring)

        async for event in ending_in_words(_changed(feed.follow(f"model {name}", ask), seen)):
            yield event


async def _changed(texts: AsyncGenerator[str], before: str) -> AsyncGenerator[ServerSentEvent]:
    """Yield what is news to a page that shows how things stood before: when it connects again, it has seen them."""
    async for said in texts:
        # What the page shows already is none; but it hears that somebody answers.
        is_news = said != before
        yield ServerSentEvent(raw_data=news(before, said), event="moved" if is_news else "live", id=said)
        before = said


def _add_moves(app: FastAPI, console: Console) -> None:
    @app.post("/model/promote")
    def promote(
        request: Request, name: Sent, version: Sent = "", reason: Sent = "", seen: Sent = NO_CHAMPION
    ) -> Response:
        """Make a version the champion."""
        champions = console.stack.connected().champions
        return _moved(console, request, told(champions.promote(name, version, _why(reason), seen)))

    @app.post("/model/rollback")
    def roll_back(request: Request, name: Sent, reason: Sent = "", seen: Sent = NO_CHAMPION) -> Response:
        """Make the former champion the champion again."""
        champions = console.stack.connected().champions
        return _moved(console, request, told(champions.roll_back(name, _why(reason), seen)))

    @app.post("/model/retire")
    def retire(request: Request, name: Sent, reason: Sent = "", seen: Sent = NO_CHAMPION) -> Response:
        """Take a model out of service."""
        removed = console.stack.connected().champions.retire(name, _why(reason), seen)
        return _moved(console, request, told_of_retirement(name, removed))


def _why(reason: str) -> str:
    """Return the reason that a person gives.

    Raises:
        PromotionError: when there is none, or it is too long.
    """
    given = one_line(reason)
    if not given:
        raise PromotionError("Write why: the journal keeps it for whoever asks later. Nothing was moved.")
    if len(given) > _REASON_LENGTH:
        raise PromotionError(f"Write why in at most {_REASON_LENGTH:,} characters. Nothing was moved.")
    return given


def _moved(console: Console, request: Request, said: str) -> Response:
    answer = console.page(request, "model_moved.html", said=said)
    answer.headers["HX-Trigger"] = "moved"
    return answer


def _state(console: Console, name: str | None, version: str | None) -> ModelState:
    connected = console.stack.connected()
    chosen = name or connected.deployed.settings.run.model_name
    return read_state(connected, chosen, console.stack.view().scoring, version)


def _words(console: Console, state: ModelState, version: str | None) -> dict[str, Any]:
    """Return what the forms of a page send with each move, and whether the scoring service follows it."""
    own = console.stack.connected().deployed.settings.run.model_name
    return {
        "champion_seen": state.champion or NO_CHAMPION,
        "looked_at": version,
        "is_served": state.serving is not None and state.name == own,
    }
