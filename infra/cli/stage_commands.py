"""The commands ``deploy``, of a stack that is up or of a stage on AWS, and ``destroy``."""

import json
import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from infra.cli.stack_commands import deploy_here
from infra.cli.terminal import COMMAND_WAS_WRONG, err, out, print_json, print_progress, safe
from infra.deployment.deploy import DeployError
from infra.deployment.dry_run import DryRun
from infra.deployment.function_image import Docker, InstalledDocker, ToldDocker, push_image
from infra.deployment.stages import Stage, StageError, read_stage
from infra.stack.on_aws import Place, deploy_alarms, deploy_stage, destroy_stage, smoke_test
from infra.words import counted

if TYPE_CHECKING:
    from types_boto3_cloudformation.type_defs import DescribeChangeSetOutputTypeDef

    from infra.deployment.deploy import Review

_KEY = "FRAUDFLOW_PSEUDONYM_KEY"
_NO_KEY = "0" * 64

Profile = Annotated[
    str | None, typer.Option(help="The profile of AWS's configuration; the environment's when left out.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Print every call; no account is needed.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
StageName = Annotated[str, typer.Option(help="Which of infra/stages, or the path of a file like those.")]
Endpoint = Annotated[
    str | None,
    typer.Option(
        envvar="AWS_ENDPOINT_URL",
        help="LocalStack's address, in place of AWS: the functions' zip goes there, and no image.",
    ),
]


def deploy(  # noqa: PLR0913 - a command's options are arguments
    ctx: typer.Context,
    *,
    stage: Annotated[
        str | None,
        typer.Option(help="Deploy to AWS what infra/stages/STAGE.toml describes, or a file like it by its path."),
    ] = None,
    profile: Profile = None,
    endpoint_url: Endpoint = None,
    image: Annotated[
        str | None, typer.Option(help="The functions' image by its digest, in place of the one that the stage names.")
    ] = None,
    dry_run: DryRunOption = False,
    yes: Yes = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring the pipeline of a stack that is up to what the checkout and the settings say; with --stage, one on AWS.

    Example: `FRAUDFLOW_SEED=7 fraudflow deploy`, `fraudflow deploy --stage dev --profile me`
    """
    if stage is None:
        if profile or image or dry_run or yes:
            raise StageError("--profile, --image, --dry-run and --yes are about a stage on AWS: --stage names it.")
        deploy_here(ctx, as_json=as_json)
    else:
        chosen = read_stage(stage)
        chosen = chosen.with_image(image) if image else chosen
        if not (yes or dry_run or sys.stdin.isatty()):
            raise StageError("Nobody can be asked here: --yes deploys without a question.")
        place = _place(chosen, profile=profile, endpoint_url=endpoint_url, dry_run=dry_run)
        _deploy_to(place, chosen, dry_run=dry_run, ask=not (yes or dry_run), as_json=as_json)


def _place(
    stage: Stage, *, profile: str | None, endpoint_url: str | None, dry_run: bool, is_there: bool = False
) -> Place:
    """Return where a stage is deployed."""
    if dry_run:
        return Place(DryRun(_tell, deployed=[stage.stack] if is_there else []).session(stage.region))
    if endpoint_url:
        print_progress(f"The stage {stage.name} is at {endpoint_url}, and not on AWS.")
    return Place.of(boto3.Session(profile_name=profile, region_name=stage.region), endpoint_url)


def _docker(place: Place, stage: Stage, *, dry_run: bool) -> Docker | None:
    """Return what builds the stage's image; None where one is named, or none is needed."""
    if stage.image or place.endpoint_url:
        return None
    return ToldDocker(_tell) if dry_run else InstalledDocker(stage)


def _deploy_to(place: Place, stage: Stage, *, dry_run: bool, ask: bool, as_json: bool) -> None:
    """Deploy a stage, try it, and print its addresses."""
    key = os.environ.get(_KEY)  # noqa: TID251 - a secret, which stands in no file
    key = key or _NO_KEY if dry_run else key
    docker = _docker(place, stage, dry_run=dry_run)
    try:
        if docker is not None:
            stage = stage.with_image(push_image(place.session.client("ecr"), stage, docker))
        deployment = deploy_stage(place, stage, pseudonym_key=key, review=_review(ask=ask))
        deploy_alarms(place, stage)
        smoke_test(place, deployment.outputs, print_progress)
    except DeployError as error:
        raise StageError(str(error)) from error
    except (ClientError, BotoCoreError) as error:
        raise StageError(f"AWS refused or could not be reached: {error}") from error
    if as_json:
        print_json(json.dumps({"action": deployment.action, "outputs": dict(deployment.outputs)}, indent=2))
    elif not dry_run:
        out().print(
            safe(f"The stage {stage.name} is {deployment.action} ({deployment.seconds:.0f} s); a run succeeded.")
        )
        for output, value in sorted(deployment.outputs.items()):
            if not output.endswith("FunctionName"):
                out().print(safe(f"  {output:<22}  {value}"))


def destroy(
    *,
    stage: StageName,
    profile: Profile = None,
    endpoint_url: Endpoint = None,
    dry_run: DryRunOption = False,
    yes: Yes = False,
) -> None:
    """Delete a stage's stack on AWS; its buckets stay with all that is in them, and the next stack takes them over.

    Example: `fraudflow destroy --stage dev --profile me`
    """
    chosen = read_stage(stage)
    place = _place(chosen, profile=profile, endpoint_url=endpoint_url, dry_run=dry_run, is_there=True)
    if not (yes or dry_run) and not typer.confirm(f"Delete the stack {chosen.stack}?", err=True):
        raise typer.Exit(COMMAND_WAS_WRONG)
    try:
        kept = destroy_stage(place, chosen)
    except DeployError as error:
        raise StageError(str(error)) from error
    except (ClientError, BotoCoreError) as error:
        raise StageError(f"AWS refused or could not be reached: {error}") from error
    if kept is None:
        out().print(safe(f"There is no stack {chosen.stack}."))
        return
    out().print(
        safe(f"The stack {chosen.stack} is deleted. Its buckets stay; `aws s3 rb --force` removes one for good:")
    )
    for bucket in kept:
        out().print(safe(f"  s3://{bucket}"))


def _tell(line: str) -> None:
    out().print(safe(line), soft_wrap=True)


def _review(*, ask: bool) -> "Review":
    def review(change_set: "DescribeChangeSetOutputTypeDef") -> bool:
        changes = [each["ResourceChange"] for each in change_set.get("Changes", []) if "ResourceChange" in each]
        # A deployment's tags change with its code, and are handed on to all resources.
        told = [each for each in changes if each.get("Scope") != ["Tags"]]
        for each in told:
            replaced = " (is replaced)" if each.get("Replacement") == "True" else ""
            line = f"  {each['Action']:<7} {each['ResourceType']:<32} {each['LogicalResourceId']}{replaced}"
            err().print(safe(line))
        counts = Counter(each["Action"] for each in told)
        summary = ", ".join(f"{action} {count}" for action, count in sorted(counts.items())) or "nothing but tags"
        print_progress(f"{counted(len(told), 'resources')}: {summary}.")
        try:
            return not ask or typer.confirm("Carry it out?", err=True)
        except typer.Abort:
            return False

    return review
