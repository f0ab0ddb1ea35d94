"""Model serialisation in skops' format: no pickle, and only the trusted types listed here."""

import re
import sys
import zlib
from zipfile import ZIP_DEFLATED, BadZipFile

import skops.io
from sklearn.base import BaseEstimator
from skops.io.exceptions import UntrustedTypesFoundException

from functions.core.errors import UnreadableModelError, UntrustedModelError
from functions.core.training import extras
from functions.core.wording import named

# Types in our models beyond those that skops trusts by default. None of these runs code that a file could name: they
# are data, functions of arrays, and estimators of such. Boosters and trees are parsed by compiled code: a forged one
# could at worst crash the process that loads it.
TRUSTED_TYPES = (
    "collections.OrderedDict",  # LightGBM's record of its scores on evaluation sets
    "functions.core.features.entity_history.History",
    "functions.core.features.maker.FeatureMaker",
    "functions.core.training.anomaly.AnomalyClassifier",
    "functions.core.training.blending.Blend",
    "functions.core.training.boosting.FocalLightGBM",
    "functions.core.training.calibration.SigmoidCalibrator",
    "functions.core.training.catboost_trees.CatBoostTrees",  # its trees are parsed by CatBoost
    "functions.core.training.crossfit.CrossFitted",
    "functions.core.training.flagging.FlaggingClassifier",
    "functions.core.training.raw_input.RawInputClassifier",
    "lightgbm.basic.Booster",  # loaded from LightGBM's text format
    "lightgbm.sklearn.LGBMClassifier",
    "numpy.asarray",  # makes an array of a frame
    "numpy.clip",  # bounds numbers before they are squared
    "numpy.dtype",  # which an imputer remembers
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",  # arrays of nodes
    "sklearn.model_selection._split.StratifiedKFold",  # how an encoder cuts its folds
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",  # Adam's state
    "sklearn.tree._tree.Tree",  # an isolation forest's arrays of nodes
    "sklearn.utils._bunch.Bunch",  # in which a VotingClassifier names its members
    "xgboost.core.Booster",  # loaded from XGBoost's binary JSON format
    "xgboost.sklearn.XGBClassifier",
)
# The same classes by their paths in release 0.1 (functions/core/aliases).
ALIASES = (
    "functions.core.anomaly.AnomalyClassifier",
    "functions.core.blending.Blend",
    "functions.core.boosting.FocalLightGBM",
    "functions.core.calibration.SigmoidCalibrator",
    "functions.core.crossfit.CrossFitted",
    "functions.core.features.FeatureMaker",
    "functions.core.flagging.FlaggingClassifier",
    "functions.core.history.History",
)
_LOADED = (*TRUSTED_TYPES, *ALIASES)


# Exceptions of a damaged or forged file, a class that has moved or a library that can't be loaded; skops has no error
# of its own for these.
_UNREADABLE = (
    *(BadZipFile, zlib.error, EOFError, OSError),
    *(ImportError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
)
# Exceptions of a champion that can't score: its file can't be read, it needs other columns, or it is an estimator that
# was never one of ours.
CANNOT_SCORE = (UntrustedModelError, UnreadableModelError, ValueError, TypeError, LookupError, AttributeError)


# A set, list or tuple of texts, as Python prints it.
_TEXTS = re.compile(r"[{\[(](['\"][^{}\[\]()]*['\"]),?[}\])]")
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")


def reason(error: Exception) -> str:
    """Return the first line of a library's error message, with the first few of the names that it lists."""
    line = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
    return _TEXTS.sub(lambda found: named(sorted(_TEXT.findall(found[1]))), line)


def dump_model(model: BaseEstimator) -> bytes:
    """Serialise a fitted model.

    Raises:
        UntrustedModelError: when the model holds a type that ``load_model`` would refuse, so that it fails when it is
            saved, not when it is needed.
    """
    # The schema is verbose JSON: the fastest compression shrinks it to a fifth or less, in no more time.
    data: bytes = skops.io.dumps(model, compression=ZIP_DEFLATED, compresslevel=1)
    _refuse_untrusted(data)
    return data


def load_model(data: bytes) -> BaseEstimator:
    """Load a model that ``dump_model`` wrote.

    Raises:
        UntrustedModelError: when the bytes hold a type that is in neither list; none of their code is run.
        UnreadableModelError: when they are no model that this version of the libraries can read.
    """
    try:
        model = skops.io.loads(data, trusted=list(_LOADED))
    except UntrustedTypesFoundException:
        _refuse_untrusted(data)
        raise
    except _unreadable() as error:
        if isinstance(error, ImportError) and (lacking := extras.missing(error)):
            raise UnreadableModelError(f"The model can't be read, as {lacking}.") from error
        reason = str(error).strip().partition("\n")[0]
        raise UnreadableModelError(f"The model can't be read ({type(error).__name__}: {reason}).") from error
    if not isinstance(model, BaseEstimator):
        raise UnreadableModelError(f"The model can't be read (it is no model, but of the type {type(model).__name__}).")
    return model


def _unreadable() -> tuple[type[Exception], ...]:
    """Return the exceptions of an unreadable file; LightGBM's only if it is loaded, as importing it takes seconds."""
    lightgbm = sys.modules.get("lightgbm.basic")
    return _UNREADABLE if lightgbm is None else (*_UNREADABLE, lightgbm.LightGBMError)


def _refuse_untrusted(data: bytes) -> None:
    unknown = sorted(set(skops.io.get_untrusted_types(data=data)) - set(_LOADED))
    if unknown:
        raise UntrustedModelError(f"The model holds types that are not trusted: {', '.join(unknown)}.")
