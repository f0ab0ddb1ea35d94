"""The cores that a candidate is trained by: more of them as the candidates beside it come to their ends."""

from concurrent.futures import Future

from functions.contracts import TrainModelInput
from functions.core.training.models import ALGORITHMS
from functions.core.training.threads import threads_of
from functions.run.dependencies import TrainModelDependencies
from functions.runtime import background
from functions.settings import Algorithm


class Cores:
    """What one candidate may use of the cores. A model does not depend on how many threads have trained it."""

    def __init__(self, event: TrainModelInput, dependencies: TrainModelDependencies) -> None:
        self._event = event
        self._services = dependencies
        self._under_way = list(event.settings.trained)
        self._asked: Future[list[Algorithm]] | None = None
        # Where all begin together, none has ended before the first part is trained.
        if event.settings.candidates_at_once < len(self._under_way):
            self.ask()

    def ask(self) -> None:
        """Begin to ask S3 who has ended, if that matters; nobody waits for the answer unless it comes late."""
        if not ALGORITHMS[self._event.candidate].single_threaded:
            self._asked = background.start(self._not_trained)

    def threads(self) -> int:
        """Say how many threads to train by, by what was asked last."""
        if self._asked is not None:
            self._under_way, self._asked = background.result(self._asked, "storage"), None
        return threads_of(
            self._event.candidate,
            self._under_way,
            at_once=self._event.settings.candidates_at_once,
            cores=self._services.cores,
        )

    def _not_trained(self) -> list[Algorithm]:
        files, own = self._services.files, self._event.candidate

        def is_trained(name: str) -> bool:
            return files.store.exists(files.uri(self._event.execution, scores_file(name)))

        return [name for name in self._under_way if name == own or not is_trained(name)]


def scores_file(candidate: str) -> str:
    """Name the file that tells that a candidate is trained."""
    return f"{candidate}_scores.parquet"
