"""The console's log: nothing that an address or an error holds forges a line or commands a terminal."""

import logging

from console.plain_log import PlainLines

_FORGED = "x\x1b[31m\r\n2026-11-30 09:00:00,000 INFO All is well\u202e"


def test_a_message_is_one_line_without_commands() -> None:
    said = PlainLines().format(logging.LogRecord("a", logging.WARNING, "", 0, "Nothing of %s", (_FORGED,), None))
    assert len(said.splitlines()) == 1
    assert "WARNING Nothing of x\\x1b[31m\\x0d\\x0a2026" in said
    assert "\u202e" not in said


def test_a_traceback_is_set_in() -> None:
    caught = (ValueError, ValueError(_FORGED), None)
    first, *others = PlainLines().format(logging.LogRecord("a", logging.ERROR, "", 0, "Broken", (), caught)).split("\n")
    assert first.endswith("ERROR Broken")
    assert any("INFO All is well" in line for line in others)
    assert all(line.startswith("  ") and "\x1b" not in line for line in others)
