"""Settings of the store of histories, which a stack hands on to what asks it."""

from typing import Literal, Self

from pydantic import AnyHttpUrl, BaseModel, Field, model_validator


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


class AskedFeatureStore(FeatureStoreSettings):
    """The same, of whoever asks it."""

    @property
    def feast(self) -> str | None:
        """The Feast server that has the histories; None where another engine has them, or none."""
        return str(self.feast_url) if self.feature_store == "feast" else None

    @model_validator(mode="after")
    def _feast_is_somewhere(self) -> Self:
        if self.feature_store == "feast" and self.feast_url is None:
            raise ValueError(
                "FRAUDFLOW_FEATURE_STORE is feast, and FRAUDFLOW_FEAST_URL is not set: say where its feature server "
                "is, or use the embedded one"
            )
        return self
