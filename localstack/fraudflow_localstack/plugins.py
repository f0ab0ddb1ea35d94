"""Entry points that LocalStack discovers.

Each checks the sources that it patches: in a container it is LocalStack that starts, and not ``__main__``.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from fraudflow_guard.upstream import check
from localstack import config
from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.plugins import Service, aws_provider

from fraudflow_localstack.patches.manifest import PATCHES

if TYPE_CHECKING:
    from fraudflow_localstack.edge.web_server import BoundRuntimeServer
    from fraudflow_localstack.executor.runtime_executor import ProcessRuntimeExecutor


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    """The executor chosen by ``LAMBDA_RUNTIME_EXECUTOR=process``."""

    name = "process"

    def load(self, *_args: object, **_kwargs: object) -> "type[ProcessRuntimeExecutor]":
        """Return the executor class, imported only when it was chosen, with its patches installed."""
        check(PATCHES)
        from fraudflow_localstack.executor.runtime_executor import ProcessRuntimeExecutor  # noqa: PLC0415
        from fraudflow_localstack.executor.singletons import install_patches  # noqa: PLC0415

        install_patches()
        return ProcessRuntimeExecutor


class BoundRuntimeServerPlugin(RuntimeServerPlugin):
    """The web server chosen by ``GATEWAY_SERVER=bound``."""

    name = "bound"

    def load(self, *_args: object, **_kwargs: object) -> "BoundRuntimeServer":
        """Return the server; Twisted is imported only when it was chosen."""
        check(PATCHES)
        from fraudflow_localstack.edge.web_server import BoundRuntimeServer  # noqa: PLC0415

        return BoundRuntimeServer()


@aws_provider(api="s3", name="home")  # type: ignore[untyped-decorator]
def s3_in_home() -> Service:
    """Return the S3 chosen by ``PROVIDER_OVERRIDE_S3=home``, whose buckets outlive LocalStack in ``FRAUDFLOW_S3_DIR``.

    Without that variable they lie under LocalStack's ``TEMP``. LocalStack's default puts objects in one fixed folder of
    the machine: a stack that stops would take the folders of another one's buckets with it.
    """
    check(PATCHES)
    from fraudflow_localstack.durable_s3.provider import DurableS3Provider  # noqa: PLC0415

    folder = Path(os.environ.get("FRAUDFLOW_S3_DIR") or Path(config.dirs.tmp, "s3"))
    provider = DurableS3Provider(folder)
    return Service.for_provider(provider, dispatch_table_factory=DurableS3Provider.dispatch_table)
