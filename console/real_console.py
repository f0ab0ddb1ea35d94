"""The console as it runs: its application on a real stack, behind its gate."""

from dataclasses import replace

from fraudflow_guard.asgi import App

from console.console_app import create_app
from console.incoming_files import IncomingFiles
from console.page_gate import gated
from console.stack_access import StackAccess
from console.tokens import make_token
from console.warm_up import warm_up
from infra.home import access
from infra.home.layout import Home
from infra.stack.operations import Backend, compose_backend


def of_processes(home: Home) -> StackAccess:
    """Return the stack that `fraudflow up` starts from a home."""
    return StackAccess(home, Backend())


def of_containers(home: Home) -> StackAccess:
    """Return the stack of docker-compose.yml; its home is inside of the one that its commands are given."""
    backend = compose_backend()
    outer = {"home": home.path.parent}
    return StackAccess(home, replace(backend, view=lambda given: backend.view(given.model_copy(update=outer))))


def assemble(stack: StackAccess, port: int, *, asks: bool) -> App:
    """Return the console of a stack.

    Args:
        stack: what it shows.
        port: of this machine, where it listens.
        asks: whether it asks for the home's password.

    Raises:
        StackError: when the home's keys or the console's token can't be used.
    """
    token = make_token(stack.home)
    password = access.read_keys(stack.home).password if asks else None
    IncomingFiles(stack.home).keep_swept()
    warm_up(stack)
    return gated(create_app(stack, token), port, token=token, password=password)
