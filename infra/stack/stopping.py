"""Stopping a stack, and clearing the leftovers of a dead one."""

import shutil
import signal

from infra.errors import StackError
from infra.home.layout import Home
from infra.home.locks import is_locked
from infra.home.state import StackState, read_state
from infra.settings import StackSettings
from infra.system.processes import is_alive, signal_group, stop_groups, wait_until

LOCK_SECONDS = 10.0


def state_of_running(home: Home) -> StackState | None:
    """Read the state of a running stack, whose supervisor may just start, and rewrites what can't be read."""
    wait_until(lambda: read_state(home) is not None or not is_locked(home.supervisor_lock), LOCK_SECONDS)
    return read_state(home)


def stop_stack(settings: StackSettings, home: Home) -> bool:
    """Stop the supervisor and its servers; tell whether there were any.

    Raises:
        StackError: when they can't be stopped.
    """
    was_up = is_locked(home.supervisor_lock)
    state = state_of_running(home) if was_up else read_state(home)
    if was_up and state:
        signal_group(state.supervisor, signal.SIGTERM)
        # It gives its servers their time first, then kills them.
        if not wait_until(lambda: not is_locked(home.supervisor_lock), 2 * settings.stop_timeout + LOCK_SECONDS):
            signal_group(state.supervisor, signal.SIGKILL)
            wait_until(lambda: not is_locked(home.supervisor_lock), LOCK_SECONDS)
    if is_locked(home.supervisor_lock):
        raise StackError(f"The supervisor of {home.path} can't be stopped; see {home.logs / 'supervisor.log'}.")
    clear_leftovers(settings, home, state)
    return was_up


def clear_leftovers(settings: StackSettings, home: Home, state: StackState | None = None) -> None:
    """Stop the servers and remove the temporary files and the state that a dead supervisor has left."""
    state = state or read_state(home)
    recorded = [server.process for server in state.servers if server.process] if state else []
    stop_groups([process for process in recorded if is_alive(process)], settings.stop_timeout)
    for path in (home.state, home.deployed, home.supervisor_lock):
        path.unlink(missing_ok=True)
    for directory in (home.tmp, home.localstack):
        shutil.rmtree(directory, ignore_errors=True)
