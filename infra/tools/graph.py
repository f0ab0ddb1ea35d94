"""Print which rooms of a package import which: ``python -m infra.tools.graph [--dot] [PACKAGE...]``.

A room is a module or a package directly in the package, with all that is in it. An arrow goes from a room to another
one that it imports, once, however often it does. Rooms that import each other, directly or not, make a circle.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import grimp

PACKAGES = ("functions", "functions.core", "infra", "serving", "fraudflow_localstack")
# The folder of a package that is installed in another environment.
_LOCALSTACK = Path(__file__).parents[2] / "localstack"


@dataclass(frozen=True)
class Picture:
    """The rooms of a package, each with the rooms that it imports."""

    package: str
    imports: Mapping[str, frozenset[str]]

    @property
    def arrows(self) -> int:
        """Count the pairs of rooms of which one imports the other."""
        return sum(map(len, self.imports.values()))

    @property
    def circles(self) -> list[list[str]]:
        """List the groups of rooms that import each other, directly or not."""
        reach = self._reach()
        groups = {frozenset(other for other in reach[room] if room in reach[other]) for room in reach}
        return sorted(sorted(group) for group in groups if group)

    def __str__(self) -> str:
        """Write a line for each room, those that import the most first: so each imports from below, circles aside."""
        reach = self._reach()
        order = sorted(self.imports, key=lambda room: (-len(reach[room]), room))
        width = max(map(len, order), default=0)
        circles = "; ".join(", ".join(circle) for circle in self.circles)
        lines = [f"{self.package}: {len(order)} rooms, {self.arrows} arrows, circles: {circles or 'none'}"]
        for room in order:
            imported = ", ".join(sorted(self.imports[room]))
            lines.append(f"  {room:<{width}} -> {imported}" if imported else f"  {room}")
        return "\n".join(lines)

    def dot(self) -> str:
        """Write it in Graphviz's language."""
        rooms = [f'  "{room}";' for room in sorted(self.imports)]
        arrows = [f'  "{room}" -> "{other}";' for room in sorted(self.imports) for other in sorted(self.imports[room])]
        return "\n".join([f'digraph "{self.package}" {{', *rooms, *arrows, "}"])

    def _reach(self) -> dict[str, frozenset[str]]:
        """Return the rooms that each room imports, directly or not; itself only if it is in a circle."""
        return {room: frozenset(self._walk(room)) for room in self.imports}

    def _walk(self, room: str) -> Iterator[str]:
        seen: set[str] = set()
        ahead = set(self.imports[room])
        while ahead:
            found = ahead.pop()
            seen.add(found)
            ahead |= self.imports[found] - seen
            yield found


def picture(package: str) -> Picture:
    """Read a package's picture from its source, which is found on ``sys.path`` and not imported."""
    graph = grimp.build_graph(package.partition(".")[0], cache_dir=None)
    rooms = graph.find_children(package)
    inside = {module: room for room in rooms for module in (room, *graph.find_descendants(room))}
    imports: dict[str, set[str]] = {_short(room, package): set() for room in rooms}
    for module, room in inside.items():
        others = {inside[each] for each in graph.find_modules_directly_imported_by(module) if each in inside}
        imports[_short(room, package)] |= {_short(other, package) for other in others - {room}}
    return Picture(package, {room: frozenset(others) for room, others in imports.items()})


def _short(module: str, package: str) -> str:
    return module.removeprefix(f"{package}.")


def main(words: Iterable[str] | None = None) -> None:
    """Print what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m infra.tools.graph", description="Print which rooms import which.")
    parser.add_argument("packages", nargs="*", default=PACKAGES, metavar="PACKAGE", help="those of this repository")
    parser.add_argument("--dot", action="store_true", help="in Graphviz's language")
    asked = parser.parse_args(None if words is None else list(words))
    sys.path.append(str(_LOCALSTACK))
    pictures = [picture(package) for package in asked.packages]
    print("\n\n".join(each.dot() if asked.dot else str(each) for each in pictures))  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
