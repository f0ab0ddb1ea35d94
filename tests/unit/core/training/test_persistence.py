import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.dummy import DummyClassifier
from sklearn.preprocessing import FunctionTransformer
from xgboost import XGBClassifier

from functions.core.data.tables import Kind
from functions.core.errors import UnreadableModelError, UntrustedModelError
from functions.core.features.plan import FeatureSettings
from functions.core.training.algorithms import ALGORITHMS
from functions.core.training.blending import Blend
from functions.core.training.boosting import FocalLightGBM
from functions.core.training.calibration import SigmoidCalibrator
from functions.core.training.crossfit import CrossFitted
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.imbalance import Imbalance
from functions.core.training.models import train
from functions.core.training.persistence import TRUSTED_TYPES, dump_model, load_model
from functions.core.training.raw_input import RawInputClassifier
from tests import poison
from tests.old_makers import old_training


class Stranger(DummyClassifier):
    """A type that nobody has vouched for."""


def test_a_loaded_model_scores_and_decides_as_the_trained_one() -> None:
    rng = np.random.default_rng(0)
    y = pd.Series(np.arange(300) % 10 == 0, dtype="int8")
    X = pd.DataFrame({"amount": rng.normal(size=300) + y, "flag": (rng.random(300) < 0.5).astype(float)})
    X["shop"] = pd.Series(rng.choice(["a", "b"], 300), dtype="str")
    X.loc[::9, ["amount", "flag", "shop"]] = np.nan
    pipeline = train(
        X, y, algorithm="mlp", kinds={"amount": "numeric", "flag": "boolean", "shop": "categorical"}, seed=1
    )
    model = FlaggingClassifier(pipeline, 0.2)
    loaded = load_model(dump_model(model))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_a_type_that_is_not_trusted_is_refused_by_name() -> None:
    with pytest.raises(UntrustedModelError, match="Stranger"):
        dump_model(Stranger())
    with pytest.raises(UntrustedModelError, match="Stranger"):
        load_model(skops.io.dumps(Stranger()))


def test_a_function_that_could_run_anything_is_refused() -> None:
    with pytest.raises(UntrustedModelError, match="system"):
        load_model(skops.io.dumps(FunctionTransformer(os.system)))


def test_a_function_in_a_parameter_of_a_trusted_type_is_refused() -> None:
    with pytest.raises(UntrustedModelError, match="system"):
        load_model(skops.io.dumps(XGBClassifier(objective=os.system)))
    with pytest.raises(UntrustedModelError, match="Stranger"):
        load_model(skops.io.dumps(FocalLightGBM(Stranger())))


@pytest.mark.parametrize("kind", poison.POISONS)
def test_a_poisoned_file_is_refused_and_nothing_of_it_is_run(kind: str, tmp_path: Path) -> None:
    make, refusal = poison.POISONS[kind]
    with pytest.raises((UntrustedModelError, UnreadableModelError), match=refusal):
        load_model(make(tmp_path / "mark"))
    assert not (tmp_path / "mark").exists()


def test_the_poison_would_be_seen(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(poison.Bomb(tmp_path / "pickle")))  # noqa: S301 - our own
    np.load(io.BytesIO(poison.array(tmp_path / "array")), allow_pickle=True)
    assert {path.name for path in tmp_path.iterdir()} == {"pickle", "array"}


def test_a_locked_or_damaged_archive_is_unreadable() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("schema.json", "{}" * 100)
    locked, damaged = bytearray(data.getvalue()), bytearray(data.getvalue())
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(header) + flags] |= 1
    damaged[30 + len("schema.json")] = 0xFF
    for wrong in (locked, damaged):
        with pytest.raises(UnreadableModelError, match=r"can't be read"):
            load_model(bytes(wrong))


def test_every_trusted_type_is_held_by_some_candidate() -> None:
    rng = np.random.default_rng(0)
    y = pd.Series(np.arange(60) % 6 == 0, dtype="int8")
    X = pd.DataFrame({"amount": rng.normal(size=60) + y, "card": rng.integers(0, 9, 60), "time": np.arange(60.0)})
    kinds: dict[str, Kind] = dict.fromkeys(map(str, X), "numeric")
    features = FeatureSettings(entity="card", time="time")
    made: list[tuple[str, Imbalance]] = [*((name, "auto") for name in ALGORITHMS), ("lightgbm", "focal_loss")]
    # One type is held by models of earlier releases alone: the history of entities.
    with old_training():
        models = [
            train(X, y, algorithm=algorithm, kinds=kinds, seed=1, imbalance=imbalance, features=features)
            for algorithm, imbalance in made
        ]
    calibrator = SigmoidCalibrator().fit(models[0].predict_proba(X)[:, 1], y)
    members = {f"{number}": CrossFitted([model], calibrator) for number, model in enumerate(models)}
    blend = Blend(members, dict.fromkeys(members, 1 / len(members)), calibrator)
    registered = RawInputClassifier(FlaggingClassifier(blend, 0.5), {})
    held = set(skops.io.get_untrusted_types(data=skops.io.dumps(registered)))
    assert held == set(TRUSTED_TYPES)


def test_a_library_that_can_not_be_loaded_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(skops.io, "loads", fail)
    with pytest.raises(UnreadableModelError, match="libgomp"):
        load_model(b"any")
