"""Loading of registered versions, each once as long as it may be asked for again soon."""

import gc
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from functions.ports import Champion
from functions.run.served_model import ServedModel
from functions.run.verdicts import judge

# The champion, the challenger, and the champion before, to which people go back in a hurry.
_KEPT = 3


class ModelLoader:
    """Loads versions for the watches of all aliases.

    Args:
        load: loads a version from the registry.
        key: of the hashes that stand for entities.
        prepare: makes what a version needs besides, before it is served.
    """

    def __init__(
        self,
        load: Callable[[Champion], ServedModel],
        key: bytes,
        prepare: Callable[[ServedModel], None] = lambda _: None,
    ) -> None:
        self._load = load
        self._key = key
        self._prepare = prepare
        self._kept: OrderedDict[Champion, ServedModel] = OrderedDict()
        self._lock = Lock()
        self._is_frozen = False

    def load(self, version: Champion) -> ServedModel:
        """Return a version that has scored its own example.

        Raises:
            UnmadeHistoriesError: when that takes a while; it is to be asked for again.
            Exception: one of ``persistence.CANNOT_SCORE`` or a FraudflowError, when it can't.
        """
        with self._lock:
            model = self._kept.get(version) or self._load(version)
            self._kept[version] = model
            self._kept.move_to_end(version)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._prepare(model)
        # Its first row takes longer, and a model that can't score must not become the one that is served.
        judge(model, [model.example], [1], self._key)
        self._tidy()
        return model

    def _tidy(self) -> None:
        """Collect what loading has left, so that no request has to wait for it."""
        gc.collect()
        if not self._is_frozen:
            # All that was imported stays: each full collection would look at it again, for 0.2 seconds.
            gc.freeze()
            self._is_frozen = True
