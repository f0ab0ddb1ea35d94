"""Threads that have ended: let go, so that the system takes their memory back.

LocalStack keeps every thread of a state machine in a list until it stops. A thread that somebody still holds keeps its
stack: a run of ours left 75 areas of memory, and after some 850 of them no thread could be started any more.
"""

from threading import Thread
from typing import Any

from localstack.services.stepfunctions.backend.execution_worker import ExecutionWorker
from localstack.utils.patch import patch
from localstack.utils.threads import TMP_THREADS


def install() -> None:
    """Let go of ended threads whenever an execution starts."""

    @patch(ExecutionWorker.start)  # type: ignore[untyped-decorator]
    def _start(original: Any, worker: Any) -> None:  # noqa: ANN401 - LocalStack publishes no types
        _let_go()
        original(worker)


def _let_go() -> None:
    """Remove the threads that have ended one by one: others are added meanwhile."""
    for thread in list(TMP_THREADS):
        # One that has no number is about to be started.
        if isinstance(thread, Thread) and thread.ident is not None and not thread.is_alive():
            TMP_THREADS.remove(thread)
