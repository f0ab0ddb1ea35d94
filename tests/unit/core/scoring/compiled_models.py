"""Tables of each kind, and small models of each candidate that are trained on them, as they are registered."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from functions.core.data.tables import Kind, LabelledTable, Role
from functions.core.features.plan import FeatureSettings
from functions.core.histories.history_candidates import NamedColumns
from functions.core.histories.history_definitions import Definitions
from functions.core.histories.planning import plan_histories
from functions.core.histories.table_histories import table_plan, with_histories
from functions.core.ingest.spelling import ColumnFormat
from functions.core.training.algorithms import Parameter
from functions.core.training.blending import Blend
from functions.core.training.calibration import SigmoidCalibrator
from functions.core.training.crossfit import CrossFitted
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.imbalance import Imbalance
from functions.core.training.models import train
from functions.core.training.raw_input import RawInputClassifier
from tests.old_makers import old_training

KEY = b"of a home that is none"
_FEW: Mapping[str, Mapping[str, Parameter]] = {
    "lightgbm": {"n_estimators": 25},
    "xgboost": {"n_estimators": 25},
    "catboost": {"iterations": 25},
    "hist_gradient_boosting": {"max_iter": 25},
    "isolation_forest": {"n_estimators": 10, "max_samples": 256},
    "mlp": {"max_iter": 3},
}


def numbers(rows: int, seed: int) -> LabelledTable:
    """Make numbers only, as in the public set."""
    random = np.random.default_rng(seed)
    X = pd.DataFrame(random.normal(size=(rows, 8)), columns=[f"v{place}" for place in range(8)])
    X["amount"] = np.exp(random.normal(3, 2, rows))
    return _labelled(X, X["v1"] + X["v2"] * X["v3"], random)


def gaps(rows: int, seed: int) -> LabelledTable:
    """Make numbers and booleans many of which are missing, huge ones and a column that has a gap in few rows."""
    table = numbers(rows, seed)
    random = np.random.default_rng(seed)
    X = table.X.assign(yes=random.choice([0.0, 1.0, np.nan], rows), no=random.choice([0.0, 1.0], rows))
    X = X.mask(pd.DataFrame(random.random(X.shape) < [*[0.2] * 8, 0.0, 0.0, 0.0], columns=X.columns))
    X.loc[random.random(rows) < 0.01, "v2"] = 1e35
    kinds: dict[str, Kind] = {name: "boolean" if name in {"yes", "no"} else "numeric" for name in map(str, X)}
    return LabelledTable(X, table.y, kinds)


def texts(rows: int, seed: int) -> LabelledTable:
    """Make texts of few and of many levels, missing ones too, beside numbers."""
    random = np.random.default_rng(seed)
    X = pd.DataFrame({"v": random.normal(size=rows)})
    X["channel"] = pd.array(random.choice(["web", "app", "shop", None], rows), dtype="str")
    X["city"] = pd.array([f"city {number}" for number in random.zipf(1.3, rows) % 300], dtype="str")
    X["rare"] = pd.array(np.where(random.random(rows) < 0.02, "seldom", "often"), dtype="str")
    return _labelled(X, X["v"] + 2 * (X["channel"] == "web") + (X["city"] == "city 1"), random)


def entities(rows: int, seed: int) -> LabelledTable:
    """Make cards with a history, times, amounts and balances."""
    random = np.random.default_rng(seed)
    paid = 1.7e9 + np.sort(random.uniform(0, 30 * 86_400, rows))
    X = pd.DataFrame({"paid": paid, "signup": paid - random.uniform(0, 1e8, rows)})
    cards = random.integers(0, 60, rows)
    X["card"] = pd.array([None if card == 0 else f"h:{card:016x}" for card in cards], dtype="str")
    X["amount"] = np.round(np.exp(random.normal(3, 1, rows)), 2)
    X["before"] = np.round(random.uniform(0, 500, rows), 2)
    X["after"] = np.where(random.random(rows) < 0.7, X["before"] - X["amount"], X["before"])
    X.loc[random.random(rows) < 0.03, "paid"] = np.nan
    X.loc[random.random(rows) < 0.03, "amount"] = np.nan
    roles: dict[str, Role] = {"paid": "time", "signup": "time", "card": "entity", "amount": "amount"}
    made = _labelled(X, (cards < 10) * 2 + np.log(X["amount"].fillna(1)), random)
    return LabelledTable(made.X, made.y, made.kinds, roles)


TABLES = {"numbers": numbers, "gaps": gaps, "texts": texts, "entities": entities}


def with_past(rows: int, seed: int) -> LabelledTable:
    """Make cards and what each did in the day before, as a run does that has definitions of histories."""
    table = entities(rows, seed)
    definitions = Definitions(("1h", "1d"), ("count", "mean", "since_last", "ratio"))
    plan = plan_histories(definitions, table.X, table.roles, NamedColumns()).plan
    assert plan is not None
    return with_histories(table, plan)[0]


def _labelled(X: pd.DataFrame, odds: Any, random: np.random.Generator) -> LabelledTable:  # noqa: ANN401 - numbers
    noisy = np.asarray(odds, dtype=np.float64) + random.normal(0, 0.5, len(X))
    y = pd.Series((noisy > np.quantile(noisy, 0.85)).astype(np.int8), name="fraud")
    kinds: dict[str, Kind] = {
        str(name): "categorical" if isinstance(X[name].dtype, pd.StringDtype) else "numeric" for name in X
    }
    return LabelledTable(X, y, kinds)


def formats(table: LabelledTable) -> dict[str, dict[str, Any]]:
    """Return how the columns would be written in a file, which has no history columns."""
    written: dict[Kind, ColumnFormat] = {
        "numeric": ColumnFormat("numeric"),
        "boolean": ColumnFormat("boolean"),
        "categorical": ColumnFormat("text"),
    }
    plan = table_plan(table)
    past = () if plan is None else plan.names
    return {name: asdict(written[kind]) for name, kind in table.kinds.items() if name not in past}


def cross_fitted(table: LabelledTable, algorithm: str, imbalance: Imbalance = "auto") -> CrossFitted:
    """Train two pipelines on halves of the rows, and calibrate their mean."""
    half = len(table.y) // 2
    # A model that knows cards, and has no columns of what they did, is one of an earlier release.
    as_then = old_training() if "entity" in table.roles.values() and not table.histories else nullcontext()
    with as_then:
        members = [
            train(
                part.X,
                part.y,
                algorithm=algorithm,
                kinds=table.kinds,
                seed=1,
                imbalance=imbalance,
                features=FeatureSettings(roles=dict(table.roles)),
                params=_FEW.get(algorithm),
            )
            for part in (table.part(0, half), table.part(half, None))
        ]
    scores = np.mean([member.predict_proba(table.X)[:, 1] for member in members], axis=0)
    return CrossFitted(members, SigmoidCalibrator().fit(scores, table.y))


def blend(members: Mapping[str, CrossFitted], table: LabelledTable) -> Blend:
    """Blend models by fixed weights."""
    weights = {name: (place + 1) / sum(range(len(members) + 1)) for place, name in enumerate(members)}
    made = Blend(members, weights, SigmoidCalibrator())
    made.calibrator.slope_, made.calibrator.intercept_ = 1.0, 0.0
    made.calibrator = SigmoidCalibrator().fit(made.predict_proba(table.X)[:, 1], table.y)
    return made


def registered(scoring: Any, table: LabelledTable) -> RawInputClassifier:  # noqa: ANN401 - scikit-learn has no type
    """Return a model as it is registered."""
    return RawInputClassifier(FlaggingClassifier(scoring, 0.3), formats(table), table.histories or None)
