"""What every handler shares: parse the payload, prefetch its files, run the step, log a line, return its output."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from aws_lambda_powertools import Logger
from pydantic import ValidationError

from functions.contracts import Contract
from functions.core.errors import FraudflowError
from functions.runtime import background, io_wait, scratch_space, timeout

logger = Logger(utc=True)


type LambdaHandler = Callable[[dict[str, Any], object], dict[str, Any]]


def parse[I: Contract](model: type[I], event: dict[str, Any]) -> I:
    """Check a payload against its contract.

    Raises:
        FraudflowError: naming each field that is wrong; an InvalidPayloadError unless the contract has one of its own.
    """
    try:
        return model.model_validate(event)
    except ValidationError as error:
        raise model.refusal(error) from error


class Prefetching(Protocol):
    """A reader of files that can prefetch them."""

    def prefetch(self, uris: Iterable[str]) -> None:
        """Start reading files in this order; drop those of an earlier call."""


class ReadsFiles(Protocol):
    """Dependencies of a step."""

    @property
    def files(self) -> Prefetching:
        """Return what reads its files."""


def no_inputs(_: Contract) -> Iterable[str]:
    """Return nothing to prefetch, for a step that reads no file in every case."""
    return ()


def state[I: Contract, O: Contract, D: ReadsFiles](
    model: type[I],
    run: Callable[[I, D], O],
    dependencies: Callable[[], D],
    *,
    inputs: Callable[[I], Iterable[str]] = no_inputs,
) -> LambdaHandler:
    """Make a Lambda handler of a step.

    Args:
        model: the contract of its payload.
        run: the step, from its payload and its dependencies to its output.
        dependencies: returns them.
        inputs: returns the files that the step reads, in its order: each is read while those before it are decoded.
    """

    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        logger.append_keys(execution=_execution_name(event))
        started = time.perf_counter()
        io_wait.start()
        timeout.start(context)
        try:
            payload, given = parse(model, event), dependencies()
            given.files.prefetch(inputs(payload))
            with scratch_space.told_when_full():
                output = run(payload, given)
                with io_wait.waiting("storage"):
                    background.flush()
        except FraudflowError as error:
            logger.exception("failed", extra={"error": type(error).__name__, "reason": str(error)})
            raise
        finally:
            background.abandon()
        seconds = round(time.perf_counter() - started, 4)
        logger.info("done", extra={"seconds": seconds, "waited": io_wait.spent()})
        return output.model_dump(mode="json")

    return handler


def one_of(otherwise: LambdaHandler, **asked: LambdaHandler) -> LambdaHandler:
    """Make one handler of several: the one whose name is a key of the event, or else another."""

    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        return next((called for name, called in asked.items() if name in event), otherwise)(event, context)

    return handler


def _execution_name(event: dict[str, Any]) -> str | None:
    """Return the execution even when the payload is wrong: that is when its log line matters most."""
    execution = event.get("execution")
    return execution.get("name") if isinstance(execution, dict) else None
