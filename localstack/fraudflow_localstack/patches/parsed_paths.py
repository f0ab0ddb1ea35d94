"""JSON paths of a state machine, parsed once.

LocalStack parses each path of a state's parameters whenever the state is entered, with a grammar that it builds anew:
13 ms a path, more for the pipeline's states than a small run computes.
"""

from functools import lru_cache

from localstack.services.stepfunctions.asl.component.common.path import result_path
from localstack.services.stepfunctions.asl.utils import json_path

PATHS = 1024


def install() -> None:
    """Cache the parser of paths. A parsed path is never written to: all threads may search with one."""
    json_path.parse = lru_cache(PATHS)(json_path.parse)
    result_path.parse = lru_cache(PATHS)(result_path.parse)
