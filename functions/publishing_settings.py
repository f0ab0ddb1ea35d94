"""Settings of the function that publishes what a run has found."""

from pydantic import AnyHttpUrl, Field

from functions.settings import MonitoringSettings


class PublishResultsSettings(MonitoringSettings):
    """PublishResults also tells which code it was, and links to MLflow and the console as a browser reaches them."""

    code_version: str = Field(min_length=1)
    mlflow_public_url: AnyHttpUrl | None = None
    console_url: AnyHttpUrl | None = None
