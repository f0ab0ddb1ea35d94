"""Deployment of the pipeline to a local stack, and AWS sessions with it."""

from functools import cache
from typing import cast

import boto3
from botocore.config import Config

from infra.deployment.deploy import DeployError, Deployment, deploy
from infra.deployment.stack_parameters import StackParameters
from infra.errors import StackError
from infra.home.environment import aws_client_environment, isolate_process
from infra.home.layout import Home
from infra.home.pseudonym_key import make_pseudonym_key
from infra.home.state import Deployed, write_deployed
from infra.servers import feast_server, guarding
from infra.settings import StackSettings

# LocalStack is on this machine: it answers soon, or it is not there.
CONFIG = Config(connect_timeout=3, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 3})


def session(settings: StackSettings) -> boto3.Session:
    """Return a session of LocalStack's own client with the home's keys; the user's credentials are out of reach.

    Raises:
        StackError: when the home's keys can't be used.
    """
    isolate_process(settings)
    environment = aws_client_environment(settings)
    return _session(
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], settings.region, settings.endpoint_url
    )


@cache
def _session(key: str, secret: str, region: str, endpoint: str) -> boto3.Session:
    """Return the session of a stack: one for each."""
    try:
        from localstack_client.session import Session  # noqa: PLC0415
    except ModuleNotFoundError:  # inside of LocalStack's container, whose Python is the functions'
        return boto3.Session(key, secret, region_name=region)
    host = endpoint.partition("://")[2]
    # It has the methods of boto3's that are called here.
    return cast("boto3.Session", Session(key, secret, region_name=region, localstack_host=host))


def stack_parameters(settings: StackSettings, home: Home) -> StackParameters:
    """Return the template's parameters.

    Args:
        settings: of the stack.
        home: whose key hashes cards and people; it is made there where there is none.

    Raises:
        StackError: when a key of the home can't be made or used.
    """
    return StackParameters(
        pseudonym_key=make_pseudonym_key(home),
        mlflow_tracking_uri=str(
            settings.mlflow_tracking_uri or guarding.with_login(settings, settings.mlflow_url)
        ).rstrip("/"),
        mlflow_experiment=settings.mlflow_experiment,
        pushgateway_url=str(settings.pushgateway_url) if settings.pushgateway_url else None,
        run_settings=settings.run,
        loop_settings=settings.loop,
        template_parameters={
            # On a laptop, what is removed is gone: nobody has the disk for what was.
            "ArtifactVersionDays": "0",
            "RunsExpirationDays": str(settings.run_retention_days),
            "DecisionsExpirationDays": str(settings.decision_retention_days),
            "ExploreShare": str(settings.explore_share),
            "FeastUrl": feast_server.address(settings) or "",
            "DaskScheduler": settings.dask_scheduler or "",
            "DistributedRows": str(settings.distributed_rows),
            "DataMemory": str(settings.data_memory),
            "ModelName": settings.run.model_name,
            "ConsoleUrl": settings.console_url if settings.console else "",
            "MlflowPublicUrl": str(settings.mlflow_public_url or ""),
        },
    )


def deploy_pipeline(settings: StackSettings) -> Deployment:
    """Deploy the pipeline to LocalStack from the checkout and the settings, and record the deployment.

    Raises:
        StackError: with CloudFormation's reason; or when training jobs are asked for, which LocalStack has not.
    """
    if settings.training_job_rows is not None:
        raise StackError(
            "FRAUDFLOW_TRAINING_JOB_ROWS is set, and training jobs are SageMaker's, on AWS alone: unset it here, and "
            "give the stage there TrainingInstanceType."
        )
    try:
        deployment = deploy(
            session(settings),
            stack_parameters(settings, Home(settings.home)),
            endpoint_url=settings.endpoint_url,
            stack_name=settings.stack_name,
        )
    except DeployError as error:
        raise StackError(str(error)) from error
    write_deployed(Home(settings.home), Deployed(settings=settings, outputs=dict(deployment.outputs)))
    return deployment
