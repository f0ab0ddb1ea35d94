"""What all contracts share, and whose run it is."""

from pydantic import BaseModel, ConfigDict, Field


class Contract(BaseModel):
    """A frozen payload that refuses what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Execution(Contract):
    """Which execution of the state machine this is."""

    arn: str
    name: str = Field(
        pattern=r"^[^/._][^/]*$", description="also its folder among the runs; our own records begin with `_`"
    )
    started_at: str
