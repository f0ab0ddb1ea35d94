"""Labels of a part's rows, by the labels that a sample of all rows has."""

import numpy as np
import pandas as pd

from functions.core.errors import TargetError
from functions.core.ingest.distinct import Distinct, distinct, is_missing, missing_texts
from functions.core.ingest.written_times import ZERO_DATES
from functions.core.parts.parsed_texts import as_parsed
from functions.core.parts.part_reading import PartReading, ReadingTarget
from functions.core.roles.label_words import spell
from functions.core.roles.target import refuse_missing
from functions.core.wording import named, quoted


def read_labels(values: pd.Series, reading: PartReading, first_row: int) -> pd.Series:
    """Return which of n rows are fraud, as int8; those without a label are left out where the settings say so.

    Raises:
        TargetError: a row has no label, or one that no row of the sample has; the message names it.
    """
    target, name = reading.target, reading.source.name
    column = distinct(as_parsed(values, target.raw, reading.source.decimal), first_row)
    missing = _missing(column, target)
    spelt = [None if each in missing else spell(each) for each in column.texts]
    strange = np.array([each is not None and each not in target.labels for each in spelt], dtype=bool)
    if strange.any():
        known = named([quoted(each) for each in target.labels])
        raise TargetError(
            f"{name} has another label in the target {quoted(target.name)} than the {known} of the rows that were "
            f"looked at first: {column.example(strange)}; correct it, or name another column (FRAUDFLOW_TARGET)."
        )
    codes = np.array([np.nan if each is None else target.labels[each] for each in spelt], dtype=np.float64)
    labels = pd.Series(column.spread(codes), index=values.index, name=target.name)
    if target.drop_unlabelled:
        labels = labels[labels.notna()]
    refuse_missing(labels.set_axis(labels.index + first_row), target.name, name)
    return labels.astype(np.int8)


def _missing(column: Distinct, target: ReadingTarget) -> frozenset[str]:
    form = target.form
    if form.kind == "text":
        return missing_texts(column) | set(form.missing)
    return frozenset(each for each in column.texts if is_missing(each) or each in ZERO_DATES)
