"""Invocation, which every handler shares."""

import errno
import os
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from functions.contracts import Execution
from functions.core.errors import InvalidPayloadError, StorageDeniedError
from functions.runtime.invocation import state

EVENT = {"arn": "arn:one", "name": "one", "started_at": "now"}


@dataclass
class Given:
    """Stands in for a step's dependencies, and notes what is done with them."""

    done: list[str] = field(default_factory=list)

    @property
    def files(self) -> "Given":
        return self

    def prefetch(self, uris: Iterable[str]) -> None:
        self.done += [f"prefetch {uri}" for uri in uris]


def step(event: Execution, given: Given) -> Execution:
    given.done.append(f"run {event.name}")
    return event


def inputs(event: Execution) -> list[str]:
    return [f"{event.name}/{name}" for name in ("a", "b")]


def test_the_declared_files_are_on_their_way_before_the_step_runs() -> None:
    given = Given()
    assert state(Execution, step, lambda: given, inputs=inputs)(EVENT, None) == EVENT
    assert given.done == ["prefetch one/a", "prefetch one/b", "run one"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_a_step_has_filled_is_told_with_what_to_do(number: int) -> None:
    def fill(_: Execution, __: Given) -> Execution:
        raise OSError(number, os.strerror(number), "model")

    with pytest.raises(
        StorageDeniedError, match=r"scratch directory .* It has [\d,]+ MB: .*EphemeralStorage in infra/"
    ):
        state(Execution, fill, Given)(EVENT, None)


def test_another_fault_of_a_file_stays_itself() -> None:
    def lose(_: Execution, __: Given) -> Execution:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "model")

    with pytest.raises(FileNotFoundError):
        state(Execution, lose, Given)(EVENT, None)


def test_a_step_may_declare_none() -> None:
    given = Given()
    state(Execution, step, lambda: given)(EVENT, None)
    assert given.done == ["run one"]


def test_nothing_is_read_for_a_payload_that_is_wrong() -> None:
    given = Given()
    with pytest.raises(InvalidPayloadError, match="started_at"):
        state(Execution, step, lambda: given, inputs=inputs)({"arn": "arn:one", "name": "one"}, None)
    assert given.done == []
