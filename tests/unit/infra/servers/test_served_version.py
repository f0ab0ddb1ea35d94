"""``status`` tells which version is served, as the service itself says it."""

import datetime as dt
import io
from email.message import Message
from urllib.error import HTTPError

import pytest

from infra.servers import served_version as module
from infra.servers.served_version import served_version
from serving import service_metrics
from serving.instruments import Instruments

URL = "http://127.0.0.1:8000"
READY = b"Version 3 of 'cards' is served.\n"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A service that is ready, but has counted nothing yet."""
    urls: list[str] = []
    answer(monkeypatch, {"/readyz": READY, "/metrics": Instruments().exposition()}, urls)
    return urls


def answer(monkeypatch: pytest.MonkeyPatch, pages: dict[str, bytes | OSError], urls: list[str]) -> None:
    def ask(url: str) -> bytes:
        urls.append(url)
        page = pages[url[url.rindex("/") :]]
        if isinstance(page, OSError):
            raise page
        return page

    monkeypatch.setattr(module, "ask", ask)


def test_it_is_the_version_of_the_metrics_and_when_it_was_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    instruments = Instruments()
    instruments.set_only(service_metrics.MODEL_INFO, 1, model="cards", version="12")
    instruments.set(service_metrics.MODEL_LOADED, 1_790_000_000.7)
    answer(monkeypatch, {"/readyz": READY, "/metrics": instruments.exposition()}, [])
    told = served_version(URL, None)
    assert (told.model, told.version, told.note) == ("cards", "12", None)
    assert told.since == dt.datetime.fromtimestamp(1_790_000_000, dt.UTC)


def test_a_service_without_a_champion_says_so_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    body = io.BytesIO(b"Nothing can be scored yet. There is no champion of 'cards'.\n")
    refusal = HTTPError(f"{URL}/readyz", 503, "Service Unavailable", Message(), body)
    answer(monkeypatch, {"/readyz": refusal}, [])
    told = served_version(URL, None)
    assert (told.version, told.note) == (None, "Nothing can be scored yet. There is no champion of 'cards'.")


def test_a_service_that_gives_no_answer_serves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, {"/readyz": ConnectionRefusedError("refused")}, [])
    assert served_version(URL, None).note == "The scoring service gives no answer (refused)."


def test_a_token_is_shown_where_it_is_asked_for_whatever_is_in_it(asked: list[str]) -> None:
    served_version(URL, "a/b@c:d")
    assert asked == [f"{URL}/readyz", "http://fraudflow:a%2Fb%40c%3Ad@127.0.0.1:8000/metrics"]


def test_before_anything_is_counted_it_is_what_the_service_says(asked: list[str]) -> None:
    told = served_version(URL, None)
    assert (told.version, told.note) == (None, READY.decode().strip())
    assert len(asked) == 2
