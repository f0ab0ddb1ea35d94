"""Column names and contents of a file are shown everywhere, and executed nowhere."""

import datetime as dt
import io
import json
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from functions.adapters.pushgateway import exposition
from functions.contracts.records import Ended, ended_key
from infra.cli import render
from infra.runs.execution import PipelineExecution
from infra.runs.run_report import describe
from tests.fake_runs import FakeRun
from tests.reports import NASTY
from tests.runs import Run, World
from tests.tables import WORTH_A_MODEL, frame
from tests.unit.core.report.test_report import Reader

# The last would be a formula to whatever sets TeX, and a wrong one.
COLUMNS = dict(zip(("a", "b", "c", "amount", "channel"), (*NASTY[:4], r"$\nothing{$"), strict=True))
VALUES = dict(zip(("web", "app", "shop"), NASTY, strict=False))
UPLOAD = "=1+1 \x1b[31m<script>alert(1)"
AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
# What a terminal would obey.
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def published(*, hostile: bool) -> Run:
    """Run after a champion of the same columns, on rows that have drifted, so that drift names columns and values."""
    before, after = frame(600), frame(900, seed=1).assign(a=lambda rows: rows["a"] + 2)
    if hostile:
        before, after = (rows.replace({"channel": VALUES}).rename(columns=COLUMNS) for rows in (before, after))
    world = World()
    assert Run(before, world, name="before", rotate_validation=False, **WORTH_A_MODEL).registration.alias == "champion"
    run = Run(after, world, name=UPLOAD if hostile else "harmless", rotate_validation=False)
    assert run.publication
    return run


@pytest.fixture(scope="module")
def hostile() -> Run:
    return published(hostile=True)


@pytest.fixture(scope="module")
def harmless() -> Run:
    return published(hostile=False)


def told(run: Run) -> FakeRun:
    return run.world.tracking.runs[run.opened.mlflow_run_id]


def test_the_report_page_has_the_same_elements_and_no_formula(hostile: Run, harmless: Run) -> None:
    page, plain = (Reader(run.read("report.html").decode()) for run in (hostile, harmless))
    assert {tag for tag, _ in page.tags} == {tag for tag, _ in plain.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert not CONTROLS.search(hostile.read("report.html").decode())
    assert "<script>alert(1)</script>" in page.text
    cells = re.findall(r"<t[dh][ >].*?</t[dh]>", hostile.read("report.html").decode(), re.DOTALL)
    assert not [cell for cell in cells if Reader(cell).text.lstrip().startswith(tuple("=+-@"))]


def test_mlflow_is_told_under_the_same_names(hostile: Run, harmless: Run) -> None:
    one, other = told(hostile), told(harmless)
    for part in ("params", "tags"):
        assert getattr(one.opened, part).keys() == getattr(other.opened, part).keys()
    assert one.record is not None
    assert other.record is not None
    assert one.record.metrics.keys() == other.record.metrics.keys()
    assert one.artifacts.keys() == other.artifacts.keys()
    assert one.nested.keys() == other.nested.keys()
    assert hostile.registration.name == harmless.registration.name


def test_the_plots_have_the_same_elements_and_no_control_character(hostile: Run, harmless: Run) -> None:
    plots = [name for name in told(hostile).artifacts if name.endswith(".svg")]
    assert len(plots) == 6
    for name in plots:
        drawn, plain = (Reader(told(run).artifacts[name].decode()) for run in (hostile, harmless))
        assert {tag for tag, _ in drawn.tags} == {tag for tag, _ in plain.tags}
        assert not CONTROLS.search(told(hostile).artifacts[name].decode())


def test_what_mlflow_is_told_of_columns_drives_no_terminal(hostile: Run) -> None:
    opened = told(hostile).opened
    texts = [*map(str, opened.params.values()), *(opened.tags[name] for name in opened.tags if "upload" not in name)]
    assert not [text for text in texts if CONTROLS.search(text)]
    [*_, (_, registered, _)] = hostile.world.tracking.versions["fraud-detector"]
    assert not CONTROLS.search(registered.reason)


@pytest.mark.thorough
def test_prometheus_is_told_columns_as_labels(hostile: Run, harmless: Run) -> None:
    assert samples(hostile).keys() == samples(harmless).keys()
    assert set(COLUMNS.values()) >= samples(hostile)["feature_drift_score"] > set()


def samples(run: Run) -> dict[str, set[str]]:
    """Read back what was pushed: of each metric, the features that it is about."""
    assert run.world.monitoring is not None
    known = [sample for group, _ in run.world.monitoring.pushed for sample in group]
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(exposition(known).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update({sample.labels.get("feature", "")} - {""})
    return found


def test_the_summary_drives_no_terminal(hostile: Run) -> None:
    ended = Ended.model_validate_json(hostile.world.store.objects[f"s3://runs/{ended_key(hostile.execution.name)}"])
    assert ended.output is not None
    execution = PipelineExecution(
        arn=hostile.execution.arn,
        name=hostile.execution.name,
        status="SUCCEEDED",
        started=AT,
        stopped=AT,
        input=ended.input,
        output=json.dumps(ended.output),
    )
    console = Console(file=io.StringIO(), width=200, force_terminal=False)
    console.print(render.summary(describe(execution, [], mlflow_url="http://127.0.0.1:5000"), "http://127.0.0.1:5000"))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert not CONTROLS.search(text)
    assert "\\x1b[31m<script>alert(1)" in text
    assert "<script>alert(1)</script> 0.98" in " ".join(text.split()) or "<script>alert(1)</scrip…" in text
