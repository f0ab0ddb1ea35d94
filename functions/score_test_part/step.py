"""Score the test rows of one part of a large table by each candidate and by the champion."""

import pandas as pd

from functions.contracts import PartScored, ScoreTestPartInput
from functions.core.training.table_scores import scores_by_name
from functions.run.candidate_models import candidate_uris, load_candidates
from functions.run.champion_in_parts import score_part
from functions.run.dependencies import ScoringDependencies
from functions.run.scores_of_parts import scores_uri
from functions.run.split_parts import SplitParts


def inputs(event: ScoreTestPartInput) -> list[str]:
    """Return the files that this step reads, in its order: the rows arrive while the models are loaded."""
    return [event.model.uri, *candidate_uris(event.model)]


def run(event: ScoreTestPartInput, dependencies: ScoringDependencies) -> PartScored:
    """Score a part's test rows; a part may have none, where the latest rows are tested on."""
    files, champion = dependencies.files, event.drift.champion_in_parts
    loaded = load_candidates(event.model, files, dependencies.cores)
    uri = SplitParts(files.store, event.parts).table_uri("test", event.number)
    table = files.read_table(uri)
    scores = scores_by_name(loaded.models, table.X)
    if champion is not None and len(table.y):
        score_part(champion, files, uri, table, threads=dependencies.cores)
    body = pd.DataFrame(scores).to_parquet(index=False)
    files.store.write_in_background(
        scores_uri(files, event.execution, event.number), body, "application/vnd.apache.parquet"
    )
    return PartScored(number=event.number, rows=len(table.y))
