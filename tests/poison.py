"""Files in the place of a model's that would leave a mark if anything of them were run."""

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer


class Bomb:
    """Leaves its mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Path]]:
        return Path.touch, (self._mark,)


def array(mark: Path) -> bytes:
    """Make an array file that numpy would unpickle."""
    file = io.BytesIO()
    np.save(file, np.array([Bomb(mark)], dtype=object), allow_pickle=True)
    return file.getvalue()


def _pickle(mark: Path) -> bytes:
    return pickle.dumps(Bomb(mark))


def _pickle_inside(mark: Path) -> bytes:
    """Swap each array of a good model, in its zip, for one that holds a pickle."""
    X = np.arange(8.0).reshape(-1, 1)
    good = zipfile.ZipFile(io.BytesIO(skops.io.dumps(LogisticRegression().fit(X, [0, 1] * 4))))
    forged = io.BytesIO()
    with zipfile.ZipFile(forged, "w") as file:
        for name in good.namelist():
            file.writestr(name, array(mark) if name.endswith(".npy") else good.read(name))
    return forged.getvalue()


def _stranger(_: Path) -> bytes:
    return skops.io.dumps(FunctionTransformer(os.system))


def _no_model(_: Path) -> bytes:
    return skops.io.dumps({"threshold": 0.5})


# Each with what the refusal says.
POISONS: MappingProxyType[str, tuple[Callable[[Path], bytes], str]] = MappingProxyType(
    {
        "a pickle": (_pickle, "is not a zip file"),
        "a pickle inside": (_pickle_inside, "Object arrays cannot be loaded"),
        "a type that is not trusted": (_stranger, "types that are not trusted: posix.system"),
        "no model": (_no_model, "it is no model, but of the type dict"),
    }
)
