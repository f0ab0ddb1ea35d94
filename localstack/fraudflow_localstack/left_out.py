"""What LocalStack imports of services that ours does not offer, for a word or two of each.

moto's AWS Batch imports moto's EC2, with the types of all instances, and botocore's description of EC2 three times:
68 MB of memory, of which Step Functions needs a list of words. LocalStack's own types of EC2 are 17 MB, of which
CloudFormation names two, as the types of variables.
"""

import sys
from importlib.util import find_spec
from types import ModuleType

_BATCH = "moto.batch"
_EC2 = "localstack.aws.api.ec2"


def leave_out() -> None:
    """Put in their place what is needed of them."""
    _leave_out_batch()
    _leave_out_ec2()


def _leave_out_batch() -> None:
    """Let ``moto.batch`` be a package whose modules can be imported, and that imports none itself."""
    spec = find_spec("moto")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("moto is not installed beside LocalStack")
    package = ModuleType(_BATCH)
    package.__path__ = [f"{place}/batch" for place in spec.submodule_search_locations]
    sys.modules[_BATCH] = package


def _leave_out_ec2() -> None:
    module = ModuleType(_EC2)
    vars(module).update(AvailabilityZoneList=list, DescribeAvailabilityZonesResult=dict)
    sys.modules[_EC2] = module
