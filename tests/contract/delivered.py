"""The workflows, and what they build within which limits."""

from typing import Any

from tests.contract.monitoring import ROOT, load

FOLDER = ROOT / ".github" / "workflows"


WORKFLOWS: dict[str, dict[str, Any]] = {path.stem: load(path) for path in sorted(FOLDER.glob("*.yml"))}


_INCLUDED = WORKFLOWS["images"]["jobs"]["build"]["strategy"]["matrix"]["include"]


# An image's Dockerfile, and the megabytes that its files may have.
BUILT = {each["image"]: (ROOT / each["dockerfile"], each["megabytes"]) for each in _INCLUDED if "image" in each}
