import json
from dataclasses import replace

import numpy as np
import pandas as pd

from functions.core.drift import DriftReport, NewData, detect_drift
from functions.core.drift.reference import build_reference, reference_sample
from functions.core.report import render_report
from functions.core.report.contents import DriftResult
from functions.core.report.drift_section import drift_result
from tests.reports import first_report


def report(**changes: object) -> DriftReport:
    rng = np.random.default_rng(0)
    old, new = (pd.DataFrame(rng.normal(size=(1_000, 3)), columns=list("abc")) for _ in range(2))
    new = new.assign(a=new["a"] + 1, c=new["c"].mask(rng.random(1_000) < 0.1), added=1.0)
    reference = build_reference(old, np.zeros(1_000), np.linspace(0, 1, 500))
    found = detect_drift(
        reference,
        NewData(new, np.arange(1_000) % 50 == 0, np.linspace(0, 0.4, 500)),
        sample=reference_sample(old, rows=500, seed=0),
        ignored=("b",),
    )
    return found.model_copy(update=changes)


def result(found: DriftReport) -> DriftResult:
    document = json.loads(json.dumps(found.model_dump(mode="json")))
    return drift_result(document, verdict=found.verdict, explanation=found.explanation, champion_version="6")


def test_the_document_becomes_what_the_page_shows() -> None:
    shown = result(report())
    assert (shown.verdict, shown.champion_version, shown.compared) == ("retrain", "6", 2)
    assert (shown.changed, shown.drifted) == (2, 2)
    assert [each.feature for each in shown.features] == ["a", "c"]
    first, second = shown.features
    assert "most significant change: location; Kolmogorov-Smirnov 0." in first.said
    assert "missing 0 % before, " in second.said
    assert sum(each.new for each in first.bins) == sum(each.reference for each in second.bins) == 1


def test_what_was_found_beyond_features_is_told_by_name() -> None:
    facts = dict(result(report(notes=("The champion can't score.",))).facts)
    assert facts["Rows"] == "1,000, against 1,000 of the champion's"
    assert facts["Multivariate drift"].endswith(": drifted")
    assert facts["The champion's scores"].endswith(": drifted")
    assert facts["Frauds"].startswith("2 % of the rows (95 % interval 1.3")
    assert facts["Columns added"] == "'added'"
    assert facts["Ignored columns, as configured"] == "'b'"
    assert facts["Not compared"] == "The champion can't score."


def test_the_page_shows_it() -> None:
    page = render_report(replace(first_report(), drift=result(report())))
    for text in ("Multivariate drift", "Kolmogorov-Smirnov", "changed significantly"):
        assert text in page


def test_without_a_document_there_is_the_sentence_alone() -> None:
    said = drift_result(None, verdict="no_reference", explanation="No champion yet.", champion_version=None)
    assert said == DriftResult("no_reference", "No champion yet.")
