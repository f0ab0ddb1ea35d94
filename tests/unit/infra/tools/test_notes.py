"""A release's notes are its section of the changelog."""

import subprocess
import sys

import pytest

from functions.release import RELEASE
from infra.tools import notes

CHANGELOG = """# Changelog

## [Unreleased]

### Added

- Something new.

## [0.2.0] - 2026-01-02

### Fixed

- Something old ([issue](https://example.org/1)).

## [0.1.0] - 2026-01-01
"""
CODE = '"""The release."""\n\nRELEASE = "{}"\n'


def test_the_notes_are_the_section_of_the_release() -> None:
    found = notes.notes("v0.2.0", CHANGELOG, CODE.format("0.2.0"))
    assert found == "### Fixed\n\n- Something old ([issue](https://example.org/1)).\n"


@pytest.mark.parametrize(
    ("tag", "release", "sentence"),
    [
        ("v0.3.0", "0.2.0", "The tag v0.3.0 is not v0.2.0"),
        ("0.2.0", "0.2.0", "The tag 0.2.0 is not v0.2.0"),
        ("v0.3.0", "0.3.0", "CHANGELOG.md has nothing about 0.3.0"),
        ("v0.1.0", "0.1.0", "CHANGELOG.md has nothing about 0.1.0"),
    ],
)
def test_a_tag_without_its_release_or_its_section_has_none(tag: str, release: str, sentence: str) -> None:
    with pytest.raises(notes.NotesError, match=sentence):
        notes.notes(tag, CHANGELOG, CODE.format(release))


def test_the_program_needs_none_of_our_packages_and_prints_the_notes_of_our_release() -> None:
    script = f"import runpy, sys; sys.path.insert(0, '.'); sys.argv = ['notes', 'v{RELEASE}']"
    script += "; runpy.run_module('infra.tools.notes', run_name='__main__')"
    command = [sys.executable, "-I", "-S", "-c", script]
    done = subprocess.run(command, cwd=notes.ROOT, check=True, capture_output=True, text=True)
    assert "\n### " in done.stdout
    assert "\n## " not in done.stdout
