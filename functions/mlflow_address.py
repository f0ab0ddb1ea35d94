"""The address of MLflow, as a setting."""

from typing import Annotated

from pydantic import AnyHttpUrl, Field

from functions.setting_words import Allowed

_MANAGED = r"^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:\d{12}:mlflow-(app|tracking-server)/\S+$"

type MlflowAddress = Annotated[
    AnyHttpUrl | Annotated[str, Field(pattern=_MANAGED)],
    Allowed("a URL, or the ARN of an MLflow that SageMaker manages"),
]


def is_arn(address: str) -> bool:
    """Return whether an address is an ARN: of an MLflow that SageMaker manages."""
    return address.startswith("arn:")
