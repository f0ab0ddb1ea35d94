import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core import wording
from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.results import Importance
from functions.core.report import axes, formats, render_report
from functions.core.report.bars import bar_with_spread, paired_bars
from functions.core.report.charts import Chart
from functions.core.report.contents import BinChange
from functions.core.report.markup import Element, h, render
from tests.reports import first_report, full_report

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SUPERSCRIPTS = str.maketrans("\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", "-0123456789")


def attribute(element: Element, name: str) -> float:
    return float(dict(element.attributes)[name])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (formats.count(284_807), "284,807"),
        (wording.counted(1, "fraud"), "1 fraud"),
        (wording.counted(0, "false alarm"), "0 false alarms"),
        (formats.money(1298.4), "1,298"),
        (formats.money(-8602), "\u22128,602"),
        (formats.money(0.5), "0.50"),
        (formats.money(2.0), "2"),
        (formats.money(math.inf), "not known"),
        (formats.share(0.00173), "0.173 %"),
        (formats.share(0), "0 %"),
        (formats.share(1e-9), "below 0.001 %"),
        (formats.share(-1.5), "\u2212150 %"),
        (formats.share(42), "4,200 %"),
        (formats.score(0.8734), "0.873"),
        (formats.score(-0.0001), "0.000"),
        (formats.brier(0.00042), "0.000420"),
        (formats.probability(0.00372), "0.00372"),
        (formats.value(172_792), "172,792"),
        (formats.value(0), "0"),
        (formats.value(-0.0), "0"),
        (formats.value(1_700_000_123), "1,700,000,123"),
        (", ".join(formats.apart([0.5, 1 / 3])), "0.5, 0.333"),
        (", ".join(formats.apart([1.23456, 1.23457])), "1.23456, 1.23457"),
        (formats.value(-56.407), "\u221256.41"),
        (formats.value(1.2e-9), "1.2\u00d710\u207b\u2079"),
        (formats.duration(4.21), "4.2 s"),
        (formats.duration(200), "3 min 20 s"),
        (formats.with_spread(-0.0004, 0.00012), "\u22120.0004 \u00b1 0.0001"),
        (formats.score_range(Interval(0.5, 0.4, 0.6)), "0.400 to 0.600"),
        (formats.money_range(Interval(5, -10, 20)), "\u221210 to 20"),
        (formats.moment("2026-11-04T09:05:42.123Z"), "4 November 2026, 09:05 UTC"),
        (formats.moment("2026-11-04T09:05:42"), "4 November 2026, 09:05"),
        (formats.moment("yesterday"), "yesterday"),
    ],
)
def test_numbers_are_written_as_people_read_them(written: str, expected: str) -> None:
    assert written == expected


@given(st.floats(-1e300, 1e300))
def test_a_written_number_is_the_number_to_three_digits(number: float) -> None:
    mantissa, _, exponent = formats.value(number).replace("\u2212", "-").replace(",", "").partition("\u00d710")
    read = float(f"{mantissa}e{exponent.translate(SUPERSCRIPTS) or 0}")
    assert read == pytest.approx(number, rel=0.006, abs=0.0)


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_an_axis_has_a_few_round_ticks_within_its_ends(high: float) -> None:
    axis = axes.from_zero("", high, str)
    places = [axis.position(value) for value, _ in axis.ticks]
    assert places[0] == 0
    assert 3 <= len(places) <= 6
    assert np.diff(places) == pytest.approx(places[1])
    assert places[-1] == pytest.approx(1) or places[-1] < 1 < places[-1] + places[1]


@pytest.mark.parametrize("high", [0.0, math.inf])
def test_an_axis_without_an_end_of_its_own_ends_at_one(high: float) -> None:
    assert axes.from_zero("", high, str).high == 1


@given(st.integers(-12, -1), st.floats(1e-15, 10))
def test_a_logarithmic_axis_keeps_every_value_and_its_order(lowest: int, value: float) -> None:
    axis = axes.decades("", lowest)
    assert 0 <= axis.position(value) <= axis.position(value * 1.5) <= 1
    assert axis.position(10.0 ** (lowest / 2)) == pytest.approx(0.5)
    assert 2 <= len(axis.ticks) <= 7


@pytest.mark.parametrize(("value", "power"), [(0.5, -1), (1.0, -1), (0.1, -1), (0.09, -2), (1e-9, -6), (0.0, -6)])
def test_a_scale_starts_at_the_decade_of_its_least_value(value: float, power: int) -> None:
    assert axes.decade_below(value, lowest=-6) == power


@given(FINITE, FINITE)
def test_a_mark_is_drawn_within_the_picture_wherever_it_is(x: float, y: float) -> None:
    chart = Chart("c", "", "", axes.decades("", -6), axes.from_zero("", 100, str))
    marker = chart.marker(x, y, "first")
    assert 0 <= attribute(marker, "cx") <= 360
    assert 0 <= attribute(marker, "cy") <= 270
    assert len(render(chart.line(((x, y),), "main"))) < 150


def test_points_lie_where_the_scales_put_them() -> None:
    chart = Chart("c", "", "", axes.from_zero("", 10, str), axes.from_zero("", 4, str))
    corners = [chart.marker(x, y, "first") for x, y in ((0, 0), (10, 4), (5, 1))]
    (left, bottom), (right, top), (across, down) = [(attribute(c, "cx"), attribute(c, "cy")) for c in corners]
    assert across == pytest.approx((left + right) / 2)
    assert down == pytest.approx(bottom - (bottom - top) / 4)
    steps = dict(chart.line(((0, 0), (10, 4)), "main", stepped=True).attributes)["d"]
    assert steps == f"M{left:.1f} {bottom:.1f}H{right:.1f}V{top:.1f}"


def test_bars_are_as_long_as_the_shares_that_they_stand_for() -> None:
    drawn = render(paired_bars((BinChange("a", 0.2, 0.05), BinChange("b", 0.8, 0.95)), identifier="x", title="t"))
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', drawn)]
    assert [width / widths[3] for width in widths] == pytest.approx([0.2 / 0.95, 0.05 / 0.95, 0.8 / 0.95, 1], abs=0.01)


def test_a_bar_below_zero_goes_the_other_way() -> None:
    (below, _), (above, _) = (bar_with_spread(mean, 0.1, (-1, 1)).children for mean in (-0.5, 0.5))
    assert isinstance(below, Element)
    assert isinstance(above, Element)
    assert attribute(below, "width") == attribute(above, "width") == 50
    assert attribute(below, "x") + 50 == attribute(above, "x") == 100


def test_a_page_of_a_thousand_features_stays_small_and_says_what_it_leaves_out() -> None:
    report = first_report()
    column = report.data.columns[0]
    many = replace(
        report,
        importances=tuple(Importance(f"feature {i}", 1 / (1 + i), 0.0) for i in range(1000)),
        data=replace(report.data, columns=tuple(replace(column, name=f"column {i}") for i in range(1000))),
    )
    page = render_report(many)
    assert len(page.encode()) < 400_000
    assert page.count("The first 200 of 1,000 rows.") == 2
    assert "feature 0<" in page
    assert "feature 200<" not in page


def test_history_columns_are_named_in_words_beside_their_names() -> None:
    full = full_report()
    hourly, summed = "transactions of card in the last hour", "sum of amt of card in the last hour"
    importances = (replace(full.importances[0], feature="card_count_1h", title=hourly), *full.importances[1:])
    shift = replace(full.drift.features[0], feature="card_sum_1h", title=summed)
    page = render_report(replace(full, importances=importances, drift=replace(full.drift, features=(shift,))))
    for title, column in ((hourly, "card_count_1h"), (summed, "card_sum_1h")):
        assert f'<span>{title}</span> <span class="remark"><span>{column}</span></span>' in page


def test_attributes_are_escaped_and_none_is_left_out() -> None:
    element = h("p", ("a", [h("b", "<")], None), class_='"><script>', title="\x00'", hidden=None)
    assert render(element) == '<p class="&quot;&gt;&lt;script&gt;" title="\\x00&#x27;">a<b>&lt;</b></p>'


def test_the_execution_leads_to_its_page_where_a_console_shows_it() -> None:
    report, page = first_report(), "http://127.0.0.1:8080/runs/one%3Cb%3E"
    shown = replace(report, lineage=replace(report.lineage, console_page=page))
    assert f'<a href="{page}">' in render_report(shown)
    assert page not in render_report(report)
