"""A program that keeps decisions and prints those that are answered, until it is killed: by itself, or by its parent.

``killed_log.py FOLDER ROUND WHEN``: ``before`` or ``after`` its second part is written, or ``never``; ``last`` ends
once all is shipped.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import override

import serving.decision_shipper
from functions.decisions.shipping import DecisionsBucket
from serving.decision_log import DecisionLog
from tests.decided import KEEP, decided
from tests.fakes import FakeObjectStore

_PARTS = 2


class Folder(FakeObjectStore):
    """Objects as files, each written whole or not at all."""

    def __init__(self, folder: Path, when: str) -> None:
        super().__init__()
        self._folder, self._when, self._parts = folder, when, 0

    @override
    def write(self, uri: str, body: bytes, content_type: str) -> None:
        self._parts += 1
        is_last = self._parts == _PARTS
        if is_last and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        path = self._folder / uri.removeprefix("s3://")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".writing").write_bytes(body)
        path.with_suffix(".writing").replace(path)
        if is_last and self._when == "after":
            os.kill(os.getpid(), signal.SIGKILL)


async def main(folder: Path, number: str, when: str) -> None:
    log = DecisionLog(folder / "log" / "decisions.sqlite", DecisionsBucket(Folder(folder, when), "decisions"), KEEP)

    async def client(name: str) -> None:
        for each in range(100_000):
            transaction = f"{number}-{name}-{each}"
            await log.record([decided(transaction)])
            sys.stdout.write(f"{transaction}\n")
            sys.stdout.flush()
            # Sent again, as a client does that got no answer.
            await log.record([decided(transaction, score=0.9)])

    if when != "last":
        await asyncio.gather(*[client(name) for name in "abcdefgh"])
    await log.close()


if __name__ == "__main__":
    serving.decision_shipper._SHIP_SECONDS = 0.1
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
