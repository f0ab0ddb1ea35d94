"""Duration of `fraudflow up`, the first time and when the stack is up, and memory of an idle stack.

    .venv/bin/python benchmarks/startup.py [--rounds 3]

Each round starts the embedded stack (LocalStack, MLflow, the scoring service, the supervisor; no monitoring) from
nothing, in a home of its own, as a user does it from a shell, on a machine where everything is installed and its
bytecode compiled. Seconds are of the clock; the processor seconds beside them tell what a busy machine adds. Memory is
the proportional set size, in which pages that processes share are shared out, once nothing happens any more.

Prints a table, then one JSON line.
"""

import argparse
import json
from collections import defaultdict
from dataclasses import dataclass

from embedded import Embedded, cpu_seconds, embedded, machine, program, proportional_memory, summary
from rich.console import Console
from rich.table import Table

from infra.home.layout import Home
from infra.home.state import read_state

GOALS = {"first up": "12 s", "second up": "1 s", "idle": "1,200 MB"}


@dataclass(frozen=True)
class Round:
    """One start: seconds of the clock, processor seconds, seconds until each server answers, MB of each program."""

    first: float
    second: float
    cpu: float
    ready: dict[str, float]
    memory: dict[str, float]


def measure(stack: Embedded) -> Round:
    """Bring a stack up, twice, and look at it."""
    first = stack.fraudflow("up")
    cpu = sum(map(cpu_seconds, stack.processes()))
    stack.settle()  # the scoring service comes after `up`
    state = read_state(Home(stack.home))
    ready = {server.name: server.ready_seconds or 0.0 for server in state.servers} if state else {}
    memory: defaultdict[str, float] = defaultdict(float)
    for pid in stack.processes():
        memory[program(pid)] += proportional_memory(pid)
    return Round(first, stack.fraudflow("up"), cpu, ready, dict(memory))


def table(rounds: list[Round]) -> Table:
    """Lay the rounds out, a column each."""
    laid = Table("", *(f"round {number}" for number in range(1, len(rounds) + 1)), "goal")
    laid.add_row("first up", *(f"{each.first:.1f} s" for each in rounds), GOALS["first up"])
    laid.add_row("processor seconds of it", *(f"{each.cpu:.1f} s" for each in rounds), "")
    for name in rounds[0].ready:
        laid.add_row(f"{name} answers after", *(f"{each.ready[name]:.1f} s" for each in rounds), "")
    laid.add_row("second up", *(f"{each.second:.2f} s" for each in rounds), GOALS["second up"])
    laid.add_row("idle", *(f"{sum(each.memory.values()):.0f} MB" for each in rounds), GOALS["idle"])
    for name in rounds[0].memory:
        laid.add_row(f"  {name}", *(f"{each.memory.get(name, 0):.0f} MB" for each in rounds), "")
    return laid


def main() -> None:
    """Measure as many rounds as were asked for, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    where, rounds = machine(), []
    for _ in range(parser.parse_args().rounds):
        with embedded() as stack:
            rounds.append(measure(stack))
    Console().print(table(rounds))
    print(
        json.dumps(
            {
                "benchmark": "startup",
                "machine": where,
                "first_up_seconds": summary([each.first for each in rounds]),
                "cpu_seconds": summary([each.cpu for each in rounds]),
                "second_up_seconds": summary([each.second for each in rounds]),
                "idle_mb": summary([sum(each.memory.values()) for each in rounds]),
            }
        )
    )


if __name__ == "__main__":
    main()
