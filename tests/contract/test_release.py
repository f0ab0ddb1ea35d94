"""The package has the release that records name, the changelog knows it, and its wheel says that it is typed."""

from pathlib import Path

from hatchling.builders.wheel import WheelBuilder
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

from functions.release import RELEASE

ROOT = Path(__file__).parents[2]


def test_the_package_has_the_release_that_records_name() -> None:
    assert ProjectMetadata(str(ROOT), PluginManager()).version == RELEASE


def test_the_changelog_knows_the_release() -> None:
    assert f"\n## [{RELEASE}] - " in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_wheel_says_that_it_is_typed() -> None:
    held = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    assert {"functions/py.typed", "infra/py.typed"} <= held
