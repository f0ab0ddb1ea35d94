from prometheus_client.parser import text_string_to_metric_families

from serving import service_metrics
from serving.instruments import Instruments
from serving.service_metrics import ServiceMetric


def _series(instruments: Instruments) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(instruments.exposition().decode())
    return {
        (sample.name, tuple(sample.labels.values())): sample.value for family in families for sample in family.samples
    }


def _touch(instruments: Instruments, metric: ServiceMetric) -> None:
    labels = dict.fromkeys(metric.labels, "x")
    if metric.kind == "counter":
        instruments.count(metric, 1, **labels)
    elif metric.kind == "gauge":
        instruments.set(metric, 1, **labels)
    else:
        instruments.observe(metric, 1, **labels)


def test_it_exposes_what_is_declared_and_nothing_else() -> None:
    instruments = Instruments()
    for metric in service_metrics.ALL:
        _touch(instruments, metric)
    assert {name for name, _ in _series(instruments)} == {name for each in service_metrics.ALL for name in each.series}


def test_types_and_help_texts_are_the_declared_ones() -> None:
    instruments = Instruments()
    for metric in service_metrics.ALL:
        _touch(instruments, metric)
    families = list(text_string_to_metric_families(instruments.exposition().decode()))
    told = {family.name.removesuffix("_total"): (family.type, family.documentation) for family in families}
    assert told == {each.name.removesuffix("_total"): (each.kind, each.help) for each in service_metrics.ALL}


def test_a_gauge_is_absent_until_it_is_set() -> None:
    instruments = Instruments()
    assert not {name for name, _ in _series(instruments)} & {
        each.name for each in service_metrics.ALL if each.kind == "gauge"
    }
    for age in (1.0, 0.5):
        instruments.set(service_metrics.REGISTRY_AGE, age)
    assert _series(instruments)["scoring_registry_age_seconds", ()] == 0.5


def test_what_is_known_before_the_first_event_begins_at_zero() -> None:
    seen = _series(Instruments())
    assert [seen["scoring_request_seconds_count", (route,)] for route in ("single", "batch")] == [0, 0]
    assert [seen["scoring_expected_cost_total", (decision,)] for decision in ("alarm", "pass")] == [0, 0]
    assert seen["scoring_shadow_dropped_total", ()] == 0


def test_two_services_do_not_count_for_each_other() -> None:
    one, other = Instruments(), Instruments()
    one.count(service_metrics.REQUESTS, route="single", code="200")
    assert ("scoring_requests_total", ("single", "200")) not in _series(other)


def test_counts_add_up_and_a_gauge_is_the_last_value() -> None:
    instruments = Instruments()
    for amount in (1.5, 2.0):
        instruments.count(service_metrics.EXPECTED_COST, amount, decision="alarm")
        instruments.set(service_metrics.REGISTRY_AGE, amount)
    seen = _series(instruments)
    assert seen["scoring_expected_cost_total", ("alarm",)] == 3.5
    assert seen["scoring_registry_age_seconds", ()] == 2.0


def test_a_version_that_is_served_no_more_is_gone() -> None:
    instruments = Instruments()
    for version in ("1", "2"):
        instruments.set_only(service_metrics.MODEL_INFO, 1, model="fraud", version=version)
    told = {labels for name, labels in _series(instruments) if name == "scoring_model_info"}
    assert told == {("fraud", "2")}


def test_a_score_is_counted_in_each_bucket_that_it_does_not_exceed() -> None:
    instruments = Instruments()
    instruments.observe(service_metrics.SCORES, 0.4)
    seen = _series(instruments)
    assert seen["scoring_score_bucket", ("0.3",)] == 0
    assert seen["scoring_score_bucket", ("0.5",)] == 1
    assert seen["scoring_score_sum", ()] == 0.4
