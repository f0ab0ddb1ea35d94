"""What every page has: the stack, the templates, and how a sentence is shown in place of a page that can't be."""

from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console.stack_access import StackAccess
from console.tokens import HEADER
from console.values import FILTERS
from functions.release import RELEASE

_AWAY = 503
_AGAIN_SECONDS = 5
TEMPLATES = Path(__file__).parent / "templates"


class Console:
    """The parts of the console that its pages share.

    Args:
        stack: what the pages show.
        token: what they show when they change something.
    """

    def __init__(self, stack: StackAccess, token: str) -> None:
        self.stack = stack
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        environment.filters |= FILTERS
        environment.globals |= {"release": RELEASE, "token_header": HEADER, "token": token}
        self._templates = Jinja2Templates(env=environment)

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401
        """Return a page, or a part of one: a template with its values, which are inert text to it."""
        return self._templates.TemplateResponse(request, template, values, status)

    def fragment(self, template: str, **values: Any) -> str:  # noqa: ANN401
        """Return the text of a part of a page, for a stream of events."""
        return self._templates.get_template(template).render(values)

    def sentence(self, request: Request, said: str, status: int) -> Response:
        """Return one sentence: as a page, or as the part of one that htmx has asked for."""
        asks = request.headers.get("hx-request") is not None
        # What is away comes back: what was only looked at is asked for again by itself.
        again = request.method == "GET" and status == _AWAY
        part = "sentence_part.html" if asks else "sentence_page.html"
        is_placed = "hx-target" in request.headers
        answer = self.page(request, part, status, said=said, again=again and asks and not is_placed)
        if again and not asks:
            answer.headers["refresh"] = str(_AGAIN_SECONDS)
        elif again and is_placed:
            # Beside what the page shows, which stays.
            answer.headers.update({"hx-retarget": "#away", "hx-reswap": "innerHTML", "hx-reselect": ".notice"})
        return answer
