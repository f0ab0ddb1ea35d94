"""LoadData: which of several wrongs is told. What it makes of files is shown in ``tests/unit/core``."""

import traceback
from dataclasses import replace
from typing import Any

import pytest

from functions.contracts import Execution, LoadDataInput
from functions.core.data.pseudonyms import require_pseudonyms
from functions.core.data.tables import from_parquet
from functions.core.errors import (
    FraudflowError,
    InvalidDatasetError,
    InvalidPayloadError,
    InvalidSettingsError,
    UnexpectedDataError,
    UploadClaimedError,
)
from functions.core.roles import checks
from functions.load_data import run_settings, step
from functions.runtime.invocation import parse
from functions.settings import RunSettings, StoredSettings
from infra.deployment.long_settings import TravellingSettings
from tests.runs import Run, World
from tests.tables import frame


def test_an_event_that_is_delivered_again_is_told_before_what_is_wrong_with_the_file() -> None:
    world = World()
    upload = world.store.put("uploads", "march.csv", b"not,a\n").model_copy(update={"id": "event"})
    services = world.loading(RunSettings())
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
    services = world.loading(RunSettings(seed=1, min_recall=0.5, time_column="at"))
    found = world.store.find(upload)
    settings = run_settings.merge(upload.model_copy(update={"settings": {"SEED": "3"}}), found, services)
    assert (settings.seed, settings.split, settings.min_recall) == (3, "time", 0.5)
    settings = run_settings.merge(upload, found, services)
    assert (settings.seed, settings.split, settings.min_recall) == (2, "time", 0.5)


def test_settings_that_no_state_could_hand_on_are_refused_by_the_longest_of_them() -> None:
    world = World()
    upload = world.store.put("uploads", "march.csv", b"x")
    names = [f"column_{number:04}".ljust(60, "ü") for number in range(2000)]
    found, services = world.store.find(upload), world.loading(RunSettings())
    fits = {"drift_ignored_columns": names[:1500]}
    assert run_settings.merge(upload.model_copy(update={"settings": fits}), found, services).drift_ignored_columns
    both = {"drift_ignored_columns": names, "roles": dict.fromkeys(names[:10], "number")}
    with pytest.raises(
        InvalidSettingsError, match=r"^The run's settings take 22\d,\d{3} bytes, .* shorten drift_ignored"
    ):
        run_settings.merge(upload.model_copy(update={"settings": both}), found, services)


def test_settings_that_are_too_long_to_travel_are_read_from_where_they_are_stored() -> None:
    world = World()
    upload = world.store.put("uploads", "march.csv", b"x")
    roles = {f"column_{number}": "number" for number in range(400)}
    stack, own = (TravellingSettings.of({"roles": roles, "seed": seed}) for seed in (1, 2))
    for each in (stack, own):
        assert each.key is not None
        world.store.put("uploads", each.key, each.body)
    services = world.loading(StoredSettings.model_validate_json(stack.text))
    settings = run_settings.merge(upload, world.store.find(upload), services)
    assert (settings.seed, settings.roles) == (1, roles)
    world.store.user_metadata["s3://uploads/march.csv"] = {"fraudflow-settings": own.text}
    assert run_settings.merge(upload, world.store.find(upload), services).seed == 2


def test_a_key_that_is_none_of_stored_settings_is_refused() -> None:
    world = World()
    upload = world.store.put("uploads", "march.csv", b"x")
    world.store.user_metadata["s3://uploads/march.csv"] = {"fraudflow-settings": '{"settings_key": "other.json"}'}
    with pytest.raises(InvalidSettingsError, match="settings_key is not a setting"):
        run_settings.merge(upload, world.store.find(upload), world.loading(RunSettings()))


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


def test_entities_are_hashed_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    found = checks.check

    def with_an_entity(*given: Any, **chosen: Any) -> Any:  # noqa: ANN401 - whatever the checks take
        checked = found(*given, **chosen)
        return replace(checked, table=replace(checked.table, roles={"channel": "entity"}))

    monkeypatch.setattr(checks, "check", with_an_entity)
    run = Run(frame(600).replace({"channel": {"shop": "4111111111111111"}}))
    table = from_parquet(run.read("dataset.parquet")) if run.loaded else None
    assert table is not None
    require_pseudonyms(table.X["channel"], "channel")
    written = {uri: body for uri, body in run.world.store.objects.items() if uri.startswith("s3://runs/")}
    assert not any(b"4111111111111111" in body for body in written.values())


def test_a_fault_of_ours_is_told_by_its_place_and_not_by_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        float("Wilhelmine Ostrander")

    monkeypatch.setattr(checks, "check", fail)
    with pytest.raises(UnexpectedDataError, match=r"ValueError in test_load_data\.py, line \d+\. ") as told:
        assert Run(frame(600)).loaded
    assert "Ostrander" not in "".join(traceback.format_exception(told.value))
