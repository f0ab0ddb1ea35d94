"""The pages of the console, by their addresses, and what is asked of each."""

from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.e2e.console.conftest import NARROW, WIDE, ConsoleStack

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
SCREENS = [(width, scheme) for width in (NARROW, WIDE) for scheme in ("light", "dark")]
_FAULTS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter((each) => ['serious', 'critical'].includes(each.impact))
    .map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(' ')).join(', ')}`)"""


def show(page: Page, url: str, width: int, scheme: Any) -> None:  # noqa: ANN401 - a literal of Playwright's
    """Load a page on a screen, and wait for what it asks for by itself; a stream of events never ends."""
    # Away from the last page, which may load itself again when the colours change.
    page.goto("about:blank")
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto(url)
    page.wait_for_function("() => !document.querySelector('.htmx-request')")
    page.wait_for_timeout(200)


def faults(page: Page) -> list[str]:
    """Return what axe finds serious or critical."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(_FAULTS)
    return found


def sideways(page: Page) -> list[str]:
    """Return what makes the page wider than its window: nothing may."""
    wide: list[str] = page.evaluate("""() => {
        const limit = document.documentElement.clientWidth;
        if (document.scrollingElement.scrollWidth <= limit) return [];
        return [...document.querySelectorAll('body *')]
            .filter((each) => each.getBoundingClientRect().right > limit + 1 && !each.closest('.wide, pre'))
            .map((each) => `${each.tagName}.${each.className} ${each.getBoundingClientRect().right}`)
            .concat(['the page scrolls sideways']);
    }""")
    return wide


def held_wide(page: Page, width: int = NARROW) -> list[str]:
    """Return what keeps the page from getting narrower, in the very moment in which it does.

    No script may have to run for it: what redraws itself later makes the page jump, and scroll until then.
    """
    held: list[str] = page.evaluate(
        """(width) => {
            const main = document.querySelector('main');
            main.style.maxWidth = `${width}px`;
            const limit = main.getBoundingClientRect().right + 1;
            const found = main.scrollWidth <= main.clientWidth ? [] : [...main.querySelectorAll('*')]
                .filter((each) => each.getBoundingClientRect().right > limit && !each.closest('.wide, pre'))
                .map((each) => `${each.tagName}.${each.className}`).concat(['main is held wide']);
            main.style.maxWidth = '';
            return found;
        }""",
        width,
    )
    return held


def dropped(context: BrowserContext, stack: ConsoleStack, file: Path, page: str = "") -> str:
    """Drop a file on a page, the first unless told; return the path of the page that shows what it holds."""
    tab = context.new_page()
    tab.goto(f"{stack.url}{page}")
    tab.locator("#file").set_input_files(file)
    tab.wait_for_url(f"{stack.url}{page}/files/*")
    path = tab.url.removeprefix(stack.url)
    tab.close()
    return path


_REACHABLE = """() => [...document.querySelectorAll(
        'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter((each) => !each.disabled && each.checkVisibility({visibilityProperty: true}) && !each.closest('[inert]'))
    .filter((each) => each.type !== 'radio' || each.checked)
    .map((each, index) => { each.dataset.walked = String(index); return String(index); })"""
_FOCUSED = """() => {
    const here = document.activeElement;
    if (!here || here === document.body) return null;
    const style = getComputedStyle(here);
    const shown = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    return {walked: here.dataset.walked ?? '', shown, what: here.outerHTML.slice(0, 120)};
}"""


def walk(page: Page) -> tuple[list[str], list[str]]:
    """Press Tab until the page ends; return what was not reached, and what was reached without being marked."""
    left = set(page.evaluate(_REACHABLE))
    seen, unseen = set[str](), []
    for _ in range(len(left) + 10):
        page.keyboard.press("Tab")
        found = page.evaluate(_FOCUSED)
        if found is None:
            break
        seen.add(found["walked"])
        if not found["shown"]:
            unseen.append(found["what"])
    names = [page.evaluate("(id) => document.querySelector(`[data-walked='${id}']`).outerHTML.slice(0, 120)", each)
             for each in sorted(left - seen)]  # fmt: skip
    return names, unseen
