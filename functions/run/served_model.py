"""A registered version that is ready to score, with what its decisions cost."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from functions.core.errors import UnreadableModelError
from functions.core.evaluation.costs import Costs
from functions.core.scoring.scorer import Scorer, compile_model
from functions.core.training.persistence import load_model
from functions.core.training.threads import use_threads
from functions.ports import Champion, Tracking

# Of runs that did not say.
DEFAULTS = Costs()


@dataclass(frozen=True)
class ServedModel:
    """A registered version, compiled.

    Attributes:
        version: which one.
        scorer: the compiled model.
        costs: of a missed fraud and of a false alarm.
        fraud_cost_column: the column with the cost of missing a fraud, where there is one.
        example: a row as its users' files write it.
    """

    version: Champion
    scorer: Scorer
    costs: Costs
    fraud_cost_column: str | None
    example: Mapping[str, object]


def load(tracking: Tracking, version: Champion, *, threads: int = 1) -> ServedModel:
    """Load and compile a registered version.

    Args:
        tracking: where it is registered.
        version: which one.
        threads: to score with; of one row, a second thread costs more than it saves.

    Raises:
        UnreadableModelError: when its files are gone or can't be read.
        UntrustedModelError: when its file holds types that are not trusted.
    """
    stored = tracking.model_bytes(version)
    if stored is None:
        raise UnreadableModelError(f"The files of '{version.name}' version {version.version} are gone from MLflow.")
    model = load_model(stored)
    use_threads(model, threads)
    scorer = compile_model(model)
    params = tracking.params(version.run_id)
    return ServedModel(
        version=version,
        scorer=scorer,
        costs=Costs(
            missed_fraud=float(params.get("cost_missed_fraud", DEFAULTS.missed_fraud)),
            false_alarm=float(params.get("cost_false_alarm", DEFAULTS.false_alarm)),
        ),
        fraud_cost_column=params.get("cost_missed_fraud_column"),
        example=_example(tracking.input_example(version), scorer),
    )


def _example(rows: pd.DataFrame | None, scorer: Scorer) -> dict[str, object]:
    """Return the first row that a version was logged with; without any, a row of missing values.

    History columns are not in it: callers send none.
    """
    if rows is None or rows.empty:
        return dict.fromkeys(column.name for column in scorer.asked)
    row = rows.astype(object).iloc[0]
    past = {column.name for column in scorer.columns if column.past}
    return {str(name): None if pd.isna(value) else value for name, value in row.items() if name not in past}
