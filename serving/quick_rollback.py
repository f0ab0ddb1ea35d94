"""What ends the harm of a version: the former champion is back, or the trial of a challenger is over."""

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from functions.core.errors import FraudflowError
from functions.core.loop.swap_harm import SwapHarm
from functions.core.loop.swap_limits import HarmRule
from functions.core.wording import counted
from functions.feedback.champion_moves import ChampionMoves, Grounds
from functions.feedback.loop_journal import JournalEntry
from serving.harm_watch import Act, HarmWatch
from serving.instruments import Instruments
from serving.line_up import ComparedVersions, LineUp

logger = logging.getLogger(__name__)

_DID: Mapping[HarmRule, str] = MappingProxyType(
    {"failures": "could not score", "more_alarms": "alarmed on", "fewer_alarms": "alarmed on"}
)


def harm_watches(
    line_up: LineUp,
    moves: ChampionMoves | None,
    model: str,
    instruments: Instruments,
    *,
    rollback: Literal["auto", "off"],
) -> tuple[HarmWatch, HarmWatch]:
    """Make what watches over a new champion, and over a challenger that decides; no journal, no rollback."""
    back = rolling_back(moves, model) if moves is not None and rollback == "auto" else None
    return (
        HarmWatch("swap", lambda: line_up.swap, back, instruments),
        HarmWatch("trial", lambda: line_up.trial, ending_trial(line_up.halt_trial, moves, model), instruments),
    )


def rolling_back(moves: ChampionMoves, model: str) -> Act:
    """Return what makes the former champion the champion again, with a journal entry.

    Raises, when called:
        ChampionMovedError: when another version has become the champion meanwhile.
        NoSuchVersionError: when there is no former champion any more.
        TransientError: when the registry or S3 is away.
    """

    def act(found: SwapHarm, pair: ComparedVersions) -> None:
        metrics = {"transactions": found.of, "champion": found.new, "former": found.other}
        moves.roll_back(model, Grounds("service", reason(found, pair), metrics, champion=pair.suspect))

    return act


def ending_trial(halt: Callable[[str], None], moves: ChampionMoves | None, model: str) -> Act:
    """Return what takes the entities away from a challenger, which goes on as a shadow, with a journal entry."""

    def act(found: SwapHarm, pair: ComparedVersions) -> None:
        halt(pair.suspect)
        logger.warning("The challenger decides on nothing any more. %s", reason(found, pair))
        if moves is None:
            return
        metrics = {"transactions": found.of, "challenger": found.new, "champion": found.other}
        entry = JournalEntry(
            model=model,
            at=moves.now(),
            action="split",
            by="service",
            reason=reason(found, pair),
            champion=pair.other,
            before=pair.other,
            metrics=metrics,
        )
        try:
            moves.journal.write(entry)
        except FraudflowError as error:
            logger.warning("The journal has no entry of that: %s", error)

    return act


def reason(found: SwapHarm, pair: ComparedVersions) -> str:
    """Return what a version did, in a sentence."""
    did = _DID[found.rule]
    return (
        f"Of {counted(found.of, 'transaction')} that both were asked for, version {pair.suspect} {did} {found.new:,} "
        f"and version {pair.other} {did} {found.other:,}."
    )
