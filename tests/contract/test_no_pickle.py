"""Nothing that we ship unpickles: whoever can write to a bucket would run what they like.

One module lets LocalStack do it, of a file in LocalStack's own installation.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import ROOT

SHIPPED = ("functions", "infra", "serving", "guard/fraudflow_guard", "localstack/fraudflow_localstack")
PICKLERS = {"cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}
# LocalStack's functions that write and read its index of AWS services, a pickle, and the setting that says where it is.
INDEX = {"build_service_index_cache", "load_service_index_cache", "static_libs"}
INDEX_MODULE = ROOT / "localstack/fraudflow_localstack/patches/service_catalog.py"
FILES = sorted(file for folder in SHIPPED for file in (ROOT / folder).rglob("*.py"))


def unpickling(source: str) -> list[str]:
    """Name what may unpickle: an import of a pickler, a reader of pickles, ``np.load`` unless it is told not to."""
    return [found for node in ast.walk(ast.parse(source)) for found in _found(node)]


def _found(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names if each.name.partition(".")[0] in PICKLERS)
    elif isinstance(node, ast.ImportFrom):
        if (node.module or "").partition(".")[0] in PICKLERS or INDEX & {each.name for each in node.names}:
            yield node.module or ""
    elif isinstance(node, ast.Attribute) and node.attr in {"read_pickle", *INDEX}:
        yield node.attr
    elif isinstance(node, ast.Call):
        told = {each.arg: ast.unparse(each.value) for each in node.keywords}
        loads = ast.unparse(node.func) in {"np.load", "numpy.load"}
        if told.get("allow_pickle", "True" if loads else "False") != "False":
            yield ast.unparse(node)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(Path(file).relative_to(ROOT)))
def test_nothing_is_unpickled(file: Path) -> None:
    found = set(unpickling(file.read_text("utf-8")))
    assert found == ({"build_service_index_cache", "static_libs"} if file == INDEX_MODULE else set())


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "from joblib.numpy_pickle import load",
        "def f(): import cloudpickle as c",
        "np.load(file)",
        "numpy.load(file, allow_pickle=True)",
        "np.load(file, allow_pickle=trusted)",
        "pandas.read_pickle(file)",
        "config.dirs.static_libs = folder",
        "from localstack.aws.spec import load_service_index_cache",
    ],
)
def test_what_may_unpickle_would_be_found(source: str) -> None:
    assert unpickling(source)
