"""Ways to feed boosters from Parquet files: run by ``large_peers.py``, with the interpreter of its environment.

    python benchmarks/large_peer_ways.py WAY FOLDER SCRATCH

Prints seconds and average precision as one JSON line.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

LABEL, TEST = "Class", "test.parquet"
TREES, LEAVES, BINS, THREADS = 100, 31, 255, 2
# XGBoost's default. With LightGBM's, which is a thousandth of it, rare frauds make its trees diverge.
LEAST_WEIGHT = 1.0
_LIGHTGBM = {
    "objective": "binary",
    "min_sum_hessian_in_leaf": LEAST_WEIGHT,
    "num_leaves": LEAVES,
    "max_bin": BINS,
    "num_threads": THREADS,
    "learning_rate": 0.1,
    "verbose": -1,
}
_XGBOOST = {
    "objective": "binary:logistic",
    "min_child_weight": LEAST_WEIGHT,
    "tree_method": "hist",
    "grow_policy": "lossguide",
    "max_leaves": LEAVES,
    "max_depth": 0,
    "max_bin": BINS,
    "nthread": THREADS,
    "eta": 0.1,
}

type Predict = Callable[[pd.DataFrame], np.ndarray]


def parts(folder: Path) -> list[Path]:
    """Return the files of the table."""
    return sorted(folder.glob("part-*.parquet"))


def lightgbm_whole(folder: Path, _: Path) -> Predict:
    """Train on a frame of all rows."""
    import lightgbm  # noqa: PLC0415 - each way pays for its own

    table = pd.concat([pd.read_parquet(part) for part in parts(folder)], ignore_index=True)
    data = lightgbm.Dataset(table.drop(columns=LABEL), table[LABEL])
    return lightgbm.train(_LIGHTGBM, data, TREES).predict


def lightgbm_in_parts(folder: Path, _: Path) -> Predict:
    """Train on the files one by one, of which a byte a cell is kept."""
    import lightgbm  # noqa: PLC0415 - each way pays for its own
    import pyarrow.parquet as pq  # noqa: PLC0415 - each way pays for its own

    class Part(lightgbm.Sequence):
        """The rows of one file, which is read when the first of them is asked for."""

        batch_size = 100_000
        held: tuple[Path, np.ndarray] | None = None

        def __init__(self, path: Path) -> None:
            self._path, self._rows = path, pq.read_metadata(path).num_rows

        def __len__(self) -> int:
            return self._rows

        def __getitem__(self, places: Any) -> np.ndarray:  # noqa: ANN401 - as LightGBM has it
            if Part.held is None or Part.held[0] != self._path:
                Part.held = None
                values = pd.read_parquet(self._path).drop(columns=LABEL).to_numpy(np.float64)
                Part.held = self._path, values
            return Part.held[1][places]

    labels = np.concatenate([pd.read_parquet(part, columns=[LABEL])[LABEL].to_numpy() for part in parts(folder)])
    data = lightgbm.Dataset([Part(part) for part in parts(folder)], labels, params=_LIGHTGBM)
    return lightgbm.train(_LIGHTGBM, data, TREES).predict


def xgboost_in_parts(folder: Path, _: Path) -> Predict:
    """Train on quantiles of the files, which are read several times."""
    import xgboost  # noqa: PLC0415 - each way pays for its own

    data = xgboost.QuantileDMatrix(_files(folder, None), max_bin=BINS, nthread=THREADS)
    return _predict(xgboost.train(_XGBOOST, data, TREES))


def xgboost_on_disk(folder: Path, scratch: Path) -> Predict:
    """Train on quantiles of the files that are kept on the disk."""
    import xgboost  # noqa: PLC0415 - each way pays for its own

    data = xgboost.ExtMemQuantileDMatrix(_files(folder, scratch), max_bin=BINS, nthread=THREADS)
    return _predict(xgboost.train(_XGBOOST, data, TREES))


def lightgbm_on_dask(folder: Path, _: Path) -> Predict:
    """Train by Dask's own estimator, on two processes."""
    import dask.dataframe  # noqa: PLC0415 - each way pays for its own
    import lightgbm  # noqa: PLC0415 - each way pays for its own
    from distributed import Client, LocalCluster  # noqa: PLC0415 - each way pays for its own

    with LocalCluster(n_workers=2, threads_per_worker=1, memory_limit=0) as cluster, Client(cluster) as client:
        # Read before it is divided: else the label's column, read alone, comes in other partitions than the rest.
        table = dask.dataframe.read_parquet([str(part) for part in parts(folder)]).persist()
        columns = [name for name in table.columns if name != LABEL]
        model = lightgbm.DaskLGBMClassifier(
            client=client,
            n_estimators=TREES,
            num_leaves=LEAVES,
            max_bin=BINS,
            min_child_weight=LEAST_WEIGHT,
            learning_rate=0.1,
            verbose=-1,
        )
        local = model.fit(table[columns], table[LABEL]).to_local()
    return lambda rows: local.predict_proba(rows)[:, 1]


WAYS: Mapping[str, Callable[[Path, Path], Predict]] = {
    "LightGBM": lightgbm_whole,
    "LightGBM, in parts": lightgbm_in_parts,
    "XGBoost, in parts": xgboost_in_parts,
    "XGBoost, on disk": xgboost_on_disk,
    "Dask": lightgbm_on_dask,
}


def _files(folder: Path, cache: Path | None) -> Any:  # noqa: ANN401 - XGBoost is imported where it is used
    import xgboost  # noqa: PLC0415 - each way pays for its own

    class Files(xgboost.DataIter):
        """The files, one after the other."""

        def __init__(self) -> None:
            super().__init__(cache_prefix=None if cache is None else str(cache / "pages"))
            self._left = iter(parts(folder))

        def next(self, input_data: Any) -> bool:  # noqa: ANN401 - as XGBoost has it
            part = next(self._left, None)
            if part is None:
                return False
            table = pd.read_parquet(part)
            input_data(data=table.drop(columns=LABEL), label=table[LABEL])
            return True

        def reset(self) -> None:
            self._left = iter(parts(folder))

    return Files()


def _predict(booster: Any) -> Predict:  # noqa: ANN401 - XGBoost is imported where it is used
    return booster.inplace_predict


def main() -> None:
    """Train by one way, and print what it took and how good it is."""
    from sklearn.metrics import average_precision_score  # noqa: PLC0415 - the other interpreter has it

    way, folder, scratch = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    started = time.perf_counter()
    predict = WAYS[way](folder, scratch)
    seconds = time.perf_counter() - started
    test = pd.read_parquet(folder / TEST)
    precision = average_precision_score(test[LABEL], predict(test.drop(columns=LABEL)))
    print(json.dumps({"seconds": round(seconds, 1), "precision": round(float(precision), 4)}))


if __name__ == "__main__":
    main()
