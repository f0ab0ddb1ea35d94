"""History columns in words through the steps of a run: importances, drift, the report and the plot."""

import json

import pandas as pd
import pytest

from functions.core.drift.reference import ReferenceProfile
from tests.carded import HOURLY, START, payments
from tests.runs import Run, World

TITLE = "transactions of card_number in the last day"
COLUMN = "card_number_count_1d"


def hurried() -> pd.DataFrame:
    """Make payments of cards that pay six times as often as before, after what a champion was trained on."""
    moments = pd.to_datetime(payments(seed=1)["paid_at"]).dt.as_unit("s").astype("int64")
    soon = START + 20 * 86_400 + (moments - START) // 6
    return payments(seed=1).assign(paid_at=pd.to_datetime(soon, unit="s").dt.strftime("%Y-%m-%d %H:%M:%S"))


@pytest.fixture(scope="module")
def world() -> World:
    world = World()
    run = Run(payments(), world, name="then", histories=HOURLY, cost_false_alarm=20.0)
    assert run.registration.alias == "champion"
    return world


@pytest.fixture(scope="module")
def later(world: World) -> Run:
    run = Run(hurried(), world, name="now", histories=HOURLY, cost_false_alarm=20.0)
    assert run.publication
    return run


def test_the_reference_keeps_the_plan(world: World) -> None:
    [first] = [run for run in world.tracking.runs.values() if "reference.json" in run.artifacts][:1]
    assert ReferenceProfile.model_validate_json(first.artifacts["reference.json"]).titles[COLUMN] == TITLE


def test_drift_is_told_in_words_and_kept_by_name(later: Run) -> None:
    assert later.drift.report_uri is not None
    document = json.loads(later.world.store.read(later.drift.report_uri))
    [found] = [each for each in document["features"] if each["feature"] == COLUMN]
    assert (found["title"], found["drifted"]) == (TITLE, True)
    assert COLUMN not in later.drift.explanation
    assert " of card_number in the last " in later.drift.explanation
    assert {each.feature: each.title for each in later.drift.top_features}[COLUMN] == TITLE
    assert {each.title for each in later.drift.top_features if each.feature in {"noise", "amount"}} <= {None}


def test_importances_the_report_and_the_plot_say_what_columns_are(later: Run) -> None:
    told = {each["feature"]: each["title"] for each in json.loads(later.read("importances.json"))}
    assert (told[COLUMN], told["amount"]) == (TITLE, None)
    page = later.read("report.html").decode()
    assert f'<span>{TITLE}</span> <span class="remark"><span>{COLUMN}</span></span>' in page
    assert later.logged
    plot = later.world.tracking.runs[later.opened.mlflow_run_id].artifacts["figures/drift_by_feature.svg"].decode()
    assert TITLE in plot
    assert COLUMN[:17] in plot  # cut, as any long name
