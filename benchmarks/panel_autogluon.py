"""AutoGluon on the rows of the panel, in an environment of its own: its pins and ours exclude each other.

    uv venv .autogluon --python 3.13
    uv pip install --python .autogluon/bin/python "autogluon.tabular[lightgbm,catboost,xgboost]"
    .venv/bin/python benchmarks/panel.py tables/*.csv --autogluon .autogluon/bin/python

The other interpreter runs this very file, and reads and writes Parquet.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

LABEL = "label"
_TRAIN, _TEST, _SCORES = "train.parquet", "test.parquet", "scores.parquet"


def autogluon(
    python: Path, known: tuple[pd.DataFrame, pd.Series], asked: pd.DataFrame, *, seconds: float
) -> tuple[np.ndarray, float]:
    """Fit AutoGluon to rows for so many seconds, by the clock; return scores of others (n,) and the seconds it took."""
    X, y = known
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        X.assign(**{LABEL: y.to_numpy()}).to_parquet(folder / _TRAIN)
        asked.to_parquet(folder / _TEST)
        started = time.monotonic()
        command = [str(python), __file__, str(folder), f"{seconds:.0f}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        took = time.monotonic() - started
        return pd.read_parquet(folder / _SCORES)["score"].to_numpy(), took


def _fit(folder: Path, seconds: float) -> None:
    """Run in the other environment: fit, score and write the scores."""
    from autogluon.tabular import TabularPredictor  # noqa: PLC0415 - only that environment has it

    predictor = TabularPredictor(LABEL, eval_metric="average_precision", path=str(folder / "models"), verbosity=0)
    predictor.fit(pd.read_parquet(folder / _TRAIN), time_limit=seconds)
    scores = predictor.predict_proba(pd.read_parquet(folder / _TEST))[1]
    pd.DataFrame({"score": np.asarray(scores, dtype=np.float64)}).to_parquet(folder / _SCORES)


if __name__ == "__main__":
    _fit(Path(sys.argv[1]), float(sys.argv[2]))
