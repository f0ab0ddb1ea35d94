"""The form of a run's settings: fields from declarations, and settings from fields."""

import json

import pytest
from starlette.datastructures import FormData, UploadFile

from console import settings_form
from functions.settings import RunSettings
from infra.cli.run_options import OPTIONS
from infra.errors import SettingsError
from infra.runs.chosen_settings import CHANGED_MOST


def _untouched(settings: RunSettings) -> list[tuple[str, str]]:
    """Return what a browser sends of a form that nobody has touched."""
    first, others = settings_form.fields(settings)
    sent = []
    for field in (*first, *others):
        if field.several:
            sent += [(f"{field.name}.several", ""), *((field.name, each) for each in field.chosen)]
        else:
            sent.append((field.name, field.value))
    return sent


def _sent(settings: RunSettings, **changed: str) -> FormData:
    return FormData([(name, changed.get(name, value)) for name, value in _untouched(settings)])


def test_there_is_a_field_for_every_setting_and_the_options_come_first() -> None:
    first, others = settings_form.fields(RunSettings())
    assert [each.name for each in first] == [name for name in CHANGED_MOST if name != "target"]
    assert {each.name for each in (*first, *others)} == set(RunSettings.model_fields) - {"target", "roles"}
    assert all(each.hint.endswith(".") for each in (*first, *others))
    assert list(OPTIONS) == list(CHANGED_MOST)


def test_choices_are_listed_as_the_settings_declare_them() -> None:
    by_name = {each.name: each for fields in settings_form.fields(RunSettings()) for each in fields}
    assert by_name["threshold"].options == ["cost", "f1", "precision_at_recall"]
    assert by_name["leaks"].options == ["", "drop", "warn", "keep"]
    assert by_name["rotate_validation"].options == ["true", "false"]
    assert by_name["candidates"].several
    assert by_name["seed"].options == []
    assert by_name["time_column"].names_column


@pytest.mark.parametrize(
    "settings",
    [
        RunSettings(),
        RunSettings(target="y", leaks="keep", candidates=("mlp",), drift_ignored_columns=("a,b", "c"), seed=7),
        RunSettings(time_column="t", split="time", roles={"t": "time:dmy"}, cost_missed_fraud=0.1),
    ],
)
def test_a_form_that_nobody_touches_is_the_settings(settings: RunSettings) -> None:
    assert settings_form.chosen(settings, _sent(settings)) == settings


def test_fields_are_settings() -> None:
    base = RunSettings(positive_label="yes")
    form = _sent(
        base, threshold="f1", cost_false_alarm="5.5", positive_label="", rotate_validation="false", leaks="warn"
    )
    assert settings_form.chosen(base, form) == RunSettings(
        threshold="f1", cost_false_alarm=5.5, rotate_validation=False, leaks="warn"
    )


def test_roles_and_the_target_are_those_of_the_columns() -> None:
    base = RunSettings(roles={"old": "number", "elsewhere": "text"})
    names = ["old", "line\r\nend", "\u202eright", "y"]
    form = FormData(
        [
            *(("column", json.dumps(name)) for name in names),
            *(("role", role) for role in ("", "entity", "time:dmy", "")),
            ("target", json.dumps("y")),
        ]
    )
    found = settings_form.chosen(base, form)
    assert found.roles == {"elsewhere": "text", "line\r\nend": "entity", "\u202eright": "time:dmy"}
    assert found.target == "y"
    assert settings_form.chosen(RunSettings(target="y"), FormData([("target", "")])).target is None


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"threshold": "f2"}, "threshold is 'f2': it takes cost, f1 or precision_at_recall."),
        ({"seed": "x"}, "seed is 'x': it takes a whole number from 0 to 4,294,967,295."),
        ({"split": "time"}, "split = time needs time_column."),
        ({"min_recall": ""}, "min recall is '': it takes a number above 0 and below 1."),
        ({"candidates": "lightgmb"}, "candidates names 'lightgmb'; lightgbm is the nearest one: it takes one or more"),
    ],
)
def test_a_wrong_field_is_the_sentence_of_the_command_line(changed: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_form.chosen(RunSettings(), _sent(RunSettings(), **changed))
    assert str(refused.value).startswith(told)


def test_a_form_without_candidates_is_refused() -> None:
    form = FormData([each for each in _untouched(RunSettings()) if each[0] != "candidates"])
    with pytest.raises(SettingsError, match="candidates is"):
        settings_form.chosen(RunSettings(), form)


@pytest.mark.parametrize("fields", [[("column", '"a"')], [("column", "a"), ("role", "")], [("target", "{")]])
def test_a_form_of_another_page_is_refused(fields: list[tuple[str, str | UploadFile]]) -> None:
    with pytest.raises(SettingsError, match="not of this console"):
        settings_form.chosen(RunSettings(), FormData(fields))


def test_known_roles_are_those_that_settings_take() -> None:
    assert "target" not in settings_form.known_roles()
    for role in settings_form.known_roles():
        assert RunSettings.model_validate({"roles": {"a": role}}).roles == {"a": role}
    assert {"time:dmy", "time:mdy", "amount:comma"} <= set(settings_form.known_roles())


def test_what_sentences_ask_for_leads_to_its_field() -> None:
    asked = ["Which is it? FRAUDFLOW_TARGET=a", "FRAUDFLOW_ROLES, FRAUDFLOW_UNLABELLED=drop", "FRAUDFLOW_HOME is none."]
    assert settings_form.named_in(asked) == {"target": "target", "roles": "columns", "unlabelled": "set-unlabelled"}
