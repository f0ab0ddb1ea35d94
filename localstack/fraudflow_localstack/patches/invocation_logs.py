"""The log of an invocation, which the executor has sent line by line when the invocation ends."""

from localstack.services.lambda_.invocation.version_manager import LambdaVersionManager
from localstack.utils.patch import patch


def install() -> None:
    """Keep LocalStack from sending the log of an invocation a second time."""

    @patch(LambdaVersionManager.store_logs)  # type: ignore[untyped-decorator]
    def _store_logs(_original: object, _manager: LambdaVersionManager, **_: object) -> None:
        """Do nothing: the lines have been sent."""
