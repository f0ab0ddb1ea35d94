"""A registry of three versions behind the model page: the second is the champion, the third its challenger."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, cast

import numpy as np

from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.costs import Costs
from functions.core.evaluation.measurement import Contestant, measure
from functions.core.evaluation.promotion import compare, decide
from functions.core.evaluation.promotion import measure as of_contender
from functions.core.evaluation.scored import Scored
from functions.feedback.loop_journal import LoopJournal
from infra.runs.champions_by_hand import ChampionsByHand
from infra.runs.evaluation_documents import EvaluationDocuments
from infra.runs.execution_client import ExecutionClient
from infra.runs.registered_versions import RegisteredVersions
from infra.runs.version_records import VersionRecords
from infra.stack.operations import Backend
from tests.fakes import FakeObjectStore
from tests.unit.infra.cli.fakes import OUTPUT, Fakes

MODEL = "fraud-detector"
ARN = "arn:aws:states:us-east-1:0:execution:m:one"
_LABELS = np.array([0] * 1980 + [1] * 20)
_SCORES = np.linspace(0, 1, 2000)
_ROWS = PricedRows(_LABELS, Costs())


class FakeRegistry:
    """Versions and aliases in memory, as MLflow answers."""

    def __init__(self) -> None:
        self.aliases: dict[str, dict[str, str]] = {
            MODEL: {"champion": "2", "former": "1", "challenger": "3"},
            "other": {},
        }
        self.tags = {
            "fraudflow.execution_arn": ARN,
            "fraudflow.algorithm": "ensemble",
            "fraudflow.reason": "Not cheaper than the champion beyond the noise.",
            "fraudflow.passed_gate": "true",
        }

    def model_names(self) -> list[str]:
        return list(self.aliases)

    def aliases_of(self, name: str) -> Mapping[str, str]:
        return dict(self.aliases.get(name, {}))

    def set_alias(self, name: str, alias: str, version: str | None) -> None:
        self.aliases[name].pop(alias, None)
        if version is not None:
            self.aliases[name][alias] = version

    def versions(self, model: str) -> list[dict[str, Any]] | None:
        return [self._version(model, each) for each in "123"] if model in self.aliases else None

    def latest_versions(
        self, model: str, limit: int, page: str | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        del limit
        if model not in self.aliases:
            return [], None
        return ([self._version(model, "1")], None) if page else ([self._version(model, each) for each in "32"], "1")

    def version(self, model: str, number: str) -> dict[str, Any] | None:
        return self._version(model, number) if model in self.aliases and number in {"1", "2", "3"} else None

    def runs(self, experiment: str, query: str) -> list[dict[str, Any]]:
        assert experiment == "fraudflow"
        metrics = [{"key": "test_fraud_f1", "value": 0.372}, {"key": "impact_total_cost", "value": 500.0}]
        return [
            {"info": {"run_id": each}, "data": {"metrics": metrics}} for each in ("r1", "r2", "r3") if each in query
        ]

    def _version(self, model: str, number: str) -> dict[str, Any]:
        tags = [{"key": key, "value": value} for key, value in self.tags.items()]
        told = {"name": model, "version": number, "run_id": f"r{number}", "creation_timestamp": 1_767_225_600_000}
        return told | {"tags": tags if model == MODEL else []}


def written_evaluation() -> bytes:
    scored = Scored(_SCORES, 0.97)
    measured = measure(
        _ROWS,
        scored,
        chosen="a",
        contestants=[Contestant("a", scored, 1, None)],
        policies={"cost": 0.97, "f1": 0.995, "precision_at_recall": 0.99},
    )
    return json.dumps(asdict(measured)).encode()


def written_decision() -> bytes:
    old, new = Scored(_SCORES, 0.5), Scored(_SCORES, 0.97)
    return json.dumps(asdict(decide(compare(_ROWS, old, new), of_contender(_ROWS, new)))).encode()


class ModelFakes:
    """What the model page asks."""

    def __init__(self) -> None:
        self.registry = FakeRegistry()
        self.store = FakeObjectStore()
        self.journal = LoopJournal(self.store, "loop")
        self.evaluation: bytes = written_evaluation()
        folder = json.loads(OUTPUT)["registration"]["decision_uri"]
        self.store.objects[folder] = written_decision()

    def backend(self, fakes: Fakes) -> Backend:
        return replace(
            fakes.backend(),
            executions=lambda _: cast("ExecutionClient", fakes.executions),
            champions=lambda _: ChampionsByHand(self.registry, self.journal),
            versions=lambda _: RegisteredVersions(self.registry, "fraudflow", "http://127.0.0.1:5000"),
            version_records=lambda _: VersionRecords(self.store, "loop"),
            evaluations=lambda _: EvaluationDocuments(lambda _: self.evaluation),
        )
