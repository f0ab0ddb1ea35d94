"""Labels of the target, and the one of them that means fraud."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from functions.core.errors import TargetError, TooFewFraudsError, UndecidedError
from functions.core.roles.label_words import positive_of, signed, spell
from functions.core.roles.name_words import says_genuine
from functions.core.roles.target_choice import TargetChoice
from functions.core.wording import counted, named, quoted

MIN_ROWS_OF_A_CLASS = 10
# Classes that a message may list: of more, or of long ones, it might list people or cards.
_FEW_CLASSES = 10
_PLAIN = re.compile(r"(?!.*@)(?!(.*\d){12}).{1,20}")
_GUESSED = " This column is a guess: FRAUDFLOW_TARGET names another."


@dataclass(frozen=True)
class Target:
    """The resolved target: ``y`` (m,) is int8 with 1 for fraud, named as the column, of the rows that have a label.

    Its index holds their places in the frame. ``labels`` maps each label of the file, stripped, to 0 or 1.
    ``explanation`` says all of it in one sentence, ``reason`` why it is this column, ``guess`` whether either is one.
    """

    column: str
    y: pd.Series
    labels: Mapping[str, int]
    positive_label: str
    explanation: str
    reason: str
    guess: bool


def resolve_target(  # noqa: PLR0913 - all but two are settings or what messages say
    values: pd.Series,
    choice: TargetChoice,
    *,
    positive_label: str | None,
    name: str,
    drop_unlabelled: bool = False,
    first_row: int = 2,
    may_be_few: bool = False,
) -> Target:
    """Return the target with its two labels mapped to 0 and 1.

    Labels are compared without case and surrounding space. The positive one is the configured one, or the one that says
    so (1, true, yes, fraud, ...), or the one whose opposite says so (0, false, no, legit, ...), or the rarer one.

    Args:
        values: of the target's column as read (n,).
        choice: the column, and why it is the target.
        positive_label: the label that means fraud, or None to recognise it.
        name: what messages call the file.
        drop_unlabelled: whether rows without a label are left out, and not refused.
        first_row: the number that messages have for the first row.
        may_be_few: whether the rows are a sample, in which either class may be rare.

    Raises:
        TargetError: the column is constant, has missing values or more than two labels, or does not hold the configured
            positive label.
        UndecidedError: the labels are -1 and 1, or more than half of the rows would be fraud.
        TooFewFraudsError: fewer than ``MIN_ROWS_OF_A_CLASS`` rows are fraud, or are not.
    """
    column = choice.column
    labels = _labels(values)
    if drop_unlabelled and labels.notna().any():
        labels = labels[labels.notna()]
    numbered = labels.set_axis(labels.index + first_row)
    refuse_missing(numbered, column, name)
    counts = labels.value_counts()
    _refuse_not_binary(numbered, counts, column, name)
    positive, reason, guess = _positive(counts, positive_label, column, name)
    y = (labels == positive).astype(np.int8).rename(column)
    if not may_be_few:
        refuse_too_few(len(y), int(y.sum()), positive=positive, column=column, name=name)
    which = f"last column {quoted(column)}" if choice.last else f"column {quoted(column)}"
    because = "" if choice.last or choice.reason == "as configured" else f" ({choice.reason})"
    return Target(
        column=column,
        y=y,
        labels={str(label): int(label == positive) for label in counts.index},
        positive_label=positive,
        explanation=f"The target is the {which}{because}, where {quoted(positive)} is fraud{reason}."
        f"{_GUESSED if choice.guess else ''}",
        reason=f"{choice.reason}; {quoted(positive)} is fraud{reason}",
        guess=choice.guess or guess,
    )


def _labels(column: pd.Series) -> pd.Series:
    """Spell labels as people do, one spelling each: 1.0 is '1', True is 'true'; missing stays missing."""
    spelling = {value: spell(value) for value in column.dropna().unique()}
    labels = column.map(spelling)
    return labels.mask(labels == "")


def refuse_missing(labels: pd.Series, column: str, name: str) -> None:
    """Refuse labels (n,) that are missing; they are indexed by the numbers of their rows.

    Raises:
        TargetError: naming the rows.
    """
    missing = labels.index[labels.isna()]
    if len(missing):
        rows = named([f"{row:,}" for row in missing])
        raise TargetError(
            f"{name} has {counted(len(missing), 'missing value')} in the target {quoted(column)}, in row {rows}; "
            "label those rows, remove them, or leave them out (FRAUDFLOW_UNLABELLED=drop)."
        )


def _refuse_not_binary(labels: pd.Series, counts: pd.Series, column: str, name: str) -> None:
    if len(counts) == 1:
        raise TargetError(
            f"{name} has the single value {quoted(counts.index[0])} in the target {quoted(column)}; "
            "training needs frauds and legitimate rows."
        )
    if len(counts) > 2:  # noqa: PLR2004 - fraud or not
        raise TargetError(
            f"{name} has {len(counts):,} classes in the target {quoted(column)}{_classes(labels, counts)}; "
            "it must have two, so name another column or merge classes."
        )


def _classes(labels: pd.Series, counts: pd.Series) -> str:
    """List the classes of a column that is no target, as far as they can be no names of people or cards."""
    plain = [label for label in counts.index if len(counts) <= _FEW_CLASSES and _PLAIN.fullmatch(label)]
    if not plain:
        return ""
    told = [f"{quoted(label)} ({counted(counts[label], 'row')})" for label in plain]
    others = labels.index[~labels.isin(plain)]
    if len(others):
        told.append(f"something else in {counted(len(others), 'row')}, the first being row {others[0]:,}")
    return f": {named(told)}"


def _positive(counts: pd.Series, wanted: str | None, column: str, name: str) -> tuple[str, str, bool]:
    of_label = {str(label): int(count) for label, count in counts.items()}
    found = [*of_label]
    if wanted is not None:
        label = spell(wanted)
        if label not in found:
            raise TargetError(
                f"{name} has no label {quoted(wanted)} in the target {quoted(column)}; "
                f"its labels are {named([quoted(each) for each in found])}."
            )
        return label, ", as configured", False
    if signed(found):
        raise _undecided(of_label, f"Either label of {quoted(column)} in {name} may mean fraud")
    said = positive_of(found, genuine=says_genuine(column))
    rarer = min(found, key=lambda label: (int(counts[label]), label))
    rows = f"{counts[rarer]:,} of {counted(int(counts.sum()), 'row')}"
    positive, reason, guess = said or (rarer, f", taken so because it is rarer ({rows})", True)
    refuse_most_frauds(of_label, positive, column, name)
    return positive, reason, guess


def refuse_most_frauds(counts: Mapping[str, int], positive: str, column: str, name: str) -> None:
    """Check that a label that was recognised as fraud, and not configured, is that of the fewer rows.

    Args:
        counts: rows of each label.
        positive: the label.
        column: the target's.
        name: what messages call the file.

    Raises:
        UndecidedError: more than half of the rows have it.
    """
    if 2 * counts[positive] > sum(counts.values()):
        raise _undecided(
            counts, f"More than half of the rows of {name} would be fraud if {quoted(positive)} in {quoted(column)} is"
        )


def _undecided(counts: Mapping[str, int], doubt: str) -> UndecidedError:
    labels = named([f"{quoted(label)} ({counted(count, 'row')})" for label, count in counts.items()])
    settings = " or ".join(f"FRAUDFLOW_POSITIVE_LABEL={label}" for label in reversed([*counts]))
    return UndecidedError(f"{doubt}; its labels are {labels}, so say which is: {settings} (or --positive-label).")


def refuse_too_few(rows: int, frauds: int, *, positive: str, column: str, name: str) -> None:
    """Check that there are enough rows of both classes.

    Raises:
        TooFewFraudsError: fewer than ``MIN_ROWS_OF_A_CLASS`` rows are fraud, or are not.
    """
    fewest, what = min((frauds, "fraud"), (rows - frauds, "legitimate row"))
    if fewest < MIN_ROWS_OF_A_CLASS:
        raise TooFewFraudsError(
            f"{name} has {counted(fewest, what)} in {counted(rows, 'row')} "
            f"({quoted(positive)} in {quoted(column)} is fraud), and at least {MIN_ROWS_OF_A_CLASS} are needed to "
            "train, validate and test; add labelled rows."
        )
