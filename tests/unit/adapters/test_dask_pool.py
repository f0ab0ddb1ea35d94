"""What a Dask cluster says, in our errors; tests/e2e/workers has a real one."""

import sys

import pytest

from functions.adapters import dask_pool
from functions.adapters.dask_pool import DaskPool
from functions.connections import worker_pool
from functions.core.errors import InvalidSettingsError, WorkerLostError
from functions.release import RELEASE


def test_without_a_scheduler_there_are_no_workers() -> None:
    assert worker_pool(None) is None
    assert isinstance(worker_pool("tcp://10.0.0.5:8786"), DaskPool)


def test_dask_that_is_not_installed_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(
            InvalidSettingsError, match="Dask's distributed is not installed: run `make extras`, or do without"
        ),
        DaskPool("tcp://10.0.0.5:8786").gathered(1),
    ):
        pass


def test_a_member_is_reached_where_dask_reaches_it() -> None:
    member = dask_pool._member("tls://10.0.0.7:4711", 8)
    assert (member.name, member.host, member.threads) == ("tls://10.0.0.7:4711", "10.0.0.7", 8)
    with pytest.raises(InvalidSettingsError, match="no address that its peers could reach"):
        dask_pool._member("inproc://10.0.0.7/1/2", 8)


@pytest.mark.parametrize(
    ("error", "ours", "said"),
    [
        (WorkerLostError("Worker 1 failed."), WorkerLostError, "^Worker 1 failed.$"),
        (ModuleNotFoundError("No module named 'functions'"), InvalidSettingsError, "same release of fraudflow"),
        (MemoryError("full"), WorkerLostError, "MemoryError: full"),
    ],
)
def test_what_a_task_raised_is_one_of_our_errors(error: Exception, ours: type[Exception], said: str) -> None:
    with pytest.raises(ours, match=said):
        dask_pool._raise("tcp://10.0.0.7:4711", error)


def test_a_worker_of_another_release_or_of_none_is_named_before_it_is_given_a_task() -> None:
    dask_pool._require_release({"tcp://10.0.0.7:4711": RELEASE})
    for answer, said in [
        ("0.1.0", f"fraudflow's release {RELEASE}, and has 0.1.0"),
        (ModuleNotFoundError("No module named 'functions'"), r"and has none \(No module named 'functions'\)"),
    ]:
        with pytest.raises(InvalidSettingsError, match=f"8:4711 .*{said}"):
            dask_pool._require_release({"tcp://10.0.0.7:4711": RELEASE, "tcp://10.0.0.8:4711": answer})
    with pytest.raises(WorkerLostError, match="does not answer"):
        dask_pool._require_release({"tcp://10.0.0.7:4711": OSError("Timed out")})
