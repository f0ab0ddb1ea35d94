"""History columns of a whole batch, computed at once and kept in the scratch directory: each part reads its rows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Self

import numpy as np

from functions.core.data.rows import Numbers
from functions.core.errors import StorageDeniedError
from functions.core.histories.events import EntityEvents
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.table_past import each_past_column

_BYTES = np.dtype(np.float64).itemsize


@dataclass(frozen=True)
class BatchColumns:
    """The history columns of a batch's n rows, one after the other in a file: 8 bytes a row and column."""

    names: Sequence[str]
    rows: int
    file: IO[bytes]

    @classmethod
    @contextmanager
    def compute(cls, plan: HistoryPlan, known: EntityEvents, asked: EntityEvents) -> Iterator[Self]:
        """Compute the columns of n rows, one after the other.

        Args:
            plan: of the histories.
            known: events of before, among which rows that the batch has too may be; each counts once.
            asked: the rows, in their order.

        Raises:
            StorageDeniedError: the scratch directory has no room for them.
        """
        everything = known.joined(asked)
        with _scratch_file() as file:
            names: list[str] = []
            for name, values in each_past_column(plan, everything, asked):
                names.append(name)
                _write(file, values)
            yield cls(names, len(asked), file)

    def part(self, first: int, count: int) -> Mapping[str, Numbers]:
        """Return the columns of ``count`` rows from the one at the place ``first`` on."""
        found: dict[str, Numbers] = {}
        for place, name in enumerate(self.names):
            self.file.seek((place * self.rows + first) * _BYTES)
            found[name] = np.frombuffer(self.file.read(count * _BYTES), dtype=np.float64)
        return found


@contextmanager
def _scratch_file() -> Iterator[IO[bytes]]:
    try:
        file = TemporaryFile(prefix="histories-")  # noqa: SIM115 - closed below: only its opening is guarded here
    except OSError as error:
        raise _no_room(error) from error
    with file:
        yield file


def _write(file: IO[bytes], values: Numbers) -> None:
    try:
        file.write(np.ascontiguousarray(values).data)
        file.flush()
    except OSError as error:
        raise _no_room(error) from error


def _no_room(error: OSError) -> StorageDeniedError:
    return StorageDeniedError(
        f"The batch's history columns could not be kept in the scratch directory: {error.strerror or error}."
    )
