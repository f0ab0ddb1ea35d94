"""Preprocessing compiled to array operations: what scikit-learn's fitted steps compute, without their checks."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, RobustScaler, StandardScaler, TargetEncoder

from functions.core.evaluation import contributions
from functions.core.scoring.model_parts import UnknownPartError
from functions.core.scoring.prepared_rows import PreparedRows, Vocabulary
from functions.core.training.calibration import Floats

type Step = Callable[[Floats], Floats]
type Key = tuple[Hashable, ...] | None

_FUNCTIONS = (np.arcsinh, np.log)


@dataclass(frozen=True, slots=True)
class NumberPiece:
    """Columns of the matrix, and the step that encodes them."""

    places: NDArray[np.intp]
    step: Step

    def encode(self, rows: PreparedRows) -> Floats:
        """Return the encoded columns (n, q)."""
        return self.step(rows.matrix.take(self.places, axis=1))


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Columns of texts, each with what each code is encoded as (codes, q)."""

    tables: Mapping[str, Floats]

    def encode(self, rows: PreparedRows) -> Floats:
        """Return the encoded columns (n, q)."""
        return np.concatenate([table[rows.codes(name)] for name, table in self.tables.items()], axis=1)


@dataclass(frozen=True, slots=True)
class Encoder:
    """A compiled preprocessor; two of the same ``key`` encode alike."""

    pieces: Sequence[NumberPiece | TextPiece]
    key: Hashable | None

    def encode(self, rows: PreparedRows) -> Floats:
        """Return the encoded rows (n, q)."""
        if self.key is None:
            return self._joined(rows)
        if self.key not in rows.encoded:
            rows.encoded[self.key] = self._joined(rows)
        return rows.encoded[self.key]

    def _joined(self, rows: PreparedRows) -> Floats:
        pieces = [each.encode(rows) for each in self.pieces]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)


def is_known(preprocess: ColumnTransformer) -> bool:
    """Return whether the preprocessor's columns can be told apart."""
    try:
        return bool(list(_steps(preprocess)))
    except UnknownPartError:
        return False


def texts_of(preprocess: ColumnTransformer) -> Iterator[tuple[str, list[str]]]:
    """Yield each column of texts with those that its encoder knows.

    Raises:
        UnknownPartError: when a step's columns are not one after the other's.
    """
    for transformer, columns, _ in _steps(preprocess):
        if _is_of_texts(transformer):
            for name, known in zip(columns, _first(transformer).categories_, strict=True):
                yield name, [each for each in known if isinstance(each, str)]


def numbers_of(preprocess: ColumnTransformer) -> Iterator[str]:
    """Yield the columns of numbers that it takes; raises as ``texts_of``."""
    for transformer, columns, _ in _steps(preprocess):
        if not _is_of_texts(transformer):
            yield from columns


def compile_encoder(
    preprocess: ColumnTransformer, places: Mapping[str, int], vocabularies: Mapping[str, Vocabulary]
) -> Encoder:
    """Compile a fitted preprocessor.

    Args:
        preprocess: the preprocessor.
        places: of the columns of numbers in the matrix.
        vocabularies: of the columns of texts.

    Raises:
        UnknownPartError: when it has a step that is not known.
    """
    pieces: list[NumberPiece | TextPiece] = []
    alike: list[Hashable] = []
    is_alike = True
    for transformer, columns, sources in _steps(preprocess):
        if _is_of_texts(transformer):
            pieces.append(TextPiece(_tables(transformer, {name: vocabularies[name] for name in columns}, sources)))
            is_alike = False
            continue
        at = np.array([places[name] for name in columns], dtype=np.intp)
        step, key = _compile(transformer)
        pieces.append(NumberPiece(at, step))
        alike.append((key, at.tobytes()))
        is_alike = is_alike and key is not None
    return Encoder(pieces, tuple(alike) if is_alike else None)


def _steps(preprocess: ColumnTransformer) -> Iterator[tuple[Any, list[str], list[str]]]:
    """Yield the steps that make columns, in the order of these, with the columns that each takes and their sources."""
    sources = contributions.sources(preprocess)
    end = 0
    for name, step, columns in preprocess.transformers_:
        made = preprocess.output_indices_[name]
        if made.start == made.stop:
            continue
        if made.start != end:
            raise UnknownPartError
        end = made.stop
        yield step, list(columns), sources[made]
    if end != len(sources):
        raise UnknownPartError


def _first(transformer: Any) -> Any:  # noqa: ANN401 - scikit-learn has no type
    return transformer.steps[0][1] if isinstance(transformer, Pipeline) else transformer


def _is_of_texts(transformer: Any) -> bool:  # noqa: ANN401 - as above
    return isinstance(_first(transformer), OneHotEncoder | TargetEncoder)


def _tables(
    transformer: Any,  # noqa: ANN401 - as above
    known: Mapping[str, Vocabulary],
    sources: Sequence[str],
) -> dict[str, Floats]:
    """Encode each text of the vocabularies by the encoder itself."""
    longest = max(len(each) for each in known.values()) + 1
    unseen = "unseen"
    while any(unseen in each for each in known.values()):
        unseen += "_"
    frame = {}
    for name, each in known.items():
        texts = np.full(longest, unseen, dtype=object)
        for text, code in each.items():
            texts[code] = text
        frame[name] = pd.array(texts, dtype="str")
    encoded = np.asarray(transformer.transform(pd.DataFrame(frame)), dtype=np.float64)
    places = {name: [place for place, source in enumerate(sources) if source == name] for name in known}
    return {name: np.ascontiguousarray(encoded[: len(each) + 1, places[name]]) for name, each in known.items()}


def _compile(step: Any) -> tuple[Step, Key]:  # noqa: ANN401, PLR0911 - as above; one for each class
    """Return what a fitted step of numbers does; its key is None where that depends on what it was fitted to."""
    if isinstance(step, Pipeline):
        return _chained([_compile(each) for _, each in step.steps])
    if isinstance(step, FunctionTransformer):
        return _function(step)
    if isinstance(step, FeatureUnion) and step.transformer_weights is None:
        made = [_compile(each)[0] for _, each in step.transformer_list]
        return (lambda rows: np.concatenate([each(rows) for each in made], axis=1)), None
    if (
        isinstance(step, SimpleImputer)
        and not step.add_indicator
        and not np.isnan(step.statistics_.astype(float)).any()
    ):
        filled = step.statistics_.astype(np.float64)
        return (lambda rows: np.where(np.isnan(rows), filled, rows)), None
    if isinstance(step, MissingIndicator):
        marked = np.asarray(step.features_, dtype=np.intp)
        return (lambda rows: np.isnan(rows.take(marked, axis=1)).astype(np.float64)), None
    if isinstance(step, StandardScaler):
        return _scaled(step.mean_ if step.with_mean else None, step.scale_ if step.with_std else None), None
    if isinstance(step, RobustScaler):
        return _scaled(step.center_ if step.with_centering else None, step.scale_ if step.with_scaling else None), None
    raise UnknownPartError


def _same(rows: Floats) -> Floats:
    return rows


def _chained(steps: Sequence[tuple[Step, Key]]) -> tuple[Step, Key]:
    """Return one step after the other, without those that do nothing."""
    doing = [step for step, _ in steps if step is not _same]
    keys = [key for _, key in steps if key is not None]

    def chained(rows: Floats) -> Floats:
        for step in doing:
            rows = step(rows)
        return rows

    return chained if doing else _same, tuple(keys) if len(keys) == len(steps) else None


def _function(step: FunctionTransformer) -> tuple[Step, Key]:
    function, named = step.func, step.kw_args or {}
    # Without a function it is what "passthrough" has become.
    if function in {None, np.asarray} and not named:
        return _same, ()
    if function is np.clip and set(named) == {"a_min", "a_max"}:
        low, high = named["a_min"], named["a_max"]
        # For one row, ``numpy.clip`` takes several times as long.
        return (lambda rows: np.minimum(np.maximum(rows, low), high)), (low, high)
    if function in _FUNCTIONS and not named:
        return function, (function.__name__,)
    raise UnknownPartError


def _scaled(center: Floats | None, scale: Floats | None) -> Step:
    if center is None:
        return _same if scale is None else (lambda rows: rows / scale)
    return (lambda rows: rows - center) if scale is None else (lambda rows: (rows - center) / scale)
