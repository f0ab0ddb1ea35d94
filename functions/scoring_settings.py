"""Settings of the scoring service, which a stack hands on to the one that it starts."""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator

# As pydantic writes a secret.
_MASK = str(SecretStr("secret"))
_SHORTEST_TOKEN = 16


class ScoringSettings(BaseModel):
    """Where the service listens, whom it answers, how much it takes, and how long decisions are kept."""

    scoring_port: int = Field(default=8000, ge=1, le=65535, description="port of the scoring service on 127.0.0.1")
    scoring_token: SecretStr | None = Field(
        default=None,
        description="what callers of the scoring service show (`Authorization: Bearer`), at least 16 characters; "
        "nothing unless given",
    )
    scoring_unknown_columns: Literal["accept", "refuse"] = Field(
        default="accept",
        description="what the scoring service does with columns that the model does not know: `accept` counts them",
    )
    scoring_requests_at_once: int = Field(
        default=128, ge=1, le=10_000, description="requests that may wait for a score; more are answered 429"
    )
    scoring_repeat_days: int = Field(
        default=7, ge=1, description="for how long a transaction that is sent again gets its first decision"
    )
    decision_retention_days: int = Field(
        default=365, ge=1, description="after how many days decisions about transactions expire"
    )

    @field_validator("scoring_token", mode="before")
    @classmethod
    def _is_unmasked(cls, token: object) -> object:
        """Return no token for the mask that stands for one where settings were written down."""
        return None if token == _MASK else token

    @field_validator("scoring_token")
    @classmethod
    def _is_long(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < _SHORTEST_TOKEN:
            raise ValueError(f"it takes at least {_SHORTEST_TOKEN} characters (`openssl rand -hex 16` prints some)")
        return token
