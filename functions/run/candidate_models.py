"""The models of a run that score its test rows: the one that will be registered, and each candidate."""

from typing import Any, NamedTuple

from functions.contracts import Candidate, TrainedModel
from functions.core.training.blending import Blend
from functions.core.training.persistence import load_model
from functions.core.training.raw_input import without_reading
from functions.core.training.threads import use_threads
from functions.run.dependencies import RunFiles


class CandidateModels(NamedTuple):
    """The threshold of the model that will be registered, and each candidate's model by its name."""

    threshold: float
    models: dict[str, Any]


def candidate_uris(trained: TrainedModel) -> list[str]:
    """Return the files of models that ``load_candidates`` reads beside the model that will be registered."""
    return [each.uri for each in _others(trained)]


def load_candidates(trained: TrainedModel, files: RunFiles, cores: int) -> CandidateModels:
    """Load the threshold from the model that will be registered, and each candidate once: members by their ensemble."""
    threshold, registered = load_registered(trained, files)
    loaded = _with_members(trained.algorithm, registered)
    for candidate in _others(trained):
        loaded = _with_members(candidate.algorithm, load_model(files.read(candidate.uri))) | loaded
    for model in loaded.values():
        use_threads(model, cores)
    return CandidateModels(threshold, {each.algorithm: loaded[each.algorithm] for each in trained.candidates})


def load_registered(trained: TrainedModel, files: RunFiles) -> tuple[float, Any]:
    """Load the threshold of the model that will be registered, and what scores in it."""
    registered = without_reading(load_model(files.read(trained.uri)))
    return float(registered.threshold), registered.scorer


def _with_members(name: str, model: Any) -> dict[str, Any]:  # noqa: ANN401 - scikit-learn has no type for a model
    return {name: model, **(model.members if isinstance(model, Blend) else {})}


def _others(trained: TrainedModel) -> list[Candidate]:
    """Return the candidates that neither the chosen model nor the ensemble contains."""
    within = {trained.algorithm, *(name for each in trained.candidates for name in each.blended)}
    return [each for each in trained.candidates if each.algorithm not in within]
