"""Data validation: canonical column types, and every fault reported at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from functions.core.data.tables import Kind, LabelledTable
from functions.core.errors import EmptyColumnError, InfiniteValuesError, InvalidDatasetError, raise_for_faults
from functions.core.ingest.reading import RawTable, Source
from functions.core.ingest.target import Target, find_target, resolve_target
from functions.core.wording import named, quoted, row_number

# Texts that stand for a missing number, beyond those that pandas knows; in lower case.
PLACEHOLDERS = frozenset({"?", "-", "--", ".", "\\n", "unknown", "missing", "nil", "undefined", "not available"})
_MAX_NOTES = 20


@dataclass(frozen=True)
class CheckedTable:
    """Checked data: ``table`` holds float64 for numeric and boolean features, text for categorical ones, NaN = missing.

    Its target is int8, 1 for fraud. Rows are the file's, in its order.
    """

    table: LabelledTable
    target: Target
    source: Source


@dataclass(frozen=True)
class _Feature:
    data: pd.Series
    kind: Kind
    note: str | None = None


def check(raw: RawTable, *, target: str | None = None, positive_label: str | None = None) -> CheckedTable:
    """Check a raw table and convert its columns to canonical types.

    A column of numbers is numeric, of true and false boolean, anything else categorical. Texts are stripped, empty
    ones are missing. A column whose only texts among numbers are placeholders ("?", "unknown") is numeric; one that
    mixes numbers with other texts is categorical, and ``source.notes`` says so.

    Args:
        raw: what ``read_table`` returned: n rows.
        target: the target's column, or None for the last.
        positive_label: the label that means fraud, or None to recognise it.

    Raises:
        TargetError: see ``resolve_target``.
        TooFewFraudsError: see ``resolve_target``.
        EmptyColumnError: a feature has no value at all.
        InfiniteValuesError: a numeric feature holds infinities.
        InvalidDatasetError: several of these at once; the message has one sentence for each.
    """
    faults: list[InvalidDatasetError] = []
    name = raw.source.name
    resolved = _collect(
        faults, lambda: resolve_target(raw.frame, target=target, positive_label=positive_label, name=name)
    )
    column = _collect([], lambda: find_target(raw.frame, target=target, name=name))
    features = {str(each): _canonical(values) for each, values in raw.frame.items() if each != column}
    faults += _feature_faults(features, name)
    raise_for_faults(faults)
    if resolved is None:
        raise AssertionError("a target that is not resolved is a fault")
    table = LabelledTable(
        X=pd.DataFrame({each: feature.data for each, feature in features.items()}, copy=False),
        y=resolved.y,
        kinds={each: feature.kind for each, feature in features.items()},
    )
    return CheckedTable(table, resolved, _with_notes(raw.source, features))


def _collect[T](faults: list[InvalidDatasetError], attempt: Callable[[], T]) -> T | None:
    try:
        return attempt()
    except InvalidDatasetError as fault:
        faults.append(fault)
        return None


def _canonical(raw_values: pd.Series) -> _Feature:
    dtype = raw_values.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return _Feature(raw_values.astype(np.float64), "boolean")
    if pd.api.types.is_numeric_dtype(dtype):
        return _Feature(raw_values.astype(np.float64), "numeric")
    present = raw_values.dropna()
    if pd.api.types.is_object_dtype(dtype) and present.map(lambda value: isinstance(value, bool)).all():
        return _Feature(raw_values.astype(np.float64), "boolean" if len(present) else "numeric")
    return _canonical_text(raw_values)


def _canonical_text(raw_values: pd.Series) -> _Feature:
    # Texts repeat: each distinct one is parsed once, and the results are indexed by row. Each pandas operation has an
    # overhead that adds up over hundreds of columns.
    codes, written = pd.factorize(raw_values.astype("str"))
    stripped = [each.strip() for each in written.to_numpy(dtype=object).tolist()]
    distinct = [each for each in dict.fromkeys(stripped) if each]
    numbers = pd.to_numeric(np.array(distinct, dtype=object), errors="coerce").astype(np.float64)
    others = [text for text, other in zip(distinct, np.isnan(numbers).tolist(), strict=True) if other]
    if all(each.lower() in PLACEHOLDERS for each in others):
        known = {"": np.nan, **dict(zip(distinct, numbers, strict=True))}
        found = np.array([*(known[each] for each in stripped), np.nan])  # the last is for a code of -1: missing
        values = pd.Series(found[codes], index=raw_values.index, name=raw_values.name)
        return _Feature(values, "numeric", _placeholder_note(others))
    array = pd.array(np.array([each or None for each in stripped], dtype=object), dtype="str")
    texts = pd.Series(array.take(codes, allow_fill=True), index=raw_values.index, name=raw_values.name)
    return _Feature(texts, "categorical", _mixed_note(texts, distinct, others))


def _placeholder_note(others: Sequence[str]) -> str | None:
    return f"{named([quoted(text) for text in others])} taken for missing" if len(others) else None


def _mixed_note(texts: pd.Series, distinct: Sequence[str], others: Sequence[str]) -> str | None:
    if len(others) == len(distinct):
        return None
    is_other = texts.isin(others).to_numpy()
    first = int(np.flatnonzero(is_other)[0])
    return (
        f"read as text, since {is_other.sum():,} of its {texts.notna().sum():,} values are not numbers, "
        f"the first being {quoted(texts.iloc[first])} in row {row_number(first):,}"
    )


def _feature_faults(features: Mapping[str, _Feature], name: str) -> list[InvalidDatasetError]:
    faults: list[InvalidDatasetError] = []
    empty = [quoted(column) for column, feature in features.items() if feature.data.isna().all()]
    if empty:
        faults.append(EmptyColumnError(f"{name} has no value at all in column {named(empty)}; fill or remove it."))
    infinite = [
        found
        for column, feature in features.items()
        if feature.kind == "numeric" and (found := _infinities(column, feature.data))
    ]
    if infinite:
        faults.append(
            InfiniteValuesError(f"{name} has infinite values in {named(infinite)}; correct them or leave them empty.")
        )
    return faults


def _infinities(column: str, values: pd.Series) -> str | None:
    rows = np.flatnonzero(np.isinf(values.to_numpy()))
    if not len(rows):
        return None
    return f"column {quoted(column)} ({len(rows):,}, the first in row {row_number(rows[0]):,})"


def _with_notes(source: Source, features: Mapping[str, _Feature]) -> Source:
    notes = [f"Column {quoted(column)}: {feature.note}." for column, feature in features.items() if feature.note]
    if len(notes) > _MAX_NOTES:
        notes = [*notes[:_MAX_NOTES], f"The same holds for {len(notes) - _MAX_NOTES:,} more columns."]
    return replace(source, notes=(*source.notes, *notes))
