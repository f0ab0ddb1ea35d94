"""The memory of this process: how much is in use, and who allocates Arrow's."""

import resource
from pathlib import Path

import pyarrow as pa

_STATUS = Path("/proc/self/statm")


def bytes_in_use(status: Path = _STATUS) -> int:
    """Return the bytes of memory that the process has in use (resident)."""
    return int(status.read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def use_system_memory() -> None:
    """Let the C library allocate Arrow's memory: Arrow's own allocator keeps what was freed, a whole table once more.

    It holds for the process, so that only a function asks for it: whoever loads a model in theirs has their own choice.
    """
    pa.set_memory_pool(pa.system_memory_pool())
