"""A candidate that is trained by the workers of a pool, from the files of its rows: only their weights travel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow.parquet as pq
from sklearn.pipeline import Pipeline

from functions.collective.job_writing import AskedTraining, write_job
from functions.collective.training_together import WorkerPool, train_together
from functions.contracts import TrainModelInput
from functions.core.data.chosen_rows import ChosenTable
from functions.core.data.table_parts import PartOfTable, is_manifest, read_manifest
from functions.core.errors import WorkerLostError
from functions.core.training import models
from functions.core.training.algorithms import Context, Parameter
from functions.core.training.fitted_boosters import fitted_classifier, native_parameters
from functions.core.training.weighted_places import bin_sample, weighted_places
from functions.run import from_settings
from functions.run.dependencies import RunFiles, TrainModelDependencies

# The candidate that workers can train, by the ways of weighting rows that they know.
CANDIDATE = "lightgbm"
STRATEGIES = ("none", "class_weights")
# What is left to do for this function when the model is there.
SPARE_SECONDS = 60.0
TURN_SECONDS = 300.0


def are_for_workers(event: TrainModelInput, dependencies: TrainModelDependencies, rows: int) -> bool:
    """Return whether a candidate of so many rows is trained by workers."""
    return (
        rows >= dependencies.distributed_rows
        and event.candidate == CANDIDATE
        and models.strategy(event.candidate, event.settings.imbalance) in STRATEGIES
    )


@dataclass
class Workers:
    """The workers of a pool, as one candidate is trained by them: each training has a folder among the run's files.

    Args:
        event: what TrainModel was asked for.
        dependencies: its own.
        pool: the workers.
        uris: of the table, in the order of its rows.
    """

    event: TrainModelInput
    dependencies: TrainModelDependencies
    pool: WorkerPool
    uris: Sequence[str]
    processors: int = field(init=False)
    _parts: list[PartOfTable] = field(init=False)
    _trained: int = 0

    def __post_init__(self) -> None:
        self._parts = [part for uri in self.uris for part in _files_of(self.dependencies.files, uri)]
        with self.pool.gathered(self._turn_seconds()) as gathered:
            self.processors = sum(member.threads for member in gathered.members)

    def train(self, rows: ChosenTable, params: Mapping[str, Parameter]) -> Pipeline:
        """Train as ``models.train`` does, but on all rows: no cascade leaves any out.

        Raises:
            WorkerLostError: when a worker is lost.
            WorkersTooSlowError: when they take longer than this function may.
        """
        settings, table = self.event.settings, rows.table
        chosen = models.strategy(CANDIDATE, settings.imbalance)
        encoded = models.encode(
            table.X,
            table.y,
            algorithm=CANDIDATE,
            kinds=rows.kinds,
            seed=settings.seed,
            chosen=chosen,
            features=from_settings.features(settings, table),
            places=rows.places,
        )
        stands_for = None if rows.weights is None else rows.weights.to_numpy()
        found = models.row_weights(encoded.labels, chosen, stands_for)
        weights = np.ones(len(rows.places)) if found is None else found
        width = encoded.rows.shape[1]
        model = models.build(CANDIDATE, Context(len(weights), width, settings.seed, threads=1), params)
        asked = AskedTraining(
            parts=self._parts,
            places=weighted_places(len(table.y), rows.places, encoded.rows, encoded.preprocess, weights),
            preprocessing=Pipeline(encoded.steps),
            bins=bin_sample(encoded.rows, seed=settings.seed),
            parameters=native_parameters(model),
            trees=int(model.n_estimators),
        )
        return Pipeline([*encoded.steps, ("model", fitted_classifier(model, self._train(asked), width))])

    def _train(self, asked: AskedTraining) -> str:
        files, event = self.dependencies.files, self.event
        self._trained += 1
        folder = files.uri(event.execution, f"{event.candidate}_workers/{self._trained}")
        with self.pool.gathered(self._turn_seconds()) as gathered:
            job = write_job(files.store, folder, asked, len(gathered.members))
            text, result = train_together(gathered, files.store, job, folder, seconds_left=self._seconds_left)
        if result.rows != asked.places.chosen.sum():
            raise WorkerLostError(f"The workers have trained on {result.rows:,} rows of {asked.places.chosen.sum():,}.")
        return text

    def _turn_seconds(self) -> float:
        return min(TURN_SECONDS, self._seconds_left())

    def _seconds_left(self) -> float:
        return self.dependencies.seconds_left() - SPARE_SECONDS


def _files_of(files: RunFiles, uri: str) -> list[PartOfTable]:
    if is_manifest(uri):
        return read_manifest(files.read(uri))
    with files.store.reading(uri) as source:
        return [PartOfTable(uri, pq.ParquetFile(source, pre_buffer=False).metadata.num_rows)]
