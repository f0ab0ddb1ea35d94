"""Check which images of docker-compose.yml and the Dockerfiles are behind: ``make pins REGISTRY=https://...``.

Asks the registry that has the images, or a mirror of it, by the distribution protocol: for the tags of the same form,
and for the digest of the newest. Nothing is pulled. An image that names its registry (Lambda's, at
public.ecr.aws) is asked for there alone, and the others of any other address.
"""

import argparse
import http.client
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import Request, urlopen

from infra.settings import ROOT

_IMAGES = ("localstack", "mlflow-server", "guard", "serving", "lambda")
FILES = (
    ROOT / "docker-compose.yml",
    ROOT / ".github" / "workflows" / "check.yml",
    *(ROOT / name / "Dockerfile" for name in _IMAGES),
)
# LocalStack's digest is an argument of its Dockerfile, which this program does not move.
# How many numbers of a version stay: another major of PostgreSQL can't read the volume, and Python is what requirements
# are pinned for.
_HELD: Mapping[str, int] = {"postgres": 1, "python": 2, "public.ecr.aws/lambda/python": 2}
_OURS = "fraudflow/"
# Registries that have only those images that name them.
_NAMED = frozenset({"public.ecr.aws"})
_PIN = re.compile(
    r"^(?P<before>\s*(?:image:|FROM)\s+)(?P<name>[a-z0-9./-]+):(?P<tag>v?\d[\w.-]*)(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.MULTILINE,
)
_MANIFESTS = ", ".join(
    f"application/vnd.{kind}+json" for kind in ("oci.image.index.v1", "docker.distribution.manifest.list.v2")
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_SECONDS = 30


class PinsError(Exception):
    """Raised when a registry can't tell."""


class Pin(NamedTuple):
    """An image as a file names it; without a digest, a tag can be moved under us."""

    name: str
    tag: str
    digest: str | None

    def __str__(self) -> str:
        return f"{self.name}:{self.tag}" + (f"@{self.digest}" if self.digest else "")


def pins(text: str) -> list[Pin]:
    """List the images of others that a file names with a version."""
    found = (Pin(each["name"], each["tag"], each["digest"]) for each in _PIN.finditer(text))
    return [pin for pin in found if not pin.name.startswith(_OURS)]


def newest(pin: Pin, tags: list[str]) -> str:
    """Return the newest tag of the same form that the pin may move to: two numbers and that word for ``17.6-word``."""
    form = re.compile(re.sub(r"\d+", r"(\\d+)", re.escape(pin.tag)))
    held = _numbers(pin.tag)[: _HELD.get(pin.name, 0)]
    versions = [(_numbers(tag), tag) for tag in {*tags, pin.tag} if form.fullmatch(tag)]
    return max(version for version in versions if version[0][: len(held)] == held)[1]


def _numbers(tag: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", tag)))


class ImageRegistry:
    """A registry, asked anonymously."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self.host = urlsplit(url).netloc
        self._tokens: dict[str, str] = {}

    def has(self, pin: Pin) -> bool:
        """Return whether this is where an image is asked for."""
        host = _host(pin.name)
        return host == self.host if host or self.host in _NAMED else True

    def tags(self, name: str) -> list[str]:
        """List an image's tags.

        Raises:
            PinsError: when the registry can't tell.
        """
        path: str | None = f"/v2/{_repository(name)}/tags/list?n=1000"
        found: list[str] = []
        while path:
            answer = self._ask(name, path)
            found += json.loads(answer.read())["tags"] or []
            following = re.search(r'<([^>]+)>;\s*rel="?next"?', answer.headers.get("Link") or "")
            path = following[1] if following else None
        return found

    def digest(self, name: str, tag: str) -> str:
        """Return the digest of a tag, for all its platforms.

        Raises:
            PinsError: when the registry can't tell.
        """
        answer = self._ask(name, f"/v2/{_repository(name)}/manifests/{tag}", method="HEAD")
        found = answer.headers.get("Docker-Content-Digest") or ""
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", found):
            raise PinsError(f"The registry tells no digest of {name}:{tag}.")
        return found

    def _ask(self, name: str, path: str, *, method: str = "GET") -> http.client.HTTPResponse:
        try:
            return self._open(name, path, method)
        except HTTPError as error:
            if error.code != http.client.UNAUTHORIZED or name in self._tokens:
                raise PinsError(f"The registry refuses {path}: {error.code} {error.reason}.") from error
            self._tokens[name] = _token(error.headers.get("WWW-Authenticate") or "")
            return self._ask(name, path, method=method)
        except URLError as error:
            raise PinsError(f"The registry at {self._url} can't be asked: {error.reason}.") from error

    def _open(self, name: str, path: str, method: str) -> http.client.HTTPResponse:
        headers = {"Accept": _MANIFESTS} if method == "HEAD" else {}
        if name in self._tokens:
            headers["Authorization"] = f"Bearer {self._tokens[name]}"
        request = Request(urljoin(f"{self._url}/", path), headers=headers, method=method)  # noqa: S310 - a registry
        answer: http.client.HTTPResponse = urlopen(request, timeout=_SECONDS)  # noqa: S310
        return answer


def _repository(name: str) -> str:
    host = _host(name)
    if host:
        return name.removeprefix(f"{host}/")
    return name if "/" in name else f"library/{name}"


def _host(name: str) -> str:
    """Return the registry that an image's name begins with, or nothing for Docker Hub's."""
    first, _, rest = name.partition("/")
    return first if rest and "." in first else ""


def _token(challenge: str) -> str:
    """Get a token for whoever asks, where the registry says that they are given."""
    asked = dict(_CHALLENGE.findall(challenge))
    realm = asked.pop("realm", "")
    if not realm.startswith(("http://", "https://")):
        raise PinsError("The registry asks for a login, and does not say where one is given.")
    with urlopen(f"{realm}?{urlencode(asked)}", timeout=_SECONDS) as answer:  # noqa: S310 - where the registry says
        return str(json.loads(answer.read())["token"])


def moved(text: str, registry: ImageRegistry) -> Iterator[tuple[Pin, Pin]]:
    """Compare each pin of a file with the registry; give those that should move, and where to."""
    for pin in filter(registry.has, dict.fromkeys(pins(text))):
        tag = newest(pin, registry.tags(pin.name))
        wanted = Pin(pin.name, tag, registry.digest(pin.name, tag))
        if wanted != pin:
            yield pin, wanted


def main(files: tuple[Path, ...] = FILES) -> int:
    """Print which pins are behind, and move them if asked to. Exit code 1 when some were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the newest tags and their digests into the files")
    parser.add_argument("--registry", required=True, help="the address of the registry, or of a mirror of it")
    chosen = parser.parse_args()
    registry, behind = ImageRegistry(chosen.registry), False
    for path in files:
        text = path.read_text("utf-8")
        try:
            changes = list(moved(text, registry))
        except PinsError as error:
            sys.exit(str(error))
        for pin, wanted in changes:
            behind = True
            sys.stdout.write(f"{path.name}: {pin} -> {wanted}\n")
            text = re.sub(rf"{re.escape(str(pin))}(?![\w@.-])", str(wanted), text)
        if chosen.write:
            path.write_text(text, "utf-8")
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit(main())
