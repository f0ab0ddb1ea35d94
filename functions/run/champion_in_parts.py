"""The champion's scores of test rows in parts: each part is scored where its rows are, and none of them twice."""

import io
from collections.abc import Sequence

import pandas as pd

from functions.contracts import ChampionInParts, Execution
from functions.core.data.table_parts import PartOfTable
from functions.core.data.tables import LabelledTable
from functions.core.errors import UploadNotFoundError
from functions.core.histories.table_histories import without_histories
from functions.core.training.persistence import CANNOT_SCORE
from functions.ports import Champion, Tracking
from functions.run.champion import SEEN_ROWS, OnTest, champion_model
from functions.run.dependencies import RunFiles

_PARQUET, _BYTES = "application/vnd.apache.parquet", "application/octet-stream"


def keep_champion(
    tracking: Tracking, champion: Champion, threshold: float, files: RunFiles, execution: Execution
) -> ChampionInParts | None:
    """Keep the champion among the run's files, for the states that score parts; None when its own are gone."""
    model, seen = tracking.model_bytes(champion), tracking.artifact(champion.run_id, SEEN_ROWS)
    if model is None:
        return None
    return ChampionInParts(
        model_uri=files.write(execution, "champion/model.skops", model, _BYTES),
        seen_uri=None if seen is None else files.write(execution, f"champion/{SEEN_ROWS}", seen, _BYTES),
        threshold=threshold,
    )


def score_part(kept: ChampionInParts, files: RunFiles, uri: str, test: LabelledTable, *, threads: int) -> None:
    """Score the test rows of a part's file by the champion; where it can't, RegisterModel finds out why."""
    seen = None if kept.seen_uri is None else files.read(kept.seen_uri)
    try:
        model = champion_model(files.read(kept.model_uri), threads=threads)
        found = OnTest.of(model, seen, without_histories(test))
    except CANNOT_SCORE:
        return
    files.store.write_in_background(_uri(kept, uri), found.table().to_parquet(index=False), _PARQUET)


def read_scores_of_parts(kept: ChampionInParts, files: RunFiles, test: Sequence[PartOfTable]) -> OnTest | None:
    """Return the scores of all parts, in their order; None where one has none."""
    uris = [_uri(kept, part.uri) for part in test]
    files.prefetch(uris)
    try:
        table = pd.concat([pd.read_parquet(io.BytesIO(files.read(uri))) for uri in uris], ignore_index=True)
    except UploadNotFoundError:
        return None
    return OnTest.of_table(table, kept.threshold)


def _uri(kept: ChampionInParts, part: str) -> str:
    # Beside the model: a run that is redriven from a later state finds them.
    return f"{kept.model_uri.rpartition('/')[0]}/scores/{part.rpartition('/')[2]}"
