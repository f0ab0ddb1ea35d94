"""The loop itself in ``benchmarks.loop``: each evening it measures, judges versions and decides, as the machines do."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from benchmarks.loop_decisions import DecisionLog
from benchmarks.loop_models import COSTS, Model, Rows, fit
from benchmarks.loop_strategies import Models, Played, rows_of
from benchmarks.loop_worlds import DAY_US, LABEL_DELAY_DAYS, ROWS_A_DAY, World
from functions.core.errors import TooFewFraudsError
from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.promotion import compare, decide, measure
from functions.core.evaluation.scored import Scored
from functions.core.loop.drift_episodes import DriftSequence
from functions.core.loop.drift_sequence import WindowTraffic, advance, broken_columns, judge_window, look_ahead
from functions.core.loop.excess_cost import excess_cost
from functions.core.loop.learnable_decisions import as_decided_by, learnable
from functions.core.loop.maturity import Matured, MaturityRule, mature
from functions.core.loop.outcomes import Outcomes
from functions.core.loop.retraining import DriftEpisode, Situation, weigh
from functions.core.loop.retraining_guards import RetrainingHistory, RetrainingRules
from functions.core.loop.rollback_rule import judge_new_champion
from functions.core.loop.shadow_trial import LEVEL, Pair, judge_trial
from functions.core.loop.sound_decisions import sound
from functions.core.loop.traffic_windows import cut
from functions.core.loop.training_rows import training_rows
from functions.loop_settings import LoopSettings


@dataclass
class Trained:
    """A version on trial: the model, and the decision in the log from which on nothing was trained on."""

    model: Model
    since: int


@dataclass
class Loop:
    """The loop in one world."""

    world: World
    models: Models
    settings: LoopSettings
    backfill: bool = True
    level: float = LEVEL
    retrained: list[int] = field(default_factory=list)
    promoted: list[int] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    alerts: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    challenger: Trained | None = None
    former: Trained | None = None

    def __post_init__(self) -> None:
        self.log = DecisionLog(self.world)
        self.champion = self.models.of(None)
        self.base = rows_of(self.world.history)
        self.champion_since = -1
        self.seen = 0  # decisions that a training has seen are before this place
        self.sequence = DriftSequence.begin(self.champion.version, -1)

    def run(self) -> Played:
        """Play all days."""
        total = 0.0
        for day in range(len(self.world.days)):
            on_trial = [each.model for each in (self.challenger, self.former) if each is not None]
            total += self.log.decide(day, self.champion, on_trial)
            self.evening(day)
        return Played(total, tuple(self.retrained), tuple(self.promoted), tuple(self.notes))

    def evening(self, day: int) -> None:
        """Look once: measure, judge the versions, decide whether to retrain."""
        now = (day + 1) * DAY_US
        self.follow_traffic(day, now)
        outcomes = self.log.outcomes(now)
        matured = mature(outcomes, MaturityRule(now, now, LABEL_DELAY_DAYS))
        self.judge_versions(day, outcomes, matured)
        situation = self.situation(day, matured)
        decision = weigh(situation, self.rules)
        if day % 7 == 0 or decision.outcome != "wait":
            self.notes.append(f"{day}: {decision.outcome} {decision.reason}")
        if decision.outcome == "retrain":
            self.retrain(day, matured)

    @property
    def rules(self) -> RetrainingRules:
        """The settings of the decision."""
        own = self.settings
        return RetrainingRules(
            mode=own.retrain,
            cost=own.retrain_cost,
            min_frauds=own.retrain_min_frauds,
            cooldown_days=own.retrain_cooldown_days,
            weekly_budget=own.retrain_weekly_budget,
        )

    def follow_traffic(self, day: int, now: int) -> None:
        """Cut the traffic into windows and judge those that have closed."""
        log, reference, own = self.log, self.champion.reference, self.settings
        at = log.outcomes(now).at
        for window in cut(
            at, after=self.sequence.until, now=now, rows=own.traffic_window_rows, days=own.traffic_window_days
        ):
            X = log.X.iloc[window.start : window.stop]
            if not window.closed:
                self.sequence = look_ahead(self.sequence, broken_columns(reference, X, ()), window)
                break
            finding, _ = judge_window(reference, WindowTraffic(window, X), ())
            self.sequence = advance(self.sequence, finding)
        if self.sequence.broken is not None:
            self.alerts.append(day)

    def situation(self, day: int, matured: Matured) -> Situation:
        """Return what is known of the champion."""
        champion = self.champion
        rows = learnable(matured, self.sequence, window=self.settings.training_window)
        own = as_decided_by(rows, champion.version, self.log.shadow(champion))
        found = excess_cost(own.outcomes, COSTS, self.champion.tested, shortest=self.settings.traffic_window_rows)
        sequence = self.sequence
        open_episode = sequence.broken or sequence.shift
        episode = open_episode and DriftEpisode(
            open_episode.id, "broken" if open_episode.kind == "broken" else "shifted", ", ".join(open_episode.columns)
        )
        fresh = matured.places >= self.seen
        return Situation(
            version=self.champion.version,
            champion_days=float(day - self.champion_since),
            decisions_a_day=float(ROWS_A_DAY),
            counted=found.decisions if found else 0,
            cost=found and found.realised,
            excess=found and found.excess,
            trained_frauds=self.champion.frauds,
            surprises=found and found.surprises,
            fresh_frauds=int(np.sum(matured.outcomes.label[fresh] == 1)),
            episode=episode,
            history=RetrainingHistory(
                days_ago=tuple(float(day - each) for each in self.retrained),
                answered=frozenset(self.answered),
                under_way="trial" if self.challenger else None,
            ),
        )

    def retrain(self, day: int, matured: Matured) -> None:
        """Train on what counts, and put what passes the gate on trial."""
        matured = sound(matured, self.sequence)
        try:
            rows = training_rows(matured.outcomes, window=self.settings.training_window)
        except TooFewFraudsError as error:
            self.notes.append(f"{day}: {error}")
            return
        self.retrained.append(day)
        if self.sequence.shift:
            self.answered.add(self.sequence.shift.id)
        training, gate = (
            self.log.labelled(matured.outcomes.of(places), matured.places[places])
            for places in (rows.training, rows.gate)
        )
        self.seen = int(matured.places[-1]) + 1
        model = fit(_joined(self.base, training), f"{len(self.retrained) + 1}")
        priced = PricedRows(gate.y, COSTS, gate.amount)
        champion, challenger = (Scored(each.score(gate.X), each.threshold) for each in (self.champion, model))
        against = compare(priced, champion, challenger)
        drifted = self.sequence.shift is not None
        found = decide(against, measure(priced, challenger), drifted=drifted, shadow_first=True)
        self.notes.append(f"{day}: gate {found.passed_gate} {found.reason}")
        if not found.passed_gate:
            return
        since = int(matured.places[rows.gate[0]])
        self.challenger = Trained(model, since if self.backfill else self.log.stop)
        if self.backfill:
            self.log.score_by(model, since, self.log.stop)

    def judge_versions(self, day: int, outcomes: Outcomes, matured: Matured) -> None:
        """Promote a challenger that has proved itself."""
        shadows = {each.model.version: self.log.shadow(each.model) for each in (self.challenger, self.former) if each}
        if self.former is not None:
            pair = Pair(self.champion.version, self.former.model.version, COSTS.false_alarm)
            back = judge_new_champion(matured, shadows, pair)
            if back.roll_back:
                self.notes.append(f"{day}: rolled back {back.reason}")
                self.become(day, outcomes, self.former.model, former=None)
                return
        if self.challenger is None:
            return
        pair = Pair(self.champion.version, self.challenger.model.version, COSTS.false_alarm)
        verdict = judge_trial(matured, shadows, pair, level=self.level)
        if verdict.outcome != "wait":
            self.notes.append(f"{day}: trial {verdict.outcome} {verdict.reason}")
        if verdict.outcome == "promote":
            self.become(day, outcomes, self.challenger.model, former=Trained(self.champion, self.log.stop))
        elif verdict.outcome == "stop":
            self.challenger = None

    def become(self, day: int, outcomes: Outcomes, model: Model, former: Trained | None) -> None:
        """Make a version the champion."""
        self.former, self.champion, self.challenger, self.champion_since = former, model, None, day
        self.promoted.append(day)
        self.sequence = DriftSequence.begin(model.version, int(outcomes.at[-1]), self.sequence)  # noqa: PD008 (an array)


def _joined(one: Rows, other: Rows) -> Rows:
    return Rows(
        pd.concat([one.X, other.X], ignore_index=True),
        np.concatenate([one.y, other.y]),
        np.concatenate([one.amount, other.amount]),
    )
