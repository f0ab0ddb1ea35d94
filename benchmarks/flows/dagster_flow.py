"""The seven steps as a Dagster job in one process; its default I/O manager keeps each step's output in a file."""

import steps
from dagster import In, Out, in_process_executor, job, op


@op(name=steps.NAMES[0], out=Out(dict))
def first():  # noqa: ANN201 - Dagster reads annotations as its own types
    """Run the first step."""
    return steps.FIRST()


def _op(step):  # noqa: ANN001, ANN202 - the same
    @op(name=step.__name__, ins={"state": In(dict)}, out=Out(dict))
    def run(state):  # noqa: ANN001, ANN202 - the same
        return step(state)

    return run


OPS = [_op(step) for step in steps.FOLLOWING]


@job(executor_def=in_process_executor)
def flow() -> None:
    """Chain the steps."""
    state = first()
    for each in OPS:
        state = each(state)
