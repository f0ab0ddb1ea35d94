"""Runs whose tables stay in files of several parts."""

from copy import deepcopy

from tests.runs import Run

PART_ROWS = 130


def in_parts(run: Run) -> Run:
    """Return a run up to its model once more, in a world of its own, with its tables in parts that stay in files."""
    assert run.model
    twin = deepcopy(run)
    for uri in (twin.loaded.dataset.uri, *twin.splits.uris.values()):
        name = uri.rpartition("/")[2].removesuffix(".parquet")
        twin.world.files.write_parts(twin.execution, name, twin.world.files.read_table(uri), PART_ROWS)
        twin.world.store.delete(uri)
    dataset = twin.loaded.dataset.model_copy(update={"uri": manifest(twin.loaded.dataset.uri)})
    twin.loaded = twin.loaded.model_copy(update={"dataset": dataset})
    twin.splits = twin.splits.model_copy(
        update={"uris": {name: manifest(uri) for name, uri in twin.splits.uris.items()}}
    )
    twin.world.most_cells = 1
    return twin


def manifest(uri: str) -> str:
    return uri.replace(".parquet", ".parts.json")
