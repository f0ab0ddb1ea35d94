"""Compare the new data with what the current champion was trained on."""

from dataclasses import asdict

from functions.contracts import DetectDriftInput, Drift, FeatureDrift
from functions.core.drift import DriftReport, detect_drift
from functions.core.reference import ReferenceProfile
from functions.core.tables import from_parquet
from functions.ports import TrackingServices

REFERENCE_ARTIFACT = "reference.json"
TOP_FEATURES = 10


def run(event: DetectDriftInput, services: TrackingServices) -> Drift:
    """Detect drift; without a champion there is nothing to compare with, which is said and never a zero."""
    name = event.settings.model_name
    champion = services.tracking.champion(name)
    if champion is None:
        return Drift(verdict="no_reference", explanation=f"'{name}' has no champion yet to compare with.")
    stored = services.tracking.artifact(champion.run_id, REFERENCE_ARTIFACT)
    if stored is None:
        return Drift(
            verdict="no_reference",
            explanation=f"The reference profile of '{name}' version {champion.version} is gone from MLflow.",
            champion_version=champion.version,
        )
    new = from_parquet(services.files.read(event.dataset.uri))
    report = detect_drift(ReferenceProfile.model_validate_json(stored), new.X, y=new.y)
    uri = services.files.write_json(event.execution, "drift.json", asdict(report))
    return _summary(report, champion.version, uri)


def _summary(report: DriftReport, version: str, uri: str) -> Drift:
    return Drift(
        verdict=report.verdict,
        explanation=report.explanation,
        champion_version=version,
        drift_score=report.drift_score,
        n_drifted_features=report.n_drifted_features,
        max_feature_drift=report.max_feature_drift,
        top_features=[FeatureDrift(feature=each.feature, score=each.score) for each in report.features[:TOP_FEATURES]],
        report_uri=uri,
    )
