"""Whether rows lie where a model's scores are known to hold: an estimate without labels is worth nothing elsewhere."""

from functions.core.drift import DriftReport, FeatureDrift
from functions.core.numerals import share
from functions.core.wording import named

# A column's values in more of the rows than this are none that the model has met.
OUTSIDE = 0.05
# Fewer missing values than this in the reference are none: the model can't have been fitted to them.
_NEVER_MISSING = 0.001
_START = "What the rows are worth can't be known without labels"


def why_not_known(report: DriftReport) -> str | None:
    """Return why scores of the compared rows can't be trusted to be calibrated, in a sentence; None where they can.

    Drift alone is no reason while rows stay where the model has met enough of them: its scores answer for these. It is
    when most of the data has moved (the verdict ``retrain``), or when many rows have values that are new to the model.
    """
    if report.verdict in {"no_reference", "another_table", "not_enough_data", "not_measured"}:
        return f"{_START}: {report.explanation}"
    if report.verdict == "retrain":
        return f"{_START}, as the data has moved too far from the model's: {report.explanation}"
    outside = [(part, each) for each in report.features if (part := outside_share(each)) >= OUTSIDE]
    if not outside:
        return None
    outside.sort(key=lambda each: (-each[0], each[1].feature))
    told = [f"{feature.words} ({share(part)})" for part, feature in outside]
    return f"{_START}, as many rows have values that the model has never met, in {named(told, limit=3)}."


def outside_share(feature: FeatureDrift) -> float:
    """Return the share of the rows whose value in a column is new to the model; 0.0 where no change is significant."""
    if not feature.changed:
        return 0.0
    beyond = max(feature.outliers.new - feature.outliers.reference, 0.0) if feature.outliers else 0.0
    gaps = feature.missing.new if feature.missing.reference < _NEVER_MISSING else 0.0
    return max(beyond + gaps, sum(feature.new_categories.values()) + gaps)
