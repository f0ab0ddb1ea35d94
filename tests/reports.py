"""Reports for tests: one with everything on it and names that mean harm, and ways to take pieces from it."""

from dataclasses import replace

import numpy as np

from functions.core.evaluation import curves
from functions.core.evaluation.certainty import PricedRows, bound
from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.costs import Costs, business_impact
from functions.core.evaluation.fraud_metrics import evaluate
from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.results import CandidateResult, Curves, Importance
from functions.core.report.contents import (
    BinChange,
    CandidateComparison,
    ColumnProfile,
    DataSummary,
    DriftResult,
    FeatureShift,
    Lineage,
    Outcome,
    Report,
    ReportedColumn,
    ReportedDecision,
    Rival,
    Rivals,
    Split,
)
from functions.core.report.formats import value

NASTY = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\x1b[31mred\x1b[0m\x07",
    '"><img src=x onerror=alert(1)>',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u202egnp.exe",
    "</style><svg onload=alert(1)>",
    "a_name_without_a_single_space_that_is_longer_than_any_phone_is_wide_" * 2,
)
FRAUDS, ROWS, THRESHOLD = 99, 56_962, 0.0196


def scores() -> tuple[np.ndarray, np.ndarray]:
    """Return labels and calibrated-looking scores like those of the public set's test split."""
    random = np.random.default_rng(7)
    y = np.repeat([1, 0], [FRAUDS, ROWS - FRAUDS])
    frauds = np.concatenate((random.beta(9, 1.2, 84), 10 ** random.uniform(-4.5, -1.2, FRAUDS - 84)))
    likely, unlikely = 10 ** random.uniform(-2.5, -0.1, 60), 10 ** random.normal(-4.2, 0.4, ROWS - FRAUDS - 60)
    return y, np.clip(np.concatenate((frauds, likely, unlikely)), 1e-7, 0.999)


def full_report(*, names: tuple[str, ...] = NASTY) -> Report:
    """Make a report of 30 features, the first of which have these names."""
    y, ranked = scores()
    costs = Costs()
    measured, impact = evaluate(y, ranked, threshold=THRESHOLD), business_impact(y, ranked >= THRESHOLD, costs)
    features = (*names, *(f"V{number}" for number in range(len(names) + 1, 31)))
    outcome = Outcome("ensemble", measured.confusion, impact, costs, None, 42.0, "cost")
    return Report(
        outcome=outcome,
        decision=_decision(measured.confusion, impact.total_cost),
        comparison=_comparison(measured.confusion, impact.total_cost),
        curves=Curves(
            precision_recall=curves.precision_recall_curve(y, ranked),
            roc=curves.roc_curve(y, ranked),
            reliability=curves.reliability_curve(y, ranked, spacing="log"),
            cost=curves.cost_curve(y, ranked, costs, threshold=THRESHOLD),
            points=curves.operating_points(y, ranked, costs, threshold=THRESHOLD),
            average_precision=measured.metrics.test_average_precision,
            roc_auc=measured.metrics.test_roc_auc,
            brier_score=measured.metrics.test_brier_score,
        ),
        intervals=bound(PricedRows(y, costs), ranked >= THRESHOLD, measured.metrics.test_average_precision),
        drift=_drift(features),
        importances=tuple(
            Importance(name, 0.21 / (i + 1) ** 1.3 - 0.004, 0.02 / (i + 1)) for i, name in enumerate(features)
        ),
        data=_data(features),
        lineage=_lineage(),
    )


def first_report() -> Report:
    """Make the report of a first run: no champion, no drift, no importances, nothing optional."""
    full = full_report(names=())
    return replace(
        full,
        outcome=replace(full.outcome, return_on_operation=None, amount_column="Amount"),
        decision=ReportedDecision(promoted=True, reason="First champion: cost 1,298."),
        drift=DriftResult("no_reference", "There is no champion yet, so there is nothing to compare with."),
        importances=(),
        lineage=replace(full.lineage, previous_champion=None, version_id=None),
    )


def _decision(counts: Confusion, cost: float) -> ReportedDecision:
    rivals = Rivals(
        champion=Rival("6", 17, 34, 0.861, 1768.0),
        challenger=Rival("7", counts.frauds_missed, counts.false_alarms, 0.874, cost),
        cost_difference=Interval(cost - 1768.0, cost - 2301.0, -92.0),
        rows=ROWS,
        frauds=FRAUDS,
        rows_left_out=0,
    )
    return ReportedDecision(
        promoted=True,
        reason=f"Cheaper than the champion beyond the noise on the same {ROWS:,} test rows: the cost differs by "
        f"{cost - 1768:+,.0f} (95 % interval {cost - 2301:+,.0f} to -92).",
        rivals=rivals,
    )


def _comparison(counts: Confusion, cost: float) -> CandidateComparison:
    def candidate(
        name: str, average: float, brier: float, price: float, counted: tuple[int, int], seconds: float
    ) -> CandidateResult:
        return CandidateResult(
            algorithm=name,
            chosen=name == "ensemble",
            average_precision=Interval(average, max(average - 0.06, 0), min(average + 0.05, 1)),
            brier_score=brier,
            cost=Interval(price, price * 0.6, price * 1.4),
            frauds_missed=counted[0],
            false_alarms=counted[1],
            seconds=seconds,
        )

    collapsed = replace(
        candidate("isolation_forest", 0.03, 0.0017, 9611.0, (96, 5), 8.1),
        collapsed="its average precision of 0.031 is far below the 0.714 of a logistic regression on the same rows",
    )
    return CandidateComparison(
        (
            candidate("ensemble", 0.874, 0.000398, cost, (counts.frauds_missed, counts.false_alarms), 61.2),
            candidate("lightgbm", 0.871, 0.000402, 1357.0, (12, 78), 21.4),
            candidate("xgboost", 0.868, 0.000411, 1454.0, (13, 77), 19.9),
            candidate("hist_gradient_boosting", 0.862, 0.00042, 1413.0, (13, 56), 17.3),
            candidate("mlp", 0.852, 0.000451, 1511.0, (14, 55), 143.7),
            candidate("logistic_regression", 0.741, 0.00081, 2010.0, (18, 105), 6.2),
            collapsed,
        ),
        selection="ensemble has the highest average precision on the held-out rows, 0.869 against 0.866 of lightgbm.",
    )


def _drift(features: tuple[str, ...]) -> DriftResult:
    old = (0.1,) * 10
    new = (0.02, 0.03, 0.05, 0.06, 0.09, 0.11, 0.13, 0.15, 0.17, 0.19)
    labels = ("up to \u22122.3", *(f"{value(-2.3 + i / 2)} to {value(-1.8 + i / 2)}" for i in range(8)), "over 1.7")
    numeric = tuple(BinChange(*each) for each in zip(labels, old, new, strict=True))
    texts = tuple(BinChange(name, 0.25, share) for name, share in zip(NASTY[:4], (0.7, 0.1, 0.2, 0.0), strict=True))
    shifts = (
        FeatureShift(features[0], 0.41, drifted=True, bins=numeric),
        FeatureShift(features[1], 0.35, drifted=True, bins=texts),
        FeatureShift(features[2], 0.18, drifted=True, bins=numeric),
        FeatureShift(features[8], 0.07, drifted=False, bins=numeric[:5]),
    )
    said = f"Drift 0.45, 3 of 30 features drifted: {features[0]}, {features[1]}, {features[2]}."
    facts = (("Rows", "56,962, against 170,883 of the champion's"), ("Columns added", f"'{features[3]}'"))
    return DriftResult("retrain", said, "6", 0.4512, 3, 5, 30, shifts, facts)


def _data(features: tuple[str, ...]) -> DataSummary:
    columns = tuple(
        ColumnProfile(name, "numeric", 0.012 * (i % 3), 275_663 - 7 * i, -56.4 - i, 0.0181 * i, 2.45e4 / (i + 1))
        for i, name in enumerate(features[:-1])
    )
    text = ColumnProfile(
        features[-1], "categorical", 0.0, 4, top=tuple((name, 900 - i) for i, name in enumerate(NASTY[:4]))
    )
    return DataSummary(
        file="creditcard.csv",
        rows=284_807,
        features=len(features),
        frauds=492,
        duplicate_rows=1081,
        target="Class",
        target_explanation="The last column; 1 is fraud, as the rarer of its two values.",
        notes=("The column '<b>id</b>' has a value of its own in each row and was left out.", "=1+1 was read as text."),
        splits=(Split("train", 170_883, 295), Split("validation", 56_962, 98), Split("test", ROWS, FRAUDS)),
        split_explanation="Stratified by label; rows that are equal stay together.",
        columns=(*columns, text),
        roles=_roles(features),
    )


def _roles(features: tuple[str, ...]) -> tuple[ReportedColumn, ...]:
    out = (
        ReportedColumn("trans_num", "identifier", used=False, reason="another value in each row"),
        ReportedColumn("chargeback_date", "leak", used=False, reason="only frauds have a value"),
        ReportedColumn(f"first {NASTY[0]}", "text", used=False, reason="names of people, by its name"),
    )
    questioned = (
        ReportedColumn("city", "category", used=True, reason="894 levels; a guess", guess=True),
        ReportedColumn("case_status", "category", used=True, reason="known after the fact, by its name", suspect=True),
    )
    sure = (ReportedColumn("cc_num", "entity", used=True, reason="983 values, each in 130 rows"),)
    target = (ReportedColumn("Class", "target", used=False, reason="0 and 1, by its name"),)
    numbers = tuple(ReportedColumn(each, "number", used=True, reason="numbers") for each in features)
    return (*out, *questioned, *sure, *numbers, *target)


def _lineage() -> Lineage:
    return Lineage(
        upload_uri="s3://fraudflow-uploads/incoming/2026/11/creditcard.csv",
        version_id="AZy0vY8nQkS3bqVbXb7m2o9uZ0rDq3Hh",
        etag="e90efcb83d69faf99fcab8b0255024de",
        dataset_digest="sha256:4f1b0c1c1b7f3a4f6a3f8f6f2b0f3c5f9e1d7a8b6c5d4e3f2a1b0c9d8e7f6a5b",
        code_version="1b28d81",
        seed=42,
        execution_arn="arn:aws:states:us-east-1:000000000000:execution:fraudflow-training:5d3c1b2e-7a4f-4c8e",
        mlflow_run_id="9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        model_name="fraud-detector",
        model_version="7",
        previous_champion="6",
        started_at="2026-11-24T10:28:42Z",
        settings=(("target", "Class"), ("seed", "42"), ("threshold", "cost"), ("cost_column", "<i>x</i>")),
        libraries=(("python", "3.13.1"), ("scikit-learn", "1.7.2"), ("lightgbm", "4.6.0")),
    )
