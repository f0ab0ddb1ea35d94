"""A real browser on a page of another origin tries what pages can do, on each server, and gets nowhere."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from fraudflow_guard.keys import read

from infra.servers.answering import answers
from tests.browser import Page
from tests.e2e.access.conftest import EVIL
from tests.e2e.access.targets import SERVERS, SILENCE, Target, state_of, targets
from tests.e2e.conftest import EmbeddedStack, poll
from tests.e2e.monitoring.conftest import fetch
from tests.e2e.test_stack import processes_in

type Guarded = tuple[EmbeddedStack, dict[str, str]]
# A page on another port of this machine is of the same site to browsers or of another, by the name it is known by.
ORIGINS = ("127.0.0.1", "localhost", EVIL)
pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Outcome:
    """The responses that a page could read, and the state of the servers before and after."""

    read: dict[str, list[str]]
    before: dict[str, Any]
    after: dict[str, Any]


@pytest.fixture(scope="module", params=ORIGINS)
def outcome(request: pytest.FixtureRequest, guarded: Guarded, page: Page, attacker: int) -> Outcome:
    """Run every attack of a page of an origin."""
    _, urls = guarded
    before = state_of(urls)
    page.show(f"http://{request.param}:{attacker}/attack.html", width=1000)
    return Outcome(attack(page, targets(urls)), before, state_of(urls))


def attack(page: Page, tried: dict[str, Target]) -> dict[str, list[str]]:
    """Run the page's attacks on some servers at once; return what it could read of each, refusals left out."""
    read = page.ask(f"Promise.all([{', '.join(target.script() for target in tried.values())}])")
    page.close_others()
    return {
        name: [text for text in texts if "Requests are answered only under the server's own names" not in text]
        for name, texts in zip(tried, read, strict=True)
    }


@pytest.mark.parametrize("server", SERVERS)
def test_a_page_of_another_origin_reads_and_writes_nothing(outcome: Outcome, server: str) -> None:
    assert outcome.read[server] == []
    assert outcome.after[server] == outcome.before[server]


# LocalStack refuses in XML, which is no page to start from; test_gateway.py asks it under other names.
@pytest.mark.parametrize("server", [name for name in SERVERS if name != "localstack"])
def test_a_name_that_was_bound_to_this_machine_opens_nothing(
    guarded: Guarded, page: Page, attacker: int, server: str
) -> None:
    """After DNS rebinding the page is of the same origin as what it asks for, but for the name."""
    _, urls = guarded
    before = state_of(urls)[server]
    rebound = {name: url.replace("127.0.0.1", EVIL) for name, url in urls.items()}
    page.show(f"{rebound[server]}/", width=1000)
    page.ask(f"{fetch(f'http://127.0.0.1:{attacker}/attack.js')}; 0")
    assert attack(page, {server: targets(rebound)[server]}) == {server: []}
    assert state_of(urls)[server] == before


def test_behind_the_guard_a_page_gets_no_further(guarded: Guarded, page: Page, attacker: int) -> None:
    """A page may find where the servers themselves listen: they know nobody but the guard."""
    _, urls = guarded
    behind = _behind(guarded[0])
    assert set(behind) == {"prometheus", "alertmanager", "pushgateway"}
    assert not set(behind.values()) & set(urls.values())
    before = state_of(urls)
    page.show(f"http://{EVIL}:{attacker}/attack.html", width=1000)
    tried = {name: target for name, target in targets(urls | behind).items() if name in behind}
    assert attack(page, tried) == {name: [] for name in behind}
    assert state_of(urls) == before


def _behind(stack: EmbeddedStack) -> dict[str, str]:
    """Ask the guard's own command where the servers are."""
    words = stack.command("pgrep", "-af", f"fraudflow_guard --keys {stack.home}/").stdout.split()
    doors = [word.split("=") for word in words if "=http" in word]
    return {name: upstream for name, _, upstream, _ in doors}


@pytest.fixture
def linked(page: Page, attacker: int) -> Iterator[None]:
    page.show(f"http://{EVIL}:{attacker}/attack.html", width=1000)
    yield
    page.show("about:blank", width=1000)


@pytest.mark.parametrize(
    ("server", "path", "shows"),
    [
        ("mlflow", "/", "Experiments"),
        ("prometheus", "/graph", "Prometheus"),
        ("alertmanager", "/", "Alertmanager"),
        ("pushgateway", "/", "Pushgateway"),
        ("console", "/", "Servers"),
        ("console", "/runs/~live", "opens pages, and this is a part of one"),
    ],
)
@pytest.mark.usefixtures("linked")
def test_a_link_on_another_site_opens_our_page(
    guarded: Guarded, page: Page, server: str, path: str, shows: str
) -> None:
    _, urls = guarded
    page.follow(f"{urls[server]}{path}")
    poll(lambda: _shows(page, urls[server], shows), seconds=30, what=f"the page of {server}")


def test_a_page_that_leaves_while_it_is_asked_answers_nothing(guarded: Guarded, page: Page) -> None:
    # What `_shows` meets now and then, here each time.
    _, urls = guarded
    for name, path, shows in (("pushgateway", "/", "Pushgateway"), ("prometheus", "/graph", "Prometheus")):
        assert page.glance(f"new Promise(() => {{ location.href = '{urls[name]}{path}' }})") is None
        poll(partial(_shows, page, urls[name], shows), seconds=30, what=f"the page of {name}")


def test_our_own_pages_work_as_before(guarded: Guarded, page: Page) -> None:
    _, urls = guarded
    run = _run_with_artifacts(urls["mlflow"])
    page.show(f"{urls['mlflow']}/#/experiments/0/runs/{run}", width=1400)
    poll(lambda: _shows(page, urls["mlflow"], "a run of ours"), seconds=30, what="the run in MLflow")
    # What it shows of a run's files comes with the CSP; its own page asks for it, and draws it.
    page.ask(f"void (location.hash = '#/experiments/0/runs/{run}/artifacts/page.html')")
    poll(
        lambda: page.glance("Boolean(document.querySelector('iframe'))") or None, seconds=30, what="the file in MLflow"
    )
    assert page.ask("document.title") != "it ran"
    # Debian's Alertmanager comes without its pages; this is what they send.
    page.show(f"{urls['alertmanager']}/", width=1000)
    options = f"{{method: 'POST', headers: {{'Content-Type': 'application/json'}}, body: {json.dumps(SILENCE)}}}"
    assert page.ask(f"fetch('/api/v2/silences', {options}).then((answer) => answer.status)") == 200


def test_a_file_of_a_run_never_acts_as_a_page_of_mlflow(guarded: Guarded) -> None:
    _, urls = guarded
    run = _run_with_artifacts(urls["mlflow"])
    for path in (
        f"/get-artifact?path=page.html&run_uuid={run}",
        f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/page.html",
    ):
        headers = _headers(f"{urls['mlflow']}{path}")
        assert headers["content-security-policy"].startswith("sandbox;"), path
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("linked")
def test_a_report_opens_with_a_click_and_runs_no_script(guarded: Guarded, page: Page) -> None:
    stack, urls = guarded
    keys = read(stack.home / "keys.json")
    login = {"aws_access_key_id": keys.access_key_id, "aws_secret_access_key": keys.secret_access_key}
    s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=urls["localstack"], **login)  # type: ignore[call-overload]
    where = {"Bucket": "runs", "Key": "shown/report.html"}
    script = "<script>document.title = 'it ran'</script>"
    body = f"<title>a report</title><a href='{urls['console']}/'>of ours</a>{script}"
    s3.put_object(**where, Body=body.encode(), ContentType="text/html")
    link = s3.generate_presigned_url("get_object", Params=where)
    page.follow(link)
    poll(lambda: _shows(page, urls["localstack"], "of ours"), seconds=30, what="the report")
    assert page.ask("document.title") == "a report"
    # Its sandbox gives the page an origin that is nobody's; its links lead on all the same.
    page.click("a")
    poll(lambda: _shows(page, urls["console"], "Servers"), seconds=30, what="the console")
    s3.delete_object(**where)


@pytest.mark.parametrize("name", ["mlflow", "localstack", "pushgateway"])
def test_a_link_on_a_page_of_ours_opens_the_console(guarded: Guarded, page: Page, name: str) -> None:
    """To browsers another port is the same site; the gate takes it for a foreign one, but for links."""
    _, urls = guarded
    page.show(f"{urls[name]}/{'_localstack/health' if name == 'localstack' else ''}", width=1000)
    page.ask(f"""(() => {{
        const link = Object.assign(document.createElement("a"), {{href: {json.dumps(urls["console"] + "/")}}});
        document.body.append(link);
        link.click();
    }})()""")
    poll(lambda: _shows(page, urls["console"], "Servers"), seconds=30, what="the console")


def test_a_guard_that_was_killed_is_started_again(guarded: Guarded) -> None:
    stack, urls = guarded
    os.kill(processes_in(stack)["guard"], signal.SIGKILL)
    ready = f"{urls['pushgateway']}/-/ready"
    poll(lambda: not answers(ready) or None, seconds=30, what="the end of the guard")
    poll(lambda: answers(ready) or None, seconds=30, what="the restart of the guard")


def _shows(page: Page, origin: str, text: str) -> bool | None:
    here = f"location.origin === {origin!r} && document.body"
    return page.glance(f"Boolean({here} && (document.title + document.body.innerText).includes({text!r}))") or None


def _run_with_artifacts(url: str) -> str:
    """Make a run by what a program sends, with a page among its files."""
    created = fetch(f"{url}/api/2.0/mlflow/runs/create", {"experiment_id": "0", "run_name": "a run of ours"})
    run = str(created["run"]["info"]["run_id"])
    request = Request(  # noqa: S310 - our own server
        f"{url}/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/page.html",
        data=b"<script>document.title = 'it ran'</script><p>a page of ours</p>",
        method="PUT",
    )
    with urlopen(request, timeout=10):  # noqa: S310
        return run


def _headers(url: str) -> dict[str, str]:
    with urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
        return {name.lower(): value for name, value in answer.headers.items()}
