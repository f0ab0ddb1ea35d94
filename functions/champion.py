"""What the champion makes of a new run's test rows: beside the training, so that nobody waits for it afterwards."""

import io
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.contracts import ChampionScores, Execution
from functions.core.bootstrap import Scored
from functions.core.rows import hash_rows_by_name
from functions.core.tables import LabelledTable
from functions.services import RunFiles

FILE = "champion_scores.parquet"


@dataclass(frozen=True)
class OnTest:
    """The champion's scores of n test rows, and which of them it was not trained on (n,); None when nobody knows."""

    scored: Scored
    unseen: NDArray[np.bool_] | None

    @classmethod
    def of(cls, model: Any, seen: bytes | None, test: LabelledTable) -> Self:  # noqa: ANN401 - scikit-learn has no type
        """Let the champion score.

        Args:
            model: as it was registered.
            seen: the hashes of the rows that it was trained on, as an array in NumPy's format.
            test: the rows.

        Raises:
            Exception: one of ``persistence.CANNOT_SCORE``, when it can't.
        """
        scores = np.asarray(model.predict_proba(test.X)[:, 1], dtype=np.float64)
        unseen = None
        if seen is not None:
            unseen = ~np.isin(hash_rows_by_name(test.X), np.load(io.BytesIO(seen), allow_pickle=False))
        return cls(Scored(scores, float(model.threshold)), unseen)

    @classmethod
    def read(cls, files: RunFiles, kept: ChampionScores) -> Self:
        """Read what ``keep`` has written."""
        table = pd.read_parquet(io.BytesIO(files.read(kept.uri)))
        unseen = table["unseen"].to_numpy() if "unseen" in table else None
        return cls(Scored(table["score"].to_numpy(), kept.threshold), unseen)

    def keep(self, files: RunFiles, execution: Execution) -> ChampionScores:
        """Write it for the state that compares."""
        table = pd.DataFrame({"score": self.scored.scores})
        if self.unseen is not None:
            table["unseen"] = self.unseen
        uri = files.write_parquet(execution, FILE, table.to_parquet(index=False))
        return ChampionScores(uri=uri, threshold=self.scored.threshold)
