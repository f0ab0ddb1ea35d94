"""Arrow's memory pool is the process's: a function chooses it, and importing our code or loading a model does not."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODEL = ROOT / "tests" / "unit" / "fixtures" / "model_0_1" / "model" / "model.skops"
IN_A_PROCESS_OF_ITS_OWN = """
import sys
from pathlib import Path

import pyarrow as pa

before = pa.default_memory_pool().backend_name
from functions.core.data import tables
from functions.core.training.persistence import load_model
from functions.preprocess_data import handler

load_model(Path(sys.argv[1]).read_bytes())
print(before, pa.default_memory_pool().backend_name, end=" ")
handler.wiring.preprocess_data()
print(pa.default_memory_pool().backend_name)
"""


@pytest.mark.thorough
def test_only_a_function_that_starts_chooses_it() -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "ARROW_DEFAULT_MEMORY_POOL": "mimalloc",
        "AWS_DEFAULT_REGION": "us-east-1",
        "FRAUDFLOW_RUNS_BUCKET": "runs",
    }
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN, str(MODEL)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["mimalloc", "mimalloc", "system"]
