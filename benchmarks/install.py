"""Cost of installing a fresh clone: seconds, megabytes on the disk, packages.

    .venv/bin/python benchmarks/install.py [--commit HEAD] [--target install ...]

Clones the commit into a directory of its own, and makes each target there twice: with an empty cache of uv's, when all
is downloaded, and again without the environments, when nothing is. The clone's uv is the one on PATH. Downloads depend
on the network, and the clock on what else the machine does: the processor seconds beside it do not. Sizes are of the
blocks on the disk, compiled bytecode included, as `du` counts them.

Prints a table, then one JSON line.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from embedded import machine
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = (".venv", "localstack/.venv")
MEGABYTE = 1e6


@dataclass(frozen=True)
class Installed:
    """A target made in a fresh clone: seconds of clock and processor, and MB and packages of each environment."""

    target: str
    cold: tuple[float, float]
    warm: tuple[float, float]
    megabytes: dict[str, float]
    packages: dict[str, int]


def clone(commit: str, into: Path) -> None:
    """Check a commit of this checkout out, and nothing that is not in it."""
    subprocess.run(["git", "clone", "--quiet", "--no-checkout", str(ROOT), str(into)], check=True)  # noqa: S607
    subprocess.run(["git", "checkout", "--quiet", "--detach", commit], cwd=into, check=True)  # noqa: S607


def make(target: str, checkout: Path, cache: Path) -> tuple[float, float]:
    """Make a target and return its seconds, of the clock and of the processor."""
    environment = {**os.environ, "UV_CACHE_DIR": str(cache)}
    environment.pop("VIRTUAL_ENV", None)
    begun, used = time.perf_counter(), children_seconds()
    subprocess.run(
        ["make", "--silent", target],  # noqa: S607
        cwd=checkout,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - begun, children_seconds() - used


def children_seconds() -> float:
    """Return the processor seconds of all that has been started and has ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def megabytes(folder: Path) -> float:
    """Return what a directory takes on the disk; a file with several names counts once."""
    seen = {(stat.st_dev, stat.st_ino): stat.st_blocks * 512 for stat in _stats(folder)}
    return sum(seen.values()) / MEGABYTE


def _stats(folder: Path) -> Iterator[os.stat_result]:
    for path in (folder, *folder.rglob("*")):
        yield path.lstat()


def install(commit: str, target: str, work: Path) -> Installed:
    """Install in a clone, from an empty cache and from a full one."""
    checkout, cache = work / "checkout", work / "cache"
    clone(commit, checkout)
    cold = make(target, checkout, cache)
    for name in ENVIRONMENTS:
        shutil.rmtree(checkout / name)
    warm = make(target, checkout, cache)
    places = {name: checkout / name for name in ENVIRONMENTS}
    return Installed(
        target=target,
        cold=cold,
        warm=warm,
        megabytes={name: megabytes(place) for name, place in places.items()},
        packages={name: len(list(place.glob("lib/*/site-packages/*.dist-info"))) for name, place in places.items()},
    )


def table(commit: str, made: list[Installed]) -> Table:
    """Lay the targets out, a row each."""
    shown = Table(f"of {commit}", "empty cache", "full cache", *ENVIRONMENTS, "together")
    for each in made:
        sizes = (f"{each.megabytes[name]:,.0f} MB, {each.packages[name]} packages" for name in ENVIRONMENTS)
        together = f"{sum(each.megabytes.values()):,.0f} MB"
        spent = (f"{clock:.0f} s, {processor:.0f} s of processor" for clock, processor in (each.cold, each.warm))
        shown.add_row(f"make {each.target}", *spent, *sizes, together)
    return shown


def main() -> None:
    """Install each target in a clone of its own, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commit", default="HEAD")
    parser.add_argument("--target", nargs="+", default=["install", "dev"])
    arguments = parser.parse_args()
    where, made = machine(), []
    for target in arguments.target:
        with tempfile.TemporaryDirectory() as work:
            made.append(install(arguments.commit, target, Path(work)))
    Console().print(table(arguments.commit, made))
    print(json.dumps({"benchmark": "install", "machine": where, "targets": [asdict(each) for each in made]}))


if __name__ == "__main__":
    main()
