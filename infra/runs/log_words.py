"""A line of a function's log as the command line and the run's page show it."""

from collections.abc import Sequence
from typing import NamedTuple

from infra.runs.function_logs import LogLine
from infra.words import plain


class LogWords(NamedTuple):
    """What a line says, each part on one line."""

    at: str
    state: str
    message: str
    extra: str
    trace: Sequence[str]

    def __str__(self) -> str:
        """Return the whole line, with its trace below it."""
        trace = "".join(f"\n    {part}" for part in self.trace)
        return f"{self.at} {self.state:<15} {self.message}{self.extra}{trace}"


def log_words(line: LogLine) -> LogWords:
    """Return the words of a line; a stack trace has lines of its own."""
    extra = "".join(f"  {name}={value}" for name, value in line.fields.items())
    message, *trace = [plain(part) for part in line.message.expandtabs(4).splitlines()] or [""]
    return LogWords(f"{line.at:%H:%M:%S.%f}"[:-3], plain(line.state), message, plain(extra), trace)
