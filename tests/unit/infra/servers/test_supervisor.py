"""The supervisor starts a stack's servers in their order, and is small: it runs for as long as they do."""

import subprocess
import sys
from pathlib import Path

from infra.home.layout import Home
from infra.home.state import ServerStatus
from infra.servers.server_specs import declare
from infra.servers.supervisor import Supervisor
from infra.settings import ROOT, StackSettings


def supervisor(home: Path) -> Supervisor:
    settings = StackSettings(home=home, monitoring=False)
    return Supervisor(settings, Home(home), declare(settings, Home(home)))


def told(one: Supervisor, **statuses: ServerStatus) -> bool:
    for name, status in statuses.items():
        one._state.server(name).status = status
    return one._may_start_others()


def test_the_scoring_service_comes_after_the_servers_that_up_waits_for(tmp_path: Path) -> None:
    one = supervisor(tmp_path)
    assert not told(one)
    assert not told(one, localstack="ready")
    assert told(one, mlflow="ready")


def test_once_they_have_started_it_is_started_whatever_becomes_of_them(tmp_path: Path) -> None:
    one = supervisor(tmp_path)
    assert told(one, localstack="ready", mlflow="ready")
    assert told(one, mlflow="restarting")


def test_it_imports_nothing_large() -> None:
    large = {"pandas", "numpy", "pyarrow", "sklearn", "boto3", "mlflow"}
    script = f"import sys, infra.servers.supervisor; print(*({large!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
