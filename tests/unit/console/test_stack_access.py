"""A deployment's clients: each is made once, however many pages ask for it at the same moment."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from console.stack_access import StackAccess
from infra.home.layout import Home
from tests.unit.infra.cli.fakes import Fakes


def test_pages_that_come_at_once_share_one_client_and_one_list_of_runs(fakes: Fakes) -> None:
    backend, made, start = fakes.backend(), [0], threading.Barrier(4)

    class Slow:
        """Takes a moment to make a client, as boto3 does."""

        def __getattr__(self, name: str) -> object:
            return getattr(backend, name)

        def executions(self, _: object) -> object:
            made[0] += 1
            time.sleep(0.05)
            return fakes.executions

    stack = StackAccess(Home(fakes.settings.home), Slow(), lambda _: fakes.deployed)  # type: ignore[arg-type]

    def ask(_: int) -> int:
        start.wait()
        return id(stack.connected().runs)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
    assert made == [1]
