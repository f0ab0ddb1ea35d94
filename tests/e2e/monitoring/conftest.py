"""Debian's Pushgateway, Prometheus and Alertmanager on ports of their own, configured from our files."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
import yaml

from functions.adapters.pushgateway import Pushgateway
from functions.telemetry.gateway_groups import by_group
from functions.telemetry.metrics import Sample
from tests.contract.monitoring import PROMETHEUS, load
from tests.e2e.conftest import free_port, poll
from tests.e2e.monitoring.counted_service import counted_service

PACKAGES = {
    "amtool": "prometheus-alertmanager",
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "prometheus-pushgateway": "prometheus-pushgateway",
    "promtool": "prometheus",
}
OFTEN = "500ms"  # scrapes may not take longer either, on a busy machine


def binary(name: str) -> str:
    """Find a program, or skip the test; in CI it has to be there."""
    if found := shutil.which(name):
        return found
    reason = f"{name} is not on PATH: install Debian's package {PACKAGES[name]}."
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def fetch(url: str, body: object = None) -> Any:  # noqa: ANN401 - JSON is anything
    """Ask for JSON, or send it."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data=data, headers={"Content-Type": "application/json"})  # noqa: S310 - our own servers
    with urlopen(request, timeout=10) as answer:  # noqa: S310
        text = answer.read()
    return json.loads(text) if text.lstrip().startswith((b"{", b"[")) else text.decode()


@contextmanager
def running(words: list[str], *, ready: str, log: Path, seconds: float = 20) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server for as long as the block takes."""
    with log.open("wb") as output, subprocess.Popen(words, stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            poll(lambda: _is_ready(process, ready, log), seconds=seconds, what=f"the start of {words[0]}")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def _is_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> bool | None:
    assert process.poll() is None, log.read_text()
    try:
        fetch(url)
    except URLError:
        return None
    return True


@dataclass(frozen=True)
class Prometheus:
    """Prometheus' query API."""

    url: str

    def instant(self, expression: str) -> list[dict[str, Any]]:
        return self._ask("query", query=expression)

    def range(self, expression: str, *, start: float, end: float) -> list[dict[str, Any]]:
        return self._ask("query_range", query=expression, start=start, end=end, step=1)

    def value(self, expression: str) -> float | None:
        """Return the one value of an expression, or None when it has none."""
        result = self.instant(expression)
        assert len(result) <= 1
        return float(result[0]["value"][1]) if result else None

    def rules(self) -> list[dict[str, Any]]:
        groups = fetch(f"{self.url}/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def label_values(self, label: str, selector: str) -> list[str]:
        answer = fetch(f"{self.url}/api/v1/label/{label}/values?{urlencode({'match[]': selector})}")
        return list(answer["data"])

    def _ask(self, what: str, **words: object) -> list[dict[str, Any]]:
        answer = fetch(f"{self.url}/api/v1/{what}?{urlencode(words)}")
        assert answer["status"] == "success"
        return list(answer["data"]["result"])


@dataclass(frozen=True)
class Monitoring:
    """A Pushgateway that Prometheus scrapes."""

    gateway: Pushgateway
    prometheus: Prometheus

    def push(self, samples: list[Sample]) -> None:
        """Push a run's samples as PublishResults does."""
        self.push_groups(by_group(samples))

    def push_groups(self, groups: Iterable[tuple[Mapping[str, str], list[Sample]]]) -> None:
        for grouping, samples in groups:
            assert self.gateway.push(samples, grouping=grouping) is None

    def wait_for(self, expression: str) -> None:
        """Wait until an expression has a result."""
        poll(lambda: self.prometheus.instant(expression) or None, seconds=15, what=expression)


@contextmanager
def monitoring(folder: Path, *, alertmanager_port: int | None = None) -> Iterator[Monitoring]:
    """Run both servers; alerts don't wait, and have a receiver when a port is given."""
    gateway, prometheus = binary("prometheus-pushgateway"), binary("prometheus")
    gateway_port, port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        targets = {"pushgateway": gateway_port, "prometheus": port, "alertmanager": alertmanager_port or port}
        targets["scoring"] = stack.enter_context(counted_service())
        config = _configure(folder, targets, alertmanager_port=alertmanager_port)
        for words, ready, log in (
            (
                [gateway, f"--web.listen-address=127.0.0.1:{gateway_port}", "--persistence.file="],
                f"http://127.0.0.1:{gateway_port}/-/ready",
                folder / "pushgateway.log",
            ),
            (
                [
                    prometheus,
                    f"--config.file={config}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{port}",
                ],
                f"{url}/-/ready",
                folder / "prometheus.log",
            ),
        ):
            stack.enter_context(running(words, ready=ready, log=log))
        yield Monitoring(Pushgateway(url=f"http://127.0.0.1:{gateway_port}"), Prometheus(url))


def _configure(folder: Path, targets: Mapping[str, int], *, alertmanager_port: int | None) -> Path:
    """Write our configuration with addresses and intervals of the test's own."""
    config = load(PROMETHEUS / "prometheus.yml")
    config["global"] |= {"scrape_interval": OFTEN, "scrape_timeout": OFTEN, "evaluation_interval": OFTEN}
    for job in config["scrape_configs"]:
        job.pop("basic_auth", None)  # the containers' own
        job["static_configs"] = [{"targets": [f"127.0.0.1:{targets[job['job_name']]}"]}]
    receivers = [f"127.0.0.1:{alertmanager_port}"] if alertmanager_port else []
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": receivers}]}]
    (folder / "rules").mkdir(parents=True)
    for path in (PROMETHEUS / "rules").glob("*.yml"):
        content = load(path)
        for group in content["groups"]:
            for rule in group["rules"]:
                rule.pop("for", None)
        (folder / "rules" / path.name).write_text(yaml.safe_dump(content), "utf-8")
    written = folder / "prometheus.yml"
    written.write_text(yaml.safe_dump(config), "utf-8")
    return written
