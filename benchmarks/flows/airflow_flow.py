"""The seven steps as an Airflow DAG of commands, which hand a file on: the pipeline's pins and Airflow's differ."""

import os

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

NAMES = ("load", "split", "train", "keep", "log_model", "log_run", "register")

with DAG("work", schedule=None, catchup=False) as dag:
    before = None
    for name in NAMES:
        task = BashOperator(
            task_id=name,
            bash_command=f"{os.environ['WORK_PYTHON']} {os.environ['WORK_STEPS']} {name} {os.environ['WORK_STATE']}",
        )
        if before is not None:
            before >> task
        before = task
