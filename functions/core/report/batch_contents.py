"""Contents of the report page of a scored batch; shares are in 0 to 1, money in the currency of the cost settings."""

from dataclasses import dataclass

from functions.core.evaluation.costs import Costs
from functions.core.evaluation.curves import ReliabilityBin
from functions.core.evaluation.estimates import Estimates
from functions.core.evaluation.realised import Realised
from functions.core.evaluation.score_sums import ScoreSums
from functions.core.report.contents import DriftResult


@dataclass(frozen=True, slots=True)
class BatchOrigin:
    """Which file was scored, by which version, in which execution; ``alias`` is None where the version was named."""

    file: str
    upload_uri: str
    version_id: str | None
    etag: str
    execution_arn: str
    started_at: str
    model_name: str
    model_version: str
    alias: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchReport:
    """Contents of a batch's report page.

    Attributes:
        origin: file, model and execution.
        sums: over the scored rows, by band of score.
        threshold: the lowest score that raises an alarm.
        costs: the cost matrix.
        amount_column: the column with the cost of each missed fraud in place of ``costs.missed_fraud``, if any.
        estimates: of the rows, without labels; None where they can't be known.
        not_known: why they can't be, in a sentence.
        doubts: what speaks against the estimates, in sentences.
        realised: by the file's own labels; None where it has none.
        drift: of the rows against the data of the version that scored them.
        tested: the reliability diagram of that version's test split, by the same bands; may be empty.
    """

    origin: BatchOrigin
    sums: ScoreSums
    threshold: float
    costs: Costs
    amount_column: str | None
    estimates: Estimates | None
    not_known: str | None
    realised: Realised | None
    drift: DriftResult
    tested: tuple[ReliabilityBin, ...] = ()
    doubts: tuple[str, ...] = ()
