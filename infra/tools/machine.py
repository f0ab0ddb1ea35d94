"""The retry policy of the state machines' tasks: declared once, written into each of them, and checked by CI.

The States Language has no way to share it. ``python -m infra.tools.machine`` writes it, ``--check`` only looks.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "statemachine"
DEFINITIONS = tuple(sorted(FOLDER.glob("*.asl.json")))
RETRIES = FOLDER / "retries.json"

type State = dict[str, Any]


def with_retries(definition: str, policy: str) -> str:
    """Return the state machine's definition with the policy's retries in each task, but for those that have none."""
    machine, declared = json.loads(definition), json.loads(policy)
    for name, task in _tasks(machine["States"]):
        if name in declared["Never"]:
            continue
        rules = [_rule(rule, name, declared) for rule in declared["Retry"]]
        task["Retry"] = [rule for rule in rules if rule["ErrorEquals"]]
    return json.dumps(machine, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: State, task: str, declared: State) -> State:
    """Return a rule without the errors that the task can't meet: ``Only`` some do, or all ``Except`` some."""
    only, never = declared["Only"], declared["Except"]
    met = [name for name in rule["ErrorEquals"] if task in only.get(name, (task,)) and task not in never.get(name, ())]
    return rule | {"ErrorEquals": met}


def _tasks(states: dict[str, State]) -> Iterator[tuple[str, State]]:
    """Yield every task with its name, those within branches and maps too."""
    for name, state in states.items():
        if state["Type"] == "Task":
            yield name, state
        for inner in (*state.get("Branches", ()), *([state["ItemProcessor"]] if "ItemProcessor" in state else ())):
            yield from _tasks(inner["States"])


def main(definitions: Sequence[Path] = DEFINITIONS, retries: Path = RETRIES) -> int:
    """Write the retries into the definitions, or check them with ``--check``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when something would change")
    check = parser.parse_args().check
    policy = retries.read_text("utf-8")
    wanted = {path: with_retries(path.read_text("utf-8"), policy) for path in definitions}
    other = [path for path, definition in wanted.items() if path.read_text("utf-8") != definition]
    for path in other:
        if check:
            sys.stderr.write(f"{path.name} does not retry as {retries.name} says: run `make format`.\n")
        else:
            path.write_text(wanted[path], "utf-8")
    return 1 if check and other else 0


if __name__ == "__main__":
    sys.exit(main())
