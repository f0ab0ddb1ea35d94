"""What a verdict on drift says, and the features that drifted most, both distributions side by side, one line each."""

from collections.abc import Iterable, Mapping, Sequence

from functions.contracts import BinShift, Drift, DriftVerdict, TopFeature
from infra.words import Phrase, Tone, plain

_BLOCKS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_LONGEST_NAME = 24
_VERDICTS: Mapping[str, tuple[str, Tone]] = {
    "no_reference": ("no verdict", "dim"),
    "another_table": ("another table", "bad"),
    "not_measured": ("not measured", "warn"),
    "not_enough_data": ("not enough data", "warn"),
    "stable": ("stable", "good"),
    "watch": ("watch", "warn"),
    "retrain": ("retrain", "bad"),
}

type Line = tuple[Phrase, ...]


def drift_line(drift: Drift) -> Line:
    """Return the verdict, its metrics and its explanation."""
    values = {"AUC": drift.multivariate_drift_auc, "scores": drift.prediction_drift_score}
    known = [f"{label} {value:.3f}" for label, value in values.items() if value is not None]
    return verdict_line(drift.verdict, drift.explanation, f" ({', '.join(known)})" if known else "")


def verdict_line(verdict: DriftVerdict, explanation: str, metrics: str = "") -> Line:
    """Return a verdict on drift, its metrics and its explanation."""
    word, tone = _VERDICTS[verdict]
    return Phrase(word, tone), Phrase(metrics), Phrase(plain(f": {explanation}" if explanation else ""))


def shifts(features: Iterable[TopFeature]) -> Iterable[Line]:
    """Return a line for each feature with known distributions; both rows of bars have one scale."""
    for feature in features:
        if feature.bins:
            yield _shift(feature, feature.bins)


def _shift(feature: TopFeature, bins: Sequence[BinShift]) -> Line:
    top = max(max(each.reference, each.new) for each in bins)
    old, new = (
        "".join(_block(share, top) for share in shares)
        for shares in ([each.reference for each in bins], [each.new for each in bins])
    )
    moved = max(bins, key=lambda each: abs(each.new - each.reference))
    return (
        Phrase(f"{_name(feature)} {feature.score:.2f}"),
        Phrase(" drifted", "warn") if feature.drifted else Phrase(" changed", "dim"),
        Phrase("  old ", "dim"),
        Phrase(old),
        Phrase("  new ", "dim"),
        Phrase(new),
        Phrase(f"  {plain(moved.label)}: {moved.reference:.1%}, now {moved.new:.1%}"),
    )


def _name(feature: TopFeature) -> str:
    """Return a column's name, a long one cut; of a history column what it is."""
    if feature.title is not None:
        return plain(feature.title)
    name = plain(feature.feature)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}\u2026"


def _block(share: float, top: float) -> str:
    """Return a share as one of eight bars; a blank for zero."""
    if not share or not top:
        return " "
    return _BLOCKS[min(int(share / top * len(_BLOCKS)), len(_BLOCKS) - 1)]
