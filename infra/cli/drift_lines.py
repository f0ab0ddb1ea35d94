"""The features that drifted most, old and new distribution side by side, one line each."""

from collections.abc import Iterable, Sequence

from rich.text import Text

from functions.contracts import BinShift, TopFeature
from infra.cli.terminal import plain

_BLOCKS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_LONGEST_NAME = 24


def shifts(features: Iterable[TopFeature]) -> Iterable[Text]:
    """Return a line for each feature with known distributions; both rows of bars have one scale."""
    for feature in features:
        if feature.bins:
            yield _line(feature, feature.bins)


def _line(feature: TopFeature, bins: Sequence[BinShift]) -> Text:
    top = max(max(each.reference, each.new) for each in bins)
    old, new = (
        "".join(_block(share, top) for share in shares)
        for shares in ([each.reference for each in bins], [each.new for each in bins])
    )
    moved = max(bins, key=lambda each: abs(each.new - each.reference))
    name = plain(feature.feature)
    shown = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}\u2026"
    return Text.assemble(
        f"{shown} {feature.score:.2f}",
        (" drifted" if feature.drifted else " changed", "yellow" if feature.drifted else "dim"),
        ("  old ", "dim"),
        old,
        ("  new ", "dim"),
        new,
        f"  {plain(moved.label)}: {moved.reference:.1%}, now {moved.new:.1%}",
    )


def _block(share: float, top: float) -> str:
    """Return a share as one of eight bars; a blank for zero."""
    if not share or not top:
        return " "
    return _BLOCKS[min(int(share / top * len(_BLOCKS)), len(_BLOCKS) - 1)]
