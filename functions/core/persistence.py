"""Models as bytes, in skops' format: no pickle, and only types that are named here."""

from zipfile import BadZipFile

import skops.io
from sklearn.base import BaseEstimator

from functions.core.errors import UnreadableModelError, UntrustedModelError

# Our models hold these beyond what skops trusts by itself: Adam's state, the dtype that an imputer remembers, and the
# dictionary in which a VotingClassifier names its members.
TRUSTED_TYPES = (
    "numpy.dtype",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.utils._bunch.Bunch",
)


def dump_model(model: BaseEstimator) -> bytes:
    """Serialise a fitted model.

    Raises:
        UntrustedModelError: when the model holds a type that ``load_model`` would refuse, so that this shows when a
            model is saved and not when it is needed.
    """
    data: bytes = skops.io.dumps(model)
    _refuse_untrusted(data)
    return data


def load_model(data: bytes) -> BaseEstimator:
    """Load what ``dump_model`` wrote.

    Raises:
        UntrustedModelError: when the bytes hold a type that is not in ``TRUSTED_TYPES``; nothing of them is run.
        UnreadableModelError: when they are no model that this version of the libraries can read.
    """
    try:
        _refuse_untrusted(data)
        return skops.io.loads(data, trusted=list(TRUSTED_TYPES))
    # What a damaged file or a class that has moved raises; skops has no error of its own for it.
    except (BadZipFile, ImportError, AttributeError, LookupError, TypeError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UnreadableModelError(f"The model can't be read ({type(error).__name__}: {reason}).") from error


def _refuse_untrusted(data: bytes) -> None:
    unknown = sorted(set(skops.io.get_untrusted_types(data=data)) - set(TRUSTED_TYPES))
    if unknown:
        raise UntrustedModelError(f"The model holds types that are not trusted: {', '.join(unknown)}.")
