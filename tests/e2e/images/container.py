"""A Dockerfile's steps, carried out one by one in a root of their own."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.composed import steps
from tests.contract.monitoring import ROOT

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Container:
    """A root directory in which a Dockerfile's steps are carried out one by one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = "/"
        self.user = "root"
        self.environment = {"PATH": PATH, "LANG": "C.UTF-8"}
        self.command: list[str] = []

    def build(self, dockerfile: Path) -> None:
        for word, rest in steps(dockerfile):
            match word:
                case "ARG" | "FROM" | "EXPOSE":
                    pass
                case "USER":
                    self.user = rest
                case "WORKDIR":
                    self.folder = rest
                    self.path(rest).mkdir(parents=True, exist_ok=True)
                case "ENV":
                    self._set(rest)
                case "COPY":
                    self._copy(*rest.split())
                case "RUN":
                    self.run(rest)
                case "ENTRYPOINT" | "CMD":
                    self.command += [part.strip(' "') for part in rest.strip("[]").split(",")]
                case _:
                    pytest.fail(f"{dockerfile} has a step that this test can't carry out: {word}")

    def path(self, inside: str) -> Path:
        return self.root / (inside if inside.startswith("/") else f"{self.folder}/{inside}").lstrip("/")

    def run(self, script: str, **variables: str) -> str:
        done = subprocess.run(
            self.words("/bin/sh", "-c", script), check=False, capture_output=True, text=True, env=self._with(variables)
        )
        assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    @contextmanager
    def running(self, log: Path, *words: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        with log.open("wb") as output:
            process = subprocess.Popen(
                self.words(*words),
                env=self._with(variables),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            # The first process of a PID namespace takes all others with it.
            process.kill()
            process.wait()

    def words(self, *words: str) -> list[str]:
        """Return the command that runs words inside: with its own processes, as its user, in its directory."""
        inside = ["setpriv", f"--reuid={self.user}", f"--regid={self._group()}", "--clear-groups", "--", *words]
        script = 'mount -t proc proc /proc && cd "$1" && shift && exec "$@"'
        return [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", f"--root={self.root}"),
            *("/bin/sh", "-c", script, "sh", self.folder, *inside),
        ]

    def _group(self) -> str:
        """Return the user's group, which need not have its name: nobody's is nogroup on Debian."""
        rows = [line.split(":") for line in (self.root / "etc/passwd").read_text("utf-8").splitlines()]
        return {name: group for name, _, _, group, *_ in rows}.get(self.user, self.user)

    def _with(self, variables: Mapping[str, str]) -> dict[str, str]:
        # How this machine reaches a package index is its own affair.
        own = {name: value for name, value in os.environ.items() if name.startswith(("PIP_INDEX", "PIP_PROXY"))}
        home = "/root" if self.user == "root" else f"/home/{self.user}"
        return {**own, "PIP_CERT": str(CERTIFICATES), "HOME": home, **self.environment, **variables}

    def _set(self, rest: str) -> None:
        for pair in rest.split():
            name, _, value = pair.partition("=")
            self.environment[name] = value.replace("$PATH", self.environment["PATH"])

    def _copy(self, *words: str) -> None:
        *sources, target = words
        into = self.path(target)
        for source in sources:
            path = ROOT / source
            if path.is_dir():
                shutil.copytree(path, into, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, into)
