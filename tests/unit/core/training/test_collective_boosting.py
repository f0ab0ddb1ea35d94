"""A worker's own rows, and what it makes of them alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from functions.adapters.local_files import LocalFiles
from functions.collective.watched_child import Share
from functions.contracts.collective_job import CollectiveJob, WorkerResult, together
from functions.core.data.row_ranges import RowRange
from functions.core.data.rows import hash_rows
from functions.core.features.derived_rows import TrainingMatrix
from functions.core.training import models
from functions.core.training.collective_boosting import Collective, without_places
from functions.core.training.own_rows import OwnTable
from functions.core.training.persistence import dump_model, load_model
from functions.training_worker.share_training import train
from tests.training_jobs import WrittenJob, made_table


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> WrittenJob:
    folder = tmp_path_factory.mktemp("job").as_uri()
    return WrittenJob.of(LocalFiles(), folder, made_table(6_000), part_rows=2_500, params={"n_estimators": 15})


def alone(job: WrittenJob, document: CollectiveJob, *, threads: int = 1) -> tuple[str, WorkerResult]:
    uri = f"{job.folder}/job.json"
    job.store.write(uri, document.model_dump_json().encode(), "application/json")
    result = train(Share(uri, job.folder, 0, "127.0.0.1", threads), job.store, lambda _: None)
    return job.store.read(document.model_uri).decode(), result


def own_table(job: WrittenJob, document: CollectiveJob) -> OwnTable:
    own = [RowRange(each.uri, each.start, each.rows, each.place) for each in document.shares[0]]
    preprocessing: Any = load_model(job.store.read(document.preprocessing_uri))
    return OwnTable(own, document.rows_uri, preprocessing, slice(*document.shared), job.store.opening)


def test_rows_are_encoded_from_their_files_as_in_memory(job: WrittenJob) -> None:
    table = own_table(job, job.document(1))
    encoded = np.concatenate([table.encode(table.frame(group), group.shares) for group in table.groups])
    expected = job.encoded.rows
    np.testing.assert_array_equal(encoded, expected.matrix() if isinstance(expected, TrainingMatrix) else expected)
    # Of a text of many levels, the shares of frauds are those out of fold.
    assert job.asked.places.shared.stop - job.asked.places.shared.start == 1


def test_labels_weights_and_digest_are_those_of_the_rows_that_are_not_held_out(job: WrittenJob) -> None:
    table = own_table(job, job.document(1))
    for group in table.groups:
        table.frame(group)
    np.testing.assert_array_equal(table.labels, job.table.y[~job.held_out])
    np.testing.assert_array_equal(table.weights, np.ones(len(table.labels)))
    assert table.digest == int(hash_rows(job.table.X[~job.held_out]).sum(dtype=np.uint64))


def test_a_worker_alone_trains_a_pipeline_that_is_as_good_as_any_and_can_be_kept(job: WrittenJob) -> None:
    text, result = alone(job, job.document(1))
    table, rows = job.table, np.flatnonzero(~job.held_out)
    plain = models.train(
        table.X, table.y, algorithm="lightgbm", kinds=table.kinds, seed=1, places=rows, params={"n_estimators": 15}
    )
    ours = load_model(dump_model(job.fitted(text)))
    asked, labels = table.X[job.held_out], table.y[job.held_out]
    found = average_precision_score(labels, ours.predict_proba(asked)[:, 1])
    assert found == pytest.approx(average_precision_score(labels, plain.predict_proba(asked)[:, 1]), abs=0.05)
    assert models.parameters(ours) == models.parameters(plain)
    assert (result.rows, result.frauds) == (len(rows), int(table.y[rows].sum()))


def test_the_text_is_the_same_each_time_and_by_any_number_of_threads(job: WrittenJob) -> None:
    document = job.document(1)
    first, result = alone(job, document)
    assert alone(job, document, threads=2) == (first, result)


def test_a_weight_counts_as_so_many_rows(tmp_path: Path) -> None:
    table = made_table(4_000)
    job = WrittenJob.of(LocalFiles(), tmp_path.as_uri(), table, part_rows=4_000, params={"n_estimators": 5})
    job.asked.places.weights[:] *= np.where(table.y == 1, 1, 4)
    scores = job.fitted(alone(job, job.document(1))[0]).predict_proba(table.X)[:, 1]
    share = table.y.mean()
    assert scores.mean() == pytest.approx(share / (share + 4 * (1 - share)), rel=0.2)


def test_a_text_does_not_tell_where_its_trees_were_grown() -> None:
    text = "tree\n[machines: 10.0.0.1:1,10.0.0.2:2]\n[local_listen_port: 2]\n[num_leaves: 3]\n"
    assert without_places(text) == "tree\n[machines: ]\n[local_listen_port: ]\n[num_leaves: 3]\n"


def test_a_collective_of_one_has_no_network() -> None:
    assert Collective(("127.0.0.1:0",), 0).parameters == {}
    own = Collective(("10.0.0.1:81", "10.0.0.2:82"), 1).parameters
    assert (own["num_machines"], own["local_listen_port"]) == (2, 82)


def test_what_workers_trained_on_adds_up() -> None:
    one = WorkerResult(rows=2, frauds=1, digest="ffffffffffffffff")
    other = WorkerResult(rows=3, frauds=0, digest="0000000000000003")
    assert together([one, other]) == WorkerResult(rows=5, frauds=1, digest="0000000000000002")
