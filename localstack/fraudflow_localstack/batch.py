"""moto's AWS Batch without its servers: Step Functions needs one list of words of it.

Its package imports moto's EC2, with the types of all instances, and botocore's description of EC2 three times: 68 MB of
memory for a service that this LocalStack does not offer.
"""

import sys
from importlib.util import find_spec
from types import ModuleType

_PACKAGE = "moto.batch"


def leave_out() -> None:
    """Let ``moto.batch`` be a package whose modules can be imported, and that imports none itself."""
    spec = find_spec("moto")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("moto is not installed beside LocalStack")
    package = ModuleType(_PACKAGE)
    package.__path__ = [f"{place}/batch" for place in spec.submodule_search_locations]
    sys.modules[_PACKAGE] = package
