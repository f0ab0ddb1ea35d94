"""Lists of the executions of a fake."""

from collections.abc import Iterable

from infra.runs.execution import PipelineExecution
from infra.runs.run_listing import ListedRun
from infra.runs.run_report import Run


class FakeListing:
    """Lists of executions that Step Functions knows."""

    def __init__(self, executions: list[PipelineExecution]) -> None:
        self._executions = executions

    def known(self) -> list[ListedRun]:
        return [ListedRun(each.name, each.arn, each.started, each.stopped) for each in self._executions]

    def under_way(self) -> list[ListedRun]:
        return [run._replace(waits=False) for run in self.known() if run.ended is None]

    def archived(self) -> list[ListedRun]:
        return []

    def removed(self) -> set[str]:
        return set()


class ListedFakes:
    """What has executions that it lists."""

    def latest(self, limit: int) -> list[PipelineExecution]:
        raise NotImplementedError

    def run(self, execution: PipelineExecution) -> Run:
        raise NotImplementedError

    def runs(self, executions: Iterable[PipelineExecution]) -> list[Run]:
        return [self.run(each) for each in executions]

    def described(self, runs: Iterable[ListedRun]) -> list[PipelineExecution]:
        known = {each.name: each for each in self.latest(50)}
        return [known[run.name] for run in runs if run.name in known]

    @property
    def listing(self) -> FakeListing:
        return FakeListing(self.latest(50))
