"""A state machine is parsed once, and each execution runs a program of its own."""

import subprocess
from pathlib import Path

import pytest

PYTHON = Path(__file__).parents[1] / ".venv" / "bin" / "python"
PROGRAM = """
import json
from types import SimpleNamespace
from localstack.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser
from localstack.services.stepfunctions.backend.execution_worker import ExecutionWorker, SyncExecutionWorker
from fraudflow_localstack.patches import parsed_definitions
parsed_definitions.install()

parsed = []
parse = AmazonStateLanguageParser.parse
AmazonStateLanguageParser.parse = lambda definition: parsed.append(definition) or parse(definition)

def program_of(kind, name):
    worker = kind.__new__(kind)
    definition = json.dumps({"StartAt": name, "States": {name: {"Type": "Succeed"}}})
    worker._evaluation_details = SimpleNamespace(state_machine_details=SimpleNamespace(definition=definition))
    return worker._get_evaluation_entrypoint()

first, second = program_of(ExecutionWorker, "A"), program_of(SyncExecutionWorker, "A")
print(len(parsed), first is second, type(first) is type(second), first.start_at.start_at_name)
print(program_of(ExecutionWorker, "B").start_at.start_at_name, len(parsed))
"""


@pytest.mark.thorough
def test_a_definition_is_parsed_once_and_no_two_executions_share_its_program() -> None:
    done = subprocess.run([PYTHON, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["1", "False", "True", "A", "B", "2"], done.stderr
