"""Executions of the pipeline: found by upload or by name, followed to their end."""

import contextlib
import datetime as dt
import itertools
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.telemetry.execution_history import states
from functions.telemetry.state_runs import StateRun
from infra.deployment.pipeline import CONFIG, session
from infra.errors import ExecutionNotFoundError, StackError
from infra.home.state import Deployed
from infra.runs import links
from infra.runs.archive import Archive, Archived, execution_arn, of_step_functions
from infra.runs.current_champions import CurrentChampions
from infra.runs.definitions import definition_of
from infra.runs.execution import PipelineExecution, asked_for
from infra.runs.execution_errors import is_away, is_gone
from infra.runs.mlflow_api import MlflowApi
from infra.runs.queue import Queue, count_queue
from infra.runs.run_listing import ListedRun, RunListing, newest_first
from infra.runs.run_report import Run, describe
from infra.system.processes import wait_until

_FOLLOW_SECONDS = 0.3
# The clock of an event may be a little behind ours.
_CLOCK_SLACK = dt.timedelta(seconds=30)
LAST = "last"
# Names that Step Functions gives or takes, whole or not.
_NAME = re.compile(r"[\w.-]{1,80}", re.ASCII)
# LocalStack answers four requests at a time about twice as fast as one by one, and more no faster.
_AT_A_TIME = 4
_FORGOTTEN = "LocalStack restarted during the run, and the run was not resumed; run it again."

type Watcher = Callable[[PipelineExecution, list[StateRun]], None]


class ExecutionClient:
    """The executions of one deployed pipeline."""

    def __init__(self, deployed: Deployed) -> None:
        self._machine = deployed.state_machine_arn
        self._mlflow_url = deployed.settings.mlflow_url
        self._mlflow = MlflowApi(deployed.settings)
        self._patience = deployed.settings.start_timeout
        aws, endpoint = session(deployed.settings), deployed.settings.endpoint_url
        self._link = links.signed(aws, endpoint)
        self._client = aws.client("stepfunctions", endpoint_url=endpoint, config=CONFIG)
        self._archive = Archive(aws.client("s3", endpoint_url=endpoint, config=CONFIG), deployed.outputs["RunsBucket"])
        self.listing = RunListing(self._client, self._machine, self._archive)

    def latest(self, limit: int, *, status: str = "", upload: str = "") -> list[PipelineExecution]:
        """List the newest executions, newest first: all, or those that ``asked_for`` says are asked for."""
        found = list[PipelineExecution]()
        items, step = self.listing.all(), max(limit, 50 if status or upload else 1)
        while len(found) < limit and (some := list(itertools.islice(items, step))):
            found += [each for each in self.described(some) if asked_for(each, status, upload)]
        return found[:limit]

    def described(self, runs: Iterable[ListedRun]) -> list[PipelineExecution]:
        """Return the executions that are listed, without those that are deleted meanwhile; several at a time."""
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            return [found for each in pool.map(self._if_there, runs) if (found := each) is not None]

    def _if_there(self, run: ListedRun) -> PipelineExecution | None:
        with contextlib.suppress(ExecutionNotFoundError):
            archived = self._archive.get(run.name) if run.is_archived else None
            return _of_archive(archived, run.arn) if archived else self.get(run.arn)
        return None

    def every(self) -> Iterator[PipelineExecution]:
        """Return all of them, newest first."""
        return (found for run in self.listing.all() if (found := self._if_there(run)) is not None)

    def runs(self, executions: Iterable[PipelineExecution]) -> list[Run]:
        """Return all that is known of some executions, several at a time; what their models are now is asked once."""
        champions = self.champions()
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            return list(pool.map(lambda each: self.run(each, champions=champions), executions))

    def queue(self) -> Queue:
        """Count the runs in progress, and those of them that wait for a free function."""
        return count_queue(self._client, self._machine)

    def find(self, name: str) -> PipelineExecution:
        """Return one by its name, its ARN, a unique prefix, or ``last``.

        Raises:
            ExecutionNotFoundError: when there is none, or more than one.
        """
        if name != LAST and (whole := self.known(name)) is not None:
            return whole
        items = list(self.listing.all())
        if not items:
            raise ExecutionNotFoundError("There are no runs yet; `fraudflow run` starts one.")
        if name == LAST:
            return self.get(items[0].arn)
        exact = [item for item in items if name in {item.name, item.arn}]
        matches = exact or [item for item in items if item.name.startswith(name)]
        if not matches:
            raise ExecutionNotFoundError(f"No run goes by {name}; `fraudflow runs` lists them.")
        if len(matches) > 1:
            raise ExecutionNotFoundError(f"{len(matches):,} runs start with {name}; give more of the name.")
        return self.get(matches[0].arn)

    def known(self, name: str) -> PipelineExecution | None:
        """Return one by its whole name, without a look at the others; None where there is none, or it was removed."""
        if _NAME.fullmatch(name) and not self._archive.is_removed(name):
            with contextlib.suppress(ExecutionNotFoundError):
                return self.get(execution_arn(self._machine, name))
        return None

    def definition(self, execution: PipelineExecution) -> Mapping[str, Any]:
        """Return the definition of the state machine that an execution runs; of one that is forgotten, as it is now."""
        return definition_of(self._client, execution.arn, self._machine)

    def started_by(self, version_id: str, accepted: dt.datetime, timeout: float) -> PipelineExecution:
        """Wait for the execution that an upload's event starts; a lost one when LocalStack was away meanwhile.

        Raises:
            StackError: when none has started in time.
        """
        seen: set[str] = set()
        found: list[PipelineExecution] = []
        was_away = False

        def look() -> bool:
            nonlocal was_away
            try:
                found.extend(self._started_by(version_id, accepted, seen))
            except ExecutionNotFoundError:
                was_away = True  # forgotten between two questions
            except (ClientError, BotoCoreError) as error:
                if not (is_away(error) or is_gone(error)):
                    raise
                was_away = True
            return bool(found)

        if not wait_until(look, timeout, pause=0.2):
            if was_away:
                return PipelineExecution(arn="", name=f"of {version_id}", status="RUNNING", started=accepted).lost(
                    _FORGOTTEN
                )
            raise StackError(
                f"The upload was accepted, but no run of it has started within {timeout:.0f} seconds; "
                f"`fraudflow runs` shows it if it still comes, `fraudflow doctor` what may be wrong."
            )
        return found[0]

    def _started_by(self, version_id: str, accepted: dt.datetime, seen: set[str]) -> Iterator[PipelineExecution]:
        """Return the execution of an upload, if it is among those not seen yet."""
        # Step Functions alone is asked: it is often, and whoever waits for a run has not seen its end.
        for item in newest_first(self.listing.known(), ()):
            if item.at < accepted - _CLOCK_SLACK:
                return
            if item.arn not in seen:
                execution = self.get(item.arn)
                seen.add(item.arn)
                if execution.input.get("version_id") == version_id:
                    yield execution
                    return

    def follow(self, execution: PipelineExecution, watch: Watcher) -> PipelineExecution:
        """Poll an execution, and report each poll to a watcher, until it has ended or is lost.

        A LocalStack that is away is waited for: it may only be busy. One that was started again knows no execution,
        until ``recovery`` has driven it again.
        """
        heard = time.monotonic()
        while not execution.is_lost:
            try:
                execution = self.get(execution.arn)
                watch(execution, self.history(execution.arn))
            except (ExecutionNotFoundError, ClientError, BotoCoreError) as error:
                gone = isinstance(error, ExecutionNotFoundError) or is_gone(error)
                if not gone and not is_away(error):
                    raise
                if time.monotonic() - heard > self._patience:
                    silence = f"LocalStack gave no answer for {self._patience:.0f} seconds."
                    return execution.lost(_FORGOTTEN if gone else silence)
            else:
                heard = time.monotonic()
                if not execution.is_running:
                    break
            time.sleep(_FOLLOW_SECONDS)
        return execution

    def history(self, arn: str) -> list[StateRun]:
        """List the states of an execution so far."""
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=arn, includeExecutionData=False
        )
        try:
            return states([event for page in pages for event in page["events"]])
        except ClientError as error:
            archived = self._archive.get(_name(arn)) if is_gone(error) else None
            if archived is None:
                raise
            return archived.states

    def champions(self) -> CurrentChampions:
        """Return the champions of this moment."""
        return CurrentChampions(self._mlflow)

    def run(
        self,
        execution: PipelineExecution,
        accepted: dt.datetime | None = None,
        *,
        champions: CurrentChampions | None = None,
    ) -> Run:
        """Return all that is known of an execution; its model's alias is as of now, or as of ``champions``."""
        return describe(
            execution,
            [] if execution.is_lost else self.history(execution.arn),
            mlflow_url=self._mlflow_url,
            link=self._link,
            accepted=accepted,
            champions=champions or self.champions(),
        )

    def get(self, arn: str) -> PipelineExecution:
        """Return one execution.

        Raises:
            ExecutionNotFoundError: when it is no longer there.
        """
        try:
            described = self._client.describe_execution(executionArn=arn)
        except ClientError as error:
            if not is_gone(error):
                raise
            if (archived := self._archive.get(_name(arn))) is None:
                raise ExecutionNotFoundError(f"The run {arn} is gone.") from error
            return _of_archive(archived, arn)
        return of_step_functions(described)


def _of_archive(archived: Archived, arn: str) -> PipelineExecution:
    return archived.execution.model_copy(update={"arn": arn, "name": _name(arn)})


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
