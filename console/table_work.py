"""Work on tables in short processes of their own: pandas would stay in the console's memory for good."""

import asyncio
import contextlib
import json
import logging
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from functions.settings import RunSettings
from infra.errors import UploadError
from infra.home.environment import server_environment

logger = logging.getLogger(__name__)

type Left = Callable[[], Awaitable[bool]]

_AT_ONCE = 2
_SECONDS = 600.0
_PAUSE = 0.3
_OUT_OF_MEMORY = (
    "{name} was too much for this machine's memory, so that the system ended its inspection: give a part of its rows."
)
_TOO_LONG = "The inspection of {name} took more than {minutes:.0f} minutes and was ended: give a part of its rows."
_FAILED = "The inspection of {name} broke off; the log of the console says why (`fraudflow status` shows where it is)."


class NobodyAsksError(Exception):
    """Raised when whoever asked has left meanwhile."""


class TableWork:
    """Processes that work on tables, a few at once.

    Args:
        seconds: what one may take.
    """

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def inspect(self, path: Path, settings: RunSettings, left: Left) -> dict[str, Any]:
        """Return what a file is found to be: the fields of an ``Inspection``.

        Args:
            path: the file, under its own name.
            settings: of the run that it would start.
            left: tells whether nobody asks any more.

        Raises:
            UploadError: when it is no table, or more than this machine can do.
            NobodyAsksError: when nobody does.
        """
        return await self._do("inspect", path, settings.model_dump_json(), left)

    async def make_up(self, path: Path, seed: int, left: Left) -> None:
        """Write made-up transactions; raises as ``inspect`` does."""
        await self._do("make_up", path, json.dumps(seed), left)

    async def _do(self, what: str, path: Path, said: str, left: Left) -> dict[str, Any]:
        async with self._turns:
            if await left():
                raise NobodyAsksError
            command = (sys.executable, "-m", "console.table_worker", what, str(path))
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, env=server_environment(), start_new_session=True
            )
            talk = asyncio.create_task(process.communicate(said.encode()))
            try:
                async with asyncio.timeout(self._seconds):
                    while not (await asyncio.wait({talk}, timeout=_PAUSE))[0]:
                        if await left():
                            raise NobodyAsksError
            except TimeoutError as error:
                raise UploadError(_TOO_LONG.format(name=path.name, minutes=self._seconds / 60)) from error
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                answer, _ = await talk
            return self._read(path.name, process.returncode, answer)

    @staticmethod
    def _read(name: str, status: int | None, answer: bytes) -> dict[str, Any]:
        if status:
            logger.warning("The work on %s ended with status %s", name, status)
            raise UploadError((_OUT_OF_MEMORY if status == -signal.SIGKILL else _FAILED).format(name=name))
        outcome: dict[str, Any] = json.loads(answer)
        if "refused" in outcome:
            raise UploadError(outcome["refused"])
        return outcome
