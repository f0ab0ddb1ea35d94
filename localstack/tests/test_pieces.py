"""The parts that need neither LocalStack nor a child process."""

import os
import subprocess
import sys
from pathlib import Path

from fraudflow_localstack.executor.function_variables import function_environment, process_environment
from fraudflow_localstack.executor.journal import Entry, Journal
from fraudflow_localstack.executor.log_shipping import MAX_BATCH_BYTES, MAX_EVENTS, batches, log_events
from fraudflow_localstack.executor.memory_meter import MemoryMeter
from fraudflow_localstack.executor.process_output import Output
from fraudflow_localstack.executor.scratch import open_run_directory

PYTHON = Path("/somewhere/bin/python")
TASK_ROOT = Path("/code")


def environment(platform: dict[str, object], own: dict[str, str]) -> dict[str, str]:
    return function_environment(platform, own, runtime="python3.13", python=PYTHON, task_root=TASK_ROOT)


def test_localstacks_own_variables_are_dropped_unless_the_function_sets_them() -> None:
    platform = {"LOCALSTACK_HOSTNAME": "x", "EDGE_PORT": "1", "AWS_REGION": "eu-west-1", "LOCALSTACK_RUNTIME_ID": "2"}

    env = environment(platform, {"LOCALSTACK_HOSTNAME": "mine"})

    assert env["AWS_REGION"] == "eu-west-1"
    assert env["LOCALSTACK_HOSTNAME"] == "mine"
    assert not {"EDGE_PORT", "LOCALSTACK_RUNTIME_ID"} & env.keys()


def test_numbers_become_text_and_the_code_comes_first() -> None:
    env = environment({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": 128}, {"PYTHONPATH": "/mine"})

    assert env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert env["PYTHONPATH"] == "/code:/mine"


def test_a_function_may_choose_its_own_temporary_directory_but_not_its_runtime_api() -> None:
    own = {"TMPDIR": "/mine", "AWS_LAMBDA_RUNTIME_API": "elsewhere"}

    env = process_environment(own, runtime_api="127.0.0.1:1", scratch=Path("/scratch"))

    assert (env["TMPDIR"], env["HOME"], env["AWS_LAMBDA_RUNTIME_API"]) == ("/mine", "/scratch", "127.0.0.1:1")


def test_a_journal_passes_on_each_line_once_and_keeps_the_tail() -> None:
    shipped: list[Entry] = []
    journal = Journal(shipped.extend)

    journal.write("a\n")
    journal.flush()
    journal.flush()
    journal.write("b\n")

    assert journal.finish() == "a\nb\n"
    assert [entry.text for entry in shipped] == ["a\n", "b\n"]
    assert journal.finish() == ""


def test_log_events_are_lines_without_the_empty_ones() -> None:
    events = log_events([Entry(1, "one\n\ntwo\n"), Entry(2, "three\n")])

    assert [(event["timestamp"], event["message"]) for event in events] == [(1, "one\n"), (1, "two\n"), (2, "three\n")]


def test_batches_respect_the_limits_of_cloudwatch() -> None:
    many = list(batches(log_events([Entry(1, "x\n" * 25_000)])))
    large = list(batches(log_events([Entry(1, ("y" * 200_000 + "\n") * 9)])))

    assert [len(batch) for batch in many] == [MAX_EVENTS, MAX_EVENTS, 5_000]
    assert all(sum(len(str(event["message"])) for event in batch) <= MAX_BATCH_BYTES for batch in large)
    assert sum(map(len, large)) == 9


def test_output_is_taken_in_order_and_in_whole_lines() -> None:
    output = Output()
    os.write(output.writer, b"whole\nha")

    assert output.take_lines() == "whole\n"
    os.write(output.writer, b"lf")
    assert output.take() == "half\n"
    output.close_writer()
    assert output.take() == ""


def test_memory_of_a_process_is_measured_and_compared() -> None:
    code = "b = bytearray(64 << 20); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        small, large = MemoryMeter(process.pid, 32 << 20), MemoryMeter(process.pid, 512 << 20)
        small.sample()
        large.sample()
        process.communicate(b"\n")

    assert small.exceeded
    assert not large.exceeded
    assert 64 << 20 < large.peak < 128 << 20


def test_memory_of_a_process_that_is_gone_keeps_its_peak() -> None:
    meter = MemoryMeter(2**22 + 1, 1)
    meter.sample()

    assert meter.peak == 0


def test_a_run_removes_what_dead_runs_left_and_spares_the_living(tmp_path: Path) -> None:
    dead = open_run_directory(tmp_path)
    living = open_run_directory(tmp_path)
    os.close(dead.lock)

    third = open_run_directory(tmp_path)

    assert not dead.path.exists()
    assert living.path.exists()
    assert third.path.exists()
    os.close(living.lock)
    os.close(third.lock)
