"""A watch over two versions that score the same transactions: it acts once one of them does harm for certain."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from functions.contracts.score_requests import ScoreRequest
from functions.core.errors import ChampionMovedError, FraudflowError, NoSuchVersionError
from functions.core.loop.swap_harm import Made, SwapHarm, evidence, harm
from functions.core.loop.swap_limits import HarmRule
from functions.run.verdicts import Verdict
from serving.instruments import Instruments
from serving.line_up import ComparedVersions
from serving.service_metrics import HARM_ENDED, HARM_EVIDENCE

type Watched = Literal["swap", "trial"]
type Act = Callable[[SwapHarm, ComparedVersions], None]

# Between two tries to act, where the registry or S3 is away.
_RETRY_SECONDS = 2.0
logger = logging.getLogger(__name__)


class Judged(NamedTuple):
    """A transaction and the version that was to decide on it.

    ``flagged`` is whether its score raises an alarm, None where it could not be scored.
    """

    request: ScoreRequest
    version: str
    flagged: bool | None


class HarmWatch:
    """Counts what two versions made of the same transactions, and acts.

    Args:
        watched: what it is called in metrics.
        pair: returns the version that may do harm and the one that it is compared with now; None when there are none.
        act: ends the harm, in a thread; None only counts.
        instruments: where evidence is shown.
    """

    def __init__(
        self, watched: Watched, pair: Callable[[], ComparedVersions | None], act: Act | None, instruments: Instruments
    ) -> None:
        self._watched = watched
        self._pair = pair
        self._act = act
        self._instruments = instruments
        self._counted_for: ComparedVersions | None = None
        self._pairs: Counter[tuple[Made, Made]] = Counter()
        self._acting: asyncio.Task[None] | None = None
        self._has_ended = False

    def compare(self, other: str, judged: Sequence[Judged], verdicts: Sequence[Verdict | None]) -> None:
        """Count n transactions with what another version makes of them; its verdict is None where it can't score."""
        pair = self._pair()
        if pair is None or pair.other != other:
            return
        if pair != self._counted_for:
            self._counted_for, self._pairs, self._has_ended = pair, Counter(), False
        if self._has_ended:
            return
        for each, verdict in zip(judged, verdicts, strict=True):
            if each.version == pair.suspect:
                self._pairs[_made(each.flagged), _made(None if verdict is None else _flagged(verdict))] += 1
        self._judge(pair)

    def _judge(self, pair: ComparedVersions) -> None:
        self._show(evidence(self._pairs))
        found = harm(self._pairs)
        if found is not None and self._act is not None and self._acting is None:
            self._acting = asyncio.create_task(self._end(self._act, found, pair))

    def _show(self, shares: Mapping[HarmRule, float]) -> None:
        for rule, share in shares.items():
            self._instruments.set(HARM_EVIDENCE, share, watched=self._watched, rule=rule)

    async def _end(self, act: Act, found: SwapHarm, pair: ComparedVersions) -> None:
        try:
            await asyncio.to_thread(act, found, pair)
        except (ChampionMovedError, NoSuchVersionError) as error:
            # Somebody else was faster.
            logger.warning("%s", error)
            self._has_ended = True
        except FraudflowError as error:
            logger.warning("Version %s does harm, and can't be replaced yet: %s", pair.suspect, error)
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            self._has_ended = True
            self._instruments.count(HARM_ENDED, watched=self._watched, rule=found.rule)
            self._show(evidence({}))
        finally:
            self._acting = None


def _made(flagged: bool | None) -> Made:  # noqa: FBT001 - the value itself
    if flagged is None:
        return "failed"
    return "alarm" if flagged else "pass"


def _flagged(verdict: Verdict) -> bool:
    return verdict.score >= verdict.threshold
