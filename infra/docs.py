"""The generated parts of the README: what code declares is written there by code, and CI checks that it still is.

``python -m infra.docs`` writes them, ``python -m infra.docs --check`` only looks.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from functions import metrics
from infra import settings

README = Path(__file__).resolve().parents[1] / "README.md"


def metrics_table() -> str:
    """List every declared metric, the step that knows it, and what it says."""
    rows = [f"| `{each.name}` | {each.step} | {each.help} |" for each in metrics.ALL]
    return "\n".join(["| metric | step | what it says |", "|---|---|---|", *rows]) + "\n"


SECTIONS: Mapping[str, Callable[[], str]] = MappingProxyType({"settings": settings.markdown, "metrics": metrics_table})


def render(text: str) -> str:
    """Fill each generated section of a document, between its two markers.

    Raises:
        ValueError: when a section has no markers.
    """
    for name, section in SECTIONS.items():
        begin, end = f"<!-- {name}: written by infra/docs.py -->", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"The document has no section between '{begin}' and '{end}'.")
        text = f"{before}{begin}\n{section()}{end}{after}"
    return text


def main() -> int:
    """Write the README's generated parts, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when something would change")
    arguments = parser.parse_args()
    present = README.read_text("utf-8")
    wanted = render(present)
    if arguments.check and wanted != present:
        sys.stderr.write("README.md is not what the code declares: run `make format`.\n")
        return 1
    if wanted != present:
        README.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
