"""A host of a SageMaker training job finds out which it is."""

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.core.errors import InvalidSettingsError
from functions.training_worker import own_host, sagemaker

RESOURCES = {"current_host": "algo-2", "hosts": ["algo-2", "algo-1"], "network_interface_name": "eth0"}
PARAMETERS = {"job": "s3://runs/one/lightgbm_job/fraudflow-1/job.json"}


def told(root: Path, resources: object = None, parameters: object = None) -> Path:
    config = root / "input" / "config"
    config.mkdir(parents=True)
    (config / "resourceconfig.json").write_text(json.dumps(RESOURCES if resources is None else resources))
    (config / "hyperparameters.json").write_text(json.dumps(PARAMETERS if parameters is None else parameters))
    return root


def test_a_host_is_its_place_among_the_hosts(tmp_path: Path) -> None:
    host = own_host.own_host(told(tmp_path))
    assert (host.rank, host.current_host, host.job) == (1, "algo-2", PARAMETERS["job"])


@pytest.mark.parametrize(
    ("resources", "parameters", "said"),
    [
        ({**RESOURCES, "current_host": "algo-3"}, None, "none of the hosts"),
        ({**RESOURCES, "hosts": []}, None, "hosts"),
        (None, {"job": "job.json"}, "job"),
        (None, {}, "job: Field required"),
        ([], None, "holds no object"),
    ],
)
def test_files_that_are_none_of_a_training_job_are_told(
    tmp_path: Path,
    resources: object,
    parameters: object,
    said: str,
) -> None:
    with pytest.raises(InvalidSettingsError, match=said):
        own_host.own_host(told(tmp_path, resources, parameters))


def test_why_a_host_failed_is_written_where_sagemaker_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sagemaker, "_end_when_stopped", lambda: None)
    monkeypatch.setattr(sys, "argv", ["sagemaker", "--root", str(tmp_path)])
    assert sagemaker.main() == 1
    assert "resourceconfig.json can't be read" in capsys.readouterr().err
    assert (tmp_path / "output" / "failure").read_text().startswith("InvalidSettingsError: This is no host")


def test_a_name_that_the_network_does_not_know_yet_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: Iterator[OSError | str] = iter([OSError("unknown"), "10.0.0.2"])

    def ask(_: str) -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    monkeypatch.setattr(socket, "gethostbyname", ask)
    monkeypatch.setattr(own_host, "POLL_SECONDS", 0.0)
    host = own_host.own_host(told(tmp_path))
    assert host.address(seconds=60) == "10.0.0.2"
    answers = iter([OSError("unknown")] * 2)
    with pytest.raises(InvalidSettingsError, match="algo-2 of the training job has no address"):
        host.address(seconds=-1)
