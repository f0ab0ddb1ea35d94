"""The deployed package: the same bytes from the same files, and nothing but our own code."""

import os
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from infra.deployment import package


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "functions"
    for name in ("__init__.py", "b/handler.py", "a/step.py", "py.typed"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def names(artifact: package.Artifact) -> list[str]:
    return zipfile.ZipFile(BytesIO(artifact.body)).namelist()


def test_the_files_keep_their_import_path_and_are_sorted(source: Path) -> None:
    expected = ["functions/__init__.py", "functions/a/step.py", "functions/b/handler.py", "functions/py.typed"]
    assert names(package.functions_zip(source)) == expected


def test_the_zip_does_not_depend_on_when_or_how_files_were_written(source: Path) -> None:
    before = package.functions_zip(source)
    for path in source.rglob("*.py"):
        os.utime(path, (0, 0))
        path.chmod(0o600)
    assert package.functions_zip(source) == before
    assert package.functions_zip(source).key == before.key


def test_other_content_has_another_key(source: Path) -> None:
    before = package.functions_zip(source).key
    (source / "a/step.py").write_text("changed")
    assert package.functions_zip(source).key != before


@pytest.mark.parametrize("name", ["__pycache__/x.cpython-313.pyc", "x.pyc", ".hidden", "a/.cache/x.py"])
def test_byproducts_stay_at_home(source: Path, name: str) -> None:
    before = package.functions_zip(source)
    (source / name).parent.mkdir(parents=True, exist_ok=True)
    (source / name).write_bytes(b"x")
    assert package.functions_zip(source) == before


def test_everyone_may_read_the_files_in_lambda(source: Path) -> None:
    archive = zipfile.ZipFile(BytesIO(package.functions_zip(source).body))
    assert {info.external_attr >> 16 for info in archive.infolist()} == {0o644}


def test_the_key_names_the_content() -> None:
    artifact = package.Artifact("functions", "zip", b"content")
    assert artifact.key == "functions/ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73.zip"


def test_the_checkout_has_a_handler_for_every_function() -> None:
    handlers = [name for name in names(package.functions_zip()) if name.endswith("/handler.py")]
    assert len(handlers) == len([*package.FUNCTIONS.glob("*/handler.py")])


def test_the_definition_is_taken_as_it_is() -> None:
    assert b"${LoadDataArn}" in package.definition(package.DEFINITIONS["DefinitionKey"]).body
    assert package.definition(package.DEFINITIONS["DefinitionKey"]).key.startswith("statemachine/")
