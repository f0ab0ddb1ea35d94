"""A stack's health check between runs."""

import datetime as dt
import io
from typing import Any

from botocore.exceptions import ClientError

from functions.telemetry import metrics
from functions.telemetry.gateway_groups import by_group
from functions.telemetry.metrics import Sample
from infra.errors import StackError
from infra.runs.health_check import champions_now, expositions, retired_models


class Registry:
    """Knows one model's champion; MLflow is away for ``away``."""

    def champion(self, model: str) -> str | None:
        if model == "away":
            raise StackError("MLflow gives no answer.")
        return {"cards": "7"}.get(model)


def test_the_champion_is_who_the_alias_points_to_now_and_nobody_where_nobody_answers() -> None:
    assert champions_now(Registry(), ["cards", "loans"]) == [Sample(metrics.CHAMPION_NOW, 7, {"model": "cards"})]
    assert champions_now(Registry(), ["away", "cards"]) == []


def test_what_the_stack_tells_of_itself_touches_no_runs_figures() -> None:
    told = [Sample(metrics.STACK_HEARTBEAT, 1), Sample(metrics.CHAMPION_NOW, 7, {"model": "cards"})]
    assert by_group(told) == [({"source": "stack"}, told)]


def test_a_model_that_was_retired_is_said_to_be_in_the_stacks_own_group() -> None:
    told = retired_models({"cards": 5.0})
    assert told == [Sample(metrics.MODEL_RETIRED, 5.0, {"model": "cards"})]
    assert by_group(told) == [({"source": "stack"}, told)]


class Bucket:
    """A runs bucket whose runs ended one after the other; ``kept`` have left what they pushed."""

    def __init__(self, ended: list[str], kept: dict[str, bytes]) -> None:
        self._ended = ended
        self._kept = kept

    def get_paginator(self, _: str) -> "Bucket":
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> list[dict[str, Any]]:
        assert (Bucket, Prefix) == ("runs", "_ended/")
        start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        times = [start + dt.timedelta(minutes=number) for number in range(len(self._ended))]
        found = zip(self._ended, times, strict=True)
        return [{"Contents": [{"Key": f"{Prefix}{name}.json", "LastModified": at} for name, at in found]}]

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        name = Key.removesuffix("/metrics.prom")
        if Bucket != "runs" or name not in self._kept:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": ""}}, "GetObject")
        return {"Body": io.BytesIO(self._kept[name])}


def test_runs_are_read_newest_first_and_one_that_kept_nothing_or_no_text_is_passed_over() -> None:
    bucket: Any = Bucket(["one", "two", "three", "four"], {"one": b"first", "three": b"\xff", "four": b"last"})
    assert list(expositions(bucket, "runs")) == ["last", "first"]
