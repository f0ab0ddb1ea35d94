"""docker-compose.yml holds together, as far as that can be told without pulling an image."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.home.environment import server_environment
from infra.home.layout import Home
from infra.servers.monitoring import PROGRAMS, RETENTION
from infra.servers.server_specs import declare
from infra.settings import StackSettings
from tests.contract.composed import COMPOSE, DOCKERFILES, SERVICES, VARIABLE, steps
from tests.contract.monitoring import GRAFANA, PROMETHEUS, ROOT, load

# A host and a port, in a URL or by themselves; what has a slash, a dot or a digit before it is a path or an image.
ADDRESS = re.compile(r"(?:^|//|@|[\s\",])([a-z][a-z-]*):(\d{2,5})(?=$|[/\s\",])")


FILES_WITH_ADDRESSES = (
    PROMETHEUS / "prometheus.yml",
    PROMETHEUS / "alertmanager.yml",
    GRAFANA / "provisioning" / "datasources" / "prometheus.yml",
)


MISSING = "set it in .env, as .env.example tells"


each_service = pytest.mark.parametrize("name", SERVICES)


def strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - YAML is anything
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def ports_of(name: str) -> set[int]:
    """Return the ports on which a service listens inside its network."""
    inside = {"postgres": 5432, **{door: port for door, _, port, _ in doors()}}
    published = {int(port.rpartition(":")[2]) for port in SERVICES[name].get("ports", [])}
    return published | {inside[name]} if name in inside else published


def doors() -> list[tuple[str, int, int, str]]:
    """List the guard's doors: the server, the guard's port, the server's port, and how the public port is set."""
    found = [
        re.fullmatch(r"--door=(\w+)=0\.0\.0\.0:(\d+)=http://\1:(\d+)=(\S+)", word)
        for word in SERVICES["guard"]["command"]
        if word.startswith("--door")
    ]
    return [(each[1], int(each[2]), int(each[3]), each[4]) for each in found if each]


def test_what_can_not_check_who_asks_is_published_by_the_guard_alone() -> None:
    assert {door[0] for door in doors()} == set(PROGRAMS)
    published = dict(reversed(port.removeprefix("127.0.0.1:").rsplit(":", 1)) for port in SERVICES["guard"]["ports"])
    for name, port, behind, public in doors():
        assert "ports" not in SERVICES[name]
        assert port == behind
        assert published[str(port)] == public
    assert [name for name, service in SERVICES.items() if "ports" in service] == [
        *("localstack", "mlflow", "scoring", "guard")
    ]
    assert "--alias=guard" in SERVICES["guard"]["command"]


@pytest.mark.parametrize("name", ["pushgateway", "alertmanager", "prometheus"])
def test_a_server_behind_the_guard_asks_for_the_password_that_the_guard_has_made(name: str) -> None:
    service = SERVICES[name]
    assert "--web.config.file=/keys/web.yml" in service["command"]
    assert "guard:/keys:ro" in service["volumes"]
    assert service["depends_on"]["guard"] == {"condition": "service_healthy"}
    # A key of the guard's is readable by its owner only.
    assert service["user"] == SERVICES["guard"]["user"] == "nobody"
    assert "$$(cat /keys/login)" in service["healthcheck"]["test"][-1]
    assert "guard:/keys" in SERVICES["guard"]["volumes"]
    assert ("ENTRYPOINT", '["python", "-m", "fraudflow_guard", "--keys=/keys/keys.json", "--share=/keys"]') in steps(
        DOCKERFILES["guard"]
    )


def test_mlflow_knows_itself_by_its_published_port_and_its_name_in_the_network() -> None:
    host, port, *options = SERVICES["mlflow"]["command"]
    assert (host, port) == ("0.0.0.0", "5000")  # noqa: S104 - inside of its network
    assert options == ["--public-port=${FRAUDFLOW_MLFLOW_PORT:-5000}", "--alias=mlflow:5000", "--no-links"]


def test_it_is_a_compose_file() -> None:
    command = [
        str(Path(sys.executable).parent / "check-jsonschema"),
        "--builtin-schema",
        "vendor.compose-spec",
        str(ROOT / "docker-compose.yml"),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_services_are_those_of_the_stack() -> None:
    assert set(SERVICES) == {
        *("localstack", "mlflow", "postgres", "scoring"),
        *("guard", "prometheus", "pushgateway", "alertmanager", "grafana"),
    }


@each_service
def test_a_service_is_pinned_bounded_watched_and_nobodys_root(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(
        r"fraudflow/[a-z]+:\d+\.\d+(\.\d+)?|[a-z/]+:v?\d+\.[\w.-]+@sha256:[0-9a-f]{64}", service["image"]
    )
    assert service["user"] not in {"root", "0", 0}
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@each_service
def test_a_service_is_published_on_loopback_where_the_settings_have_it(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        found = re.fullmatch(r"127\.0\.0\.1:\$\{FRAUDFLOW_(\w+_PORT):-(\d+)\}:(\d+)", port)
        assert found, port
        default = StackSettings.model_fields[found[1].lower()].default
        assert str(default) == found[2] == found[3]


@each_service
def test_a_service_waits_for_others_until_they_are_healthy(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert other in SERVICES
        assert how == {"condition": "service_healthy"}


@each_service
def test_what_is_mounted_exists_and_is_read_only_and_what_is_written_has_a_volume(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source, target, *mode = mount.split(":")
        assert target.startswith("/")
        if source.startswith("."):
            assert (ROOT / source).exists(), source
            assert mode == ["ro"]
        else:
            assert source in COMPOSE["volumes"]
            assert mode == ([] if source == name else ["ro"])


def test_every_volume_and_secret_is_used() -> None:
    mounts = [mount.partition(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]
    assert set(COMPOSE["volumes"]) <= set(mounts)
    given = {secret["source"] for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert set(COMPOSE["secrets"]) == given


def test_nothing_mounts_dockers_socket() -> None:
    assert not [text for text in strings(COMPOSE) if "docker.sock" in text]


def test_alertmanager_finds_its_secrets_where_its_configuration_looks() -> None:
    mounted = {secret["target"] for secret in SERVICES["alertmanager"]["secrets"]}
    text = (PROMETHEUS / "alertmanager.yml").read_text("utf-8")
    assert set(re.findall(r"_file: (\S+)", text)) == mounted


def test_every_address_is_of_a_service_and_its_port() -> None:
    texts = [*strings(COMPOSE), *(text for path in FILES_WITH_ADDRESSES for text in strings(load(path)))]
    texts += (ROOT / "infra" / "stack" / "compose.py").read_text("utf-8").splitlines()
    found = {(host, int(port)) for text in texts for host, port in ADDRESS.findall(text)}
    assert len(found) >= 6
    for host, port in found:
        assert host in SERVICES, host
        assert port in ports_of(host), (host, port)


def test_health_checks_ask_the_port_that_the_service_has() -> None:
    for name, service in SERVICES.items():
        asked = re.findall(r"127\.0\.0\.1:(\d+)", " ".join(service["healthcheck"]["test"]))
        assert {int(port) for port in asked} <= ports_of(name)


def test_no_password_has_a_default_and_the_example_names_each_without_one() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    used = dict(VARIABLE.findall(text))
    passwords = {name for name in used if "PASSWORD" in name or "SCORING_TOKEN" in name}
    assert passwords == {"POSTGRES_PASSWORD", "GRAFANA_ADMIN_PASSWORD", "FRAUDFLOW_SCORING_TOKEN"}
    assert {used[name] for name in passwords} == {f":?{MISSING}"}
    example = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text("utf-8"), flags=re.MULTILINE))
    from_files = {secret["environment"] for secret in COMPOSE["secrets"].values()}
    of_ports = {name for name in used if name.endswith("_PORT")}
    assert example == dict.fromkeys((set(used) - of_ports) | from_files, "")
    assert ".env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_localstack_is_the_version_that_is_pinned_elsewhere() -> None:
    project = tomllib.loads((ROOT / "localstack" / "pyproject.toml").read_text("utf-8"))
    [pinned] = [each.partition("==")[2] for each in project["project"]["dependencies"] if "localstack-core" in each]
    assert SERVICES["localstack"]["build"]["args"]["LOCALSTACK_VERSION"] == pinned
    assert SERVICES["localstack"]["image"].endswith(f":{pinned}")
    assert ("ARG", f"LOCALSTACK_VERSION={pinned}") in steps(DOCKERFILES["localstack"])


def test_localstack_has_the_switches_of_the_embedded_one(tmp_path: Path) -> None:
    [embedded, *_] = declare(StackSettings(home=tmp_path, monitoring=False), Home(tmp_path))
    # Where things lie differs, and so does whether it is in a container.
    of_the_place = {"GATEWAY_LISTEN", "LOCALSTACK_HOST", "LOCALSTACK_VOLUME_DIR", "FILESYSTEM_ROOT", "TEMP"}
    of_the_place |= {"FRAUDFLOW_FUNCTIONS_PYTHON", "FRAUDFLOW_S3_DIR", "FRAUDFLOW_KEYS_FILE", "OVERRIDE_IN_DOCKER"}
    wanted = {
        name: value
        for name, value in embedded.environment.items()
        if name not in server_environment() and name not in of_the_place
    }
    given = dict(
        pair.split("=", 1) for word, rest in steps(DOCKERFILES["localstack"]) if word == "ENV" for pair in rest.split()
    )
    assert {name: given.get(name) for name in wanted} == wanted


def test_prometheus_keeps_as_much_as_the_embedded_one() -> None:
    assert f"--storage.tsdb.retention.time={RETENTION}" in SERVICES["prometheus"]["command"]


@pytest.mark.parametrize("name", ["localstack", "scoring"])
def test_an_image_that_trains_or_loads_models_has_openmp_for_lightgbm(name: str) -> None:
    done = dict.fromkeys(rest for word, rest in steps(DOCKERFILES[name]) if word == "RUN")
    assert any("functions.txt" in each for each in done)
    assert any(re.search(r"apt-get install .*libgomp1", each) for each in done)


def test_the_pipeline_and_the_service_have_the_same_settings() -> None:
    pipeline, service = (SERVICES[name]["environment"] for name in ("localstack", "scoring"))
    of_users = {name for name, value in service.items() if str(value).startswith(f"${{{name}:-")}
    assert len(of_users) >= 7
    assert {name: pipeline.get(name) for name in of_users} == {name: service[name] for name in of_users}
    for name in of_users:
        assert name.removeprefix("FRAUDFLOW_").lower() in StackSettings.model_fields
