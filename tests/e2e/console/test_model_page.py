"""The model page in a real browser: a slider along the record's curve, and a champion that is moved and moved back."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from infra.tools import synthetic
from tests.e2e.console.conftest import ConsoleStack

pytestmark = pytest.mark.e2e

MODEL = "fraud-detector"


def points_of(stack: ConsoleStack) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """Return the document of the first run, and the points that the slider stops at."""
    document = stack.stack.aws("s3", "cp", f"s3://runs/{stack.first_name}/evaluation.json", "-")
    named = document["curves"]["points"]
    own = [named["chosen"], named["at_half"], named["doing_nothing"], *named["policies"].values()]
    found = {each["threshold"]: each for each in [*document["curves"]["cost"], *own]}
    return document, [found[each] for each in sorted(found, reverse=True)]


def expect_shown(page: Page, point: Mapping[str, Any], *, frauds: int) -> None:
    caught = frauds - point["frauds_missed"]
    expect(page.locator("#at-caught")).to_have_text(f"{caught:,} of {frauds:,}")
    expect(page.locator("#at-missed")).to_have_text(f"{point['frauds_missed']:,}")
    expect(page.locator("#at-alarms")).to_have_text(f"{point['false_alarms']:,}")
    expect(page.locator("#at-cost")).to_have_text(f"{point['cost']:,.0f}")
    spoken = re.compile(rf"{caught:,} of {frauds:,} frauds caught, .*, {point['false_alarms']:,} false alarms")
    expect(page.locator("#cut")).to_have_attribute("aria-valuetext", spoken)


def test_the_slider_says_what_each_threshold_of_the_record_does(consoled: ConsoleStack, page: Page) -> None:
    document, points = points_of(consoled)
    frauds = document["confusion"]["frauds_detected"] + document["confusion"]["frauds_missed"]
    page.goto(f"{consoled.url}/model?name={MODEL}&version=1")
    slider = page.get_by_role("slider", name="Threshold")
    expect_shown(page, document["curves"]["points"]["chosen"], frauds=frauds)
    expect(page.locator("#cost-chart canvas")).to_be_visible()
    slider.press("Home")
    for point in points[:4]:
        expect_shown(page, point, frauds=frauds)
        slider.press("ArrowRight")
    slider.press("End")
    expect_shown(page, points[-1], frauds=frauds)
    page.get_by_role("button", name="Cheapest here").click()
    expect_shown(page, min(points, key=lambda each: each["cost"]), frauds=frauds)
    # Where a missed fraud costs nothing, flagging nothing does.
    page.get_by_label("A missed fraud costs").fill("0")
    page.get_by_role("button", name="Cheapest here").click()
    expect(page.locator("#at-cost")).to_have_text("0")
    expect(page.locator("#at-alarms")).to_have_text("0")
    page.get_by_role("button", name="As in the run").click()
    page.get_by_role("button", name="This version's own").click()
    expect_shown(page, document["curves"]["points"]["chosen"], frauds=frauds)
    expect(page.locator("#keep")).to_contain_text("--cost-missed-fraud 100 --cost-false-alarm")


def test_a_champion_is_moved_and_moved_back_by_hand(
    consoled: ConsoleStack, page: Page, context: BrowserContext
) -> None:
    csv = consoled.stack.home / "of-the-model-page.csv"
    synthetic.write_csv(csv, 4000, fraud_rate=0.02, seed=20)
    made = consoled.stack.run(csv, FRAUDFLOW_PROMOTION="shadow")["model"]["version"]
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{consoled.url}/model")
    champion = page.locator("[data-alias=champion]")
    before = champion.inner_text()
    number = before.removeprefix("Version ")
    other = context.new_page()
    other.goto(f"{consoled.url}/model")
    promotion = page.locator("form", has=page.get_by_role("heading", name="Promote"))
    promotion.get_by_role("button").click()  # without a reason the browser sends nothing
    promotion.get_by_label("Version").select_option(made)
    promotion.get_by_label("Why").fill("the <b>new</b> cards")
    promotion.get_by_role("button").click()
    said = page.locator("#said")
    expect(said).to_have_text(f"Version {made} of {MODEL} is the champion, after {number}.")
    expect(champion).to_have_text(f"Version {made}")
    newest = page.locator("#journal tbody tr").first
    expect(newest).to_contain_text("promote")
    expect(newest).to_contain_text("the <b>new</b> cards")
    # The other page follows by itself.
    expect(other.locator("[data-alias=champion]")).to_have_text(f"Version {made}")
    expect(other.locator("#announcer")).to_have_text(f"Version {made} is the champion now.")
    rollback = page.locator("form", has=page.get_by_role("heading", name="Roll back"))
    rollback.get_by_label("Why").fill("only a test")
    rollback.get_by_role("button").click()
    expect(said).to_have_text(f"Version {number} of {MODEL} is the champion, after {made}.")
    expect(champion).to_have_text(before)
    expect(page.locator("#journal tbody tr").first).to_contain_text("only a test")
    assert consoled.stack.fraudflow("journal").stdout.count("only a test") == 1
