"""The console as a process: ``python -m console --home DIR --port 8080``, of the stack that runs from a home."""

import argparse
from pathlib import Path

import uvicorn

from console.plain_log import log_plainly
from console.real_console import assemble, of_containers, of_processes
from infra.home.layout import Home
from infra.system.listening import LOOPBACK

# A stream of events never ends by itself.
_SECONDS_TO_END = 1


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m console", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the stack's home")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    parser.add_argument("--access", choices=("open", "keys"), default="open", help="keys: ask for the home's password")
    parser.add_argument("--stack", choices=("embedded", "compose"), default="embedded", help="whose home it is")
    chosen = parser.parse_args()
    stack = of_containers(Home(chosen.home)) if chosen.stack == "compose" else of_processes(Home(chosen.home))
    log_plainly()
    uvicorn.run(
        assemble(stack, chosen.port, asks=chosen.access == "keys"),
        host=LOOPBACK,
        port=chosen.port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_SECONDS_TO_END,
    )


if __name__ == "__main__":
    main()
