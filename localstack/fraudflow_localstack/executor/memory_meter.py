"""Resident memory of a process tree, as Lambda counts it."""

import contextlib
from pathlib import Path

from fraudflow_localstack.executor.process_tree import descendants

KIB = 1024


class MemoryMeter:
    """The peak of resident memory of the tree below ``pid``, in bytes."""

    def __init__(self, pid: int, limit: int) -> None:
        self._pid = pid
        self._limit = limit
        self.peak = 0

    def sample(self) -> None:
        """Take a sample. Between two samples, the kernel's high-water mark covers the main process."""
        children = list(descendants(self._pid))
        own = _kib_of(self._pid, "status", "VmHWM")
        total = own
        if children:
            total = _total(self._pid, children, "status", "VmRSS")
            # Forked children share pages, which RSS counts once for each: before stopping anything, count them fairly.
            if total * KIB > self._limit:
                total = _total(self._pid, children, "smaps_rollup", "Pss")
        self.peak = max(self.peak, own * KIB, total * KIB)

    @property
    def exceeded(self) -> bool:
        """Return whether the peak is above the limit."""
        return self.peak > self._limit


def _total(pid: int, children: list[int], file: str, field: str) -> int:
    return sum(_kib_of(process, file, field) for process in (pid, *children))


def _kib_of(pid: int, file: str, field: str) -> int:
    """Read one field of a process in KiB; 0 when the process has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1])
    return 0
