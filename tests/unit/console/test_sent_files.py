"""Files to score and files of labels: sent with what was chosen, followed, summed up, and handed out."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from functions.telemetry.state_runs import StateRun
from infra.errors import StackError
from infra.runs.batches import ScoredBatch
from infra.runs.execution import PipelineExecution
from infra.runs.uploads import Accepted
from tests.unit.infra.cli.fakes import AT, HOSTILE, FakeBatches, Fakes
from tests.unit.infra.cli.test_score import output, traffic

NAME = 'tö"day <b>.csv'


class SeenBatches(FakeBatches):
    """One batch, which the console sees by its name."""

    running = False

    def latest(self, limit: int) -> list[ScoredBatch]:
        accepted = Accepted("to-score", HOSTILE, "v1", AT)
        return [self.report(self.execution, accepted)][:limit]

    def seen(self, name: str) -> tuple[PipelineExecution, list[StateRun]]:
        assert name == "one"
        update = {"input": {"key": NAME}} | ({"status": "RUNNING"} if self.running else {})
        return self.execution.model_copy(update=update), []

    def scores(self, report: ScoredBatch, *, parquet: bool) -> tuple[int, Iterator[bytes]]:
        if report.scores_uri is None:
            raise StackError("The batch has no scores to fetch.")
        body = b"PAR1" if parquet else b"row,score\n"
        return len(body), iter([body[:2], body[2:]])


@pytest.fixture
def batches(fakes: Fakes) -> SeenBatches:
    made = SeenBatches(output(traffic()))
    fakes.batches = made
    return made


def arrived(client: TestClient, root: str) -> str:
    """Send a file as a browser does, and return the path where it goes on."""
    answer = client.put("/files", params={"name": NAME}, content=b"a,b\n1,2\n")
    assert answer.status_code == 201
    return str(answer.json()["page"]).replace("/files/", f"{root}/files/")


@pytest.mark.usefixtures("batches")
def test_a_file_is_scored_by_the_version_that_was_chosen(client: TestClient, fakes: Fakes) -> None:
    path = arrived(client, "/score")
    page = client.get(path).text
    assert "<b>" not in page
    for wrong in ({"version": "x"}, {"version": "3", "alias": "former"}):
        refused = client.post(path, data=wrong, headers={"hx-request": "true"})
        assert refused.status_code == 422
    # What was refused is still there.
    started = client.post(path, data={"version": "3"})
    assert started.headers["hx-redirect"] == "/score/batches/one"
    assert fakes.scored is not None
    assert (fakes.scored.model, fakes.scored.version) == ("fraud-detector", "3")
    assert fakes.uploaded == [NAME]
    assert client.get(path).status_code == 422


def test_a_batch_is_followed_and_summed_up(client: TestClient, batches: SeenBatches) -> None:
    batches.running = True
    assert 'sse-connect="/score/batches/one/live"' in client.get("/score/batches/one").text
    batches.running = False
    page = client.get("/score/batches/one").text
    assert "sse-connect" not in page
    assert "48,201, of which 1 alarm at 0.0196" in page
    assert "mistakes cost 1,298 (800 to 1,900)" in page
    told = client.get("/score/batches/one/live").text
    assert "Download scores.csv" in told
    assert told.rstrip().endswith("data: ended")
    listed = client.get("/score/batches").text
    assert "48,201" in listed
    assert "<script>" not in listed


@pytest.mark.usefixtures("batches")
@pytest.mark.parametrize(("kind", "body"), [("csv", "row,score\n"), ("parquet", "PAR1")])
def test_scores_are_downloaded_by_a_safe_name(client: TestClient, kind: str, body: str) -> None:
    answer = client.get(f"/score/batches/one/scores.{kind}")
    assert answer.text == body
    assert answer.headers["content-disposition"] == (
        f"attachment; filename=\"t__day__b_-scores.{kind}\"; filename*=UTF-8''t%C3%B6%22day%20%3Cb%3E-scores.{kind}"
    )
    assert client.get("/score/batches/one/scores.exe").status_code in {404, 422}


def test_a_batch_that_failed_says_why_and_offers_nothing(client: TestClient, fakes: Fakes) -> None:
    fakes.batches = SeenBatches(None, error="NotCsvError", cause=f"It is no CSV. {HOSTILE}")
    page = client.get("/score/batches/one").text
    assert "It is no CSV." in page
    assert "Download" not in page
    assert "<script>x" not in page
    assert client.get("/score/batches/one/scores.csv").status_code == 503


def test_labels_are_sent_and_followed(client: TestClient, fakes: Fakes) -> None:
    started = client.post(arrived(client, "/traffic"))
    assert started.headers["hx-redirect"] == "/traffic/batches/one"
    assert fakes.uploaded == [NAME]
    assert "File of labels" in client.get("/traffic/batches/one").text
