"""The pictures of a run, as PNG bytes. Figures are objects of their own: nothing touches matplotlib's global state."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import ArrayLike
from sklearn import metrics

from functions.core.confusion import Confusion
from functions.core.curves import OperatingPoint, OperatingPoints, ReliabilityBin
from functions.core.drift import RETRAIN, WATCH
from functions.core.wording import counted, printable

# Okabe and Ito's palette: told apart by the colour-blind, and in grey.
BLUE, ORANGE, VERMILION = "#0072B2", "#E69F00", "#D55E00"
INK, FAINT = "#222222", "#8A8A8A"
DPI = 144
MAX_FEATURES = 30
_SMALLEST_PLAIN = 1e-4
# Zlib's own choice, 6, takes three times as long for a tenth less.
_COMPRESSION = 3
# Inches: around everything; title and subtitle.
_EDGE, _ABOVE = 0.06, 0.68
_BACKDROP = {"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85}


def confusion_matrix(y: ArrayLike, scores: ArrayLike, *, threshold: float) -> bytes:
    """Draw the four outcomes of n labels (1 = fraud) and scores: counts, and shares of each row as the shade."""
    counted = Confusion.count(y, np.asarray(scores) >= threshold)
    counts = np.array(
        [[counted.legitimate_passed, counted.false_alarms], [counted.frauds_missed, counted.frauds_detected]]
    )
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axes = _canvas(5.6, 4.6, "Confusion matrix", f"test split, threshold {threshold:.4g}")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    names = (("passed", "false alarms"), ("missed", "detected"))
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else INK  # noqa: PLR2004 - half way along the colour map
        x, y_ = float(column), float(row)
        axes.text(x, y_ - 0.08, f"{count:,}", ha="center", va="center", fontsize=18, weight="bold", color=colour)
        label = f"{names[row][column]}, {shares[row, column]:.2%}"
        axes.text(x, y_ + 0.16, label, ha="center", va="center", fontsize=10, color=colour)
    axes.set_xticks([0, 1], ["passed", "flagged"])
    axes.set_yticks([0, 1], ["legitimate", "fraud"])
    axes.set_xlabel("the model's decision")
    axes.set_ylabel("truth")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return _png(figure)


def precision_recall_curve(y: ArrayLike, scores: ArrayLike, *, threshold: float) -> bytes:
    """Draw precision over recall for n labels (1 = fraud) and scores, with the operating point at the threshold."""
    labels, ranked = np.asarray(y), np.asarray(scores, dtype=np.float64)
    point = Confusion.count(labels, ranked >= threshold)
    precision, recall, _ = metrics.precision_recall_curve(labels, ranked)
    average = metrics.average_precision_score(labels, ranked)
    figure, axes = _canvas(6.4, 4.6, "Precision and recall", f"test split, average precision {average:.3f}")
    axes.step(recall, precision, where="post", color=BLUE, linewidth=2)
    axes.fill_between(recall, precision, step="post", color=BLUE, alpha=0.12, linewidth=0)
    base_rate = point.frauds / max(point.rows, 1)
    axes.axhline(base_rate, color=FAINT, linestyle=":", linewidth=1.2)
    axes.text(0.01, base_rate + 0.015, f"chance {base_rate:.2%}", color=FAINT, fontsize=9)
    axes.plot(point.recall, point.precision, "o", color=VERMILION, markersize=10, markeredgecolor="white", zorder=3)
    on_the_left, at_the_bottom = point.recall < 0.5, point.precision < 0.5  # noqa: PLR2004 - the middle
    axes.annotate(
        f"threshold {threshold:.3g}\nprecision {point.precision:.3f}\nrecall {point.recall:.3f}\nF1 {point.f1:.3f}",
        (point.recall, point.precision),
        xytext=(16 if on_the_left else -16, 14 if at_the_bottom else -14),
        textcoords="offset points",
        ha="left" if on_the_left else "right",
        va="bottom" if at_the_bottom else "top",
        color=INK,
        bbox=_BACKDROP,
    )
    axes.set(xlim=(0, 1.01), ylim=(0, 1.03), xlabel="recall: share of the frauds found")
    axes.set_ylabel("precision: share of the alarms that are fraud")
    return _png(figure)


def score_distribution(y: ArrayLike, scores: ArrayLike, *, threshold: float) -> bytes:
    """Draw how n scores are spread in each class (1 = fraud), on a logarithmic scale of rows."""
    is_fraud, ranked = np.asarray(y) == 1, np.asarray(scores, dtype=np.float64)
    low, high = min(0.0, float(ranked.min(initial=0))), max(1.0, float(ranked.max(initial=1)))
    bins = np.linspace(low, high, 51).tolist()
    figure, axes = _canvas(6.4, 4.2, "Scores by class", "test split, logarithmic scale")
    for name, mask, colour in (("legitimate", ~is_fraud, BLUE), ("fraud", is_fraud, ORANGE)):
        label = f"{name} ({mask.sum():,})"
        axes.hist(ranked[mask], bins=bins, color=colour, alpha=0.35, log=True, histtype="stepfilled")
        axes.hist(ranked[mask], bins=bins, color=colour, histtype="step", linewidth=1.8, log=True, label=label)
    axes.axvline(threshold, color=INK, linestyle="--", linewidth=1.4, label=f"threshold {threshold:.3g}")
    axes.set(xlim=(low, high), ylim=(0.7, None), xlabel="the model's fraud score", ylabel="rows")
    _logarithmic(axes.yaxis)
    _legend(figure, columns=3)
    return _png(figure)


def cost_curve(curve: Sequence[OperatingPoint], points: OperatingPoints) -> bytes:
    """Draw what each threshold costs, in money, with the chosen one, 0.5 and none at all."""
    figure, axes = _canvas(6.4, 4.4, "What each threshold costs", "test split, logarithmic scale of thresholds")
    shown = [each for each in curve if 0 < each.threshold <= 1]
    axes.plot([each.threshold for each in shown], [each.cost for each in shown], color=BLUE, linewidth=2)
    instead, otherwise = points.without_model
    axes.axhline(otherwise.cost, color=FAINT, linestyle=":", linewidth=1.4, label=f"{instead}: {otherwise.cost:,.0f}")
    for point, name, colour in ((points.chosen, "chosen", VERMILION), (points.at_half, "at 0.5", ORANGE)):
        label = (
            f"{name} ({point.threshold:.3g}): {point.cost:,.0f}, "
            f"{point.frauds_missed:,} missed, {counted(point.false_alarms, 'false alarm')}"
        )
        axes.plot(point.threshold, point.cost, "o", color=colour, markersize=9, markeredgecolor="white", label=label)
    # The dearer thing to do without a model can cost a hundred times as much: what matters lies below that.
    axes.set(xscale="log", ylim=(0, 1.25 * max(otherwise.cost, points.chosen.cost)), ylabel="cost of the mistakes")
    axes.set_xlabel("threshold: flagged from this probability of fraud on")
    _logarithmic(axes.xaxis)
    _legend(figure, columns=1)
    return _png(figure)


def reliability_curve(bins: Sequence[ReliabilityBin]) -> bytes:
    """Draw what came of rows by the probability of fraud that they were given, with exact 95 % bounds."""
    figure, axes = _canvas(5.4, 4.6, "Reliability", "test split, logarithmic scales")
    known = [each for each in bins if each.frauds]
    lowest = min((min(each.mean_probability, each.low) for each in known), default=1e-4)
    said = np.array([each.mean_probability for each in known])
    came = np.array([each.fraud_share for each in known])
    bounds = np.array([[each.fraud_share - each.low, each.high - each.fraud_share] for each in known]).reshape(-1, 2).T
    axes.plot([lowest, 1], [lowest, 1], color=FAINT, linestyle=":", linewidth=1.4, label="what was said is what came")
    axes.errorbar(said, came, yerr=bounds, fmt="o", color=BLUE, capsize=3, label="rows of like probability")
    axes.set(xscale="log", yscale="log", xlabel="probability that the model gave", ylabel="share of frauds that came")
    _logarithmic(axes.xaxis, axes.yaxis)
    _legend(figure, columns=2)
    return _png(figure)


def drift_by_feature(scores: Mapping[str, float], *, explanation: str) -> bytes:
    """Draw the features' drift scores as sorted bars with the limits of the verdicts.

    Args:
        scores: drift score of each feature; empty when there was nothing to compare, and the picture says so.
        explanation: the report's sentence.
    """
    if not scores:
        return _statement("Drift by feature", explanation)
    shown = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:MAX_FEATURES]
    hidden = len(scores) - len(shown)
    subtitle = f"the {len(shown)} highest of {len(scores):,} features" if hidden else counted(len(shown), "feature")
    figure, axes = _canvas(6.4, 1.6 + 0.24 * len(shown), "Drift by feature", f"against the champion's data, {subtitle}")
    values = [value for _, value in shown]
    # A line for each bar, all in one artist, is quicker than thirty rectangles.
    axes.hlines(range(len(shown)), 0, values, colors=[_drift_colour(value) for value in values], linewidth=12)
    for limit, name in ((WATCH, "watch"), (RETRAIN, "retrain")):
        axes.axvline(limit, color=FAINT, linestyle="--", linewidth=1)
        axes.text(limit, -0.8, f" {name}", color=INK, fontsize=9, va="bottom")
    for row, value in enumerate(values):
        axes.text(value + 0.008, row, f"{value:.2f}", va="center", fontsize=9, color=INK)
    # Ticks would be five artists each.
    names = [
        axes.text(-0.004, row, _shorten(name), ha="right", va="center", fontsize=9, color=INK, parse_math=False)
        for row, (name, _) in enumerate(shown)
    ]
    axes.set_yticks([])
    axes.set(xlim=(0, max(0.4, *values) * 1.1), ylim=(len(shown) - 0.4, -1.4), xlabel="drift score, 0 to 1")
    return _png(figure, names)


def _drift_colour(score: float) -> str:
    if score >= RETRAIN:
        return VERMILION
    return ORANGE if score >= WATCH else BLUE


def _shorten(name: str, longest: int = 24) -> str:
    name = printable(name)
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def _statement(title: str, sentence: str) -> bytes:
    figure, axes = _canvas(6.4, 2.2, title, "")
    axes.set_axis_off()
    axes.text(
        0,
        0.5,
        printable(sentence),
        parse_math=False,
        wrap=True,
        va="center",
        fontsize=12,
        color=INK,
        transform=axes.transAxes,
    )
    return _png(figure)


def _canvas(width: float, height: float, title: str, subtitle: str) -> tuple[Figure, Axes]:
    """Start a figure of a size in inches in the one look that all of them share."""
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    axes = figure.add_subplot()
    figure.suptitle(title, x=_EDGE / width, y=1 - _EDGE / height, ha="left", fontsize=14, weight="bold", color=INK)
    axes.set_title(subtitle, loc="left", fontsize=10, color=FAINT)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(colors=INK, labelsize=9)
    return figure, axes


def _legend(figure: Figure, *, columns: int) -> None:
    """Put what the axes' lines are called below them."""
    figure.legend(frameon=False, loc="lower left", ncols=columns, fontsize=9, borderaxespad=0.2)


def _lay_out(figure: Figure, beside: Sequence[Text]) -> None:
    """Leave room for what is around the axes: matplotlib's own layouts lay out all of a picture once more for it."""
    (axes,) = figure.axes
    width, height = figure.get_size_inches()
    renderer, inner = FigureCanvasAgg(figure).get_renderer(), axes.bbox  # type: ignore[no-untyped-call]
    around = axes.get_tightbbox(renderer, bbox_extra_artists=list(beside)) or inner
    legend = sum(each.get_window_extent(renderer).height for each in figure.legends) / DPI
    figure.subplots_adjust(
        left=((inner.x0 - around.x0) / DPI + _EDGE) / width,
        right=1 - (max(0, around.x1 - inner.x1) / DPI + _EDGE) / width,
        bottom=((inner.y0 - around.y0) / DPI + legend + _EDGE) / height,
        top=1 - _ABOVE / height,
    )


def _logarithmic(*scales: Axis) -> None:
    """Label powers of ten as plain numbers: setting each as a formula takes longer than the rest of a picture."""
    for scale in scales:
        scale.set_major_locator(LogLocator(numticks=8))
        scale.set_major_formatter(lambda value, _: f"{value:,g}" if value >= _SMALLEST_PLAIN else f"{value:.0e}")
        scale.set_minor_locator(NullLocator())


def _png(figure: Figure, beside: Sequence[Text] = ()) -> bytes:
    """Write a figure; ``beside`` is the text around its axes that isn't of a tick or a title."""
    _lay_out(figure, beside)
    buffer = io.BytesIO()
    # No software version or date in the file: the same figures give the same bytes.
    figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": _COMPRESSION})
    return buffer.getvalue()
