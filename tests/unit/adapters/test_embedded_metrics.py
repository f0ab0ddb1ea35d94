"""Metrics as lines of a log that CloudWatch makes metrics of."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from functions import connections
from functions.adapters.embedded_metrics import EmbeddedMetrics
from functions.settings import MonitoringSettings
from functions.telemetry import metrics
from functions.telemetry.metrics import Metric, Sample

OF_FRAUD = {"model": "fraud"}


def told(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """Return the lines, read, that samples are told in."""
    lines: list[str] = []
    adapter = EmbeddedMetrics(namespace="fraudflow", write=lines.append, clock=lambda: 12.5)
    assert adapter.push(samples, grouping={}) is None
    return [json.loads(line) for line in lines]


def test_samples_with_the_same_labels_are_one_line_as_cloudwatch_documents_it() -> None:
    assert told([Sample(metrics.ROWS_LOADED, 7, OF_FRAUD), Sample(metrics.FRAUD_RATE, 0.5, OF_FRAUD)]) == [
        {
            "_aws": {
                "Timestamp": 12500,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "fraudflow",
                        "Dimensions": [["model"]],
                        "Metrics": [{"Name": "rows_loaded"}, {"Name": "fraud_rate"}],
                    }
                ],
            },
            "model": "fraud",
            "rows_loaded": 7,
            "fraud_rate": 0.5,
        }
    ]


def test_labels_that_each_run_makes_anew_are_told_to_nobody_who_charges_for_them() -> None:
    samples = [Sample(metrics.FEATURE_DRIFT, 0.25, {**OF_FRAUD, "feature": "amount"})]
    assert told(samples) == []


def test_a_label_without_a_value_is_left_out_and_so_is_a_value_that_is_no_number() -> None:
    (line,) = told([Sample(metrics.ROWS_LOADED, 7, {"model": ""}), Sample(metrics.FRAUD_RATE, math.nan, OF_FRAUD)])
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]
    assert "model" not in line


def test_a_line_has_no_more_metrics_than_cloudwatch_takes() -> None:
    many = [Sample(Metric(f"metric_{number}", "One of many.", "load_data"), number, OF_FRAUD) for number in range(150)]
    assert [len(line["_aws"]["CloudWatchMetrics"][0]["Metrics"]) for line in told(many)] == [100, 50]


def test_a_line_is_printed_by_itself_and_the_pushgateway_has_the_last_word(capsys: pytest.CaptureFixture[str]) -> None:
    class Refusing:
        def push(self, samples: Sequence[Sample], *, grouping: Mapping[str, str]) -> str | None:
            return f"{len(samples)} refused of {grouping}"

    adapter = EmbeddedMetrics(namespace="fraudflow", beside=Refusing())
    assert adapter.push([Sample(metrics.ROWS_LOADED, 7, OF_FRAUD)], grouping=OF_FRAUD) == f"1 refused of {OF_FRAUD}"
    assert json.loads(capsys.readouterr().out)["rows_loaded"] == 7


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, "NoneType"),
        ({"pushgateway_url": "http://gateway"}, "Pushgateway"),
        ({"metrics_namespace": "fraudflow"}, "EmbeddedMetrics"),
    ],
)
def test_a_function_tells_its_metrics_where_its_settings_say(given: dict[str, str], kind: str) -> None:
    own = MonitoringSettings.model_validate(
        {"runs_bucket": "runs", "mlflow_tracking_uri": "http://mlflow.invalid", **given}
    )
    assert type(connections.monitoring(own)).__name__ == kind
