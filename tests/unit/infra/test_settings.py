"""Settings: the environment wins over the file, and a typo is told."""

import re
from pathlib import Path

import pytest

from functions.setting_words import split_list, typed
from functions.settings import RunSettings
from infra.errors import SettingsError
from infra.settings import StackSettings, read_settings, unknown_variables
from infra.settings_table import markdown, table


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults_need_nothing(tmp_path: Path) -> None:
    settings = read_settings()
    assert settings.home == tmp_path / ".fraudflow"
    assert settings.run.model_dump(exclude={"histories"}) == RunSettings().model_dump(exclude={"histories"})
    assert settings.endpoint_url == "http://127.0.0.1:4566"


def test_environment_wins_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fraudflow.toml").write_text('seed = 7\ntarget = "label"\n')
    monkeypatch.setenv("FRAUDFLOW_SEED", "8")
    assert (read_settings().seed, read_settings().run.target) == (8, "label")


@pytest.mark.parametrize(
    "content",
    [
        'roles.cc_num = "entity"\nroles."date of sale" = "time:dmy"\n',
        'roles = {cc_num = "entity", "date of sale" = "time:dmy"}\n',
        '[roles]\ncc_num = "entity"\n"date of sale" = "time:dmy"\n',
        """roles = '{"cc_num": "entity", "date of sale": "time:dmy"}'\n""",
    ],
)
def test_roles_are_written_as_a_table_or_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    (tmp_path / "fraudflow.toml").write_text(content)
    assert read_settings().run.roles == {"cc_num": "entity", "date of sale": "time:dmy"}
    monkeypatch.setenv("FRAUDFLOW_ROLES", '{"zip": "category"}')
    assert read_settings().run.roles == {"zip": "category"}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("cc_num=entity", """'cc_num=entity' is no JSON object, such as {"cc_num": "entity"}."""),
        (
            '{"cc_num": "entiti"}',
            "'entiti' of column 'cc_num' is no role; entity is the nearest one: a role is one of ",
        ),
        ('{"when": "time:dym"}', "'time:dym' of column 'when' is not known: it takes time or time:dmy or time:mdy."),
    ],
)
def test_wrong_roles_are_one_sentence(monkeypatch: pytest.MonkeyPatch, value: str, sentence: str) -> None:
    monkeypatch.setenv("FRAUDFLOW_ROLES", value)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert str(caught.value).startswith(f"FRAUDFLOW_ROLES: {sentence}")


def test_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUDFLOW_TARGET", "")
    assert read_settings().target is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("sede = 7", "sede is not a setting; seed is the nearest one"),
        ("seed = ", "can't be read"),
        ('seed = "many"', "^seed in fraudflow.toml is 'many': it takes a whole number from 0 to 4,294,967,295.$"),
        ("localstack_port = 5000", "are the same"),
        ('split = "time"', "needs time_column"),
    ],
)
def test_wrong_file_is_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "fraudflow.toml").write_text(content)
    with pytest.raises(SettingsError, match=sentence):
        read_settings()


_MODELS = "mlp, xgboost, catboost, lightgbm, hist_gradient_boosting, logistic_regression, isolation_forest, ensemble"


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        (
            "CANDIDATES",
            "lightgbm,xgbost",
            f"names 'xgbost'; xgboost is the nearest one: it takes one or more of {_MODELS}, separated by commas.",
        ),
        ("CANDIDATES", ",", f"is '[]': it takes one or more of {_MODELS}, separated by commas."),
        ("SEED", "many", "is 'many': it takes a whole number from 0 to 4,294,967,295."),
        ("LEGITIMATE_SHARE", "2", "is '2': it takes auto, or a number above 0 and at most 1."),
        ("SPLIT", "times", "is 'times'; time is the nearest one: it takes stratified, time or last_rows."),
        ("MONITORING", "perhaps", "is 'perhaps': it takes true or false."),
        ("TRAIN_FRACTION", "2", "is '2': it takes a number above 0 and below 1."),
        ("COST_FALSE_ALARM", "-1", "is '-1': it takes a number of at least 0."),
        ("DELIMITER", "||", "is '||': it takes one character."),
        ("LEAKS", "dorp", "is 'dorp'; drop is the nearest one: it takes drop, warn or keep."),
        ("REGION", "Europe", "is 'Europe': it takes a region such as us-east-1."),
        ("PUSHGATEWAY_URL", "name:secret@host", "can't be used: it takes an http or https address."),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_says_what_it_takes(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(f"FRAUDFLOW_{variable}", value)
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert str(caught.value) == f"FRAUDFLOW_{variable} {sentence}"


@pytest.mark.parametrize("text", ["xgboost", "xgboost,", ' ["xgboost"] '])
def test_a_list_of_one_is_typed_as_its_name(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("FRAUDFLOW_CANDIDATES", text)
    assert read_settings().candidates == ("xgboost",)


@pytest.mark.parametrize("line", ['"lightgbm, xgboost"', '["lightgbm", "xgboost"]'])
def test_a_list_in_the_file_is_typed_either_way(tmp_path: Path, line: str) -> None:
    (tmp_path / "fraudflow.toml").write_text(f"candidates = {line}\n")
    assert read_settings().candidates == ("lightgbm", "xgboost")


def test_names_that_hold_a_comma_are_given_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUDFLOW_DRIFT_IGNORED_COLUMNS", '["week, ISO", "day"]')
    columns = read_settings().drift_ignored_columns
    assert columns == ("week, ISO", "day")
    assert split_list(typed(columns)) == list(columns)


def test_the_table_shows_defaults_as_they_are_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in table():
        monkeypatch.setenv(setting.variable, setting.default)
    elsewhere = {"home", "data", "localstack_python", "feast_python", "histories"}
    settings = read_settings().model_dump(exclude=elsewhere)
    assert settings == StackSettings().model_dump(exclude=elsewhere)
    assert {s.name: s.default for s in table()}["candidates"] == "lightgbm,logistic_regression,ensemble"
    assert {s.name: s.default for s in table()}["monitoring"] == "true"
    assert not [setting for setting in table() if re.search(r"[()\[\]']|True|False", setting.default)]


def test_the_table_shows_all_that_a_choice_allows() -> None:
    takes = {setting.name: setting.allowed for setting in table()}
    assert takes["imbalance"] == "auto, none, class_weights, undersampling, smote or focal_loss"
    assert takes["data_memory"] == "a whole number from 512 to 10,240"
    assert all(takes.values())


def test_a_variable_in_small_letters_is_looked_at_too() -> None:
    assert unknown_variables({"fraudflow_sede": "7", "fraudflow_seed": "7"}) == [
        "fraudflow_sede is not a setting; FRAUDFLOW_SEED is the nearest one."
    ]


def test_unknown_variable_is_told_with_the_nearest_name() -> None:
    assert unknown_variables({"FRAUDFLOW_SEDE": "7", "FRAUDFLOW_SEED": "7", "SEDE": "7"}) == [
        "FRAUDFLOW_SEDE is not a setting; FRAUDFLOW_SEED is the nearest one."
    ]


def test_every_setting_is_in_the_table_with_a_description() -> None:
    assert {setting.name for setting in table()} == set(StackSettings.model_fields)
    assert all(setting.description for setting in table())
    assert markdown().count("\n") == len(table()) + 2


def test_a_list_with_one_wrong_name_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUDFLOW_CANDIDATES", "xgbost")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert str(caught.value).count("it takes") == 1


@pytest.mark.parametrize(("token", "words"), [("short", "FRAUDFLOW_SCORING_TOKEN: it takes at least 16 characters")])
def test_a_short_token_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, token: str, words: str) -> None:
    monkeypatch.setenv("FRAUDFLOW_SCORING_TOKEN", token)
    with pytest.raises(SettingsError, match=words) as caught:
        read_settings()
    assert token not in str(caught.value)


def test_a_token_that_was_written_down_masked_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUDFLOW_SCORING_TOKEN", "0123456789abcdef")
    settings = read_settings()
    written = settings.model_dump_json()
    assert "0123456789abcdef" not in written
    monkeypatch.delenv("FRAUDFLOW_SCORING_TOKEN")
    assert StackSettings.model_validate_json(written).scoring_token is None
