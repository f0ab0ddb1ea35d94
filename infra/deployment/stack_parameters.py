"""What may be chosen of a stack when it is deployed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.loop_settings import LoopSettings
from functions.mlflow_address import is_arn
from functions.settings import RunSettings
from infra.deployment.long_settings import TravellingSettings


@dataclass(frozen=True, kw_only=True)
class StackParameters:
    """Parameters of a stack."""

    mlflow_tracking_uri: str
    pseudonym_key: str | None = field(repr=False)
    """64 hexadecimal digits; with another key, known cards and people have other hashes. None keeps the stack's."""
    mlflow_experiment: str = "fraudflow"
    pushgateway_url: str | None = None
    run_settings: RunSettings = field(default_factory=RunSettings)
    loop_settings: LoopSettings = field(default_factory=LoopSettings)
    bucket_suffix: str = ""
    image_uri: str | None = None
    template_parameters: Mapping[str, str] = field(default_factory=dict)
    """Any other of the template's parameters, by its name there: ``LogLevel``, ``DataMemory``, ..."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Of the stack, which hands them on to its resources."""
    execution_role: str | None = None
    """ARN of the role that CloudFormation works with; None leaves it the rights of who deploys."""

    def to_cloudformation(self) -> dict[str, str | None]:
        """Return them by the template's names, without run settings that have their default."""
        return {
            "BucketSuffix": self.bucket_suffix,
            "PackageType": "Image" if self.image_uri else "Zip",
            "ImageUri": self.image_uri or "",
            "MlflowTrackingUri": self.mlflow_tracking_uri,
            "ManagedMlflowArn": self.mlflow_tracking_uri if is_arn(self.mlflow_tracking_uri) else "",
            "PseudonymKey": self.pseudonym_key,
            "MlflowExperiment": self.mlflow_experiment,
            "PushgatewayUrl": self.pushgateway_url or "",
            "RunSettings": self.travelling_settings.text,
            "LoopSettings": self.loop_settings.model_dump_json(exclude_defaults=True),
            **self.template_parameters,
        }

    @property
    def travelling_settings(self) -> TravellingSettings:
        """The run settings that have not their default, as they travel."""
        return TravellingSettings.of(self.run_settings.model_dump(mode="json", exclude_defaults=True))
