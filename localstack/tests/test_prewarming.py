"""Who keeps which fork server, and what becomes of the waiting, without a process."""

import threading
from pathlib import Path

import pytest

from fraudflow_localstack.executor import fork_server_pool as fork_server_pool_module
from fraudflow_localstack.executor.fork_server_pool import ForkServerError, ForkServerPool, ForkServerSpec
from fraudflow_localstack.executor.function_variables import import_environment
from fraudflow_localstack.executor.prewarming import Shelf, modules_of

SCRATCH = Path("/nowhere")


def spec(code: Path, *modules: str) -> ForkServerSpec:
    return ForkServerSpec(Path("/python"), modules, code, ())


class FakeForkServers:
    def __init__(self) -> None:
        self.running: list[ForkServerSpec] = []

    def start(self, spec: ForkServerSpec) -> None:
        self.running.append(spec)

    def end(self, spec: ForkServerSpec) -> None:
        self.running.remove(spec)


@pytest.fixture
def fake() -> FakeForkServers:
    return FakeForkServers()


@pytest.fixture
def shelf(tmp_path: Path, fake: FakeForkServers) -> Shelf:
    return Shelf(tmp_path / "shelf", lambda: fake)


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    code = tmp_path / "unpacked"
    code.joinpath("package").mkdir(parents=True)
    code.joinpath("package", "main.py").write_text("x = 1\n")
    return code


@pytest.mark.parametrize(
    ("text", "modules"),
    [("", ()), (" ", ()), ("numpy", ("numpy",)), ("a.b, c\n  d,", ("a.b", "c", "d"))],
)
def test_a_list_is_separated_by_commas_or_space(text: str, modules: tuple[str, ...]) -> None:
    assert modules_of({"FRAUDFLOW_PREIMPORT": text}) == modules


def test_a_function_without_a_list_wants_nothing() -> None:
    assert modules_of({}) == ()


def test_only_what_imports_may_read_tells_fork_servers_apart() -> None:
    own = {"OMP_NUM_THREADS": "1", "PYTHONPATH": "/code", "PATH": "/bin", "BUCKET": "runs", "AWS_REGION": "x"}

    assert dict(import_environment(own)) == {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": "/code",
        "PATH": "/bin",
        "TZ": ":UTC",
    }


def test_users_of_one_fork_server_share_it_until_the_last_has_left(
    shelf: Shelf, fake: FakeForkServers, unpacked: Path
) -> None:
    wanted = spec(shelf.path_of("digest"), "numpy")

    shelf.take(wanted, "one", lambda: unpacked)
    shelf.take(wanted, "other", lambda: pytest.fail("unpacked twice"))
    shelf.leave("one")

    assert fake.running == [wanted]
    assert (wanted.code / "package" / "main.py").read_text() == "x = 1\n"
    shelf.leave("other")
    shelf.leave("a stranger")
    assert fake.running == []
    assert list(wanted.code.parent.iterdir()) == []


def test_code_stays_while_a_fork_server_with_another_list_needs_it(
    shelf: Shelf, fake: FakeForkServers, unpacked: Path
) -> None:
    first, second = (spec(shelf.path_of("digest"), module) for module in ("numpy", "pandas"))
    shelf.take(first, "version 1", lambda: unpacked)
    shelf.take(second, "version 2", lambda: unpacked)

    shelf.leave("version 1")

    assert fake.running == [second]
    assert second.code.exists()


def test_shelved_code_is_not_for_writing(shelf: Shelf, unpacked: Path) -> None:
    wanted = spec(shelf.path_of("digest"))

    shelf.take(wanted, "user", lambda: unpacked)

    assert (wanted.code / "package" / "main.py").stat().st_mode & 0o222 == 0
    assert [path.name for path in wanted.code.parent.iterdir()] == ["digest"]


class FakeLauncher:
    """Remembers what it was sent; ``gone`` when nobody listens."""

    def __init__(self) -> None:
        self.sent: list[dict[str, object]] = []
        self.gone = False

    def send(self, message: dict[str, object], *_descriptors: int) -> None:
        if self.gone:
            raise BrokenPipeError("gone")
        self.sent.append(message)


@pytest.fixture
def launcher() -> FakeLauncher:
    return FakeLauncher()


@pytest.fixture
def fork_servers(launcher: FakeLauncher, tmp_path: Path) -> ForkServerPool:
    return ForkServerPool(launcher.send, tmp_path)


ONE = spec(SCRATCH, "numpy")


def test_a_fork_server_is_started_once_and_waited_for(fork_servers: ForkServerPool, launcher: FakeLauncher) -> None:
    fork_servers.start(ONE)
    threading.Timer(0.05, fork_servers.ready, [0]).start()

    assert fork_servers.await_ready(ONE) == 0
    assert fork_servers.await_ready(ONE) == 0
    (started,) = launcher.sent
    assert started["argv"] == ["/python", "-P", fork_server_pool_module.fork_server_program.__file__, "numpy"]


def test_a_fork_server_that_cannot_get_ready_says_why_each_time(
    fork_servers: ForkServerPool, launcher: FakeLauncher
) -> None:
    fork_servers.start(ONE)
    fork_servers.lost(0, "numpy can't be imported")
    fork_servers.lost(0, "the fork server ended with code 0")

    for _ in range(2):
        with pytest.raises(ForkServerError, match="numpy can't be imported"):
            fork_servers.await_ready(ONE)
    assert len(launcher.sent) == 1


def test_a_fork_server_that_was_ready_and_died_is_started_again(fork_servers: ForkServerPool) -> None:
    fork_servers.start(ONE)
    fork_servers.ready(0)
    fork_servers.lost(0, "the fork server ended with code -9")

    again = fork_servers.start(ONE)
    fork_servers.ready(1)

    assert again.result() == 1


def test_a_fork_server_that_takes_too_long_is_not_waited_for(
    fork_servers: ForkServerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server_pool_module, "READY_SECONDS", 0.01)

    with pytest.raises(ForkServerError, match="imports took longer than"):
        fork_servers.await_ready(ONE)


def test_who_waits_for_a_fork_server_that_is_ended_waits_no_longer(
    fork_servers: ForkServerPool, launcher: FakeLauncher
) -> None:
    waiting = fork_servers.start(ONE)

    fork_servers.end(ONE)

    assert isinstance(waiting.exception(timeout=0), ForkServerError)
    assert launcher.sent[-1] == {"end": 0}


def test_without_a_launcher_there_is_no_fork_server(fork_servers: ForkServerPool, launcher: FakeLauncher) -> None:
    waiting = fork_servers.start(ONE)
    fork_servers.lose_all()
    assert isinstance(waiting.exception(timeout=0), ForkServerError)

    launcher.gone = True
    with pytest.raises(ForkServerError, match="the process launcher is gone"):
        fork_servers.await_ready(spec(SCRATCH, "pandas"))
