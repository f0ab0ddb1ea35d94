"""What the console needs pandas for, as a process of its own: ``python -m console.table_worker inspect PATH``.

The settings come on standard input, the outcome goes to standard output, as JSON both.
"""

import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from functions.settings import RunSettings
from infra.runs import made_up_data
from infra.system.processes import PROC, die_with_parent

# Where memory runs out, this process is to end, and not one of the servers.
_FIRST_TO_END = "1000"


def inspect(path: Path, said: str) -> Mapping[str, Any]:
    """Return what a file is found to be with settings, or the sentence that refuses it."""
    from functions.inspection import InspectionError, inspect_file  # noqa: PLC0415 - only this needs pandas

    try:
        return asdict(inspect_file(path, RunSettings.model_validate_json(said)))
    except InspectionError as error:
        return {"refused": str(error)}


def make_up(path: Path, said: str) -> Mapping[str, Any]:
    """Write the made-up transactions of a seed."""
    from infra.stack.operations import Backend  # noqa: PLC0415 - the rest has no use for AWS

    Backend().write_csv(path, made_up_data.ROWS, made_up_data.FRAUD_RATE, json.loads(said))
    return {}


def main() -> None:
    """Do what the first argument says."""
    die_with_parent(signal.SIGKILL)()
    (PROC / "self/oom_score_adj").write_text(_FIRST_TO_END)
    name, path = sys.argv[1:]
    try:
        outcome = {"inspect": inspect, "make_up": make_up}[name](Path(path), sys.stdin.read())
    except MemoryError:
        outcome = {"refused": f"{Path(path).name} takes more memory than there is: give a part of its rows."}
    sys.stdout.write(json.dumps(outcome))


if __name__ == "__main__":
    main()
