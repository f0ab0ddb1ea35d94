"""What deciding by money saves: 60 simulated days with late labels, as ``docs/loop.md`` reports them.

    .venv/bin/python -m benchmarks.loop [--seeds 3] [--no-backfill] [--level 0.05]

Five worlds (``loop_worlds``), four strategies: the loop with the project's own functions and a real training of a small
LightGBM (``loop_ours``), never, every week, and an oracle (``loop_strategies``). Cost is missed frauds, false alarms
and retrainings. ``--no-backfill`` leaves out what a new version would have decided on its gate and since, so that its
trial begins with its registration; ``--level`` changes how sure that has to be. The last line is one JSON object by
world.
"""

import argparse
import json
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product

from benchmarks.loop_ours import Loop
from benchmarks.loop_strategies import Models, Played, oracle, play, weekly
from benchmarks.loop_worlds import BROKEN, HARMLESS, LABEL_DELAY_DAYS, NOTHING, WORLDS, build
from functions.core.loop.shadow_trial import LEVEL
from functions.loop_settings import LoopSettings

RETRAIN_COST = 250.0
SETTINGS = LoopSettings(retrain="auto", retrain_cost=RETRAIN_COST, label_delay_days=LABEL_DELAY_DAYS)
NOTHING_TO_LEARN = {NOTHING, HARMLESS, BROKEN}
COLUMNS = ("changes on day", "retrained", "promoted", "ours", "oracle", "weekly", "never")
PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Result:
    """What one world came to with one seed; ``alerts`` are the days on which a column was said to be broken."""

    world: str
    changes_on: int | None
    ours: Played
    alerts: tuple[int, ...]
    never: float
    weekly: float
    oracle: float

    @property
    def cost(self) -> float:
        """Cost of the loop, in money."""
        return self.ours.cost(RETRAIN_COST)

    @property
    def needless(self) -> int:
        """Number of retrainings while there was nothing to be learnt."""
        if self.world in NOTHING_TO_LEARN:
            return len(self.ours.retrained)
        return sum(day < (self.changes_on or 0) for day in self.ours.retrained)

    def days_to(self, days: tuple[int, ...]) -> int | None:
        """Return the days from the change to the first of some days after it."""
        after = [day - self.changes_on for day in days if self.changes_on is not None and day >= self.changes_on]
        return min(after, default=None)


def run(task: tuple[str, int, bool, float]) -> Result:
    """Run all strategies through one world."""
    name, seed, backfill, level = task
    world = build(name, seed=seed)
    models = Models(world)
    loop = Loop(world, models, SETTINGS, backfill=backfill, level=level)
    ours, never = loop.run(), play(world, models, ())
    # Whoever knows a world also knows when to do nothing.
    knowing = min(oracle(world, models, RETRAIN_COST), never, key=lambda each: each.cost(RETRAIN_COST))
    return Result(
        world=name,
        changes_on=world.changes_on,
        ours=ours,
        alerts=tuple(loop.alerts),
        never=never.cost(RETRAIN_COST),
        weekly=weekly(world, models).cost(RETRAIN_COST),
        oracle=knowing.cost(RETRAIN_COST),
    )


def summary(results: list[Result]) -> Mapping[str, object]:
    """Sum up one world: sums of cost over all seeds, and of the rest the worst seed."""
    cost, waited = sum(each.cost for each in results), [each.days_to(each.ours.retrained) for each in results]
    promoted = [each.days_to(each.ours.promoted) for each in results]
    return {
        "retrainings": max(len(each.ours.retrained) for each in results),
        "needless": max(each.needless for each in results),
        "cost_over_oracle": round(cost / sum(each.oracle for each in results), 3),
        "cost_over_weekly": round(cost / sum(each.weekly for each in results), 3),
        "cost_over_never": round(cost / sum(each.never for each in results), 3),
        "days_to_answer": None if None in waited else max(waited),
        "days_to_promotion": None if None in promoted else max(promoted),
        "alerted": sum(bool(each.alerts) for each in results),
    }


def main() -> None:
    """Print each world and seed as it ends, then the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--no-backfill", dest="backfill", action="store_false")
    parser.add_argument("--level", type=float, default=LEVEL, help="of the trial; 0.99 promotes what saves anything")
    parser.add_argument("--verbose", action="store_true", help="print what the loop decided, and why")
    chosen = parser.parse_args()
    tasks = [(*each, chosen.backfill, chosen.level) for each in product(WORLDS, range(1, chosen.seeds + 1))]
    print(f"{' | '.join(('| world', *COLUMNS))} |\n{'|---' * (1 + len(COLUMNS))}|")
    found: dict[str, list[Result]] = {name: [] for name in WORLDS}
    with ProcessPoolExecutor(PROCESSES) as pool:
        for each in pool.map(run, tasks):
            found[each.world].append(each)
            print(_line(each), flush=True)
            if chosen.verbose:
                print("\n".join(each.ours.notes))
    print(json.dumps({name: summary(results) for name, results in found.items()}))


def _line(each: Result) -> str:
    days = (", ".join(map(str, days)) or "-" for days in (each.ours.retrained, each.ours.promoted))
    money = (f"{money:,.0f}" for money in (each.cost, each.oracle, each.weekly, each.never))
    return f"| {each.world} | {each.changes_on or '-'} | {' | '.join((*days, *money))} |"


if __name__ == "__main__":
    main()
