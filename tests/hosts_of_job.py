"""Hosts of a training job, as processes of this machine: their folders, an S3 of their own, and what they train on."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from functions.adapters.s3 import S3ObjectStore
from functions.contracts import Candidate, Execution, SplitCounts, Splits, TrainModelInput
from functions.contracts.job_contracts import ToldError, TrainingJobDocument
from functions.core.data.tables import LabelledTable
from functions.core.errors import UploadNotFoundError
from functions.run.dependencies import RunFiles
from functions.settings import RunSettings
from tests.killed_programs import ROOT
from tests.training_jobs import made_table

# Three names of this machine, for hosts of one: LightGBM looks for its address among those of the interfaces.
HOSTS = ("127.0.0.1", "127.0.1", "127.1")
_EXECUTION = Execution(arn="arn:one", name="one", started_at="2026-01-01T00:00:00Z")


@dataclass(frozen=True)
class JobRun:
    """A run whose LightGBM is to be trained by a job: its files are in an S3 that the hosts reach by an environment."""

    environment: dict[str, str]
    folder: Path
    name: str = "job-1"
    bucket: str = "runs"

    @property
    def files(self) -> RunFiles:
        return RunFiles(S3ObjectStore(client=boto3.client("s3")), self.bucket)

    def document(self, *, rows: int = 20_000, **settings: Any) -> TrainingJobDocument:  # noqa: ANN401 - a setting's
        """Write a table in parts and the job's document; return that."""
        table, files = made_table(rows), self.files
        cut = {"train": (0, rows * 3 // 4), "validation": (rows * 3 // 4, rows)}
        parts = {name: table.part(*ends) for name, ends in cut.items()}
        document = TrainingJobDocument(
            asked=TrainModelInput(
                execution=_EXECUTION,
                settings=RunSettings.model_validate({"candidates": ("lightgbm", "logistic_regression"), **settings}),
                splits=Splits(
                    uris={name: files.write_parts(_EXECUTION, name, part, 1_000) for name, part in parts.items()},
                    counts={name: _counts(part) for name, part in parts.items()},
                    duplicate_rows=0,
                    explanation="made up",
                ),
                candidate="lightgbm",
            ),
            result_uri=files.uri(_EXECUTION, "lightgbm_job/result.json"),
            error_uri=files.uri(_EXECUTION, f"lightgbm_job/{self.name}/error.json"),
            seconds=3_600,
        )
        files.write_json(_EXECUTION, f"lightgbm_job/{self.name}/job.json", document.model_dump(mode="json"))
        files.flush()
        return document

    def start(self, host: str, hosts: Sequence[str], *, hosts_seconds: float = 60) -> "subprocess.Popen[str]":
        """Start a host, as SageMaker does."""
        config = self.root(host) / "input" / "config"
        config.mkdir(parents=True)
        told = {"current_host": host, "hosts": list(hosts), "network_interface_name": "lo"}
        (config / "resourceconfig.json").write_text(json.dumps(told))
        uri = self.files.uri(_EXECUTION, f"lightgbm_job/{self.name}/job.json")
        (config / "hyperparameters.json").write_text(json.dumps({"job": uri}))
        program = [sys.executable, "-m", "functions.training_worker.sagemaker", "--root", str(self.root(host))]
        return subprocess.Popen(
            [*program, "--hosts-seconds", str(hosts_seconds)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **self.environment},
            stderr=subprocess.PIPE,
            text=True,
        )

    def root(self, host: str) -> Path:
        """Return the folder that is a host's /opt/ml."""
        return self.folder / host

    def failure(self, host: str) -> str:
        """Return why a host failed, as SageMaker reads it; empty where it has not."""
        path = self.root(host) / "output" / "failure"
        return path.read_text() if path.exists() else ""

    def result(self, document: TrainingJobDocument) -> Candidate | None:
        """Return the candidate; None where there is none."""
        try:
            return Candidate.model_validate_json(self.files.read(document.result_uri))
        except UploadNotFoundError:
            return None

    def error(self, document: TrainingJobDocument) -> ToldError | None:
        """Return what the first host has told of its failure; None where it has not."""
        try:
            return ToldError.model_validate_json(self.files.read(document.error_uri))
        except UploadNotFoundError:
            return None

    def keys(self) -> list[str]:
        """Return the files of the job's try."""
        return [*self.files.store.keys(f"s3://{self.bucket}/one/lightgbm_job/{self.name}/")]


def _counts(part: LabelledTable) -> SplitCounts:
    return SplitCounts(rows=len(part.y), frauds=int((part.y == 1).sum()))
