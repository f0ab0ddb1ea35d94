"""What the operating system tells of this process."""

import resource
from pathlib import Path

_STATUS = Path("/proc/self/statm")


def bytes_in_use(status: Path = _STATUS) -> int:
    """Return how much memory the process has in use (resident)."""
    return int(status.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
