"""A handler cannot tell the process from AWS."""

import re
import time
from pathlib import Path

import pytest

from .functions import Functions

pytestmark = pytest.mark.e2e

ECHO = """
def handler(event, context):
    return event
"""

PID = """
import os, time
def handler(event, context):
    time.sleep((event or {}).get("seconds", 0))
    return os.getpid()
"""

CONTEXT = """
import os, sys, tempfile
def handler(event, context):
    return {
        "environ": dict(os.environ), "cwd": os.getcwd(), "path": sys.path, "tmp": tempfile.gettempdir(),
        "arn": context.invoked_function_arn, "request": context.aws_request_id, "name": context.function_name,
        "memory": context.memory_limit_in_mb, "group": context.log_group_name, "stream": context.log_stream_name,
        "remaining": context.get_remaining_time_in_millis(), "version": context.function_version,
    }
"""


def test_a_handler_gets_the_event_and_its_result_comes_back(functions: Functions) -> None:
    answer = functions.make(ECHO).invoke({"name": "Zoë", "rows": [1, 2.5, None]})

    assert answer.payload == {"name": "Zoë", "rows": [1, 2.5, None]}
    assert answer.error is None


def test_a_payload_of_five_megabytes_goes_in_and_out(functions: Functions) -> None:
    function = functions.make(ECHO)
    event = "x" * 5_000_000
    function.invoke()

    began = time.monotonic()
    assert function.invoke(event).payload == event
    assert time.monotonic() - began < 3


def test_a_response_that_is_too_large_is_refused_as_on_aws(functions: Functions) -> None:
    function = functions.make("def handler(event, context):\n    return 'x' * event\n")

    assert function.invoke(7 << 20).payload["errorType"] == "Function.ResponseSizeTooLarge"
    assert function.invoke(3).payload == "xxx"


def test_an_exception_comes_back_with_its_type_and_stack_trace(functions: Functions) -> None:
    function = functions.make("""
        class NoSuchColumnError(Exception):
            pass

        def handler(event, context):
            raise NoSuchColumnError("Class is missing")
    """)

    answer = function.invoke()

    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "NoSuchColumnError"
    assert answer.payload["errorMessage"] == "Class is missing"
    assert 'raise NoSuchColumnError("Class is missing")' in answer.payload["stackTrace"][-1]
    assert "[ERROR] NoSuchColumnError: Class is missing" in answer.log


def test_the_environment_is_that_of_lambda(functions: Functions) -> None:
    function = functions.make(CONTEXT, variables={"BUCKET": "runs"}, Timeout=7, MemorySize=192)

    seen = function.invoke().payload

    environ = seen["environ"]
    expected = {
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "192",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": seen["stream"],
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": function.lambda_client.meta.endpoint_url,
        "LAMBDA_TASK_ROOT": seen["cwd"],
        "_HANDLER": "main.handler",
        "TZ": ":UTC",
        "BUCKET": "runs",
    }
    assert {name: environ.get(name) for name in expected} == expected
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "_X_AMZN_TRACE_ID"} <= environ.keys()
    assert environ["AWS_LAMBDA_RUNTIME_API"].startswith("127.0.0.1:")


def test_the_context_is_that_of_the_invocation(functions: Functions) -> None:
    function = functions.make(CONTEXT, Timeout=7, MemorySize=192)

    answer = function.invoke()
    seen = answer.payload

    assert seen["arn"].endswith(f":function:{function.name}")
    assert f"START RequestId: {seen['request']} Version: {seen['version']}" in answer.log
    assert (seen["name"], seen["memory"], seen["group"]) == (function.name, "192", f"/aws/lambda/{function.name}")
    assert 5000 < seen["remaining"] <= 7000


def test_nothing_of_localstacks_own_environment_reaches_a_handler(functions: Functions) -> None:
    environ = functions.make(CONTEXT).invoke().payload["environ"]
    assert environ.pop("FRAUDFLOW_PREIMPORT", "") == functions.preimport  # the function's own

    strangers = ("LOCALSTACK", "FRAUDFLOW", "SECRET_OF_THE_HOST", "GATEWAY", "EDGE_PORT", "PYTHONDONTWRITEBYTECODE")
    assert [name for name in environ if name.startswith(strangers)] == []


def test_the_code_comes_first_on_the_path_and_scratch_space_is_apart(functions: Functions) -> None:
    seen = functions.make(CONTEXT).invoke().payload

    assert seen["path"][0] == seen["cwd"] == seen["environ"]["PYTHONPATH"]
    assert seen["tmp"] == seen["environ"]["TMPDIR"] == seen["environ"]["HOME"]
    assert not seen["tmp"].startswith(seen["cwd"])


def test_a_warm_process_is_used_again_and_is_quick(functions: Functions) -> None:
    function = functions.make(PID)
    first = function.invoke()

    again = [function.invoke() for _ in range(10)]

    assert {answer.payload for answer in again} == {first.payload}
    assert "Init Duration" in first.report
    durations = [float(re.search(r"\tDuration: ([\d.]+) ms", a.report)[1]) for a in again]  # type: ignore[index]
    # A delayed acknowledgement would cost 40 ms.
    assert min(durations) < 15
    assert not any("Init Duration" in answer.report for answer in again)


def test_invocations_at_once_have_a_process_and_a_scratch_directory_each(functions: Functions) -> None:
    function = functions.make("""
        import os, tempfile, time
        def handler(event, context):
            time.sleep(1.5)
            return [os.getpid(), tempfile.gettempdir()]
    """)

    began = time.monotonic()
    answers = [answer.payload for answer in function.invoke_at_once(1, 2, 3)]

    assert time.monotonic() - began < 4
    assert len({pid for pid, _ in answers}) == len({scratch for _, scratch in answers}) == 3


def test_reserved_concurrency_is_the_limit(functions: Functions) -> None:
    function = functions.make(PID)
    function.allow_at_once(2)
    throttled = function.lambda_client.exceptions.TooManyRequestsException

    def attempt(event: object) -> object:
        try:
            return function.invoke(event).payload
        except throttled:
            return "throttled"

    results = functions.at_once(attempt, [{"seconds": 1.5}] * 3)

    assert sorted(isinstance(result, int) for result in results) == [False, True, True]


def test_an_asynchronous_invocation_runs_and_is_logged(functions: Functions) -> None:
    function = functions.make("""
        def handler(event, context):
            print("handling", event["number"])
    """)

    assert function.send({"number": 7}) == 202

    log = function.await_log("REPORT RequestId")
    assert "handling 7" in log


def test_an_asynchronous_failure_is_tried_again(functions: Functions) -> None:
    function = functions.make("""
        import os
        def handler(event, context):
            os._exit(4)
    """)

    function.send()

    log = function.await_log("Runtime exited with error: exit status 4", times=2)
    assert log.count("INIT_START") >= 2


def test_changed_code_settings_reach_the_next_invocation(functions: Functions) -> None:
    function = functions.make(CONTEXT, variables={"BUCKET": "old"})
    function.invoke()

    function.configure(Environment={"Variables": {"BUCKET": "new"}})

    assert function.invoke().payload["environ"]["BUCKET"] == "new"


def test_an_invocation_under_way_is_not_lost_to_an_update(functions: Functions) -> None:
    function = functions.make(PID)
    function.invoke()

    def invoke() -> object:
        return function.invoke({"seconds": 2}).payload

    def update() -> None:
        function.configure(Description="changed meanwhile")

    finished, _ = functions.at_once(lambda act: act(), [invoke, update])

    assert isinstance(finished, int)


def test_scratch_space_is_empty_at_the_start(functions: Functions) -> None:
    function = functions.make("""
        import os, pathlib, tempfile
        def handler(event, context):
            scratch = pathlib.Path(tempfile.gettempdir())
            before = sorted(path.name for path in scratch.iterdir())
            (scratch / "left").write_text("over")
            return [str(scratch), before]
    """)

    (scratch, cold), (_, warm) = function.invoke().payload, function.invoke().payload

    assert (cold, warm) == ([], ["left"])
    assert Path(scratch).exists()
