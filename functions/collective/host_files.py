"""The files by which the hosts of a training job tell each other: who is there, what is to be trained, how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from functions.collective.meeting import SmallFiles
from functions.collective.training_together import Member
from functions.collective.watched_child import Share
from functions.contracts.collective_job import WorkerResult
from functions.contracts.job_contracts import ToldError
from functions.core.errors import UploadNotFoundError, WorkerLostError

type Outcome = WorkerResult | ToldError

_MEMBER = TypeAdapter(Member)
_SHARES = TypeAdapter(list[Share])
_OUTCOME: TypeAdapter[Outcome] = TypeAdapter(Outcome)
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class HostFiles:
    """The files in the folder of one try of a job, which no other try ever used."""

    store: SmallFiles
    folder: str

    def host(self, rank: int) -> str:
        """Return the folder of a host's own lease, which it renews while it is there."""
        return f"{self.folder}/host-{rank}"

    def come(self, rank: int, member: Member) -> None:
        """Tell that a host is there."""
        self.store.write(f"{self.host(rank)}/member.json", _MEMBER.dump_json(member), _JSON)

    def member(self, rank: int) -> Member | None:
        """Return a host; None while it has not come."""
        told = self._read(f"{self.host(rank)}/member.json")
        return None if told is None else _MEMBER.validate_json(told)

    def ask(self, number: int, shares: Sequence[Share]) -> None:
        """Ask the hosts for their shares in a training, the first of which is number 1."""
        self.store.write(f"{self.folder}/training-{number}.json", _SHARES.dump_json(list(shares)), _JSON)

    def asked(self, number: int) -> list[Share] | None:
        """Return the shares in a training, by rank, of fewer hosts where rows are few; None while none is asked for."""
        told = self._read(f"{self.folder}/training-{number}.json")
        return None if told is None else _SHARES.validate_json(told)

    def answer(self, number: int, rank: int, outcome: Outcome) -> None:
        """Tell how a host's share ended."""
        self.store.write(f"{self.host(rank)}/training-{number}.json", _OUTCOME.dump_json(outcome), _JSON)

    def result(self, number: int, rank: int) -> WorkerResult | None:
        """Return what a host trained on; None while it has not ended.

        Raises:
            WorkerLostError: with the sentence of the host, when it has failed.
        """
        told = self._read(f"{self.host(rank)}/training-{number}.json")
        if told is None:
            return None
        outcome = _OUTCOME.validate_json(told)
        if isinstance(outcome, ToldError):
            raise WorkerLostError(f"Host {rank} of the training job has failed: {outcome.message}")
        return outcome

    def _read(self, uri: str) -> bytes | None:
        try:
            return self.store.read(uri)
        except UploadNotFoundError:
            return None


def told(error: Exception) -> ToldError:
    """Return an error as it is told to another host or to the state machine."""
    return ToldError(error_type=type(error).__name__, message=str(error))
