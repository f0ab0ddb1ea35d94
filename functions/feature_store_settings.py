"""Settings of the store of histories, which a stack hands on to what asks it."""

from typing import Literal

from pydantic import AnyHttpUrl, BaseModel, Field


class FeatureStoreSettings(BaseModel):
    """Which engine remembers what cards, customers, devices and merchants did, and where it is."""

    feature_store: Literal["embedded", "feast"] = Field(
        default="embedded",
        description="what remembers what entities did before: `embedded`, a file of the scoring service, or `feast`, "
        "a server of its own (`make feature-store` installs it)",
    )
    feast_url: AnyHttpUrl | None = Field(
        default=None, description="Feast's feature server; the stack's own unless given, which is then not started"
    )
