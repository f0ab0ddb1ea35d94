"""What a look has to know of a champion: its costs, its test, what it was trained on, and since when it decides."""

import datetime as dt
from dataclasses import dataclass

from functions.contracts.records import read_record
from functions.contracts.training_lineage import TRAINING, TrainingLineage
from functions.core.drift.reference import ReferenceProfile
from functions.core.evaluation.costs import Costs
from functions.core.evaluation.curves import ReliabilityBin
from functions.decisions.decision import microseconds
from functions.feedback.loop_journal import LoopJournal
from functions.ports import Champion, ObjectStore, Tracking
from functions.run.champion import reference, reliability
from functions.run.served_model import DEFAULTS

_IGNORED = "drift_ignored_columns"


@dataclass(frozen=True)
class ChampionRecord:
    """A champion with what its run keeps; ``reference`` is a sentence where its profile can't be read."""

    version: Champion
    costs: Costs
    tested: tuple[ReliabilityBin, ...]
    reference: ReferenceProfile | str
    ignored: tuple[str, ...]

    @classmethod
    def read(cls, tracking: Tracking, version: Champion) -> "ChampionRecord":
        """Read what a version's run keeps."""
        params = tracking.params(version.run_id)
        return cls(
            version=version,
            costs=Costs(
                missed_fraud=float(params.get("cost_missed_fraud", DEFAULTS.missed_fraud)),
                false_alarm=float(params.get("cost_false_alarm", DEFAULTS.false_alarm)),
            ),
            tested=reliability(tracking, version),
            reference=reference(tracking, version),
            ignored=tuple(params.get(_IGNORED, "").split(", ")),
        )

    @property
    def trained_frauds(self) -> int:
        """Number of frauds that it was trained on; 0 where that is not known."""
        return 0 if isinstance(self.reference, str) else self.reference.frauds


def promoted_at(store: ObjectStore, bucket: str, champion: Champion) -> int | None:
    """Return when a version became the champion, in microseconds since 1970; None where no journal entry says so."""
    moves = [each for each in LoopJournal(store, bucket).entries(champion.name) if each.champion == champion.version]
    return microseconds(moves[-1].at) if moves else None


def trained_until(store: ObjectStore, bucket: str, model: str) -> int:
    """Return when the latest decision was made that a training has seen, in microseconds since 1970; 0 without one."""
    uris = [f"s3://{bucket}/{key}" for key in store.keys(f"s3://{bucket}/{TRAINING}{model}/")]
    seen = [read_record(TrainingLineage, store.read(uri), uri).decided_until for uri in uris]
    return max((microseconds(dt.datetime.fromisoformat(each)) for each in seen), default=0)
