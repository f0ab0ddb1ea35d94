"""What every handler shares: parse the payload, log one line at each end, hand typed results back."""

import functools
import time
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from pydantic import ValidationError

from functions.contracts import Contract
from functions.core.errors import FraudflowError
from functions.runtime import allowance, background, io_wait

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


def state[I: Contract, O: Contract](model: type[I]) -> Callable[[Callable[[I], O]], LambdaHandler]:
    """Make a Lambda handler of a function from one contract to another."""

    def decorate(function: Callable[[I], O]) -> LambdaHandler:
        @functools.wraps(function)
        def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
            logger.append_keys(execution=_execution_name(event))
            started = time.perf_counter()
            io_wait.begin()
            allowance.begin(context)
            try:
                output = function(parse(model, event))
                with io_wait.waiting("storage"):
                    background.finish()
            except FraudflowError as error:
                logger.exception("failed", extra={"error": type(error).__name__, "reason": str(error)})
                raise
            finally:
                background.abandon()
            seconds = round(time.perf_counter() - started, 4)
            logger.info("done", extra={"seconds": seconds, "waited": io_wait.spent()})
            return output.model_dump(mode="json")

        return handler

    return decorate


def _execution_name(event: dict[str, Any]) -> str | None:
    """Tell the execution even when the payload is wrong: that is when its log line matters most."""
    execution = event.get("execution")
    return execution.get("name") if isinstance(execution, dict) else None
