"""Headless Chromium, driven by the DevTools protocol over a pair of pipes: no port, and no client library.

https://chromedevtools.github.io/devtools-protocol/; with ``--remote-debugging-pipe`` the browser reads commands from
file descriptor 3 and writes answers and events to 4, as JSON texts that end in a zero byte.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 60
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)


def find() -> str | None:
    """Return the path of a Chromium, if there is one."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class PageLeftError(AssertionError):
    """Raised when a page left while it was being asked: a new one is there, or about to be."""


# What the protocol says then, by where in the change of pages the question met it.
_LEFT = ("Inspected target navigated", "Execution context was destroyed", "Cannot find context", "Cannot find default")


class Page:
    """One tab: sends commands, and keeps the events that come meanwhile."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers, self._buffer, self._last = commands, answers, b"", 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        self._target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the protocol takes
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._last:
            self.events.append(answer)
        if any(each in answer.get("error", {}).get("message", "") for each in _LEFT):
            raise PageLeftError(f"{method}: {answer}")
        assert "error" not in answer, f"{method}: {answer}"
        return answer["result"]

    def show(self, url: str, *, width: int, dark: bool = False, height: int = 844, media: str = "") -> None:
        """Load a page on a screen of a size in pixels, and wait until it is there."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.events.clear()
        self.send("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def close_others(self) -> None:
        """Close the tabs that pages have opened: what they hold open would keep others of their server waiting."""
        found = self.send("Target.getTargets")["targetInfos"]
        for each in found:
            if each["type"] == "page" and each["targetId"] != self._target:
                self.send("Target.closeTarget", targetId=each["targetId"])

    def follow(self, url: str) -> None:
        """Go where a link of this page leads, as a click on it does; wait for nothing."""
        with suppress(PageLeftError):
            self.ask(f"void (location.href = {json.dumps(url)})")

    def click(self, selector: str) -> None:
        """Click on an element with the mouse, as people do: a page that is left gives a script no answer."""
        place = self.ask(f"""(() => {{
            const {{x, y, width, height}} = document.querySelector({json.dumps(selector)}).getBoundingClientRect();
            return {{x: x + width / 2, y: y + height / 2}};
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            with suppress(PageLeftError):
                self.send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def glance(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page answers
        """Evaluate an expression in whatever page is there; None while one gives way to another."""
        try:
            return self.ask(expression)
        except PageLeftError:
            return None

    def ask(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page answers
        """Evaluate an expression in the page.

        Raises:
            PageLeftError: when another page has taken its place meanwhile.
        """
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, path: Path, *, full: bool = True) -> None:
        data = self.send("Page.captureScreenshot", captureBeyondViewport=full)["data"]
        path.write_bytes(base64.b64decode(data))

    def _receive(self) -> dict[str, Any]:
        give_up = time.monotonic() + SECONDS
        while b"\0" not in self._buffer:
            readable, _, _ = select.select([self._answers], [], [], max(give_up - time.monotonic(), 0))
            assert readable, f"the browser said nothing for {SECONDS} s"
            read = os.read(self._answers, 1 << 16)
            assert read, "the browser ended"
            self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)


@contextmanager
def open_page(binary: str, profile: Path, *flags: str) -> Iterator[Page]:
    """Start a browser with a profile directory of its own, and end it."""
    commands_in, commands_out = os.pipe()
    answers_in, answers_out = os.pipe()
    # The browser's ends have to be 3 and 4 in it, whatever their numbers are here: a shell copies them. Numbers are
    # given out upwards, so the copy to 3 never overwrites what is copied to 4.
    script = f'exec "$@" 3<&{commands_in} 4>&{answers_out}'
    command = ["bash", "-c", script, "bash", binary, *_FLAGS, *flags, f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        command, pass_fds=(commands_in, answers_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(commands_in)
    os.close(answers_out)
    try:
        yield Page(commands_out, answers_in)
    finally:
        # A closed pipe tells the browser to end, with all of its processes.
        os.close(commands_out)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(answers_in)
