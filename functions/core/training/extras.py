"""Optional libraries, and the check that those which the settings need are installed."""

from collections.abc import Collection, Iterator, Mapping
from importlib.util import find_spec
from types import MappingProxyType

from functions.core.errors import InvalidSettingsError

# By the name that each is imported under.
TITLES: Mapping[str, str] = MappingProxyType(
    {
        "catboost": "CatBoost",
        "distributed": "Dask's distributed",
        "imblearn": "imbalanced-learn",
        "optuna": "Optuna",
        "xgboost": "XGBoost",
    }
)
# Candidates by the name of their library.
_CANDIDATES = ("xgboost", "catboost")
_RESAMPLED = ("undersampling", "smote")


def require(*, candidates: Collection[str], imbalance: str, search_trials: int) -> None:
    """Check that the libraries that these settings ask for are installed.

    Raises:
        InvalidSettingsError: naming each setting, the library that it needs, and the command that installs it.
    """
    lacking = [
        f"{setting} needs {TITLES[library]}, which is not installed"
        for setting, library in _asked(candidates, imbalance, search_trials)
        if not is_installed(library)
    ]
    if lacking:
        raise InvalidSettingsError(f"{'; '.join(lacking)}: run `make extras`, or do without.")


def is_installed(library: str) -> bool:
    """Return whether a library can be imported, without the seconds that importing it takes."""
    return find_spec(library) is not None


def missing(error: ImportError) -> str | None:
    """Return the sentence for a library of these that could not be imported, if it is one of them."""
    title = TITLES.get((error.name or "").partition(".")[0])
    return title and f"{title} is not installed: run `make extras`"


def _asked(candidates: Collection[str], imbalance: str, search_trials: int) -> Iterator[tuple[str, str]]:
    for name in _CANDIDATES:
        if name in candidates:
            yield f"The candidate {name}", name
    if imbalance in _RESAMPLED:
        yield f"imbalance = {imbalance}", "imblearn"
    if search_trials:
        yield f"search_trials = {search_trials}", "optuna"
