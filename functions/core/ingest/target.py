"""Resolution of the target column and of the label that means fraud."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from functions.core.errors import TargetError, TooFewFraudsError
from functions.core.wording import counted, named, quoted, row_number

MIN_ROWS_OF_A_CLASS = 10
_POSITIVE = {
    *("1", "true", "yes", "y", "t", "fraud", "fraudulent", "fraudster", "positive", "pos", "bad", "suspicious"),
    *("anomaly", "anomalous", "illegitimate", "illicit", "is_fraud", "isfraud", "chargeback", "scam"),
}
_NEGATIVE = {
    *("0", "-1", "false", "no", "n", "f", "legit", "legitimate", "genuine", "negative", "neg", "good", "normal"),
    *("nonfraud", "non-fraud", "non_fraud", "not fraud", "not_fraud", "no fraud", "valid", "licit", "ok", "clean"),
}

_TERSE = {"1", "0", "-1", "t", "f", "y", "n"}


@dataclass(frozen=True)
class Target:
    """The resolved target: ``y`` (n,) is int8 with 1 for fraud, in the frame's order, named as the column.

    ``labels`` maps each label of the file, stripped, to 0 or 1; ``explanation`` says all of it in one sentence.
    """

    column: str
    y: pd.Series
    labels: Mapping[str, int]
    positive_label: str
    explanation: str


def resolve_target(frame: pd.DataFrame, *, target: str | None, positive_label: str | None, name: str) -> Target:
    """Return the target with its two labels mapped to 0 and 1.

    The target is the last column unless one is named. Labels are compared without case and surrounding space. The
    positive one is the configured one, or the one that says so (1, true, yes, fraud, ...), or the one whose opposite
    says so (0, false, no, legit, ...), or the rarer one.

    Args:
        frame: n rows as read.
        target: the column's name, or None for the last.
        positive_label: the label that means fraud, or None to recognise it.
        name: what messages call the file.

    Raises:
        TargetError: the column is missing, constant, has missing values or more than two labels, or does not hold
            the configured positive label.
        TooFewFraudsError: fewer than ``MIN_ROWS_OF_A_CLASS`` rows are fraud, or are not.
    """
    column = find_target(frame, target=target, name=name)
    labels = _labels(frame[column])
    _refuse_missing(labels, column, name)
    counts = labels.value_counts()
    _refuse_not_binary(counts, column, name)
    positive, reason = _positive(counts, positive_label, column, name)
    y = (labels == positive).astype(np.int8).rename(column)
    _refuse_too_few(y, positive, column, name)
    which = "the column" if target else "the last column"
    return Target(
        column=column,
        y=y,
        labels={str(label): int(label == positive) for label in counts.index},
        positive_label=positive,
        explanation=f"The target is {which} {quoted(column)}, where {quoted(positive)} is fraud{reason}.",
    )


def find_target(frame: pd.DataFrame, *, target: str | None, name: str) -> str:
    """Return the name of the target column: the last one unless one is named.

    Raises:
        TargetError: there is no column of that name; the message lists those with a similar one.
    """
    columns = [str(column) for column in frame.columns]
    wanted = target.strip() if target else columns[-1]
    if wanted in columns:
        return wanted
    close = difflib.get_close_matches(wanted.lower(), [column.lower() for column in columns], n=3)
    alike = [quoted(column) for column in columns if column.lower() in close]
    hint = f"did you mean {' or '.join(alike)}?" if alike else f"its columns are {named([quoted(c) for c in columns])}."
    raise TargetError(f"{name} has no target column {quoted(wanted)}; {hint}")


def _labels(column: pd.Series) -> pd.Series:
    """Spell labels as people do, one spelling each: 1.0 is '1', True is 'true'; missing stays missing."""
    spelling = {value: _spell(value) for value in column.dropna().unique()}
    return column.map(spelling)


def _spell(value: object) -> str:
    text = str(value).strip().casefold()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else text


def _refuse_missing(labels: pd.Series, column: str, name: str) -> None:
    missing = np.flatnonzero(labels.isna() | (labels == ""))
    if len(missing):
        rows = named([f"{row_number(row):,}" for row in missing])
        raise TargetError(
            f"{name} has {len(missing):,} missing values in the target {quoted(column)}, in row {rows}; "
            "label those rows or remove them."
        )


def _refuse_not_binary(counts: pd.Series, column: str, name: str) -> None:
    if len(counts) == 1:
        raise TargetError(
            f"{name} has the single value {quoted(counts.index[0])} in the target {quoted(column)}; "
            "training needs frauds and legitimate rows."
        )
    if len(counts) > 2:  # noqa: PLR2004 - fraud or not
        shown = named([f"{quoted(label)} ({counted(count, 'row')})" for label, count in counts.items()])
        raise TargetError(
            f"{name} has {len(counts):,} classes in the target {quoted(column)}: {shown}; "
            "it must have two, so name another column or merge classes."
        )


def _positive(counts: pd.Series, wanted: str | None, column: str, name: str) -> tuple[str, str]:
    found = [str(label) for label in counts.index]
    if wanted is not None:
        label = _spell(wanted)
        if label not in found:
            raise TargetError(
                f"{name} has no label {quoted(wanted)} in the target {quoted(column)}; "
                f"its labels are {named([quoted(each) for each in found])}."
            )
        return label, ", as configured"
    sure = [label for label in found if label in _POSITIVE]
    opposites = [label for label in found if label in _NEGATIVE]
    # 1 and 2, or f and m, say nothing: a terse label counts only beside its opposite.
    if sure and (opposites or sure[0] not in _TERSE) and len(sure) == 1:
        return sure[0], ""
    if len(opposites) == 1 and opposites[0] not in _TERSE:
        positive = found[1 - found.index(opposites[0])]
        return positive, f", since {quoted(opposites[0])} is not"
    rarer = min(found, key=lambda label: (int(counts[label]), label))
    return rarer, f", taken so because it is rarer ({counts[rarer]:,} of {counted(int(counts.sum()), 'row')})"


def _refuse_too_few(y: pd.Series, positive: str, column: str, name: str) -> None:
    frauds = int(y.sum())
    fewest, what = min((frauds, "fraud"), (len(y) - frauds, "legitimate row"))
    if fewest < MIN_ROWS_OF_A_CLASS:
        raise TooFewFraudsError(
            f"{name} has {counted(fewest, what)} in {counted(len(y), 'row')} "
            f"({quoted(positive)} in {quoted(column)} is fraud), and at least {MIN_ROWS_OF_A_CLASS} are needed to "
            "train, validate and test; add labelled rows."
        )
