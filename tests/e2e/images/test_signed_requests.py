"""A request to an MLflow that SageMaker manages: where it goes, by which header, and signed by whom."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLUGIN = ROOT / ".sagemaker"
SERVER = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/fraudflow"
APP = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-XYZ"


@pytest.mark.parametrize(
    ("arn", "host", "header", "service"),
    [
        (SERVER, "eu-west-1.experiments.sagemaker.aws", "x-mlflow-sm-tracking-server-arn", "sagemaker-mlflow"),
        (APP, "mlflow.sagemaker.eu-west-1.app.aws", "x-sm-mlflow-app-arn", "sagemaker"),
    ],
)
def test_a_request_goes_to_sagemaker_signed_by_the_functions_role(
    arn: str, host: str, header: str, service: str
) -> None:
    if not PLUGIN.exists():
        reason = f"{PLUGIN} is missing: `make test` installs the plugin."
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    role = {"AWS_ACCESS_KEY_ID": "AKIDFUNCTION", "AWS_SECRET_ACCESS_KEY": "of-the-role"}
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{PLUGIN}:{ROOT}", **role}
    program = Path(__file__).parent / "ask_sagemaker.py"
    asked = subprocess.run(
        [sys.executable, program, arn], check=False, env=environment, capture_output=True, text=True, timeout=120
    )
    assert (asked.returncode, asked.stderr) == (0, "")
    request = json.loads(asked.stdout)
    assert request["url"].startswith(f"https://{host}/api/2.0/mlflow/")
    assert request["headers"][header] == arn
    signed = request["headers"]["Authorization"]
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=AKIDFUNCTION/")
    assert f"/eu-west-1/{service}/aws4_request" in signed
