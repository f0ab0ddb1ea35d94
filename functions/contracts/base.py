"""Base class of contracts, and the execution that a payload belongs to."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from functions.core.errors import FraudflowError, InvalidPayloadError


class Contract(BaseModel):
    """A frozen payload that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    @classmethod
    def refusal(cls, error: ValidationError) -> FraudflowError:
        """Return the error for a payload that does not match: its message names the wrong fields."""
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        return InvalidPayloadError(f"The input of {cls.__name__} is wrong: {faults}.")


class Execution(Contract):
    """An execution of the state machine."""

    arn: str
    name: str = Field(
        pattern=r"^[^/._][^/]*$", description="also its folder among the runs; our own records begin with `_`"
    )
    started_at: str


class StateError(Contract):
    """An error as Step Functions hands it to ``Catch``: the cause of a Lambda error is JSON text."""

    Error: str
    Cause: str = ""
