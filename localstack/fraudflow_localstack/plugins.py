"""Entry points that LocalStack discovers."""

from typing import TYPE_CHECKING

from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

if TYPE_CHECKING:
    from fraudflow_localstack.executor import ProcessRuntimeExecutor
    from fraudflow_localstack.server import BoundRuntimeServer


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    """The executor chosen by ``LAMBDA_RUNTIME_EXECUTOR=process``."""

    name = "process"

    def load(self, *_args: object, **_kwargs: object) -> "type[ProcessRuntimeExecutor]":
        """Return the executor class, imported only when it was chosen."""
        from fraudflow_localstack.executor import ProcessRuntimeExecutor  # noqa: PLC0415

        return ProcessRuntimeExecutor


class BoundRuntimeServerPlugin(RuntimeServerPlugin):
    """The web server chosen by ``GATEWAY_SERVER=bound``."""

    name = "bound"

    def load(self, *_args: object, **_kwargs: object) -> "BoundRuntimeServer":
        """Make the server; Twisted is imported only when it was chosen."""
        from fraudflow_localstack.server import BoundRuntimeServer  # noqa: PLC0415

        return BoundRuntimeServer()
