"""The report page in a real browser: what it asks for, whether it fits a phone, and whether it can be read."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.core.report import render_report
from tests import browser
from tests.reports import first_report, full_report

PHONE, DESK = 390, 1280
# A4 between margins of 10 mm, at the 96 dots an inch of CSS.
PAPER = 718
# Contrast as WCAG 2.2 defines it, of each text with what is painted behind it; SVG text is filled, not coloured.
CONTRAST = """
(() => {
  const channels = (colour) => {
    const found = colour.match(/[\\d.]+/g).map(Number);
    return found.length === 3 ? [...found, 1] : found;
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((each) => each / 255)
      .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      layers.push(channels(getComputedStyle(each).backgroundColor));
    }
    const canvas = matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
    return layers.reverse().reduce((under, top) => over(top, under), canvas);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const measured = [];
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim(), element = texts.currentNode.parentElement;
    if (!text || ['title', 'desc'].includes(element.tagName)) continue;
    const style = getComputedStyle(element), back = behind(element);
    const opacity = Number(style.opacity) * Number(style.fillOpacity ?? 1);
    const colour = channels(element instanceof SVGElement ? style.fill : style.color);
    const [light, dark] = [over([...colour.slice(0, 3), colour[3] * opacity], back), back]
      .map(luminance).sort((a, b) => b - a);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    measured.push({text, ratio: (light + 0.05) / (dark + 0.05), needed: large ? 3 : 4.5});
  }
  return measured;
})()
"""
SMALLEST_TEXT = """
Math.min(...[...document.querySelectorAll('svg.chart')].flatMap((chart) => {
  const scale = chart.getBoundingClientRect().width / chart.viewBox.baseVal.width;
  return [...chart.querySelectorAll('text')].map((text) => parseFloat(getComputedStyle(text).fontSize) * scale);
}))
"""
OUTSIDE = """
[...document.querySelectorAll('svg.chart text')].map((text) => [text.textContent, text.getBoundingClientRect()])
  .filter(([_, box]) => box.left < 0 || box.right > innerWidth).map(([text]) => text)
"""
SIDEWAYS = """
[...document.querySelectorAll('.scroll')].filter((each) => each.scrollWidth > each.clientWidth)
  .map((each) => [each.tabIndex, each.getAttribute('role'), each.getAttribute('aria-label')])
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    binary = browser.find()
    if binary is None:
        assert os.environ.get("CI") != "true", "CI needs a Chromium: apt-get install chromium"
        pytest.skip("needs a Chromium on PATH, Debian's package `chromium` for one")
    with browser.open_page(binary, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module", params=["full", "first"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    report = {"full": full_report, "first": first_report}[request.param]()
    file: Path = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render_report(report), encoding="utf-8")
    return file.as_uri()


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_browser_has_nothing_to_complain_of_and_fetches_the_file_alone(
    page: browser.Page, url: str, width: int
) -> None:
    page.show(url, width=width)
    # What comes late, a favicon or a report of a violation, comes before two frames have been painted.
    page.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    complaints = [
        event
        for event in page.events
        if event["method"] in {"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"}
        or event["method"] == "Audits.issueAdded"
    ]
    assert complaints == []
    asked = [e["params"]["request"]["url"] for e in page.events if e["method"] == "Network.requestWillBeSent"]
    assert asked == [url]


def test_the_policy_of_the_page_stops_scripts_and_requests(page: browser.Page, url: str, tmp_path: Path) -> None:
    """The page's own policy, around a body that the builder would never let through: complaints are seen at all."""
    hostile = (
        "<script>document.title = 'run'</script><img src='http://127.0.0.1:9/x.png' onerror=\"document.title='run'\">"
    )
    source = Path(url.removeprefix("file://")).read_text(encoding="utf-8")
    file = tmp_path / "hostile.html"
    file.write_text(source.replace("</main>", f"</main>{hostile}"), encoding="utf-8")
    page.show(file.as_uri(), width=DESK)
    page.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.ask("document.title") == "Run report of creditcard.csv"
    violations = [
        event["params"]["issue"]["details"]["contentSecurityPolicyIssueDetails"]["violatedDirective"]
        for event in page.events
        if event["method"] == "Audits.issueAdded"
    ]
    assert {"script-src-elem", "img-src"} <= set(violations)


@pytest.mark.parametrize("width", [320, PHONE])
def test_a_phone_shows_the_page_without_scrolling_sideways(page: browser.Page, url: str, width: int) -> None:
    page.show(url, width=width)
    assert page.ask("innerWidth") == width
    assert page.ask("document.documentElement.scrollWidth") <= width
    assert page.ask("visualViewport.scale") == 1
    assert page.ask(OUTSIDE) == []
    # Tables that are wider scroll within themselves, by the keyboard too.
    assert all(tab == 0 and role == "region" and label for tab, role, label in page.ask(SIDEWAYS))


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_words_of_the_charts_are_large_enough(page: browser.Page, url: str, width: int) -> None:
    page.show(url, width=width)
    assert page.ask(SMALLEST_TEXT) >= 10.5


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_has_enough_contrast(page: browser.Page, url: str, dark: bool) -> None:  # noqa: FBT001 - a parameter
    page.show(url, width=PHONE, dark=dark)
    assert page.ask("matchMedia('(prefers-color-scheme: dark)').matches") is dark
    measured = page.ask(CONTRAST)
    assert len(measured) > 300
    assert [each for each in measured if each["ratio"] < each["needed"]] == []


def test_the_first_screen_of_a_phone_says_what_came_of_the_run(page: browser.Page, url: str) -> None:
    page.show(url, width=PHONE)
    for selector in ("h1", ".lede", ".verdict strong"):
        bottom = page.ask(f"document.querySelector('{selector}').getBoundingClientRect().bottom")
        assert bottom < page.ask("innerHeight")


def test_a_printed_page_is_pale_whatever_the_screen_and_cuts_no_table_off(page: browser.Page, url: str) -> None:
    page.show(url, width=PAPER, dark=True, media="print")
    assert page.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.ask("getComputedStyle(document.querySelector('.scroll')).overflowX") == "visible"
    assert page.ask("document.documentElement.scrollWidth") <= PAPER
    assert page.ask("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert [each for each in page.ask(CONTRAST) if each["ratio"] < each["needed"]] == []
