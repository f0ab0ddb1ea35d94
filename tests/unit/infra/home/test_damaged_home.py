"""A file of a home that is damaged one at a time ends nothing: it is mended, left out, or named in a sentence."""

import errno
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.errors import StackError
from infra.home.layout import Home
from infra.home.locks import hold
from infra.home.state import Deployed, ServerState, StackState, read_deployed, read_state, write_deployed, write_state
from infra.servers import supervisor
from infra.servers.supervisor import Supervisor
from infra.settings import StackSettings
from infra.stack import lifecycle
from infra.system.processes import identify

DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda body: body[: len(body) // 2],
    "empty": lambda _: b"",
    "random bytes": lambda _: bytes(range(128, 256)) * 4,
    "another type": lambda _: b"[3]",
    "wrong types": lambda body: json.dumps(dict.fromkeys(json.loads(body), 3)).encode(),
}
damaged = pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)


@pytest.fixture
def settings(tmp_path: Path) -> StackSettings:
    return StackSettings(home=tmp_path / "home", monitoring=False)


@pytest.fixture
def home(settings: StackSettings) -> Iterator[Home]:
    """Yield the home of a stack that is up: its supervisor's lock is held."""
    home = Home(settings.home).create()
    me = identify(os.getpid())
    assert me is not None
    servers = [ServerState(name=name, title=name, url="http://x", status="ready") for name in ("localstack", "mlflow")]
    write_state(home, StackState(supervisor=me, servers=servers))
    outputs = {"StateMachineArn": "arn:machine", "UploadsBucket": "uploads", "RunsBucket": "runs"}
    write_deployed(home, Deployed(settings=settings, outputs=outputs))
    with hold(home.supervisor_lock, 1):
        yield home


@damaged
def test_a_deployment_that_cannot_be_read_is_named(
    settings: StackSettings, home: Home, damage: Callable[[bytes], bytes]
) -> None:
    assert lifecycle.running(settings).uploads_bucket == "uploads"
    home.deployed.write_bytes(damage(home.deployed.read_bytes()))

    with pytest.raises(StackError, match=r"deployed.json can't be read: .*; `fraudflow up` repairs it"):
        lifecycle.running(settings)
    view = lifecycle.view(settings)
    assert (view.is_up, view.deployed) == (True, None)


def test_a_deployment_of_a_later_release_is_read_without_what_is_new(settings: StackSettings, home: Home) -> None:
    document = json.loads(home.deployed.read_bytes())
    document["settings"]["mood"] = "fair"
    home.deployed.write_text(json.dumps(document | {"schema_version": 2, "release": "9.1.0", "more": []}))
    assert read_deployed(home) == Deployed(
        settings=settings, outputs=document["outputs"], schema_version=2, release="9.1.0"
    )


@damaged
def test_a_state_that_cannot_be_read_is_written_anew_by_the_supervisor(
    settings: StackSettings, home: Home, damage: Callable[[bytes], bytes]
) -> None:
    keeper = Supervisor(settings, home, [])
    keeper._write_state()
    written = home.state.read_bytes()
    home.state.write_bytes(damage(written))
    assert read_state(home) is None

    keeper._write_state()

    assert home.state.read_bytes() == written
    home.state.unlink()
    keeper._write_state()
    assert home.state.read_bytes() == written


def test_a_state_that_is_unchanged_is_not_written_again(settings: StackSettings, home: Home) -> None:
    keeper = Supervisor(settings, home, [])
    keeper._write_state()
    before = home.state.stat()
    keeper._write_state()
    assert home.state.stat() == before


def test_a_full_disk_does_not_end_the_supervisor_and_leaves_nothing_half(
    settings: StackSettings, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Supervisor(settings, home, [])
    looks = 0

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def check() -> None:
        nonlocal looks
        looks += 1
        keeper._stopping = looks == 3
        full()

    monkeypatch.setattr(supervisor, "write_state", full)
    monkeypatch.setattr(supervisor, "_TICK_SECONDS", 0)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "stderr", _Full())
    monkeypatch.setattr(keeper, "_check", check)
    keeper.run()
    assert looks == 3


class _Full:
    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        self.write("")


def test_a_half_written_file_is_not_left_by_a_full_disk(
    settings: StackSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "other").create()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_deployed(home, Deployed(settings=settings, outputs={}))
    assert list(home.path.glob(".deployed*")) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named_by_the_home_that_it_holds(
    settings: StackSettings, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(lifecycle, "make_private", full)
    with pytest.raises(StackError, match=f"The disk that holds {settings.home} is full: free some space, then run"):
        lifecycle.up(settings, lambda _: None)


@pytest.mark.parametrize("name", ["logs", "tmp", "localstack"])
def test_a_file_where_a_directory_should_be_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(StackError, match=f"can't be used as the stack's home \\({tmp_path / name}: File exists\\)"):
        Home(tmp_path).create()
