"""Latency of the pipeline's functions: the first invocation in a new process, and those that follow.

    .venv/bin/python benchmarks/coldstart.py [--rounds 3]

Starts an embedded stack of its own, waits until it is quiet, and invokes every function through the Lambda API with a
payload that it refuses: the answer needs everything but a step's own work (a process, its imports, the runtime client,
the handler, the log), so that what is measured is what the platform adds. Cold: the first invocation after `up`, and
after each change of the function's description, which ends its processes. Warm: the invocations after it. Plain: the
same functions with their imports still to be done, `FRAUDFLOW_PREIMPORT` left out.

Prints a table, then one JSON line; milliseconds of the clock, as the caller sees them.
"""

import argparse
import json
import time
from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config
from embedded import Embedded, embedded, machine, summary
from localstack_client.session import Session
from rich.console import Console
from rich.table import Table

PREFIX = "fraudflow-"
WARM_INVOCATIONS = 20
PREIMPORT = "FRAUDFLOW_PREIMPORT"


@dataclass
class Times:
    """Milliseconds of one function's invocations, by kind."""

    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)


class Lambda:
    """The Lambda API of a stack."""

    def __init__(self, stack: Embedded) -> None:
        session = Session(localstack_host=stack.url.partition("://")[2])
        self._client: Any = session.client("lambda", config=Config(read_timeout=120, retries={"total_max_attempts": 1}))

    def functions(self) -> list[str]:
        """Name the functions of the pipeline."""
        listed = self._client.list_functions()["Functions"]
        return sorted(each["FunctionName"] for each in listed if each["FunctionName"].startswith(PREFIX))

    def invoke(self, name: str) -> float:
        """Invoke a function with a payload that it refuses; return the milliseconds to its answer.

        Raises:
            SystemExit: when it answers anything but that.
        """
        began = time.perf_counter()
        answer = json.loads(self._client.invoke(FunctionName=name, Payload=b"{}")["Payload"].read())
        milliseconds = (time.perf_counter() - began) * 1000
        if answer.get("errorType") != "InvalidPayloadError":
            raise SystemExit(f"{name} was to refuse the payload, and answers {answer}")
        return milliseconds

    def renew(self, name: str, round_: int, *, plain: bool = False) -> None:
        """End the function's processes, by a change; ``plain`` leaves the list of imports out."""
        variables = self._client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        if plain:
            variables.pop(PREIMPORT, None)
        self._client.update_function_configuration(
            FunctionName=name, Description=f"round {round_}", Environment={"Variables": variables}
        )
        self._client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.1})


def measure(stack: Embedded, rounds: int) -> dict[str, Times]:
    """Invoke every function, cold and warm, then plain."""
    stack.fraudflow("up")
    stack.settle()
    api = Lambda(stack)
    times = {name: Times() for name in api.functions()}
    for round_ in range(rounds):
        for name, taken in times.items():
            if round_:
                api.renew(name, round_)
            taken.cold.append(api.invoke(name))
            taken.warm += [api.invoke(name) for _ in range(WARM_INVOCATIONS)]
    for name, taken in times.items():
        api.renew(name, rounds, plain=True)
        taken.plain.append(api.invoke(name))
    return times


def table(times: dict[str, Times]) -> Table:
    """Lay the medians out, a row a function."""
    laid = Table("function", "first after up", "cold", "warm", "plain")
    for name, taken in times.items():
        cold, warm, plain = (summary(each)["median"] for each in (taken.cold, taken.warm, taken.plain))
        laid.add_row(name, f"{taken.cold[0]:.0f} ms", f"{cold:.0f} ms", f"{warm:.1f} ms", f"{plain:.0f} ms")
    laid.add_row("goal", "150 ms", "", "15 ms", "")
    return laid


def main() -> None:
    """Measure as many rounds as were asked for, and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    where = machine()
    with embedded() as stack:
        times = measure(stack, parser.parse_args().rounds)
    Console().print(table(times))
    print(
        json.dumps(
            {
                "benchmark": "coldstart",
                "machine": where,
                "first_ms": summary([taken.cold[0] for taken in times.values()]),
                "cold_ms": summary([value for taken in times.values() for value in taken.cold]),
                "warm_ms": summary([value for taken in times.values() for value in taken.warm]),
                "plain_ms": summary([value for taken in times.values() for value in taken.plain]),
            }
        )
    )


if __name__ == "__main__":
    main()
