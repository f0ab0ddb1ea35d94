"""LoadData: which of several wrongs is told. What it makes of files is shown in ``tests/unit/core``."""

import pytest

from functions.contracts import Execution, LoadDataInput
from functions.core.errors import FraudflowError, InvalidDatasetError, InvalidPayloadError, UploadClaimedError
from functions.load_data import run_settings, step
from functions.run.dependencies import LoadDataDependencies
from functions.runtime.invocation import parse
from functions.settings import RunSettings
from tests.runs import World


def test_an_event_that_is_delivered_again_is_told_before_what_is_wrong_with_the_file() -> None:
    world = World()
    upload = world.store.put("uploads", "march.csv", b"not,a\n").model_copy(update={"id": "event"})
    services = LoadDataDependencies(files=world.files, settings=RunSettings())
    told: list[tuple[str, type[FraudflowError]]] = [("one", InvalidDatasetError), ("two", UploadClaimedError)]
    for name, error in told:
        execution = Execution(arn=f"arn:{name}", name=name, started_at="2026-01-01T00:00:00Z")
        with pytest.raises(error):
            step.run(LoadDataInput(execution=execution, upload=upload), services)


def test_an_executions_own_settings_win_over_its_uploads_and_these_over_the_stacks() -> None:
    world = World()
    upload = world.store.put("uploads", "march.csv", b"x")
    carried = {"fraudflow-settings": '{"seed": 2, "FRAUDFLOW_SPLIT": "time"}'}
    world.store.user_metadata["s3://uploads/march.csv"] = carried
    services = LoadDataDependencies(files=world.files, settings=RunSettings(seed=1, min_recall=0.5, time_column="at"))
    found = world.store.find(upload)
    settings = run_settings.merge(upload.model_copy(update={"settings": {"SEED": "3"}}), found, services)
    assert (settings.seed, settings.split, settings.min_recall) == (3, "time", 0.5)
    settings = run_settings.merge(upload, found, services)
    assert (settings.seed, settings.split, settings.min_recall) == (2, "time", 0.5)


def test_an_event_without_version_and_etag_names_the_newest_object() -> None:
    payload = {
        "execution": {"arn": "arn:one", "name": "one", "started_at": "2026-01-01T00:00:00Z"},
        # As an input transformer writes them: an empty text for each path that the event does not have.
        "upload": {"id": "event", "bucket": "uploads", "key": "march.csv", "version_id": "", "etag": ""},
    }
    request = parse(LoadDataInput, payload).upload
    assert (request.version_id, request.etag) == (None, None)


@pytest.mark.parametrize("payload", [{}, {"execution": {}}, {"execution": {}, "upload": {"bucket": "b", "key": "k"}}])
def test_a_payload_that_no_execution_has_built_is_another_error_than_a_wrong_input(payload: dict[str, object]) -> None:
    with pytest.raises(InvalidPayloadError, match=r"^The input of LoadDataInput is wrong: execution"):
        parse(LoadDataInput, payload)
