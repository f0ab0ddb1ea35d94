"""The console as it runs: its application on a real stack, behind its gate."""

from fraudflow_guard.asgi import App

from console.console_app import create_app
from console.page_gate import gated
from console.stack_access import StackAccess
from console.tokens import make_token
from console.warm_up import warm_up
from infra.home import access
from infra.home.layout import Home
from infra.stack.operations import Backend


def assemble(home: Home, port: int, *, asks: bool) -> App:
    """Return the console of a home's stack.

    Args:
        home: the stack's.
        port: of this machine, where it listens.
        asks: whether it asks for the home's password.

    Raises:
        StackError: when the home's keys or the console's token can't be used.
    """
    token = make_token(home)
    password = access.read_keys(home).password if asks else None
    stack = StackAccess(home, Backend())
    warm_up(stack)
    return gated(create_app(stack, token), port, token=token, password=password)
