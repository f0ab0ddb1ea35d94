"""Ask the model what it relies on."""

from dataclasses import asdict
from typing import Any

from functions.contracts import ExplainModelInput, Explanation
from functions.core.importances import permutation_importances
from functions.core.persistence import load_model
from functions.core.tables import from_parquet
from functions.core.threads import use_threads
from functions.services import ScoringServices


def run(event: ExplainModelInput, services: ScoringServices) -> Explanation:
    """Explain: the part of the model that has not seen validation is asked, on validation."""
    files, validation = services.files, event.splits.uris["validation"]
    model: Any = load_model(files.read(event.model.chosen.uri, then=[validation]))
    use_threads(model, services.cores)
    rows = from_parquet(files.read(validation))
    found = permutation_importances(model.before_validation(), rows.X, rows.y, seed=event.settings.seed)
    return Explanation(uri=files.write_json(event.execution, "importances.json", [asdict(each) for each in found]))
