"""The cores that a candidate is trained by: more of them as the candidates beside it come to their ends."""

from functions.contracts import TrainModelInput
from functions.core.training.algorithms import ALGORITHMS
from functions.core.training.threads import threads_of
from functions.run.dependencies import TrainModelDependencies
from functions.settings import Algorithm


class Cores:
    """The cores that one candidate is trained by. A model does not depend on how many threads have trained it."""

    def __init__(self, event: TrainModelInput, dependencies: TrainModelDependencies) -> None:
        self._event = event
        self._dependencies = dependencies
        self._under_way = list(event.settings.trained)
        # Where all start together, none has ended before the first part is trained.
        self._may_have_ended = event.settings.candidates_at_once < len(self._under_way)

    def threads(self) -> int:
        """Return how many threads to train the next part by: look in S3 who has ended, if that matters."""
        if self._may_have_ended and not ALGORITHMS[self._event.candidate].single_threaded:
            self._under_way = self._not_trained()
        self._may_have_ended = True
        return threads_of(
            self._event.candidate,
            self._under_way,
            at_once=self._event.settings.candidates_at_once,
            cores=self._dependencies.cores,
        )

    def _not_trained(self) -> list[Algorithm]:
        files, own = self._dependencies.files, self._event.candidate

        def is_trained(name: str) -> bool:
            return files.store.exists(files.uri(self._event.execution, scores_file(name)))

        return [name for name in self._under_way if name == own or not is_trained(name)]


def scores_file(candidate: str) -> str:
    """Return the name of the file that marks a candidate as trained."""
    return f"{candidate}_scores.parquet"
