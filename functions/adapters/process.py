"""Memory of this process: its usage, and the allocator of Arrow's buffers."""

import resource
from pathlib import Path

import pyarrow as pa

_STATUS = Path("/proc/self/statm")


def bytes_in_use(status: Path = _STATUS) -> int:
    """Return the resident memory of the process, in bytes."""
    return int(status.read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def use_system_memory() -> None:
    """Set the C library as Arrow's allocator: Arrow's own keeps freed memory, as much as a whole table.

    This affects the process, so only a function calls it: a program that loads a model makes its own choice.
    """
    pa.set_memory_pool(pa.system_memory_pool())
