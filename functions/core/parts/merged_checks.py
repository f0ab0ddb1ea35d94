"""Checks that need all rows of a table in parts, with the sentences of a table that is in one."""

from collections.abc import Iterator

from functions.core.errors import InfiniteValuesError, InvalidDatasetError, raise_for_faults
from functions.core.parts.column_statistics import NumberStatistics
from functions.core.parts.part_reading import PartReading
from functions.core.parts.part_summary import TableStatistics
from functions.core.roles.checks import nothing_left
from functions.core.roles.target import refuse_most_frauds, refuse_too_few
from functions.core.wording import named, quoted


def require_trainable(table: TableStatistics, reading: PartReading, *, label_is_given: bool) -> None:
    """Check a table that was read by what a sample of its rows showed.

    Args:
        table: statistics of all its parts.
        reading: of its upload.
        label_is_given: whether settings say which label means fraud.

    Raises:
        TooFewFraudsError: too few rows are fraud, or are not.
        UndecidedError: more than half of the rows would be fraud, and nobody has said which label means fraud.
        InfiniteValuesError: a column holds infinities.
        InvalidDatasetError: no column is left to train on; or several of these, with one sentence for each.
    """
    raise_for_faults([*_faults(table, reading, label_is_given=label_is_given)])


def _faults(table: TableStatistics, reading: PartReading, *, label_is_given: bool) -> Iterator[InvalidDatasetError]:
    target, file = reading.target, reading.source.name
    try:
        if not label_is_given:
            counts = {
                label: table.frauds if is_fraud else table.rows - table.frauds
                for label, is_fraud in target.labels.items()
            }
            refuse_most_frauds(counts, target.positive_label, target.name, file)
        refuse_too_few(table.rows, table.frauds, positive=target.positive_label, column=target.name, name=file)
    except InvalidDatasetError as fault:
        yield fault
    infinite = [
        f"column {quoted(name)} ({column.infinite:,})"
        for name, column in table.columns.items()
        if isinstance(column, NumberStatistics) and column.infinite
    ]
    if infinite:
        yield InfiniteValuesError(f"{file} has infinite values in {named(infinite)}; correct them or leave them empty.")
    if all(column.constant or not column.present for column in table.columns.values()):
        constant = {name: "constant" if column.constant else "empty" for name, column in table.columns.items()}
        yield nothing_left(file, {each.name: constant.get(each.name, each.role) for each in reading.roles})
