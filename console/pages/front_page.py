"""The first page: the servers of the stack."""

from fastapi import FastAPI, Request, Response

from console.page_context import Console


def add(app: FastAPI, console: Console) -> None:
    """Add the page."""

    @app.get("/")
    def front(request: Request) -> Response:
        """Show the stack."""
        return console.page(request, "front.html", view=console.stack.view())
