"""Each bad input ends as a FAILED execution with a typed error, one sentence, and an upload that is still there."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import EmbeddedStack

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"
HEADER = "amount,age,fraud\n"


def rows(count: int = 40, frauds: int = 12) -> list[list[str]]:
    return [[f"{10 + i}.5", str(20 + i % 50), "1" if i < frauds else "0"] for i in range(count)]


def text(table: list[list[str]], header: str = HEADER) -> bytes:
    return (header + "".join(",".join(row) + "\n" for row in table)).encode()


def changed(row: int, column: int, value: str) -> bytes:
    table = rows()
    table[row][column] = value
    return text(table)


def with_column(values: Callable[[int], str], name: str = "extra") -> bytes:
    return text([[values(i), *row] for i, row in enumerate(rows())], f"{name},{HEADER}")


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.csv", text(rows()))
    return buffer.getvalue()


BAD = {
    "empty": (b"", "EmptyFileError", ""),
    "header only": (HEADER.encode(), "EmptyFileError", ""),
    "a PNG": (PNG, "NotCsvError", ""),
    "a ZIP": (zipped(), "NotCsvError", ""),
    "wrong encoding": (text(rows()).replace(b"20", b"\x81\x8d", 1), "EncodingError", "line 2"),
    "ragged": (text(rows()) + b"1,2,0,4\n", "RaggedRowsError", "row 42"),
    "duplicate names": (text(rows(), "amount,amount,fraud\n"), "DuplicateColumnsError", "amount"),
    "target constant": (text(rows(frauds=0)), "TargetError", "fraud"),
    "target of three": (changed(3, 2, "2"), "TargetError", "fraud"),
    "target missing values": (changed(3, 2, ""), "TargetError", "row 5"),
    "few frauds": (text(rows(frauds=9)), "TooFewFraudsError", "9"),
    "two targets": (with_column(lambda i: str(i % 2), "is_fraud"), "UndecidedError", "FRAUDFLOW_TARGET=is_fraud"),
    "infinities": (changed(3, 0, "inf"), "InfiniteValuesError", "row 5"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_fails_with_one_sentence_and_is_still_there(stack: EmbeddedStack, tmp_path: Path, case: str) -> None:
    body, error, where = BAD[case]
    path = tmp_path / f"{case.replace(' ', '-')}.csv"
    path.write_bytes(body)
    report = stack.run(path)
    assert (report["status"], report["error"]["type"]) == ("FAILED", error), report
    message = report["error"]["message"]
    assert path.name in message
    assert where in message
    assert "\n" not in message
    stack.aws("s3", "cp", f"s3://uploads/{path.name}", str(tmp_path / "kept"))
    assert (tmp_path / "kept").read_bytes() == body
    tags = stack.aws(*("s3api", "get-object-tagging", "--bucket", "uploads", "--key", path.name, "--output", "json"))[
        "TagSet"
    ]
    assert {"Key": "fraudflow-error", "Value": error} in tags


def test_a_target_that_is_not_there_names_the_columns_that_are_near(stack: EmbeddedStack, tmp_path: Path) -> None:
    path = tmp_path / "good.csv"
    path.write_bytes(text(rows()))
    report = stack.run(path, FRAUDFLOW_TARGET="frauds")
    assert report["error"]["type"] == "TargetError"
    assert "'fraud'" in report["error"]["message"]


def test_a_key_that_does_not_exist_is_said(stack: EmbeddedStack) -> None:
    stack.aws(
        *("stepfunctions", "start-execution", "--state-machine-arn", stack.machine_arn, "--output", "json"),
        *("--input", '{"bucket": "uploads", "key": "never.csv"}'),
    )
    execution = stack.execution_of("never.csv")
    assert (execution["status"], execution["error"]) == ("FAILED", "UploadNotFoundError")
    assert "never.csv" in execution["cause"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "nowhere.csv"), "nowhere.csv does not exist."),
        (("run", "/dev"), "/dev has no files whose names end in"),
        (("score", "."), "is a directory"),
        (("show", "nothing-of-that-name"), "nothing-of-that-name"),
        (("logs", "last", "--state", "Nonsense"), "Nonsense"),
    ],
)
def test_a_wrong_command_is_one_sentence_and_exit_code_2(
    stack: EmbeddedStack, words: tuple[str, ...], said: str
) -> None:
    done = stack.fraudflow(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
