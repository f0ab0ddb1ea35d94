"""Deploying the pipeline to a local stack, and speaking to it once it is there."""

from functools import cache

import boto3
from botocore.config import Config

from infra import guard
from infra.deploy import DeployError, Deployment, StackParameters, deploy
from infra.environment import isolate_process
from infra.errors import StackError
from infra.settings import StackSettings
from infra.state import Deployed, Home, write_deployed

# LocalStack is on this machine: it answers soon, or it is not there.
CONFIG = Config(connect_timeout=3, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 3})


def session(settings: StackSettings) -> boto3.Session:
    """Open a session with LocalStack's dummy credentials; the user's own are out of reach."""
    isolate_process(settings)
    return _session(settings.region)


@cache
def _session(region: str) -> boto3.Session:
    """Keep one session: what it has read of the services' descriptions need not be read again."""
    return boto3.Session(region_name=region)


def stack_parameters(settings: StackSettings) -> StackParameters:
    """Choose the template's parameters."""
    return StackParameters(
        mlflow_tracking_uri=str(settings.mlflow_tracking_uri or guard.with_login(settings, settings.mlflow_url)).rstrip(
            "/"
        ),
        mlflow_experiment=settings.mlflow_experiment,
        pushgateway_url=str(settings.pushgateway_url) if settings.pushgateway_url else None,
        run_settings=settings.run,
        template_parameters={
            "RunsExpirationDays": str(settings.run_retention_days),
            "DataMemory": str(settings.data_memory),
            "MlflowPublicUrl": str(settings.mlflow_public_url or ""),
        },
    )


def deploy_pipeline(settings: StackSettings) -> Deployment:
    """Bring the pipeline on LocalStack to what the checkout and the settings say, and remember it.

    Raises:
        StackError: with CloudFormation's reason.
    """
    try:
        deployment = deploy(
            session(settings),
            stack_parameters(settings),
            endpoint_url=settings.endpoint_url,
            stack_name=settings.stack_name,
        )
    except DeployError as error:
        raise StackError(str(error)) from error
    write_deployed(Home(settings.home), Deployed(settings=settings, outputs=dict(deployment.outputs)))
    return deployment
