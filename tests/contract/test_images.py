"""Dockerfiles, and what the containers find in the files that are mounted."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.contract.composed import DOCKERFILES, FUNCTIONS_DOCKERFILE, SERVICES, steps
from tests.contract.monitoring import GRAFANA, ROOT, load

ALL = {**DOCKERFILES, "functions": FUNCTIONS_DOCKERFILE}
each_dockerfile = pytest.mark.parametrize("path", ALL.values(), ids=ALL)


def copied(path: Path) -> Iterator[str]:
    for word, rest in steps(path):
        if word == "COPY":
            yield from rest.split()[:-1]


@each_dockerfile
def test_a_dockerfile_copies_what_exists_and_reaches_its_context(path: Path) -> None:
    admitted = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    for source in copied(path):
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source, each) or source.startswith(f"{each}/") for each in admitted), source


@each_dockerfile
def test_an_image_runs_as_the_user_that_compose_names_and_installs_by_hash(path: Path) -> None:
    [name] = [name for name, each in ALL.items() if each == path]
    users = [rest for word, rest in steps(path) if word == "USER"]
    # In Lambda nobody is named: it has a user of its own.
    assert users[-1] == (SERVICES[name]["user"] if name in SERVICES else "65534")
    bases = [rest for word, rest in steps(path) if word == "FROM"]
    digests = {rest.partition("=")[2] for word, rest in steps(path) if word == "ARG" and "DIGEST" in rest}
    pinned = [base.replace("${LOCALSTACK_DIGEST}", "".join(digests)) for base in bases]
    assert all(re.search(r":(\d+\.\d+[\w.-]*|\$\{LOCALSTACK_VERSION\})@sha256:[0-9a-f]{64}$", base) for base in pinned)
    for word, rest in steps(path):
        for install in re.findall(r"pip install [^&]*", rest) if word == "RUN" else []:
            assert "--require-hashes" in install
            assert "--no-cache-dir" in install
            # What a package asks for and we leave out has no hash: the file lists all that is installed.
            assert "requirements/functions.txt" not in install or "--no-deps" in install


# The fields of Grafana's own types: pkg/services/provisioning/{dashboards,datasources}/types.go.
PROVIDER = {
    "name": str,
    "type": str,
    "orgId": int,
    "folder": str,
    "folderUid": str,
    "editable": bool,
    "options": dict,
    "disableDeletion": bool,
    "updateIntervalSeconds": int,
    "allowUiUpdates": bool,
}


SOURCE = {
    "orgId": int,
    "version": int,
    "name": str,
    "type": str,
    "access": str,
    "url": str,
    "user": str,
    "database": str,
    "basicAuth": bool,
    "basicAuthUser": str,
    "withCredentials": bool,
    "isDefault": bool,
    "correlations": list,
    "jsonData": dict,
    "secureJsonData": dict,
    "editable": bool,
    "uid": str,
}


@pytest.mark.parametrize(
    ("path", "section", "fields"),
    [("dashboards/fraudflow.yml", "providers", PROVIDER), ("datasources/prometheus.yml", "datasources", SOURCE)],
)
def test_grafana_knows_what_its_provisioning_files_say(path: str, section: str, fields: dict[str, type]) -> None:
    content = load(GRAFANA / "provisioning" / path)
    assert content.keys() == {"apiVersion", section}
    assert content["apiVersion"] == 1
    for entry in content[section]:
        assert {"name", "type"} <= entry.keys() <= fields.keys()
        assert {name: type(value) for name, value in entry.items()} == {name: fields[name] for name in entry}


def test_grafanas_dashboards_are_mounted_where_its_provider_looks() -> None:
    [provider] = load(GRAFANA / "provisioning" / "dashboards" / "fraudflow.yml")["providers"]
    mounts = dict(mount.split(":")[:2] for mount in SERVICES["grafana"]["volumes"])
    assert mounts["./grafana/dashboards"] == provider["options"]["path"]
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (GRAFANA / "dashboards" / Path(home).name).is_file()
    assert home.startswith(provider["options"]["path"])
