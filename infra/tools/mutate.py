"""Mutation tests of a module of core: ``python -m infra.tools.mutate MODULE [TESTS...]``, with mutmut on the path.

mutmut changes the module in every small way that it knows, one at a time, and runs the tests of its room on each. What
no test sees is printed: a change that alters nothing, or a test that is missing. All of it happens in a copy.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.settings import ROOT

COPIED = ("functions", "infra", "serving", "benchmarks", "tests", "statemachine", "prometheus", "grafana")
MUTMUT = (sys.executable, "-m", "mutmut")
ALIVE = ("survived", "timeout", "suspicious", "no tests")
# Forked from a process that has imported the tests and run none: threads of OpenMP do not survive a fork.
CONFIGURATION = """\
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "-p", "no:randomly", "-p", "no:xdist", "-m", "not thorough and not slow"]
markers = ["thorough", "slow", "e2e"]
pythonpath = ["."]
timeout = 300

[tool.mutmut]
source_paths = ["functions"]
only_mutate = [{module}]
pytest_add_cli_args_test_selection = {tests}
also_copy = {copied}
process_isolation = "forkserver"
"""


class NoSuchModuleError(Exception):
    """Raised when there is nothing to mutate."""


def source_of(module: str) -> Path:
    """Return the path of a module of core below the root, by its dotted name.

    Raises:
        NoSuchModuleError: when there is none.
    """
    path = Path(*module.split(".")).with_suffix(".py")
    if not module.startswith("functions.core.") or not (ROOT / path).is_file():
        raise NoSuchModuleError(f"{module} is no module of core; give one such as functions.core.data.splitting.")
    return path


def room_tests(source: Path) -> list[str]:
    """Return the tests of the module's room, or of all of core where it has none."""
    room = Path("tests/unit") / source.parent.relative_to("functions")
    return [str(room if (ROOT / room).is_dir() else "tests/unit/core")]


def configuration(source: Path, tests: Sequence[str]) -> str:
    """Build the ``pyproject.toml`` of the copy."""
    others = [name for name in COPIED if name not in {"functions", "tests"}]
    module, chosen, copied = (json.dumps(each) for each in (str(source), list(tests), others))
    return CONFIGURATION.format(module=module, tests=chosen, copied=copied)


def survivors(listed: str) -> Iterator[str]:
    """Read the names of the mutants that live from what ``mutmut results`` prints."""
    for line in listed.splitlines():
        name, _, status = line.strip().partition(": ")
        if status in ALIVE:
            yield name


def main(arguments: Sequence[str] | None = None) -> int:
    """Mutate a module, print what lives, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", help="such as functions.core.data.splitting")
    parser.add_argument("tests", nargs="*", help="the tests to run on each mutant; those of its room by default")
    given = parser.parse_args(arguments)
    try:
        source = source_of(given.module)
    except NoSuchModuleError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        return _mutate(Path(folder), source, given.tests or room_tests(source))


def _mutate(copy: Path, source: Path, tests: Sequence[str]) -> int:
    for name in COPIED:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "e2e"))
    (copy / "pyproject.toml").write_text(configuration(source, tests))

    done = subprocess.run([*MUTMUT, "run"], cwd=copy, check=False)  # noqa: S603 - our own tool
    if done.returncode:
        return done.returncode
    alive = list(survivors(_ask(copy, "results")))
    for name in alive:
        sys.stdout.write(_ask(copy, "show", name))
    sys.stdout.write(f"{len(alive)} mutants of {source} live.\n")
    return 0


def _ask(copy: Path, *question: str) -> str:
    asked = [*MUTMUT, *question]
    return subprocess.run(asked, cwd=copy, check=True, capture_output=True, text=True).stdout  # noqa: S603 - as above


if __name__ == "__main__":
    sys.exit(main())
