"""The state file and the processes it names: a live one is told from a stale one."""

import fcntl
import os
from pathlib import Path

import pytest

from infra.errors import StackError
from infra.home.layout import Home
from infra.home.locks import hold, is_locked
from infra.home.state import ServerState, StackState, read_state, write_state
from infra.servers.watch import backoff
from infra.system.processes import ProcessId, identify, is_alive, wait_until

ME = ProcessId(pid=1, started="boot:1")


def fake_proc(root: Path, pid: int, *, ticks: int, state: str = "S", name: str = "python") -> Path:
    (root / "sys/kernel/random").mkdir(parents=True, exist_ok=True)
    (root / "sys/kernel/random/boot_id").write_text("boot\n")
    (root / str(pid)).mkdir()
    (root / str(pid) / "stat").write_text(f"{pid} ({name}) {state} 1 {pid} {pid} " + "0 " * 15 + f"{ticks} 0 0\n")
    return root


def stack_state(status: str = "ready") -> StackState:
    server = ServerState.model_validate({"name": "mlflow", "title": "MLflow", "url": "http://x", "status": status})
    return StackState(supervisor=ME, servers=[server])


def test_process_is_known_by_pid_and_start(tmp_path: Path) -> None:
    proc = fake_proc(tmp_path, 12, ticks=345, name="a (b) c")
    assert identify(12, proc) == ProcessId(pid=12, started="boot:345")


def test_reused_pid_is_not_the_same_process(tmp_path: Path) -> None:
    proc = fake_proc(tmp_path, 12, ticks=345)
    assert is_alive(ProcessId(pid=12, started="boot:345"), proc)
    assert not is_alive(ProcessId(pid=12, started="boot:344"), proc)
    assert not is_alive(ProcessId(pid=12, started="earlier boot:345"), proc)
    assert not is_alive(None, proc)


def test_zombie_is_not_alive(tmp_path: Path) -> None:
    assert identify(12, fake_proc(tmp_path, 12, ticks=1, state="Z")) is None


def test_this_process_is_alive() -> None:
    assert is_alive(identify(os.getpid()))


def test_state_survives_the_file(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    write_state(home, stack_state())
    assert read_state(home) == stack_state()
    assert list(home.path.glob(".state*")) == []


@pytest.mark.parametrize("content", [None, "", "{", '{"supervisor": 1}'])
def test_state_that_is_not_ours_is_none(tmp_path: Path, content: str | None) -> None:
    home = Home(tmp_path)
    if content is not None:
        home.state.write_text(content)
    assert read_state(home) is None


def test_home_is_for_its_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    assert home.path.stat().st_mode & 0o077 == 0


def test_home_that_can_not_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match="FRAUDFLOW_HOME"):
        Home(tmp_path / "file" / "home").create()


def test_stack_is_ready_when_all_of_it_is() -> None:
    assert stack_state().is_ready
    assert not stack_state("restarting").is_ready
    assert not stack_state().model_copy(update={"redeploying": True}).is_ready


def test_old_events_are_forgotten() -> None:
    state = stack_state()
    for number in range(200):
        state.record("now", str(number))
    assert state.events[-1].text == "199"
    assert len(state.events) == 50


def test_lock_is_seen_while_it_is_held(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_locked(path)
    with hold(path, timeout=0):
        assert is_locked(path)
    assert not is_locked(path)


def test_lock_held_by_another_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(StackError, match="busy"), hold(path, timeout=0):
            pass


def test_waiting_ends_with_its_deadline() -> None:
    assert wait_until(lambda: True, timeout=0)
    assert not wait_until(lambda: False, timeout=0)


def test_restarts_come_slower_and_slower() -> None:
    assert [backoff(failures) for failures in (1, 2, 3, 10)] == [1.0, 2.0, 4.0, 30.0]
