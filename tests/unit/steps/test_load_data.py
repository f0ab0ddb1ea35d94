"""LoadData: which of several wrongs is told. What it makes of files is shown in ``tests/unit/core``."""

import pytest

from functions.contracts import Execution, LoadDataInput
from functions.core.errors import FraudflowError, InvalidDatasetError, UploadClaimedError
from functions.load_data import step
from functions.services import LoadDataServices
from functions.settings import RunSettings
from tests.runs import World


def test_an_event_that_is_delivered_again_is_told_before_what_is_wrong_with_the_file() -> None:
    world = World()
    upload = world.store.put("uploads", "march.csv", b"not,a\n").model_copy(update={"id": "event"})
    services = LoadDataServices(files=world.files, settings=RunSettings())
    told: list[tuple[str, type[FraudflowError]]] = [("one", InvalidDatasetError), ("two", UploadClaimedError)]
    for name, error in told:
        execution = Execution(arn=f"arn:{name}", name=name, started_at="2026-01-01T00:00:00Z")
        with pytest.raises(error):
            step.run(LoadDataInput(execution=execution, upload=upload), services)
