"""Definitions of state machines, parsed once for all executions.

LocalStack parses the definition at the start of every execution: 70 ms for the pipeline's; a copy of the result takes
3 ms.
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


def install() -> None:
    """Parse each definition once, and give each execution a copy, so that none leaves anything in another's."""

    @patch(ExecutionWorker._get_evaluation_entrypoint)  # type: ignore[untyped-decorator]
    def _entrypoint(_original: object, worker: Any) -> EvalComponent:  # noqa: ANN401 - LocalStack publishes no types
        return copy.deepcopy(_parsed(worker._evaluation_details.state_machine_details.definition))
