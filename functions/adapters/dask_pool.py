"""Workers of a Dask cluster behind the ``WorkerPool`` port: Dask starts them, and no row travels through it."""

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from functions.collective.training_together import Member
from functions.collective.watched_child import Share, train_share
from functions.contracts.collective_job import WorkerResult
from functions.core.errors import FraudflowError, InvalidSettingsError, WorkerLostError
from functions.core.training import extras
from functions.release import RELEASE

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 20.0
ANSWER_SECONDS = 20.0
LOOK_SECONDS = 5.0
# Workers tell the scheduler every half second or so that they live, more seldom where they are many.
SILENT_SECONDS = 45.0
# One training at a time: two that each hold some of the workers would wait for each other for ever.
TURN = "fraudflow-training"
# Asked for by the standard library alone, which each worker has.
_OWN_RELEASE = "functions.release:RELEASE"


class DaskPool:
    """The workers of the scheduler at an address."""

    def __init__(self, address: str) -> None:
        self._address = address

    @contextmanager
    def gathered(self, seconds: float) -> Iterator["DaskWorkers"]:
        """Connect, and wait for one's turn.

        Raises:
            WorkerLostError: when the scheduler can't be reached or has no workers, or others train all that time.
            InvalidSettingsError: when Dask is not installed.
        """
        client = self._connect()
        try:
            turn = self._turn(client)
            if not turn.acquire(timeout=seconds):
                raise WorkerLostError(f"The workers of {self._address} trained for others all the time.")
            try:
                yield DaskWorkers(client, self._address)
            finally:
                with suppress(Exception):
                    turn.release()
        finally:
            with suppress(Exception):
                client.close(timeout=ANSWER_SECONDS)

    def _connect(self) -> "Client":
        try:
            from distributed import Client  # noqa: PLC0415 - an extra
        except ImportError as error:
            lacking = extras.missing(error) or f"Dask can't be imported ({error})"
            raise InvalidSettingsError(f"FRAUDFLOW_DASK_SCHEDULER is set, and {lacking}, or do without.") from error
        try:
            with warnings.catch_warnings():
                # Of versions that differ, those that matter are checked by the workers.
                warnings.simplefilter("ignore")
                return Client(self._address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise WorkerLostError(
                f"Dask's scheduler at {self._address} can't be reached ({error or type(error).__name__}): start it, "
                "or correct FRAUDFLOW_DASK_SCHEDULER."
            ) from error

    def _turn(self, client: "Client") -> Any:  # noqa: ANN401 - an extra's
        from distributed import Semaphore  # noqa: PLC0415 - an extra

        with client.as_current():
            # A holder that dies loses it within half a minute.
            return Semaphore(max_leases=1, name=TURN)


class DaskWorkers:
    """Workers that are there, in the order of their addresses."""

    def __init__(self, client: "Client", address: str) -> None:
        self._client = client
        found = _workers(client)
        if not found:
            raise WorkerLostError(f"Dask's scheduler at {address} has no workers.")
        self.members = [_member(name, found[name]["nthreads"]) for name in sorted(found)]
        _require_release(_asked(client, client.run, resolve_name, _OWN_RELEASE, workers=[*found], on_error="return"))

    def start(self, shares: Sequence[tuple[Member, Share]]) -> "DaskTrainings":
        """Submit one task to each of these members, which no other may take."""
        futures = [
            self._client.submit(
                train_share,
                share,
                key=f"{TURN}-{share.folder.rpartition('/')[2]}-{share.rank}",
                workers=[member.name],
                allow_other_workers=False,
                pure=False,
                retries=0,
            )
            for member, share in shares
        ]
        return DaskTrainings(self._client, [member.name for member, _ in shares], futures)


class DaskTrainings:
    """Tasks that train, by rank."""

    def __init__(self, client: "Client", names: Sequence[str], futures: Sequence["Future[WorkerResult]"]) -> None:
        self._client, self._names, self._futures = client, names, futures
        self._looked = time.monotonic()
        self._seen: dict[str, tuple[float, float]] = {}

    def ended(self) -> list[WorkerResult] | None:
        """Return the results when all tasks have ended.

        Raises:
            WorkerLostError: when a task has failed, or its worker is gone or silent, or the scheduler is.
        """
        for name, future in zip(self._names, self._futures, strict=True):
            if future.status == "error":
                _raise(name, future.exception(timeout=ANSWER_SECONDS))
            if future.status in {"cancelled", "lost"}:
                raise WorkerLostError(f"Dask's scheduler has lost the training on {name}.")
        if all(future.status == "finished" for future in self._futures):
            return [future.result(timeout=ANSWER_SECONDS) for future in self._futures]
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._look()
            self._looked = time.monotonic()
        return None

    def settle(self, seconds: float) -> None:
        """Wait until no task runs any more; they end by themselves, as their lease has ended."""
        end = time.monotonic() + seconds
        # A task whose worker is gone stays pending.
        with suppress(Exception):
            while time.monotonic() < end and self._client.status == "running":
                there = _workers(self._client)
                pairs = zip(self._names, self._futures, strict=True)
                if not any(future.status == "pending" and name in there for name, future in pairs):
                    break
                time.sleep(0.5)
            self._client.cancel(list(self._futures), force=True)

    def _look(self) -> None:
        there, now = _workers(self._client), time.monotonic()
        for name, future in zip(self._names, self._futures, strict=True):
            if future.status != "pending":
                continue
            if name not in there:
                raise WorkerLostError(f"Dask's worker {name} has died.")
            seen = float(there[name]["last_seen"])
            known, since = self._seen.get(name, (None, now))
            self._seen[name] = (seen, now if seen != known else since)
            if now - self._seen[name][1] > SILENT_SECONDS:
                raise WorkerLostError(f"Dask's worker {name} hangs: it has been silent for {SILENT_SECONDS:g} s.")


def _workers(client: "Client") -> dict[str, Any]:
    return dict(_asked(client, client.sync, _identity, client)["workers"])


def _asked(client: "Client", ask: Callable[..., Any], *words: object, **options: object) -> Any:  # noqa: ANN401
    """Ask the scheduler or its workers in bounded time: a client by itself waits for one that hangs."""
    asking = ThreadPoolExecutor(1)
    try:
        if client.status == "running":
            return asking.submit(ask, *words, **options).result(ANSWER_SECONDS)
    except (OSError, TimeoutError) as error:
        raise WorkerLostError(f"Dask's scheduler does not answer ({error or type(error).__name__}).") from error
    finally:
        asking.shutdown(wait=False)
    raise WorkerLostError("Dask's scheduler is gone.")


def _require_release(found: Mapping[str, Any]) -> None:
    """Check what workers answer that have been asked for their release, before a task kills one that can't read it."""
    for name, answer in found.items():
        if isinstance(answer, OSError):
            raise WorkerLostError(f"Dask's worker {name} does not answer ({answer or type(answer).__name__}).")
        if answer != RELEASE:
            has = f"has none ({answer})" if isinstance(answer, Exception) else f"has {answer}"
            raise InvalidSettingsError(f"Dask's worker {name} needs fraudflow's release {RELEASE}, and {has}.")


async def _identity(client: "Client") -> Any:  # noqa: ANN401 - an extra's
    if client.scheduler is None:
        raise OSError("there is no connection")
    return await client.scheduler.identity(n_workers=-1)


def _member(name: str, threads: int) -> Member:
    parts = urlsplit(name)
    if parts.scheme not in {"tcp", "tls"} or parts.hostname is None:
        raise InvalidSettingsError(f"Dask's worker {name} has no address that its peers could reach.")
    return Member(name, parts.hostname, threads)


def _raise(name: str, error: BaseException | None) -> None:
    if isinstance(error, FraudflowError):
        raise error
    if isinstance(error, ImportError):
        raise InvalidSettingsError(
            f"Dask's worker {name} can't import what it needs ({error}): install the same release of fraudflow there."
        ) from error
    raise WorkerLostError(
        f"The training on Dask's worker {name} has failed: {type(error).__name__}: {error}."
    ) from error
