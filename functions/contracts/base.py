"""What all contracts share, and whose run it is."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from functions.core.errors import FraudflowError, InvalidPayloadError


class Contract(BaseModel):
    """A frozen payload that refuses what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    @classmethod
    def refusal(cls, error: ValidationError) -> FraudflowError:
        """Say which fields of a payload are wrong, as the error that its state ends with."""
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        return InvalidPayloadError(f"The input of {cls.__name__} is wrong: {faults}.")


class Execution(Contract):
    """Which execution of the state machine this is."""

    arn: str
    name: str = Field(
        pattern=r"^[^/._][^/]*$", description="also its folder among the runs; our own records begin with `_`"
    )
    started_at: str


class StateError(Contract):
    """An error as Step Functions hands it to ``Catch``: the cause of a Lambda error is JSON text."""

    Error: str
    Cause: str = ""
