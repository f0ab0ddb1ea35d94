"""A Docker engine of the tests' own, and the base images that stand in for those that it can't pull."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.contract.composed import DOCKERFILES, SERVICES, steps
from tests.contract.monitoring import ROOT
from tests.e2e.conftest import poll

BASES = Path(__file__).parent / "bases"
# Where Debian's packages have Compose.
PLUGINS = Path("/usr/libexec/docker/cli-plugins")
PROGRAMS = ("dockerd", "docker", "containerd", "runc", "iptables")
_REFERENCE = re.compile(r"(?P<repository>[\w./-]+):(?P<tag>[\w.-]+)@(?P<digest>sha256:[0-9a-f]{64})")


def missing() -> list[str]:
    """Return the programs that an engine needs and that are not on PATH."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def references() -> list[re.Match[str]]:
    """Return the images that compose and the Dockerfiles start from, each as it is named and pinned there."""
    named = [service["image"] for service in SERVICES.values() if "build" not in service]
    for dockerfile in DOCKERFILES.values():
        given = dict(rest.split("=", 1) for word, rest in steps(dockerfile) if word == "ARG")
        [image] = [rest for word, rest in steps(dockerfile) if word == "FROM"]
        for name, value in given.items():
            image = image.replace(f"${{{name}}}", value)
        named.append(image)
    return [found for found in map(_REFERENCE.fullmatch, sorted(set(named))) if found]


class Engine:
    """A Docker daemon whose files and socket lie in one folder.

    It knows no other engine's images. Its networks are this machine's, so it needs root and iptables.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._socket = folder / "docker.sock"
        plugins = folder / "config" / "cli-plugins"
        plugins.mkdir(parents=True)
        for plugin in PLUGINS.glob("docker-*"):
            (plugins / plugin.name).symlink_to(plugin)
        self.environment = {"DOCKER_HOST": f"unix://{self._socket}", "DOCKER_CONFIG": str(folder / "config")}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the daemon."""
        words = (f"--data-root={self._data}", f"--exec-root={self._folder / 'exec'}", f"--host=unix://{self._socket}")
        with (self._folder / "dockerd.log").open("ab") as log:
            process = subprocess.Popen(
                ("dockerd", *words, f"--pidfile={self._folder / 'pid'}", "--mtu=1400"), stdout=log, stderr=log
            )
        try:
            poll(lambda: self._answers(process), seconds=60, what="an answer of dockerd")
            yield
        finally:
            process.terminate()
            process.wait(60)

    def _answers(self, process: subprocess.Popen[bytes]) -> bool | None:
        assert process.poll() is None, (self._folder / "dockerd.log").read_text()[-3000:]
        asked = subprocess.run(("docker", "info"), check=False, capture_output=True, env=self._with({}))
        return asked.returncode == 0 or None

    def docker(self, *words: str, **variables: str) -> str:
        """Carry out a command of Docker's; return what it prints."""
        done = subprocess.run(
            ("docker", *words), check=False, capture_output=True, text=True, cwd=ROOT, env=self._with(variables)
        )
        assert done.returncode == 0, f"docker {' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}"
        return done.stdout

    def build_bases(self, root: Path) -> None:
        """Build the stand-ins, each on a Debian root."""
        packed = subprocess.Popen(("tar", "-C", str(root), "-c", "."), stdout=subprocess.PIPE)
        imported = subprocess.run(
            ("docker", "import", "-", "debian-root"), stdin=packed.stdout, check=False, env=self._with({})
        )
        assert (packed.wait(), imported.returncode) == (0, 0)
        for path in sorted(BASES.glob("*.Dockerfile")):
            context = f"--build-context=localstack={ROOT / 'localstack'}"
            self.docker("build", "--quiet", context, f"--file={path}", f"--tag=stand-in-{path.stem}", str(BASES))

    def name_bases(self) -> None:
        """Enter the stand-ins under the names and digests that are asked for, while the daemon does not run.

        A digest is a registry's word, which no command gives to an image; the engine keeps it in this file.
        """
        [path] = self._data.glob("image/*/repositories.json")
        content = json.loads(path.read_text())
        known = content["Repositories"]
        for found in references():
            repository, tag, digest = found.group("repository", "tag", "digest")
            stand_in = f"stand-in-{repository.rpartition('/')[2]}"
            image = known[stand_in][f"{stand_in}:latest"]
            known.setdefault(repository, {}).update(
                {f"{repository}:{tag}": image, f"{repository}@{digest}": image},
            )
        path.write_text(json.dumps(content))

    def _with(self, variables: Mapping[str, str]) -> dict[str, str]:
        return {**os.environ, **self.environment, **variables}
