"""Whatever a handler does, its caller hears of it as on AWS and the next invocation is served."""

import re
import time

import pytest

from .functions import Answer, Function, Functions

pytestmark = pytest.mark.e2e

OBEDIENT = """
import os, signal, subprocess, sys, time
def handler(event, context):
    event = event or {}
    print("doing", event)
    match event.get("do"):
        case "sleep": time.sleep(60)
        case "exit": os._exit(event["code"])
        case "sys.exit": sys.exit(event["code"])
        case "signal": os.kill(os.getpid(), event["number"])
        case "eat": return len(bytearray(event["mb"] << 20))
        case "let a child eat":
            subprocess.run([sys.executable, "-c", "import time; b = bytearray(400 << 20); time.sleep(60)"])
        case "leave a child":
            print("child", subprocess.Popen(["sleep", "600"]).pid)
            time.sleep(60)
        case "leave a daemon":
            print("child", int(subprocess.check_output(["sh", "-c", "setsid sleep 600 >&- 2>&- & echo $!"])))
            time.sleep(60)
        case "leave a fork":
            leave_a_fork()
            os._exit(1)
    return os.getpid()

def leave_a_fork():
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(writer, str(os.getpid()).encode())
            os.closerange(0, 20)
            time.sleep(600)
        os._exit(0)
    os.wait()
    print("child", int(os.read(reader, 20)), flush=True)
"""


def request_id(answer: Answer) -> str:
    return re.search(r"START RequestId: (\S+)", answer.log)[1]  # type: ignore[index]


def assert_recovers(function: Function, before: Answer) -> None:
    after = function.invoke()
    assert after.error is None
    assert after.payload != before.payload
    assert "Init Duration" in after.report


def test_a_timeout_stops_the_process_and_says_so_as_aws_does(functions: Functions) -> None:
    function = functions.make(OBEDIENT, Timeout=1)
    first = function.invoke()

    began = time.monotonic()
    answer = function.invoke({"do": "sleep"})

    assert 1 <= time.monotonic() - began < 3
    assert answer.error == "Unhandled"
    assert answer.payload == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id(answer)} Error: Task timed out after 1.00 seconds",
    }
    assert f"{request_id(answer)} Task timed out after 1.00 seconds" in answer.log
    assert "doing {'do': 'sleep'}" in answer.log
    assert "\tDuration: 1000.00 ms\tBilled Duration: 1000 ms\t" in answer.report
    assert answer.report.endswith("\tStatus: timeout\t")
    assert_recovers(function, first)


@pytest.mark.parametrize("what", ["a child", "a daemon", "a fork"])
def test_the_end_of_a_process_is_that_of_all_it_started(functions: Functions, what: str) -> None:
    function = functions.make(OBEDIENT, Timeout=1)

    answer = function.invoke({"do": f"leave {what}"})

    child = int(re.search(r"child (\d+)", answer.log)[1])  # type: ignore[index]
    functions.await_end_of(child)


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({"do": "exit", "code": 3}, "Runtime exited with error: exit status 3"),
        ({"do": "exit", "code": 0}, "Runtime exited without providing a reason"),
        ({"do": "sys.exit", "code": 5}, "Runtime exited with error: exit status 5"),
        ({"do": "signal", "number": 9}, "Runtime exited with error: signal: killed"),
        ({"do": "signal", "number": 11}, "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_a_process_that_ends_is_an_exit_error(functions: Functions, event: object, sentence: str) -> None:
    function = functions.make(OBEDIENT)
    first = function.invoke()

    answer = function.invoke(event)

    assert answer.error == "Unhandled"
    assert answer.payload == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request_id(answer)} Error: {sentence}",
    }
    assert f"RequestId: {request_id(answer)} Error: {sentence}\nRuntime.ExitError\n" in answer.log
    assert answer.report.endswith("\tStatus: error\tError Type: Runtime.ExitError\t")
    assert_recovers(function, first)


def test_a_process_that_ends_between_invocations_is_replaced_unnoticed(functions: Functions) -> None:
    function = functions.make("""
        import os, threading
        def handler(event, context):
            if event:
                threading.Timer(0.2, os._exit, [1]).start()
            return os.getpid()
    """)
    first = function.invoke("end later").payload
    functions.await_end_of(first)

    answer = function.invoke()

    assert answer.error is None
    assert answer.payload != first


def test_passing_the_memory_size_stops_the_process(functions: Functions) -> None:
    function = functions.make(OBEDIENT, MemorySize=128)
    first = function.invoke()

    answer = function.invoke({"do": "eat", "mb": 300})

    assert answer.payload == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": f"RequestId: {request_id(answer)} Error: Runtime exited with error: signal: killed",
    }
    assert answer.report.endswith("\tStatus: error\tError Type: Runtime.OutOfMemory\t")
    assert_recovers(function, first)


def test_memory_of_child_processes_counts(functions: Functions) -> None:
    function = functions.make(OBEDIENT, MemorySize=128)

    assert function.invoke({"do": "let a child eat"}).payload["errorType"] == "Runtime.OutOfMemory"


def test_the_report_tells_the_memory_that_was_really_used(functions: Functions) -> None:
    function = functions.make(OBEDIENT, MemorySize=512)

    def used(answer: Answer) -> int:
        return int(re.search(r"Max Memory Used: (\d+) MB", answer.report)[1])  # type: ignore[index]

    idle, busy = used(function.invoke()), used(function.invoke({"do": "eat", "mb": 200}))

    assert 5 < idle < 60
    assert 195 <= busy - idle <= 215


@pytest.mark.parametrize(
    ("source", "handler", "error_type", "message"),
    [
        (
            "import no_such_module\n",
            "main.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'main': No module named 'no_such_module'",
        ),
        ("x = 1\n", "main.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'main'"),
        ("def handler(:\n", "main.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'main'"),
        ("", "nowhere.handler", "Runtime.ImportModuleError", "Unable to import module 'nowhere'"),
        ("def f():\n    return 1 / 0\nf()\n", "main.handler", "ZeroDivisionError", "division by zero"),
    ],
)
def test_code_that_cannot_be_imported_says_why(
    functions: Functions, source: str, handler: str, error_type: str, message: str
) -> None:
    function = functions.make(source, handler=handler)

    for _ in range(2):  # the second is not blocked by the first
        answer = function.invoke()
        assert answer.error == "Unhandled"
        assert answer.payload["errorType"] == error_type
        assert answer.payload["errorMessage"].startswith(message)
        assert f"[ERROR] {error_type}" in answer.log
        assert answer.report.endswith(f"\tStatus: error\tError Type: {error_type}\t")


def test_an_error_at_import_brings_its_stack_trace(functions: Functions) -> None:
    answer = functions.make("def f():\n    return 1 / 0\nf()\n").invoke()

    assert any("return 1 / 0" in line for line in answer.payload["stackTrace"])


def test_leaving_at_import_is_an_exit_error(functions: Functions) -> None:
    function = functions.make("import sys\nprint('leaving')\nsys.exit(6)\n")

    answer = function.invoke()

    assert answer.payload["errorType"] == "Runtime.ExitError"
    assert answer.payload["errorMessage"].endswith("Error: Runtime exited with error: exit status 6")
    assert "leaving" in answer.log


def test_failures_of_a_function_leave_its_other_processes_alone(functions: Functions) -> None:
    function = functions.make(OBEDIENT, Timeout=2)

    slow, crashed, fine = function.invoke_at_once({"do": "sleep"}, {"do": "exit", "code": 1}, {})

    assert slow.payload["errorType"] == "Sandbox.Timedout"
    assert crashed.payload["errorType"] == "Runtime.ExitError"
    assert fine.error is None
