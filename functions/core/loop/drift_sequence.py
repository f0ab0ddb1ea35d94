"""Drift through a sequence of windows: false alarms held over all of them, and episodes that open and close.

Each window is tested at a level of its own: ``FALSE_ALARMS`` times its part of ``PERIOD_DAYS``. In whatever period of
that length the levels add up to ``FALSE_ALARMS``, which is then the most that the probability of any false alarm in it
can be (Bonferroni's inequality; online it is called alpha-spending: Foster and Stine 2008, Tian and Ramdas 2021). No
more is assumed of the windows than that each one's p-value is valid. They depend on each other, as all are compared
with the same reference: what multiplies evidence over time (e-values, test martingales) would be wrong here. Whoever
cuts windows more finely, sends more, or looks more often gains no more false alarms; whoever makes a version champion
does not start a new account.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from functions.core.drift import FALSE_DISCOVERY_RATE, WATCH, DriftReport, NewData, detect_drift
from functions.core.drift.distances import joined
from functions.core.drift.reference import ReferenceProfile
from functions.core.evaluation.costs import Floats
from functions.core.evaluation.known_region import why_not_known
from functions.core.loop.broken_columns import BrokenColumn, broken_columns, told_of
from functions.core.loop.drift_episodes import (
    KEPT_EPISODES,
    KEPT_WINDOWS,
    DriftSequence,
    Episode,
    WindowFinding,
    WindowState,
)
from functions.core.loop.traffic_windows import DAY, Window

# The probability of any false alarm in a period of so many days.
FALSE_ALARMS = 0.05
PERIOD_DAYS = 60
# Windows in a row that are no longer drifted, before an episode is over.
CALM_WINDOWS = 2


@dataclass(frozen=True, slots=True)
class WindowTraffic:
    """A window's features (m, p) and the scores (m,) that the version gave them."""

    window: Window
    X: pd.DataFrame
    scores: Floats | None = None


def level_of(window: Window) -> float:
    """Compute the probability of a false alarm that a window may have: its part of what a period may."""
    return min(FALSE_ALARMS * window.elapsed / (PERIOD_DAYS * DAY), FALSE_DISCOVERY_RATE)


def judge_window(
    reference: ReferenceProfile, traffic: WindowTraffic, ignored: Collection[str] = ()
) -> tuple[WindowFinding, DriftReport]:
    """Compare a closed window with a version's reference; the report is that of the detector for this window alone.

    Args:
        reference: profile of the data that the version was trained on.
        traffic: the window's.
        ignored: columns whose values are not compared.
    """
    window, X = traffic.window, traffic.X
    broken = broken_columns(reference, X, ignored)
    left_out = {*ignored, *(each.column for each in broken)}
    scores = None if traffic.scores is None else traffic.scores[np.isfinite(traffic.scores)]
    report = detect_drift(reference, NewData(X, None, scores, dict(reference.roles)), ignored=left_out)
    level = level_of(window)
    # The least of the adjusted p-values is Simes's for "no feature changed", so ``level`` holds for the window.
    certain = [each for each in report.features if each.p_value <= level]
    found = joined(certain)
    state: WindowState = "shifted" if found >= WATCH else "stable"
    if report.drift_score is None:
        state = "another_table" if report.verdict == "another_table" else "not_enough_data"
    drifted = [each for each in certain if each.score >= WATCH]
    finding = WindowFinding(
        after=window.after,
        until=window.until,
        rows=window.rows,
        level=level,
        state=state,
        score=found,
        plain_score=report.drift_score,
        columns=tuple(each.feature for each in drifted),
        titles={each.feature: each.title for each in drifted if each.title},
        broken=broken,
        explanation=report.explanation,
        outside=why_not_known(report),
    )
    return finding, report


def advance(sequence: DriftSequence, finding: WindowFinding) -> DriftSequence:
    """Return the sequence with one more closed window: episodes are opened, joined and closed by it."""
    sequence = _with_shift(_with_broken(sequence, finding), finding)
    windows = (*sequence.windows, finding)[-KEPT_WINDOWS:]
    return sequence.model_copy(update={"until": finding.until, "windows": windows})


def look_ahead(sequence: DriftSequence, broken: Collection[BrokenColumn], window: Window) -> DriftSequence:
    """Return the sequence with what broke in a window that is still open: nobody should wait a week to hear of it."""
    if not broken:
        return sequence
    return _broke(sequence, _break(sequence, broken, window.after, window.until, 0))


def _with_broken(sequence: DriftSequence, finding: WindowFinding) -> DriftSequence:
    if finding.broken:
        return _broke(sequence, _break(sequence, finding.broken, finding.after, finding.until, 1))
    # Of too few rows nobody knows.
    if sequence.broken is None or finding.state == "not_enough_data":
        return sequence
    return sequence.model_copy(update={"broken": None, "past": _over(sequence, sequence.broken, finding)})


def _broke(sequence: DriftSequence, episode: Episode) -> DriftSequence:
    """Return the sequence with an episode of broken columns; what was taken for a shift of only these was none."""
    shift = sequence.shift
    if shift is not None and shift.columns and set(shift.columns) <= set(episode.columns):
        sequence = _shift(sequence, None)
    return sequence.model_copy(update={"broken": episode})


def _break(sequence: DriftSequence, broken: Collection[BrokenColumn], after: int, until: int, windows: int) -> Episode:
    names, share, told = [each.column for each in broken], max(each.share for each in broken), told_of(broken)
    if sequence.broken is not None:
        return sequence.broken.joined_by(share, names, told, windows)
    return Episode(
        id=f"broken-{sequence.version}-{until}",
        kind="broken",
        since=after,
        opened_at=until,
        windows=windows,
        peak=share,
        columns=tuple(names),
        explanation=told,
    )


def _with_shift(sequence: DriftSequence, finding: WindowFinding) -> DriftSequence:
    episode = sequence.shift
    if finding.state == "shifted":
        if episode is None:
            return _shift(sequence, _opened(sequence, finding))
        return _shift(sequence, episode.joined_by(finding.score, finding.columns, finding.explanation))
    if episode is None or finding.plain_score is None:
        return sequence
    if finding.plain_score >= WATCH:
        return _shift(sequence, episode.joined_by(finding.plain_score, (), finding.explanation))
    if sequence.calm + 1 < CALM_WINDOWS:
        return sequence.model_copy(update={"calm": sequence.calm + 1})
    return _shift(sequence, None).model_copy(update={"past": _over(sequence, episode, finding)})


def _shift(sequence: DriftSequence, episode: Episode | None) -> DriftSequence:
    return sequence.model_copy(update={"shift": episode, "calm": 0})


def _opened(sequence: DriftSequence, finding: WindowFinding) -> Episode:
    return Episode(
        id=f"shifted-{sequence.version}-{finding.until}",
        kind="shifted",
        since=finding.after,
        opened_at=finding.until,
        peak=finding.score,
        columns=finding.columns,
        explanation=finding.explanation,
    )


def _over(sequence: DriftSequence, episode: Episode, finding: WindowFinding) -> tuple[Episode, ...]:
    closed = episode.model_copy(update={"closed_at": finding.until})
    return (*sequence.past, closed)[-KEPT_EPISODES:]
