"""A function's output in CloudWatch Logs, framed as Lambda frames it."""

import re

import pytest

from .functions import Functions

pytestmark = pytest.mark.e2e

TALKER = """
import logging, sys
print("at import")
def handler(event, context):
    print("to stdout")
    print("to stderr", file=sys.stderr)
    logging.getLogger().warning("by a logger")
    sys.stdout.write("without an end of line")
"""

NUMBER = r"\d+\.\d\d ms"
FRAME = re.compile(
    r"INIT_START Runtime Version: python:3\.13\tRuntime Version ARN: arn:aws:lambda:\S+\n"
    r"at import\n"
    r"START RequestId: (?P<id>[0-9a-f-]{36}) Version: \$LATEST\n"
    r"to stdout\n"
    r"to stderr\n"
    r"\[WARNING\]\t\S+Z\t(?P=id)\tby a logger\n"
    r"without an end of line\n"
    r"END RequestId: (?P=id)\n"
    rf"REPORT RequestId: (?P=id)\tDuration: {NUMBER}\tBilled Duration: \d+ ms\tMemory Size: 256 MB\t"
    rf"Max Memory Used: \d+ MB\tInit Duration: {NUMBER}\t\n"
)


def test_the_log_of_a_cold_invocation_reads_as_on_aws(functions: Functions) -> None:
    function = functions.make(TALKER)

    answer = function.invoke()

    assert FRAME.fullmatch(answer.log), answer.log
    assert FRAME.fullmatch(function.await_log("REPORT"))


def test_a_warm_invocation_brings_its_own_lines_only(functions: Functions) -> None:
    function = functions.make(TALKER)
    function.invoke()

    log = function.invoke().log

    assert log.startswith("START RequestId")
    assert log.count("to stdout") == log.count("REPORT") == 1


def test_the_duration_billed_is_that_of_initialisation_and_handler(functions: Functions) -> None:
    report = functions.make(TALKER).invoke().report

    duration, billed, init = (
        float(re.search(rf"\t{name}: ([\d.]+) ms", report)[1])  # type: ignore[index]
        for name in ("Duration", "Billed Duration", "Init Duration")
    )
    assert abs(billed - (duration + init)) <= 1.01


def test_the_tail_holds_the_last_four_kilobytes_and_the_group_holds_all(functions: Functions) -> None:
    function = functions.make("""
        def handler(event, context):
            for number in range(20_000):
                print("line", number)
    """)

    answer = function.invoke()

    assert len(answer.log.encode()) <= 4096
    assert answer.report
    log = function.await_log("REPORT")
    assert "line 0\n" in log
    assert "line 19999\n" in log


def test_failed_invocations_are_logged_in_the_group_too(functions: Functions) -> None:
    function = functions.make(
        """
        import os, time
        def handler(event, context):
            print("before the end")
            os._exit(2) if event == "exit" else time.sleep(60)
    """,
        Timeout=1,
    )

    function.invoke("exit")
    function.invoke("sleep")

    log = function.await_log("REPORT", times=2)
    assert log.count("before the end") == 2
    assert "Runtime exited with error: exit status 2" in log
    assert "Task timed out after 1.00 seconds" in log


def test_an_import_error_is_logged_in_the_group(functions: Functions) -> None:
    function = functions.make("import no_such_module\n")

    function.invoke()

    assert "[ERROR] Runtime.ImportModuleError" in function.await_log("REPORT")


def test_a_long_invocation_can_be_followed_while_it_runs(functions: Functions) -> None:
    function = functions.make("""
        import time
        def handler(event, context):
            print("first words")
            time.sleep(8)
    """)
    function.send()

    log = function.await_log("first words", seconds=6)

    assert "REPORT" not in log


def test_each_line_of_one_invocation_is_logged_once(functions: Functions) -> None:
    function = functions.make("""
        import time
        def handler(event, context):
            for number in range(4):
                print("number", number)
                time.sleep(0.6)
    """)

    function.invoke()

    lines = function.await_log("REPORT").splitlines()
    assert [line for line in lines if line.startswith("number")] == [f"number {n}" for n in range(4)]
    assert [line.split()[0] for line in (lines[0], lines[1], lines[-2], lines[-1])] == [
        "INIT_START",
        "START",
        "END",
        "REPORT",
    ]
