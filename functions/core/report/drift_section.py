"""The page's drift results, from ``drift.json``."""

from collections.abc import Iterator, Mapping
from typing import Any

from functions.core.drift import (
    DriftReport,
    FeatureDrift,
    LabelDrift,
    MultivariateDrift,
    SchemaChanges,
    ShareChange,
    Verdict,
)
from functions.core.report.contents import BinChange, DriftResult, FeatureShift
from functions.core.report.formats import count, score, share
from functions.core.wording import named, quoted

_NAMED = 10


def drift_result(
    document: Mapping[str, Any] | None, *, verdict: Verdict, explanation: str, champion_version: str | None
) -> DriftResult:
    """Return the page's drift results from ``drift.json``.

    Args:
        document: the parsed file; None when nothing was compared.
        verdict: of the run.
        explanation: of the verdict, one sentence.
        champion_version: of the model whose data is the reference, if there is one.
    """
    if document is None:
        return DriftResult(verdict, explanation, champion_version)
    report = DriftReport.model_validate(document)
    return DriftResult(
        verdict=verdict,
        explanation=explanation,
        champion_version=champion_version,
        score=report.drift_score,
        drifted=report.n_drifted_features or 0,
        changed=report.n_changed_features or 0,
        compared=len(report.features),
        features=tuple(_shift(each) for each in report.features if each.changed and each.bins),
        facts=tuple(_facts(report)),
    )


def _shift(feature: FeatureDrift) -> FeatureShift:
    return FeatureShift(
        feature=feature.feature,
        score=feature.score,
        drifted=feature.drifted,
        bins=tuple(BinChange(each.label, each.reference, each.new) for each in feature.bins),
        said="".join(f"; {part}" for part in _said(feature)),
        title=feature.title,
    )


def _said(feature: FeatureDrift) -> Iterator[str]:
    if feature.change:
        yield f"most significant change: {feature.change}"
    if feature.ks is not None:
        yield f"Kolmogorov-Smirnov {score(feature.ks)}"
    yield f"Jensen-Shannon distance {score(feature.distance)}"
    if feature.outliers and feature.change == "outliers":
        yield f"outliers {_change(feature.outliers)}"
    if feature.missing.reference or feature.missing.new:
        yield f"missing {_change(feature.missing)}"
    if feature.new_categories:
        told = [f"{quoted(name)} {share(part)}" for name, part in feature.new_categories.items()]
        yield f"new: {', '.join(told)}"


def _facts(report: DriftReport) -> Iterator[tuple[str, str]]:
    yield "Rows", f"{count(report.rows)}, against {count(report.reference_rows)} of the champion's"
    if report.multivariate:
        yield "Multivariate drift", _multivariate(report.multivariate)
    if report.prediction:
        ks = score(report.prediction.ks or 0.0)
        said = f"drift {score(report.prediction.score)}, Kolmogorov-Smirnov {ks}: {_level(report.prediction)}"
        yield "The champion's scores", said
    if report.label:
        yield "Frauds", _label(report.label)
    yield from _columns(report.columns)
    if report.clocks:
        yield "Times, which move in each file: not compared", _names(report.clocks)
    if report.entities:
        yield "Entities, which are new in each file: not compared", _names(report.entities)
    if report.filling:
        yield "Histories that were still filling up: not compared", named(report.filling, limit=_NAMED)
    if report.ignored:
        yield "Ignored columns, as configured", _names(report.ignored)
    for note in report.notes:
        yield "Not compared", note


def _multivariate(drift: MultivariateDrift) -> str:
    return (
        f"a classifier tells new rows from the champion's with an AUC of {score(drift.auc)}; without drift it is below "
        f"{score(drift.null_auc)} in 95 % of permutations: {_level(drift)}"
    )


def _label(drift: LabelDrift) -> str:
    return (
        f"{share(drift.rate)} of the rows (95 % interval {share(drift.low)} to {share(drift.high)}), "
        f"{share(drift.reference_rate)} of the champion's: {_level(drift)}"
    )


def _level(drift: FeatureDrift | MultivariateDrift | LabelDrift) -> str:
    if drift.drifted:
        return "drifted"
    return "changed, but too little to matter" if drift.changed else "no significant change"


def _columns(columns: SchemaChanges) -> Iterator[tuple[str, str]]:
    for what, names in (
        ("Columns added", columns.added),
        ("Columns removed", columns.removed),
        ("Numbers for texts, or the reverse", columns.retyped),
        ("Columns in another place (harmless)", columns.reordered),
    ):
        if names:
            yield what, _names(names)
    if columns.roles:
        told = [
            f"{quoted(name)} {change.new}{'' if change.reference is None else f', {change.reference} before'}"
            for name, change in columns.roles.items()
        ]
        yield "Columns used otherwise", named(told, limit=_NAMED)


def _names(names: tuple[str, ...]) -> str:
    return named([quoted(each) for each in names], limit=_NAMED)


def _change(change: ShareChange) -> str:
    return f"{share(change.reference)} before, {share(change.new)} now"
