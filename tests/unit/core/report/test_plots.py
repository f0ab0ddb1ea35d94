import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from functions.core.evaluation import curves
from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.costs import Costs
from functions.core.evaluation.results import Curves
from functions.core.report import plots
from tests.reports import NASTY

SVG = "{http://www.w3.org/2000/svg}"
# What an SVG may show without running or fetching anything.
HARMLESS = {"svg", "style", "title", "desc", "rect", "text", "path", "line", "circle", "clipPath"}
Y = np.repeat([1, 0], [20, 980])
SCORES = np.concatenate((np.linspace(0.1, 0.99, 20), np.linspace(0, 0.4, 980)))


def measured(y: np.ndarray = Y, *, threshold: float = 0.45) -> Curves:
    both = 0 < y.sum() < len(y)
    return Curves(
        precision_recall=curves.precision_recall_curve(y, SCORES) if both else None,
        roc=None,
        reliability=curves.reliability_curve(y, SCORES, spacing="log"),
        cost=curves.cost_curve(y, SCORES, Costs(), threshold=threshold),
        points=curves.operating_points(y, SCORES, Costs(), threshold=threshold),
        average_precision=0.5,
        roc_auc=0.5,
        brier_score=0.01,
    )


def confusion(threshold: float) -> Confusion:
    return Confusion.count(Y, threshold <= SCORES)


PLOTS: dict[str, Callable[[float], bytes]] = {
    "confusion_matrix": lambda at: plots.confusion_matrix(confusion(at), threshold=at),
    "precision_recall_curve": lambda at: plots.precision_recall_curve(measured(threshold=at), confusion(at)),
    "score_distribution": lambda at: plots.score_distribution(Y, SCORES, threshold=at),
    "cost_curve": lambda at: plots.cost_curve(measured(threshold=at)),
}


def parsed(svg: bytes) -> ET.Element:
    """Parse a plot, and see that it is whole in itself: one that a viewer shows without the report page."""
    root = ET.fromstring(svg)  # noqa: S314 - of our own making
    assert root.tag == f"{SVG}svg"
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= HARMLESS
    attributes = [name for element in root.iter() for name in element.attrib]
    assert not [name for name in attributes if name.startswith("on") or "href" in name]
    assert root.findtext(f"{SVG}title")
    style = root.findtext(f"{SVG}style") or ""
    assert "var(" not in style
    assert "url(" not in style
    assert "@import" not in style
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert float(root.attrib["width"]) / float(root.attrib["height"]) == pytest.approx(width / height, abs=0.01)
    return root


def words(root: ET.Element) -> str:
    return "\n".join(element.text or "" for element in root.iter(f"{SVG}text"))


@pytest.mark.parametrize("threshold", [0.0, 0.02, 0.45, 2.0, np.inf])
@pytest.mark.parametrize("name", PLOTS)
def test_plots_are_drawn_wherever_the_threshold_is(name: str, threshold: float) -> None:
    root = parsed(PLOTS[name](threshold))
    places = [value for element in root.iter() for value in re.findall(r"-?\d+\.?\d*", element.get("d", ""))]
    assert all(abs(float(value)) < 1e6 for value in places)
    assert "nan" not in ET.tostring(root, "unicode")


def test_the_confusion_matrix_says_its_counts_and_shares() -> None:
    told = words(parsed(plots.confusion_matrix(Confusion(15, 5, 20, 960), threshold=0.0196)))
    for figure in ("960", "passed, 98 %", "20", "false alarms, 2.04 %", "5", "missed, 25 %", "15", "detected, 75 %"):
        assert figure in told.splitlines()
    assert "1,000 rows of the test split, at the threshold 0.0196." in told


def test_each_bar_of_the_score_distribution_is_as_high_as_its_rows() -> None:
    root = parsed(plots.score_distribution(Y, np.where(Y, 0.99, 0.01), threshold=0.5))
    legitimate, frauds = (
        min(float(height) for height in re.findall(r"V(\d+\.\d)", path.attrib["d"]))
        for path in root.iter(f"{SVG}path")
        if path.attrib["class"].startswith("area")
    )
    # 980 rows lie just below the top of three decades, 20 rows further down.
    assert 26 < legitimate < 28 < frauds
    assert "legitimate: 980 rows\nfraud: 20 rows\nthreshold: 0.5" in words(root)


def test_drift_is_drawn_for_every_feature_up_to_a_limit() -> None:
    few = parsed(plots.drift_by_feature({"a": 0.05, "b": 0.5, "c": 0.1}, explanation=""))
    styles = {bar.attrib["class"] for bar in few.iter(f"{SVG}rect") if "bar" in bar.attrib["class"]}
    assert styles == {"bar stable", "bar watch", "bar retrain"}
    assert words(few).index("b\n0.50") < words(few).index("c\n0.10") < words(few).index("a\n0.05")
    many = parsed(plots.drift_by_feature({f"feature {i}": i / 200 for i in range(200)}, explanation=""))
    assert len([bar for bar in many.iter(f"{SVG}rect") if "bar" in bar.attrib["class"]]) == plots.MAX_FEATURES
    assert "The 30 highest of 200 features" in words(many)


def test_a_history_column_is_drawn_below_its_title() -> None:
    hourly = "transactions of card in the last hour"
    scores = {"a": 0.3, "card_count_1h": 0.5, "b": 0.1}
    plain = parsed(plots.drift_by_feature(scores, explanation=""))
    root = parsed(plots.drift_by_feature(scores, explanation="", titles={"card_count_1h": hourly}))
    assert f"{hourly}\ncard_count_1h\n0.50\na\n0.30" in words(root)
    tops, before = (
        [float(bar.attrib["y"]) for bar in each.iter(f"{SVG}rect") if "bar" in bar.attrib["class"]]
        for each in (root, plain)
    )
    assert [after - at for after, at in zip(tops, before, strict=True)] == [14, 14, 14]


def test_names_that_mean_harm_are_shown_as_text() -> None:
    svg = plots.drift_by_feature(dict.fromkeys(NASTY, 0.5), explanation="")
    parsed(svg)
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", svg)
    assert "\u202e" not in svg.decode()


@pytest.mark.parametrize("explanation", ["There is no champion yet.", "<script>alert(1)</script> " * 9])
def test_without_anything_to_compare_the_plot_says_so(explanation: str) -> None:
    told = words(parsed(plots.drift_by_feature({}, explanation=explanation)))
    assert " ".join(told.split()).removeprefix("Drift by feature ") == explanation.strip()


def test_without_both_classes_the_plot_says_why_there_is_no_curve() -> None:
    nothing = np.zeros_like(Y)
    svg = plots.precision_recall_curve(measured(nothing), Confusion.count(nothing, SCORES > 0.5))
    assert "Can't be drawn: the test split lacks one of the two classes." in words(parsed(svg))


@pytest.mark.parametrize("labels", [Y, np.zeros_like(Y)], ids=["frauds", "no fraud"])
def test_reliability_is_drawn_even_where_no_fraud_came(labels: np.ndarray) -> None:
    curve = measured(labels)
    root = parsed(plots.reliability_curve(curve))
    markers = [each for each in root.iter(f"{SVG}circle") if "marker" in each.attrib["class"]]
    assert len(markers) == len(curve.reliability)
    assert "Can't be drawn" in words(parsed(plots.reliability_curve(replace(curve, reliability=()))))


def test_the_same_figures_give_the_same_bytes() -> None:
    for draw in PLOTS.values():
        assert draw(0.5) == draw(0.5)
