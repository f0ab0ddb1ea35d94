import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import override

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.costs import Costs, business_impact
from functions.core.evaluation.intervals import Interval
from functions.core.report import render_report
from functions.core.report.contents import DriftResult, Report
from tests.reports import NASTY, first_report, full_report

FULL = full_report()
FIRST = first_report()


class Reader(HTMLParser):
    """A page as a browser would parse it: tags with their attributes, and texts outside of style."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "wbr"}:
            self._open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.texts)


FIRST_TAGS = [tag for tag, _ in Reader(render_report(FIRST)).tags]


def named(name: str) -> Report:
    """Put one text wherever a text of the user's can be."""
    report = full_report(names=(name,) * len(NASTY))
    return replace(
        report,
        outcome=replace(report.outcome, amount_column=name),
        data=replace(report.data, file=name, target=name, target_explanation=name, notes=(name,)),
        drift=replace(report.drift, explanation=name),
        decision=replace(report.decision, reason=name),
        lineage=replace(report.lineage, upload_uri=name, settings=((name, name),), etag=name),
    )


@pytest.fixture(scope="module")
def page() -> str:
    return render_report(FULL)


def test_the_page_is_one_small_document_that_asks_for_nothing(page: str) -> None:
    read = Reader(page)
    assert page.startswith("<!doctype html>")
    assert len(page.encode()) < 400_000
    assert {"script", "link", "img", "iframe", "object", "form", "base"}.isdisjoint(tag for tag, _ in read.tags)
    policy = next(a["content"] for tag, a in read.tags if tag == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_links_lead_to_a_section_of_the_page_and_identifiers_are_unique(page: str) -> None:
    attributes = [each for _, each in Reader(page).tags]
    identifiers = [each["id"] for each in attributes if "id" in each]
    assert len(identifiers) == len(set(identifiers))
    links = [each["href"] for each in attributes if "href" in each]
    assert links
    assert {f"#{each}" for each in identifiers}.issuperset(links)
    for each in attributes:
        assert set((each.get("aria-labelledby") or "").split()) <= set(identifiers)


def test_the_first_lines_say_the_outcome(page: str) -> None:
    counts, impact = FULL.outcome.confusion, FULL.outcome.impact
    top = Reader(page.partition("<nav")[0] + "</body></html>").text
    assert f"{counts.frauds_detected} of {counts.frauds} frauds caught, {counts.false_alarms} false alarms." in top
    assert f"missed {counts.frauds_missed} frauds" in top
    assert f"saves {impact.saved:,.0f}" in top
    assert "New champion" in top
    assert FULL.decision.reason in top


@pytest.mark.parametrize(
    ("alarms", "said"),
    [
        (10_000.0, "where doing nothing would have cost 9,900: it costs 100 more than no model"),
        (9_000.0, "where alarming on everything would have cost 9,000: it costs 1,000 more than no model"),
    ],
)
def test_a_model_that_costs_more_than_it_saves_is_said_to(alarms: float, said: str) -> None:
    without = min(9_900.0, alarms)
    impact = replace(
        FULL.outcome.impact,
        total_cost=10_000.0,
        cost_of_doing_nothing=9_900.0,
        cost_of_alarming_on_everything=alarms,
        cost_without_model=without,
        saved=without - 10_000,
    )
    text = Reader(render_report(replace(FULL, outcome=replace(FULL.outcome, impact=impact)))).text
    assert said in text
    assert "saves" not in text


def test_a_saving_that_may_be_chance_is_said_to_be_one_and_is_not_green() -> None:
    saved = Interval(FULL.outcome.impact.saved, -49.0, 9000.0)
    page = render_report(replace(FULL, intervals=replace(FULL.intervals, saved=saved)))
    text = Reader(page).text
    assert "which may be chance (\u221249 to 9,000 at 95 % confidence)" in text
    tile = re.search(r"<dt>Saved</dt><dd[^>]*>", page)
    assert tile is not None
    assert "bad" in tile[0]


def test_a_model_that_flags_every_row_is_not_said_to_save_anything() -> None:
    y = np.repeat([1, 0], [95, 905])
    impact = business_impact(y, np.ones(1000), Costs())
    text = Reader(render_report(replace(FULL, outcome=replace(FULL.outcome, impact=impact)))).text
    assert "where alarming on everything would have cost 1,810: it saves nothing." in text
    assert "against alarming on everything" in text


def test_every_table_has_a_caption_and_every_picture_a_name(page: str) -> None:
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        read = Reader(table)
        tags = [tag for tag, _ in read.tags]
        assert "caption" in tags
        assert all(a["scope"] in {"col", "row"} for tag, a in read.tags if tag == "th")
    for picture in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        read = Reader(picture)
        _, attributes = read.tags[0]
        named_by = {"title", "desc"} <= {tag for tag, _ in read.tags} and attributes.get("role") == "img"
        assert named_by or attributes.get("aria-hidden") == "true"


def test_headings_never_skip_a_level(page: str) -> None:
    levels = [int(tag[1]) for tag, _ in Reader(page).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_candidate_feature_and_origin_is_on_the_page(page: str) -> None:
    text = Reader(page).text
    flat = text.replace(" ", "")
    for candidate in FULL.comparison.candidates:
        assert candidate.algorithm in flat
        assert candidate.collapsed is None or candidate.collapsed in text
    assert {f"V{number}" for number in range(9, 31)} <= set(text.split())
    origin = FULL.lineage
    for value in (origin.upload_uri, origin.version_id, origin.etag, origin.dataset_digest, origin.mlflow_run_id):
        assert value is not None
        assert value in text


@pytest.mark.parametrize("name", NASTY)
def test_what_a_file_calls_its_columns_is_shown_and_never_obeyed(name: str) -> None:
    harmless = [tag for tag, _ in Reader(render_report(named("harmless"))).tags]
    read = Reader(render_report(named(name)))
    assert [tag for tag, _ in read.tags] == harmless
    assert not [attribute for _, attributes in read.tags for attribute in attributes if attribute.startswith("on")]


@settings(max_examples=40)
@given(st.text(st.characters(), min_size=1, max_size=30))
def test_no_text_changes_the_page_around_it(name: str) -> None:
    page = render_report(replace(FIRST, drift=DriftResult("no_reference", name)))
    page.encode()
    read = Reader(page)
    assert [tag for tag, _ in read.tags] == FIRST_TAGS
    assert all(character.isprintable() or character == "\n" for text in read.texts for character in text)


def test_control_characters_are_shown_as_their_codes(page: str) -> None:
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "\\x1b[31mred\\x1b[0m\\x07" in page
    assert "\\u202egnp.exe" in page


@pytest.mark.thorough
@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "\uff1d"])
def test_no_cell_is_a_formula_to_a_spreadsheet(start: str) -> None:
    page = render_report(named(f"{start}1+cmd|' /C calc'!A0"))
    cells = re.findall(r"<t[dh][ >].*?</t[dh]>", page, re.DOTALL)
    assert len(cells) > 100
    for cell in cells:
        assert not Reader(cell).text.lstrip().startswith(tuple("=+-@\uff1d"))


def test_what_a_first_run_lacks_is_said_in_sentences() -> None:
    report = first_report()
    read = Reader(render_report(report))
    assert report.drift.explanation in read.text
    assert "was not measured against a champion" in read.text
    assert "No importances were measured" in read.text
    assert "none, this is the first model" in read.text
    assert "None" not in read.text
    assert "nan" not in read.text


def test_curves_that_can_not_be_drawn_are_said_to_be_missing() -> None:
    nothing = Confusion(frauds_detected=0, frauds_missed=0, false_alarms=3, legitimate_passed=97)
    bare = replace(FULL.curves, precision_recall=None, roc=None, reliability=())
    text = Reader(render_report(replace(FULL, outcome=replace(FULL.outcome, confusion=nothing), curves=bare))).text
    assert text.count("Can't be drawn") == 3
    assert "No fraud to find, 3 false alarms." in text


def test_figures_that_are_not_numbers_are_said_to_be_unknown() -> None:
    column = replace(FULL.data.columns[0], minimum=float("-inf"), median=float("nan"), maximum=1e300)
    importances = (replace(FULL.importances[0], mean=float("nan")), *FULL.importances[1:])
    broken = replace(FULL, data=replace(FULL.data, columns=(column,)), importances=importances)
    page = render_report(broken)
    text = Reader(page).text
    assert "not known" in text
    assert "nan" not in re.split(r'[\s"]', page)
    assert "1\u00d710\u00b3\u2070\u2070" in text


def test_the_same_report_gives_the_same_page(page: str) -> None:
    assert render_report(full_report()) == page
