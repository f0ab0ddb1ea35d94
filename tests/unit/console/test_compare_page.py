"""Two runs side by side on the command line's fakes."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from infra.errors import EvaluationError
from infra.runs.evaluation_documents import EvaluationDocuments
from infra.runs.execution import PipelineExecution
from tests.unit.infra.cli.fakes import Fakes
from tests.unit.infra.runs.test_evaluation_documents import written


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> EvaluationDocuments:
    made = EvaluationDocuments(lambda _: written())
    backend = Fakes.backend
    monkeypatch.setattr(Fakes, "backend", lambda fakes: replace(backend(fakes), evaluations=lambda _: made))
    return made


@pytest.mark.usefixtures("documents")
def test_two_runs_are_compared_with_their_curves(client: TestClient) -> None:
    text = client.get("/runs/~compare?a=one&b=one").text
    for part in ("Two runs side by side", "0.372", "Both runs had the same settings.", "Lowest cost"):
        assert part in text
    assert "<script>" not in text
    assert '<script type="application/json" id="curves">[{"cost"' in text


def test_curves_that_are_gone_are_said_and_the_rest_is_shown(
    documents: EvaluationDocuments, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: PipelineExecution) -> None:
        raise EvaluationError("The evaluation of the run one is no longer kept.")

    monkeypatch.setattr(documents, "of_run", gone)
    text = client.get("/runs/~compare?a=one&b=one").text
    assert "is no longer kept" in text
    assert "0.372" in text


def test_a_failed_run_has_no_curves_and_its_sentence(fakes: Fakes, client: TestClient) -> None:
    fakes.executions = type(fakes.executions)("FAILED", "It is <b>no</b> table.")
    text = client.get("/runs/~compare?a=one&b=one").text
    assert "It is &lt;b&gt;no&lt;/b&gt; table." in text
    assert "Lowest cost" not in text


@pytest.mark.parametrize(
    ("query", "said"), [("", "Tick two runs"), ("?run=x", "not 1"), ("?run=x&run=y&run=z", "not 3"), ("?a=x", "Tick")]
)
def test_whoever_has_not_chosen_two_is_told_to(client: TestClient, query: str, said: str) -> None:
    answer = client.get(f"/runs/~compare{query}")
    assert answer.status_code == 422
    assert said in answer.text


def test_two_that_were_ticked_have_an_address_of_their_own(client: TestClient) -> None:
    answer = client.get("/runs/~compare?run=x%26y&run=z", follow_redirects=False)
    assert answer.headers["location"] == "/runs/~compare?a=x%26y&b=z"
