"""A host of a SageMaker training job finds out which it is."""

import json
from pathlib import Path

import pytest

from functions.core.errors import InvalidSettingsError
from functions.training_worker import sagemaker

ENVIRONMENT = {
    "SM_HOSTS": json.dumps(["algo-2", "algo-1"]),
    "SM_CURRENT_HOST": "algo-2",
    "SM_HP_JOB": "s3://runs/one/job.json",
    "TRAINING_JOB_NAME": "fraud-7",
}


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sagemaker, "_address_of", {"algo-1": "10.0.0.1", "algo-2": "10.0.0.2"}.__getitem__)
    return monkeypatch


def test_a_host_is_its_place_among_the_hosts_and_meets_in_a_folder_of_the_training_job(
    host: pytest.MonkeyPatch,
) -> None:
    assert host
    share = sagemaker.own_share()
    assert (share.rank, share.host, share.folder) == (1, "10.0.0.2", "s3://runs/one/fraud-7")
    assert not share.leased


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SM_CURRENT_HOST", "algo-3", "none of SM_HOSTS"),
        ("SM_HP_JOB", "job.json", "SM_HP_JOB"),
        ("SM_HOSTS", "[]", "SM_HOSTS"),
    ],
)
def test_an_environment_that_is_none_of_a_training_job_is_told(
    host: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    host.setenv(name, value)
    with pytest.raises(InvalidSettingsError, match=said):
        sagemaker.own_share()


def test_why_a_host_failed_is_written_where_sagemaker_reads_it(
    host: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host.setenv("SM_CURRENT_HOST", "algo-3")
    host.setattr(sagemaker, "FAILURE", tmp_path / "failure")
    assert sagemaker.main() == 1
    assert "none of SM_HOSTS" in (tmp_path / "failure").read_text()
    assert "none of SM_HOSTS" in capsys.readouterr().err
