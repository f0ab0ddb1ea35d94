"""Which log lines are of an execution, and how they read."""

import json
from typing import Any

from infra.runs.function_logs import belongs, invocations, parse


def line(message: str, stream: str = "s") -> dict[str, Any]:
    return {"logStreamName": stream, "timestamp": 0, "message": message}


def structured(execution: str) -> dict[str, Any]:
    return line(json.dumps({"level": "INFO", "message": "done", "execution": execution, "seconds": 1.5}))


def test_stream_is_cut_at_each_start() -> None:
    events = [line("INIT_START"), line("START RequestId: a"), line("END RequestId: a"), line("START RequestId: b")]
    assert [len(found) for found in invocations(events)] == [1, 2, 1]


def test_streams_are_kept_apart() -> None:
    events = [line("START RequestId: a", "1"), line("START RequestId: b", "2"), line("x", "1")]
    assert [[event["message"] for event in found] for found in invocations(events)] == [
        ["START RequestId: a", "x"],
        ["START RequestId: b"],
    ]


def test_invocation_of_another_execution_is_left_out() -> None:
    assert belongs([line("START RequestId: a"), structured("one")], "one")
    assert not belongs([line("START RequestId: a"), structured("two")], "one")


def test_invocation_that_died_before_it_could_tell_is_kept() -> None:
    assert belongs([line("START RequestId: a"), line("Killed")], "one")


def test_structured_line_shows_what_it_adds() -> None:
    found = parse(structured("one"), "LoadData")
    assert (found.level, found.message, found.fields) == ("INFO", "done", {"seconds": 1.5})


def test_trace_follows_the_message() -> None:
    found = parse(line(json.dumps({"level": "ERROR", "message": "failed", "exception": "Traceback\n  x"})), "LoadData")
    assert found.message == "failed\nTraceback\n  x"


def test_other_lines_stay_as_they_are() -> None:
    assert parse(line("plain words\n"), "LoadData").message == "plain words"
    assert parse(line("REPORT RequestId: a"), "LoadData").level == "PLATFORM"
