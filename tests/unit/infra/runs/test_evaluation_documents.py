"""Evaluation documents as EvaluateModel writes them, those of release 0.1.0, and those that are gone or damaged."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from botocore.exceptions import ClientError

from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.costs import Costs
from functions.core.evaluation.measurement import Contestant, measure
from functions.core.evaluation.scored import Scored
from infra.errors import EvaluationError
from infra.runs.evaluation_documents import EvaluationDocument, EvaluationDocuments
from infra.runs.execution import PipelineExecution
from tests.unit.infra.cli.fakes import AT

UNIT = Path(__file__).parents[2]
SUCCEEDED = PipelineExecution(
    arn="arn:one",
    name="one",
    status="SUCCEEDED",
    started=AT,
    output=(UNIT / "infra" / "fixtures" / "output_succeeded.json").read_text(),
)


def written() -> bytes:
    y = np.array([0] * 80 + [1] * 20)
    scored = Scored(np.linspace(0, 1, 100), 0.7)
    rows = PricedRows(y, Costs())
    return json.dumps(
        asdict(measure(rows, scored, chosen="a", contestants=[Contestant("a", scored, 1, None)]))
    ).encode()


def read(how: Callable[[str], bytes]) -> EvaluationDocument:
    return EvaluationDocuments(how).of_run(SUCCEEDED)


def test_a_document_of_this_release_is_read() -> None:
    document = read(lambda _: written())
    assert (document.confusion.rows, document.confusion.frauds) == (100, 20)
    assert document.curves.points.chosen.threshold == document.threshold == 0.7
    assert document.curves.points.alarming_on_everything is not None
    first, last = document.curves.cost[0], document.curves.cost[-1]
    assert (first.false_alarms, last.frauds_missed, last.false_alarms) == (0, 0, 80)
    curve = document.curves.precision_recall
    assert curve is not None
    assert (curve.recall[0], curve.recall[-1], curve.precision[-1]) == (1, 0, 1)


def test_a_document_of_the_first_release_is_read() -> None:
    old = UNIT / "fixtures" / "home_0_1" / "champion" / "evaluation.json"
    document = read(lambda _: old.read_bytes())
    assert document.curves.points.alarming_on_everything is None
    assert set(document.curves.points.policies) == {"cost", "f1", "precision_at_recall"}


def test_one_that_is_gone_or_damaged_or_was_never_there_is_said() -> None:
    def gone(_: str) -> bytes:
        raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")

    with pytest.raises(EvaluationError, match="of the run one is no longer kept"):
        read(gone)
    with pytest.raises(EvaluationError, match="of the run one can't be read"):
        read(lambda _: written()[:-9])
    with pytest.raises(EvaluationError, match="The run one has no evaluation"):
        EvaluationDocuments(gone).of_run(SUCCEEDED.model_copy(update={"output": None, "status": "FAILED"}))
