"""The console in the foreground: of containers, which have none, or of a stack that was started without."""

import os
import subprocess
import sys

from infra.errors import PortHeldError, StackError
from infra.home.environment import aws_client_environment
from infra.home.layout import Home
from infra.home.state import read_state
from infra.servers.server_specs import CONSOLE, console_words
from infra.settings import StackSettings
from infra.stack import compose, lifecycle
from infra.stack.starting import PrintProgress
from infra.system import listening


def serve(settings: StackSettings, print_progress: PrintProgress) -> int:
    """Serve the console of the embedded stack until interrupted; return its exit code.

    Raises:
        PortHeldError: when another program listens on its port.
        StackError: when no stack is up, or it has its own.
    """
    deployed = lifecycle.running(settings)
    home = Home(settings.home)
    state = read_state(home)
    if state is not None and any(server.name == CONSOLE for server in state.servers):
        raise StackError(f"The stack has its console already, at {deployed.settings.console_url}.")
    own = deployed.settings.model_copy(update={"console_port": settings.console_port})
    return _serve(own, console_words(own, home), print_progress)


def serve_for_containers(settings: StackSettings, print_progress: PrintProgress) -> int:
    """Serve the console of the containers until interrupted; return its exit code.

    Raises:
        PortHeldError: when another program listens on its port.
        StackError: when no containers are up.
    """
    deployed = compose.running(settings)
    home = Home(deployed.settings.home)
    return _serve(settings, (*console_words(settings, home), "--stack", "compose"), print_progress)


def _serve(settings: StackSettings, words: tuple[str, ...], print_progress: PrintProgress) -> int:
    port = settings.console_port
    if not listening.is_free(port):
        raise PortHeldError(
            f"Port {port} is held by {listening.holder(port)}; stop it or set FRAUDFLOW_CONSOLE_PORT to another port."
        )
    print_progress(f"The console is at {settings.console_url}; Ctrl-C ends it.")
    environment = dict(os.environ) | aws_client_environment(settings)  # noqa: TID251 - Compose needs the user's own
    process = subprocess.Popen((sys.executable, "-P", *words), env=environment)  # noqa: S603
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
