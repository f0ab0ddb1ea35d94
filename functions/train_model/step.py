"""Train one candidate: search its parameters or choose its capacity, cross-fit it, choose its threshold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial

import pandas as pd
from pydantic import TypeAdapter
from sklearn.pipeline import Pipeline

from functions.contracts import Candidate, TrainModelInput
from functions.core.data.chosen_rows import ChosenTable
from functions.core.errors import UploadNotFoundError
from functions.core.training import models
from functions.core.training.algorithms import Parameter
from functions.core.training.candidates import ScoreQuality
from functions.core.training.capacity import cross_fit_at_best
from functions.core.training.crossfit import Folds, cross_fit
from functions.core.training.persistence import dump_model
from functions.core.training.search import Parameters, SearchBudget, Trial, best, search
from functions.run import from_settings
from functions.run.dependencies import TrainModelDependencies
from functions.run.rows_to_train import read_rows_to_train, uris_of
from functions.train_model.by_workers import Workers, are_for_workers
from functions.train_model.cores import Cores, scores_file

type Train = Callable[..., Pipeline]

_TRIALS = TypeAdapter(tuple[Trial, ...])


def inputs(event: TrainModelInput) -> list[str]:
    """Return the files that this step reads, in its order."""
    return uris_of(event.splits)


def run(event: TrainModelInput, dependencies: TrainModelDependencies) -> Candidate:
    """Train; the test split is never read here."""
    files, settings, name = dependencies.files, event.settings, event.candidate
    rows = read_rows_to_train(files, event.splits)
    folds, validation = rows.folds(settings), rows.validation
    workers = _workers(event, dependencies, folds)
    train = workers.train if workers else partial(_train, event=event, cores=Cores(event, dependencies))
    search_uri, found = _search(event, dependencies, folds, train) if settings.search_trials else (None, {})

    started = dependencies.clock()
    if found:
        fitted = cross_fit(folds, partial(train, params=found))
    else:
        fitted = cross_fit_at_best(name, folds, train, processors=workers.processors if workers else None)
    seconds = dependencies.clock() - started

    held_out = folds.held_out
    quality = ScoreQuality.of(held_out.y, fitted.scores, held_out.weights)
    on_validation = ScoreQuality.of(validation.y, fitted.scores[-len(validation.y) :], validation.weights)
    scores = pd.DataFrame({"label": held_out.y.to_numpy(), "score": fitted.scores})
    scores_uri = files.write_parquet(event.execution, scores_file(name), scores.to_parquet(index=False))
    return Candidate(
        algorithm=name,
        uri=files.write(event.execution, f"{name}.skops", dump_model(fitted.model), "application/octet-stream"),
        scores_uri=scores_uri,
        parameters=models.parameters(fitted.model.members[-1]),
        folds=folds.count,
        average_precision=quality.average_precision,
        validation_average_precision=on_validation.average_precision,
        brier_score=quality.brier_score,
        threshold=from_settings.threshold(settings, held_out, fitted.scores).value,
        seconds=seconds,
        search_uri=search_uri,
    )


def _workers(event: TrainModelInput, dependencies: TrainModelDependencies, folds: Folds) -> Workers | None:
    """Return the workers, where there are some and the rows are for them."""
    pool = dependencies.pool
    if pool is None or not are_for_workers(event, dependencies, len(folds.table.y)):
        return None
    return Workers(event, dependencies, pool, inputs(event))


def _train(rows: ChosenTable, params: Mapping[str, Parameter], *, event: TrainModelInput, cores: Cores) -> Pipeline:
    settings, table = event.settings, rows.table
    return models.train(
        table.X,
        table.y,
        algorithm=event.candidate,
        kinds=rows.kinds,
        seed=settings.seed,
        imbalance=settings.imbalance,
        features=from_settings.features(settings, table),
        params=params,
        threads=cores.threads(),
        weights=table.weights,
        places=rows.places,
    )


def _search(
    event: TrainModelInput, dependencies: TrainModelDependencies, folds: Folds, train: Train
) -> tuple[str, Parameters]:
    """Search on the folds; the trials are kept after each one, so that an invocation that died is gone on from."""
    files, settings, file = dependencies.files, event.settings, f"{event.candidate}_search.json"

    def score(params: Parameters, fold: int) -> float:
        fitted = train(folds.without(fold), params=params)
        scores = folds.score(fitted, fold)
        return ScoreQuality.of(folds.labels(fold), scores, folds.weights(fold)).average_precision

    def keep(trials: Sequence[Trial]) -> None:
        files.write_json(event.execution, file, [asdict(trial) for trial in trials])

    try:
        earlier = _TRIALS.validate_json(files.read(files.uri(event.execution, file)))
    except UploadNotFoundError:
        earlier = ()
    trials = search(
        event.candidate,
        score,
        folds=folds.count,
        budget=SearchBudget(settings.search_trials, settings.search_seconds),
        seed=settings.seed,
        clock=dependencies.clock,
        earlier=earlier,
        keep=keep,
    )
    return files.uri(event.execution, file), best(trials).parameters
