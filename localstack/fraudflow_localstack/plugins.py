"""Entry points that LocalStack discovers."""

from pathlib import Path
from typing import TYPE_CHECKING

from localstack import config
from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.plugins import Service, aws_provider

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


@aws_provider(api="s3", name="home")  # type: ignore[untyped-decorator]
def s3_in_home() -> Service:
    """Make the S3 chosen by ``PROVIDER_OVERRIDE_S3=home``, whose large objects lie in the stack's own ``TEMP``.

    LocalStack's default puts them in one fixed folder of the machine: a stack that stops would take the folders of
    another one's buckets with it.
    """
    from localstack.services.s3.provider import S3Provider  # noqa: PLC0415
    from localstack.services.s3.storage.ephemeral import EphemeralS3ObjectStore  # noqa: PLC0415

    folder = Path(config.dirs.tmp, "s3")
    folder.mkdir(parents=True, exist_ok=True)
    return Service.for_provider(S3Provider(EphemeralS3ObjectStore(str(folder))))
