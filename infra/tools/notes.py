"""Print a release's notes, its section of the changelog: ``python -m infra.tools.notes v0.2.0``.

The tag must name the release that the code names; a section that is empty or missing is an error.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class NotesError(Exception):
    """Raised when a tag can't be released."""


def section(changelog: str, release: str) -> str:
    """Return what the changelog says of a release, without its heading.

    Raises:
        NotesError: when it says nothing.
    """
    _, *parts = re.split(r"^## \[([^\]]+)\].*$", changelog, flags=re.MULTILINE)
    found = dict(zip(parts[::2], parts[1::2], strict=True))
    text = found.get(release, "").strip()
    if not text:
        raise NotesError(f"CHANGELOG.md has nothing about {release}: give Unreleased that heading, with the date.")
    return f"{text}\n"


def notes(tag: str, changelog: str, code: str) -> str:
    """Return the notes of a tag.

    Args:
        tag: ``v`` and the release.
        changelog: the changelog's text.
        code: the text of functions/release.py.

    Raises:
        NotesError: when the tag is of another release than the code, or the changelog says nothing of it.
    """
    named = re.search(r'^RELEASE = "([^"]+)"', code, flags=re.MULTILINE)
    release = named[1] if named else ""
    if tag != f"v{release}":
        raise NotesError(f"The tag {tag} is not v{release}, the release that functions/release.py names.")
    return section(changelog, release)


def main(tag: str) -> int:
    """Print the notes; exit code 1 with a sentence when there are none."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    try:
        sys.stdout.write(notes(tag, changelog, (ROOT / "functions" / "release.py").read_text("utf-8")))
    except NotesError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
