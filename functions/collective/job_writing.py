"""A job for workers, written where they read it."""

import io
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import numpy as np
from sklearn.pipeline import Pipeline

from functions.collective.meeting import SmallFiles
from functions.contracts.collective_job import CollectiveJob, OwnRows
from functions.core.data.row_ranges import RowRange, share_out
from functions.core.data.table_parts import PartOfTable
from functions.core.features.derived_rows import Matrix
from functions.core.training.algorithms import Parameter
from functions.core.training.persistence import dump_model
from functions.core.training.weighted_places import WeightedPlaces


class LargeFiles(SmallFiles, Protocol):
    """A store of large files too; see ``ports.ObjectStore``."""

    def writing(self, uri: str, content_type: str) -> AbstractContextManager[BinaryIO]:
        """Open a file to be written in parts."""

    def flush(self) -> None:
        """Wait until everything has been written."""


@dataclass(frozen=True, slots=True)
class AskedTraining:
    """What is to be trained: on which rows of which files, how they are encoded, how the trees are grown.

    ``bins`` are encoded rows (m, width) that bins are computed from, ``parameters`` LightGBM's but for the number of
    ``trees``.
    """

    parts: Sequence[PartOfTable]
    places: WeightedPlaces
    preprocessing: Pipeline
    bins: Matrix
    parameters: Mapping[str, Parameter]
    trees: int


def write_job(store: LargeFiles, folder: str, asked: AskedTraining, workers: int) -> CollectiveJob:
    """Write all that so many workers read beside the table's files into a folder, and return the job's document."""
    job = CollectiveJob(
        shares=tuple(_owned(each) for each in share_out(asked.parts, asked.places.chosen, workers)),
        rows_uri=f"{folder}/rows.parquet",
        shared=(asked.places.shared.start, asked.places.shared.stop),
        preprocessing_uri=f"{folder}/preprocessing.skops",
        bins_uri=f"{folder}/bins.npy",
        parameters=dict(asked.parameters),
        trees=asked.trees,
        model_uri=f"{folder}/model.txt",
    )
    with store.writing(job.rows_uri, "application/vnd.apache.parquet") as sink:
        asked.places.write(sink)
    store.write(job.preprocessing_uri, dump_model(asked.preprocessing), "application/octet-stream")
    bins = io.BytesIO()
    np.save(bins, asked.bins, allow_pickle=False)
    store.write(job.bins_uri, bins.getvalue(), "application/octet-stream")
    store.flush()
    return job


def _owned(share: Sequence[RowRange]) -> tuple[OwnRows, ...]:
    return tuple(OwnRows(uri=each.uri, start=each.start, rows=each.rows, place=each.place) for each in share)
