"""Deploys the pipeline from inside LocalStack's container: the hook that runs when LocalStack is ready.

Runs that a restart of the container has interrupted are resumed.

``python -m infra.stack.container --check`` is the container's health check: it succeeds once the pipeline is there.
"""

import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from infra.deployment.cloudformation import CloudFormationStack
from infra.deployment.deploy import DeployError, deploy
from infra.deployment.pipeline import CONFIG, session, stack_parameters
from infra.errors import SettingsError, StackError
from infra.home.layout import Home
from infra.home.state import Deployed
from infra.runs.recovery import recover
from infra.settings import StackSettings, with_definitions

# What outlives the container, keys among it.
_VOLUME = Home(Path("/var/lib/localstack"))


def main() -> int:
    """Deploy, or tell whether that was done."""
    settings = StackSettings(console=False)
    if "--check" in sys.argv[1:]:
        return 0 if _is_deployed(settings) else 1
    try:
        settings = with_definitions(settings)
        done = deploy(
            session(settings),
            stack_parameters(settings, _VOLUME),
            endpoint_url=settings.endpoint_url,
            stack_name=settings.stack_name,
        )
        recovered = recover(Deployed(settings=settings, outputs=dict(done.outputs)))
    except (DeployError, SettingsError, StackError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"The pipeline is {done.action} ({done.seconds:.1f} s). {recovered}\n")
    return 0


def _is_deployed(settings: StackSettings) -> bool:
    client = session(settings).client("cloudformation", endpoint_url=settings.endpoint_url, config=CONFIG)
    try:
        state = CloudFormationStack(client, settings.stack_name, deadline=0).state()
    except (BotoCoreError, ClientError):
        return False
    return state is not None and state.done


if __name__ == "__main__":
    sys.exit(main())
