"""The document of a training that one worker or several do together: what a worker program is started with."""

from pydantic import Field

from functions.contracts.base import Contract

type Value = str | float | int | bool | None


class OwnRows(Contract):
    """Rows of a typed Parquet file: ``rows`` from row ``start`` on. ``place`` is that of the first among all rows."""

    uri: str
    start: int = Field(ge=0)
    rows: int = Field(gt=0)
    place: int = Field(ge=0)


class CollectiveJob(Contract):
    """One booster to train.

    Attributes:
        shares: of each worker, by rank: the rows that it reads.
        rows_uri: a Parquet file with a row for each row of all the parts: its ``weight``, 0 for one that is not trained
            on, and the columns ``share_0`` ... of texts of many levels, encoded out of fold.
        shared: first and last of the encoded columns that those are, the last not included.
        preprocessing_uri: the fitted features and preprocessing, as skops bytes.
        bins_uri: encoded rows as an ``.npy`` file: every worker cuts the columns into the same bins by them.
        parameters: LightGBM's, by its own names.
        trees: how many.
        model_uri: where the first worker writes the booster's text.
    """

    shares: tuple[tuple[OwnRows, ...], ...] = Field(min_length=1)
    rows_uri: str
    shared: tuple[int, int] = (0, 0)
    preprocessing_uri: str
    bins_uri: str
    parameters: dict[str, Value]
    trees: int = Field(gt=0)
    model_uri: str

    @property
    def workers(self) -> int:
        """How many train together."""
        return len(self.shares)


class WorkerResult(Contract):
    """What a worker trained on: rows, frauds among them, and a digest of them (16 hexadecimal digits)."""

    rows: int
    frauds: int
    digest: str = Field(pattern=r"^[0-9a-f]{16}$")


def together(results: list[WorkerResult]) -> WorkerResult:
    """Return what all workers trained on: the digest does not depend on who read which rows."""
    digest = sum(int(each.digest, 16) for each in results) % 2**64
    return WorkerResult(
        rows=sum(each.rows for each in results),
        frauds=sum(each.frauds for each in results),
        digest=f"{digest:016x}",
    )
