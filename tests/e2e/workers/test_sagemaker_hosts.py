"""Two hosts of a SageMaker training job, as processes of this machine with made-up environments."""

import json
import subprocess
import sys
from pathlib import Path

from functions.adapters.local_files import LocalFiles
from functions.contracts.collective_job import WorkerResult, together
from tests.training_jobs import WrittenJob, made_table

HOSTS = ["127.0.0.1", "localhost"]


def test_the_hosts_of_a_training_job_train_together(tmp_path: Path) -> None:
    written = WrittenJob.of(
        LocalFiles(), tmp_path.as_uri(), made_table(20_000), part_rows=5_000, params={"n_estimators": 5}
    )
    document = written.document(len(HOSTS))
    (tmp_path / "job.json").write_text(document.model_dump_json())
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "functions.training_worker.sagemaker"],
            env={
                "SM_HOSTS": json.dumps(HOSTS),
                "SM_CURRENT_HOST": host,
                "SM_HP_JOB": (tmp_path / "job.json").as_uri(),
                "TRAINING_JOB_NAME": "fraud-1",
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        for host in HOSTS
    ]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    result = together([WorkerResult.model_validate_json(each) for each in said])
    assert result.rows == int((~written.held_out).sum())
    text = written.store.read(document.model_uri).decode()
    assert text.count("\nTree=") == 5
    scores = written.fitted(text).predict_proba(written.table.X)[:, 1]
    frauds = written.table.y == 1
    assert scores[frauds].mean() > 2 * scores[~frauds].mean()
