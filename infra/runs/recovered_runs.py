"""What a recovery has started, in a sentence."""

from pydantic import BaseModel


class Recovered(BaseModel):
    """Names of runs resumed, of those started for lost events, of looks at a model, and why other runs were skipped."""

    interrupted: list[str] = []
    forgotten: list[str] = []
    skipped: list[str] = []
    looks: list[str] = []

    def __str__(self) -> str:
        """Return a sentence about the runs that were started; empty when there were none."""
        told = []
        if self.interrupted:
            told.append(f"{_runs(len(self.interrupted))} interrupted and resumed")
        if self.forgotten:
            told.append(f"{_runs(len(self.forgotten))} started for uploads whose event was lost")
        if self.looks:
            told.append("a retraining was interrupted, and is decided on again")
        return "; ".join(told)


def _runs(count: int) -> str:
    return "1 run was" if count == 1 else f"{count:,} runs were"
