"""Explanation of a drift verdict in one sentence."""

from collections.abc import Iterable, Iterator, Sequence

from functions.core.drift.distances import joined
from functions.core.drift.findings import DriftReport, FeatureDrift, SchemaChanges
from functions.core.numerals import share, value
from functions.core.wording import counted, named, quoted

NAMED = 3


def explain(report: DriftReport) -> str:
    """Return the summary of a report that has a score; the verdict's own word is shown beside it."""
    score = report.drift_score or 0.0
    parts = [f"Drift {score:.2f}", *_features(report.features), *_beyond(report)]
    figures = "; ".join([", ".join(parts[:2]), *parts[2:], *_columns(report.columns)]) + "."
    return " ".join(filter(None, (lacking(report.columns), figures)))


def lacking(schema: SchemaChanges) -> str | None:
    """Return a sentence on the columns that the champion needs and lacks; None where it has all."""
    missing = [name for name in schema.needed if name in schema.removed]
    other = [name for name in schema.needed if name in schema.retyped]
    roles = [name for name in schema.needed if name in schema.roles]
    parts = []
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        parts.append(f"{counted(len(missing), 'column')} of the champion's {schema.expected:,} {verb} missing")
        parts[-1] += f" ({_names(missing)})"
    if other:
        verb = "holds" if len(other) == 1 else "hold"
        parts.append(f"{counted(len(other), 'column')} {verb} texts for numbers, or the reverse ({_names(other)})")
    if roles:
        verb = "is" if len(roles) == 1 else "are"
        parts.append(f"{counted(len(roles), 'column')} {verb} taken for something else ({_roles(schema, roles)})")
    if not parts:
        return None
    remedy = "name the role in FRAUDFLOW_ROLES" if len(parts) == 1 and roles else "correct the file"
    return f"{' and '.join(parts)}: {remedy}, or make a version that was trained on such files the champion."


def another_table(schema: SchemaChanges) -> str:
    """Return a sentence on a schema of another kind, and what to do."""
    common = schema.expected - len(schema.removed)
    return (
        f"This looks like another table: {common:,} of {schema.expected:,} columns in common with the champion's data; "
        "give it a model of its own by another FRAUDFLOW_MODEL_NAME."
    )


def _features(features: Sequence[FeatureDrift]) -> Iterator[str]:
    drifted = [each for each in features if each.drifted]
    who = (": " if len(drifted) <= NAMED else ", most of all ") + _told(drifted[:NAMED])
    yield f"{len(drifted):,} of {counted(len(features), 'feature')} drifted{who if drifted else ''}"
    outlying = [each for each in features if each.change == "outliers" and each.outliers]
    small = sum(each.changed for each in features) - len(drifted) - len(outlying)
    if small:
        yield f"{small:,} more changed too little to matter"
    gaps = [each for each in drifted if each.change == "missing values"]
    if gaps:
        told = [f"{_told([each])} ({share(each.missing.new)}, after {share(each.missing.reference)})" for each in gaps]
        yield f"missing values in {named(told, limit=NAMED)}"
    if outlying:
        told = [f"{each.words} ({_outliers(each)})" for each in outlying]
        yield f"outliers, not drift, in {named(told, limit=NAMED)}"
    newcomers = [each for each in features if each.changed and each.new_categories and not each.moved_on]
    if newcomers:
        told = [f"{each.words} ({_newcomers(each)})" for each in newcomers]
        yield f"new categories in {named(told, limit=NAMED)}"
    yield from _clocks(features)


def _clocks(features: Sequence[FeatureDrift]) -> Iterator[str]:
    """Return a clause on the columns that are new in each file, with the drift score of the others."""
    clocks = [each.feature for each in features if each.drifted and each.moved_on]
    if clocks:
        it, is_one, has = ("it", "it is one", "has") if len(clocks) == 1 else ("them", "they are such", "have")
        yield (
            f"{_names(clocks)} {has} values that the champion's data had not, as a clock, a date or a counter would "
            f"(if {is_one}, name {it} in FRAUDFLOW_DRIFT_IGNORED_COLUMNS: without {it} drift is "
            f"{joined(each for each in features if each.feature not in clocks):.2f})"
        )


def _beyond(report: DriftReport) -> Iterator[str]:
    multivariate, prediction, label = report.multivariate, report.prediction, report.label
    if multivariate and multivariate.changed and not any(each.changed for each in report.features):
        yield f"the relations between columns changed (multivariate drift, AUC {multivariate.auc:.2f})"
    if prediction and prediction.drifted:
        yield f"the champion's scores drifted ({prediction.score:.2f})"
    if label and label.drifted:
        yield f"frauds are {share(label.rate)} of the rows, after {share(label.reference_rate)}"


def _outliers(feature: FeatureDrift) -> str:
    low, high = feature.usual or (None, None)
    if low is not None and high is not None:
        where = f"outside of {value(low)} to {value(high)}"
    elif high is not None:
        where = f"over {value(high)}"
    else:
        where = f"under {value(low)}" if low is not None else "outside"
    change = feature.outliers
    return f"{share(change.new)} {where}, after {share(change.reference)}" if change else where


def _newcomers(feature: FeatureDrift) -> str:
    return named([f"{quoted(name)} {share(part)}" for name, part in feature.new_categories.items()], limit=NAMED)


def _columns(schema: SchemaChanges) -> Iterator[str]:
    """Yield a clause for each kind of schema change, without the columns that the champion needs."""
    for what, columns in (
        ("added", schema.added),
        ("removed", schema.removed),
        ("with numbers for texts or the reverse", schema.retyped),
    ):
        left = [name for name in columns if name not in schema.needed]
        if left:
            yield f"{counted(len(left), 'column')} {what} ({_names(left)})"
    other = [name for name in schema.roles if name not in schema.needed]
    if other:
        yield f"{counted(len(other), 'column')} taken for something else ({_roles(schema, other)})"


def _roles(schema: SchemaChanges, columns: Sequence[str]) -> str:
    told = []
    for name in columns:
        change = schema.roles[name]
        after = "" if change.reference is None else f", after {change.reference}"
        told.append(f"{quoted(name)[1:-1]} for {change.new}{after}")
    return named(told, limit=NAMED)


def _told(features: Iterable[FeatureDrift]) -> str:
    """Name features by their titles, or by their names without quotes."""
    return named([each.title or quoted(each.feature)[1:-1] for each in features], limit=NAMED)


def _names(columns: Iterable[str]) -> str:
    return named([quoted(each)[1:-1] for each in columns], limit=NAMED)
