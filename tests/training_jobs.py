"""Jobs for workers: made-up rows in files, told as TrainModel tells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.pipeline import Pipeline

from functions.collective.job_writing import AskedTraining, write_job
from functions.contracts.collective_job import CollectiveJob
from functions.core.data.table_parts import PartOfTable
from functions.core.data.tables import LabelledTable, write_table
from functions.core.training import models
from functions.core.training.algorithms import Context
from functions.core.training.fitted_boosters import fitted_classifier, native_parameters
from functions.core.training.weighted_places import bin_sample, weighted_places
from functions.ports import ObjectStore


def made_table(rows: int, *, seed: int = 0, texts: int = 200) -> LabelledTable:
    """Make numbers and a text of many levels; about one row in eighty is a fraud."""
    random = np.random.default_rng(seed)
    X = pd.DataFrame(random.standard_normal((rows, 6)), columns=[f"V{number}" for number in range(6)])
    shops = random.integers(0, texts, rows)
    X["shop"] = pd.Series(shops).map("shop {}".format).astype("str")
    y = X["V0"] + X["V1"] * X["V2"] + (shops % 7 == 0) + random.standard_normal(rows) > 4
    kinds: dict[str, Any] = {name: "categorical" if name == "shop" else "numeric" for name in X.columns}
    return LabelledTable(X, y.astype("int8").rename("fraud"), kinds)


@dataclass(frozen=True)
class WrittenJob:
    """A job whose rows are in files of a folder; a fifth of them is not trained on."""

    store: ObjectStore
    folder: str
    table: LabelledTable
    asked: AskedTraining
    encoded: models.Encoded
    model: ClassifierMixin
    held_out: NDArray[np.bool_]

    @classmethod
    def of(
        cls, store: ObjectStore, folder: str, table: LabelledTable, *, part_rows: int, params: Mapping[str, Any]
    ) -> "WrittenJob":
        """Write a table in parts, and what workers are told of it."""
        parts = []
        for number, start in enumerate(range(0, len(table.y), part_rows)):
            part, uri = table.part(start, start + part_rows), f"{folder}/{number:05}.parquet"
            with store.writing(uri, "application/vnd.apache.parquet") as sink:
                write_table(part, sink)
            parts.append(PartOfTable(uri, len(part.y)))
        held_out = np.arange(len(table.y)) % 5 == 0
        places = np.flatnonzero(~held_out)
        encoded = models.encode(
            table.X, table.y, algorithm="lightgbm", kinds=table.kinds, seed=1, chosen="none", places=places
        )
        model = models.build("lightgbm", Context(len(places), encoded.rows.shape[1], 1, 1), params)
        asked = AskedTraining(
            parts=parts,
            places=weighted_places(len(table.y), places, encoded.rows, encoded.preprocess, np.ones(len(places))),
            preprocessing=Pipeline(encoded.steps),
            bins=bin_sample(encoded.rows, seed=1),
            parameters=native_parameters(model),
            trees=model.n_estimators,
        )
        return cls(store, folder, table, asked, encoded, model, held_out)

    def document(self, workers: int) -> CollectiveJob:
        """Write the job for so many workers, and return its document."""
        return write_job(self.store, self.folder, self.asked, workers)

    def fitted(self, text: str) -> Pipeline:
        """Return the pipeline of a booster's text."""
        width = self.encoded.rows.shape[1]
        return Pipeline([*self.encoded.steps, ("model", fitted_classifier(self.model, text, width))])
