"""The console's log: a line of it is one line, and nothing in it is obeyed by the terminal that shows it."""

import logging
from types import TracebackType

from infra.words import plain

_FORMAT = "%(asctime)s %(levelname)s %(message)s"
type _Caught = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class PlainLines(logging.Formatter):
    """Spells out what controls a terminal: names in addresses and errors of servers come from outside."""

    def __init__(self) -> None:
        super().__init__(_FORMAT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line of a message."""
        record.message = plain(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: _Caught) -> str:  # noqa: N802
        """Return a traceback, set in, so that none of its lines looks like one of the log's own."""
        return "\n".join(f"  {plain(line)}" for line in super().formatException(ei).splitlines())


def log_plainly() -> None:
    """Write what is logged to the standard error, which is the console's log."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("botocore").setLevel(logging.WARNING)
