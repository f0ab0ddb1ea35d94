"""Champion artifacts that a run reads, and the champion's scores of its test rows."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from functions.contracts import ChampionScores, Execution, UnreadableRecordError
from functions.contracts.records import check_format
from functions.core.data.frames import Frame
from functions.core.data.rows import contained, hash_rows_by_name
from functions.core.data.tables import LabelledTable
from functions.core.drift import another_table, compare_columns, is_another_table, lacking
from functions.core.drift.reference import ReferenceProfile
from functions.core.errors import UnreadableModelError
from functions.core.evaluation.curves import ReliabilityBin
from functions.core.evaluation.scored import Scored
from functions.core.histories.table_histories import without_histories
from functions.core.training.persistence import load_model, reason
from functions.core.training.raw_input import without_reading
from functions.core.training.table_scores import fraud_scores
from functions.core.training.threads import use_threads
from functions.ports import Champion, Tracking
from functions.run.champion_past import ChampionPast
from functions.run.dependencies import RunFiles

FILE = "champion_scores.parquet"
# Files of the champion's run, kept as its artifacts.
REFERENCE = "reference.json"
REFERENCE_SAMPLE = "reference_sample.parquet"
SEEN_ROWS = "seen_rows.npy"
EVALUATION = "evaluation.json"

_RELIABILITY = TypeAdapter(tuple[ReliabilityBin, ...])


@dataclass(frozen=True)
class LoadedChampion:
    """A champion's model, which takes features as LoadData writes them, and the document of its histories' plan."""

    model: Any
    histories: Mapping[str, Any] | None = None


def load(tracking: Tracking, champion: Champion, *, threads: int) -> LoadedChampion | None:
    """Load the champion, to score by so many threads; None when its files are gone.

    Raises:
        Exception: one of ``persistence.CANNOT_SCORE``, when it can't be loaded.
    """
    stored = tracking.model_bytes(champion)
    if stored is None:
        return None
    registered = load_model(stored)
    return LoadedChampion(_scoring(registered, threads), getattr(registered, "histories", None))


def champion_model(stored: bytes, *, threads: int) -> Any:  # noqa: ANN401 - scikit-learn has no type
    """Load a champion's model from its bytes, as ``load`` does."""
    return _scoring(load_model(stored), threads)


def _scoring(registered: Any, threads: int) -> Any:  # noqa: ANN401 - scikit-learn has no type
    model = without_reading(registered)
    use_threads(model, threads)
    return model


def reference(tracking: Tracking, champion: Champion) -> ReferenceProfile | str:
    """Return the profile of the champion's training data, or the reason why it can't be read."""
    stored = tracking.artifact(champion.run_id, REFERENCE)
    which = f"The reference profile of '{champion.name}' version {champion.version}"
    if stored is None:
        return f"{which} is gone from MLflow."
    try:
        check_format(stored, which, known=ReferenceProfile.model_fields["schema_version"].default)
        return ReferenceProfile.model_validate_json(stored, extra="ignore")
    except UnreadableRecordError as error:
        return str(error)
    except ValidationError:
        return f"{which} is of a format that this version can't read; the next champion's will be readable."


def reference_rows(tracking: Tracking, champion: Champion) -> pd.DataFrame | str:
    """Read a sample of the rows that the champion was trained on, or return why there is none."""
    stored = tracking.artifact(champion.run_id, REFERENCE_SAMPLE)
    if stored is None:
        return "The champion keeps no sample of its rows, so columns were compared one by one only."
    try:
        return pd.read_parquet(io.BytesIO(stored))
    except (ValueError, OSError):  # pyarrow's own errors are of these
        return "The champion's sample of its rows can't be read, so columns were compared one by one only."


def reliability(tracking: Tracking, champion: Champion) -> tuple[ReliabilityBin, ...]:
    """Return the reliability diagram of a version's test split; empty where it is gone or can't be read."""
    stored = tracking.artifact(champion.run_id, EVALUATION)
    try:
        return () if stored is None else _RELIABILITY.validate_python(json.loads(stored)["curves"]["reliability"])
    except (ValueError, LookupError, TypeError):  # pydantic's and json's are of these
        return ()


def _read_seen(stored: bytes) -> NDArray[Any]:
    """Return the hashes of the rows that the champion was trained on.

    Raises:
        UnreadableModelError: when they can't be read: to take all rows for unseen would flatter it.
    """
    try:
        seen = np.load(io.BytesIO(stored), allow_pickle=False)
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        raise UnreadableModelError(f"which rows it was trained on can't be read from its {SEEN_ROWS}") from error
    if not isinstance(seen, np.ndarray) or seen.dtype != np.uint64:
        raise UnreadableModelError(f"which rows it was trained on can't be read from its {SEEN_ROWS}")
    return seen


def why_not(
    tracking: Tracking, champion: Champion, past: ChampionPast, rows: LabelledTable[Frame], error: Exception
) -> str:
    """Return why a champion could not score rows of a run, without a full stop: most often it is their columns."""
    if past.lacking:
        return past.lacking
    profile = reference(tracking, champion)
    if isinstance(profile, str):
        return reason(error)
    schema = compare_columns(past.profile(profile), past.rows(rows).X, rows.file_roles)
    said = another_table(schema) if is_another_table(schema) else lacking(schema)
    return (said or reason(error)).rstrip(".")


@dataclass(frozen=True)
class OnTest:
    """The champion's scores of n test rows, and which of them it was not trained on (n,); None when nobody knows."""

    scored: Scored
    unseen: NDArray[np.bool_] | None

    @classmethod
    def ask(
        cls,
        tracking: Tracking,
        champion: Champion,
        model: Any,  # noqa: ANN401 - scikit-learn has no type
        test: LabelledTable[Frame],
        past: ChampionPast,
    ) -> Self:
        """Score test rows by the champion's loaded ``model``; its run names the rows that it was trained on.

        Raises:
            Exception: one of ``persistence.CANNOT_SCORE``, when it can't.
        """
        return cls.of(model, tracking.artifact(champion.run_id, SEEN_ROWS), past.rows(test))

    @classmethod
    def of(cls, model: Any, seen: bytes | None, rows: LabelledTable[Frame]) -> Self:  # noqa: ANN401 - see above
        """Score rows as the champion is given them; ``seen`` is its file of the rows that it was trained on.

        Raises:
            Exception: one of ``persistence.CANNOT_SCORE``, when it can't.
        """
        scores, unseen = fraud_scores(model, rows.X), None
        if seen is not None:
            unseen = ~contained(hash_rows_by_name(without_histories(rows).X), _read_seen(seen))
        return cls(Scored(scores, float(model.threshold)), unseen)

    @classmethod
    def read(cls, files: RunFiles, kept: ChampionScores) -> Self:
        """Read what ``keep`` has written."""
        return cls.of_table(pd.read_parquet(io.BytesIO(files.read(kept.uri))), kept.threshold)

    def keep(self, files: RunFiles, execution: Execution) -> ChampionScores:
        """Write it for the state that compares."""
        uri = files.write_parquet(execution, FILE, self.table().to_parquet(index=False))
        return ChampionScores(uri=uri, threshold=self.scored.threshold)

    @classmethod
    def of_table(cls, table: pd.DataFrame, threshold: float) -> Self:
        """Return what ``table`` has laid out, of a champion with this threshold."""
        unseen = table["unseen"].to_numpy() if "unseen" in table else None
        return cls(Scored(table["score"].to_numpy(), threshold), unseen)

    def table(self) -> pd.DataFrame:
        """Lay it out: a row for each test row."""
        table = pd.DataFrame({"score": self.scored.scores})
        return table if self.unseen is None else table.assign(unseen=self.unseen)
