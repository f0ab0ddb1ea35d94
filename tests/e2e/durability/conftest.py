"""LocalStacks that a test may kill; what they keep lies in one folder."""

from tests.e2e.executor.conftest import start_stack

__all__ = ["start_stack"]
