"""A watch of an alias in the registry: the version that it names is loaded, and served from the next request on."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from functions.core.errors import FraudflowError
from functions.core.training.persistence import CANNOT_SCORE, reason
from functions.ports import Champion
from functions.run.served_model import ServedModel
from serving.errors import UnmadeHistoriesError

# After a version could not be loaded: its files may be on their way still.
_RETRY_SECONDS = 10.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """A version that is ready, and since when (Unix time)."""

    model: ServedModel
    at: float


class RegistryWatch:
    """The version that an alias names, as the registry last said.

    One thread asks and loads. Requests read ``loaded``, which is always a whole model.

    Args:
        title: what the alias names, for messages: ``champion of 'fraud-detector'``.
        ask: asks the registry now.
        load: loads a version.
        seconds: between two looks.
        keeps: whether the last version goes on when the alias is gone.
        changed: is called with each new version, and with None when there is none any more.
    """

    def __init__(
        self,
        title: str,
        ask: Callable[[], Champion | None],
        load: Callable[[Champion], ServedModel],
        *,
        seconds: float,
        keeps: bool,
        changed: Callable[[Loaded | None], None] = lambda _: None,
    ) -> None:
        self.loaded: Loaded | None = None
        self.named: Champion | None = None
        self._title = title
        self._ask = ask
        self._load = load
        self._seconds = seconds
        self._keeps = keeps
        self._changed = changed
        self._said_at: float | None = None
        self._problem: str | None = None
        self._is_away = False
        self._failed: tuple[Champion, float] | None = None
        self._stopped = threading.Event()

    @property
    def age(self) -> float | None:
        """Seconds since the registry last said which version it is; None when it never has."""
        return None if self._said_at is None else time.monotonic() - self._said_at

    @property
    def note(self) -> str | None:
        """What keeps it from serving the version that the alias names now, in a sentence; None when nothing does."""
        if self._problem is not None:
            ago = f" It last answered {self.age:,.0f} seconds ago." if self._is_away and self.age is not None else ""
            return f"{self._problem}{ago}"
        if self._said_at is None:
            return "The registry was not asked yet."
        return f"There is no {self._title}." if self.named is None else None

    def look(self) -> None:
        """Ask the registry once, and load what is new."""
        try:
            named = self._ask()
        except FraudflowError as error:
            self._is_away = True
            self._say(str(error))
            return
        self.named, self._said_at, self._is_away = named, time.monotonic(), False
        if named is None:
            self._say(None)
            if not self._keeps and self.loaded is not None:
                self._serve(None)
        elif self.loaded is None or self.loaded.model.version != named:
            self._swap(named)
        else:
            self._say(None)

    def start(self) -> None:
        """Look again and again, in a thread that ends with the process."""
        threading.Thread(target=self._run, name=self._title, daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - the next look may find it gone; its message may quote a row
                self._say(f"The {self._title} can't be loaded ({type(error).__name__}).")
            self._stopped.wait(self._seconds)

    def _swap(self, named: Champion) -> None:
        if self._failed is not None and self._failed[0] == named and time.monotonic() < self._failed[1]:
            return
        try:
            model = self._load(named)
        except UnmadeHistoriesError as error:
            self._say(f"Version {named.version} of '{named.name}' is not served yet: {error}.")
            return
        except (FraudflowError, *CANNOT_SCORE) as error:
            self._failed = named, time.monotonic() + _RETRY_SECONDS
            self._say(f"Version {named.version} of '{named.name}' can't be served: {reason(error)}.")
            return
        self._failed = None
        self._say(None)
        self._serve(Loaded(model, time.time()))

    def _serve(self, loaded: Loaded | None) -> None:
        self.loaded = loaded
        self._changed(loaded)
        logger.info("The %s is now %s.", self._title, f"version {loaded.model.version.version}" if loaded else "none")

    def _say(self, problem: str | None) -> None:
        if problem is not None and problem != self._problem:
            logger.warning("%s", problem)
        self._problem = problem
