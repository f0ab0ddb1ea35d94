"""State machines as Step Functions runs them, parsed once for all executions.

LocalStack parses the definition at the start of every execution: for a machine of ours that takes 70 ms, a copy of what
was parsed 3 ms.
"""

import copy
from functools import lru_cache
from typing import Any

from localstack.services.stepfunctions.asl.component.eval_component import EvalComponent
from localstack.services.stepfunctions.asl.parse.asl_parser import AmazonStateLanguageParser
from localstack.services.stepfunctions.backend.execution_worker import ExecutionWorker
from localstack.utils.patch import patch

MACHINES = 32


@lru_cache(MACHINES)
def _parsed(definition: str) -> EvalComponent:
    program, _tree = AmazonStateLanguageParser.parse(definition)
    return program


@patch(ExecutionWorker._get_evaluation_entrypoint)  # type: ignore[untyped-decorator]  # noqa: SLF001 - it has no other seam
def _entrypoint(_original: object, worker: Any) -> EvalComponent:  # noqa: ANN401 - what is read of it is its own
    """Give each execution a program of its own, so that none can leave anything in another's."""
    return copy.deepcopy(_parsed(worker._evaluation_details.state_machine_details.definition))  # noqa: SLF001 - as above
