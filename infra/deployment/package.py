"""Artifacts of a deployment: the functions' zip, the state machines' definitions, and the template.

Each has its content's digest in its key, so a key never changes its meaning and nothing is uploaded twice.
"""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
FUNCTIONS = CHECKOUT / "functions"
# Each machine's definition, by the parameter of the template that names its key.
DEFINITIONS = {
    "DefinitionKey": CHECKOUT / "statemachine" / "pipeline.asl.json",
    "ScoringDefinitionKey": CHECKOUT / "statemachine" / "scoring.asl.json",
    "FeedbackDefinitionKey": CHECKOUT / "statemachine" / "feedback.asl.json",
    "WatchDefinitionKey": CHECKOUT / "statemachine" / "watch.asl.json",
}
TEMPLATE = CHECKOUT / "infra" / "template.yaml"

# The zip format counts from here, and a time of its own would make every zip a new one.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE_BY_ALL = 0o644 << 16


@dataclass(frozen=True)
class Artifact:
    """Bytes under a key that names their content."""

    prefix: str
    extension: str
    body: bytes

    @cached_property
    def key(self) -> str:
        """Its key in the code bucket."""
        return f"{self.prefix}/{hashlib.sha256(self.body).hexdigest()}.{self.extension}"


def functions_zip(source: Path = FUNCTIONS) -> Artifact:
    """Zip a package under its own name: the same files give the same bytes on every machine.

    Entries are stored, not compressed: another zlib would compress to other bytes, and there is little to save.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in _sources(source):
            entry = zipfile.ZipInfo(f"{source.name}/{path.relative_to(source).as_posix()}", _EPOCH)
            entry.external_attr = _READABLE_BY_ALL
            entry.create_system = 3  # Unix, whatever this machine is
            archive.writestr(entry, path.read_bytes())
    return Artifact("functions", "zip", buffer.getvalue())


def definition(path: Path) -> Artifact:
    """Read a state machine, its placeholders still in it: CloudFormation fills them."""
    return Artifact("statemachine", "asl.json", path.read_bytes())


def template(path: Path = TEMPLATE) -> Artifact:
    """Read the template: a request takes 51,200 bytes of one, and a bucket a megabyte."""
    return Artifact("template", "yaml", path.read_bytes())


def _sources(source: Path) -> list[Path]:
    return sorted(
        (path for path in source.rglob("*") if path.is_file() and _is_ours(path.relative_to(source))),
        key=lambda path: path.relative_to(source).as_posix(),
    )


def _is_ours(path: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    return not hidden and path.suffix not in {".pyc", ".pyo"}
