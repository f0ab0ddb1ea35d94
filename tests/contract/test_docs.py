"""Documents that people can follow: short where they begin, with links that lead somewhere, and nothing left out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from infra import settings, settings_table
from infra.cli.app import app
from infra.tools import docs
from serving.settings import ServingSettings

ROOT = Path(__file__).parents[2]
FOLDERS = (".", "docs", "docs/decisions", "localstack", ".github", ".github/ISSUE_TEMPLATE")
PAGES = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.md"))]
USERS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = ROOT / "README.md"
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)", re.DOTALL)
_HEADING = re.compile(r"^#+ (.+?)\s*$", re.MULTILINE)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _prose(path: Path) -> str:
    return _FENCE.sub("", path.read_text("utf-8"))


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub names them."""
    titles = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in _HEADING.findall(_prose(path)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(path: Path) -> Iterator[str]:
    """Yield each relative link that leads to no file, or to no heading of it."""
    for target in _LINK.findall(_prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        page = (path.parent / name).resolve() if name else path
        if not page.exists() or (anchor and anchor not in anchors(page)):
            yield target


def test_the_readme_is_short() -> None:
    text = README.read_text("utf-8")
    assert len(text.splitlines()) <= 200
    assert len(text.split()) <= 1200


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_links_lead_to_files_and_headings(path: Path) -> None:
    assert list(broken_links(path)) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A title\n[a](page.md#a-title) [b](page.md#no) [c](none.md) [d](https://x)\n```\n[e](no.md)\n```\n"
    )
    assert list(broken_links(page)) == ["page.md#no", "none.md"]


def test_the_index_names_each_page_of_the_docs() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"]({name})" not in index} == set()


def _named(pattern: str, pages: list[Path]) -> set[str]:
    return {name for page in pages for name in re.findall(pattern, page.read_text("utf-8"), re.MULTILINE)}


def test_docs_hooks_and_workflows_name_targets_that_the_makefile_has() -> None:
    targets = {name for names in _named(r"^\.PHONY: (.+)$", [ROOT / "Makefile"]) for name in names.split()}
    named = _named(r"(?:`|^|entry: )make ([a-z-]+)(?![a-z/-])", [*PAGES, ROOT / ".pre-commit-config.yaml"])
    assert named - targets == set()
    assert "lint" in named


def test_docs_name_the_commands_that_there_are() -> None:
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert _named(r"(?:`|^\$ |/)fraudflow ([a-z]+)", USERS) == commands


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_docs_name_files_of_python_that_there_are(path: Path) -> None:
    if path.name == "CHANGELOG.md":
        pytest.skip("it names what there was")
    folders = (
        "functions",
        "infra",
        "serving",
        "guard",
        "localstack/fraudflow_localstack",
        "localstack/tests",
        "tests",
        "benchmarks",
    )
    # The aliases have the names that modules had in release 0.1.
    paths = [each for folder in folders for each in (ROOT / folder).rglob("*.py") if each.parent.name != "aliases"]
    files = [f"/{_name(each)}" for each in paths]
    named = set(re.findall(r"`(?:[a-z]+ )*((?:\w+/)*\w+\.py)\b", path.read_text("utf-8")))
    ours = {name for name in named if not name.startswith(("moto/", "botocore/", "mlflow/"))}
    assert {name for name in ours if not any(file.endswith(f"/{name}") for file in files)} == set()


def test_docs_name_settings_that_there_are() -> None:
    known = {setting.variable for setting in settings_table.table()} | settings.SET_BY_US
    known |= {f"{settings.PREFIX}{name.upper()}" for name in ServingSettings.model_fields}
    named = _named(r"FRAUDFLOW_[A-Z_]*[A-Z]\b(?!_)", USERS)
    assert named - known == set()


def test_generated_tables_are_what_the_code_declares() -> None:
    for name, sections in docs.DOCUMENTS.items():
        text = (ROOT / name).read_text("utf-8")
        assert docs.render(text, sections) == text


@pytest.mark.parametrize("path", DECISIONS, ids=_name)
def test_a_decision_says_what_else_there_was(path: Path) -> None:
    _, found, alternatives = path.read_text("utf-8").partition("\n## Alternatives\n")
    assert found
    assert re.search(r"^[-|] ?\S", alternatives, re.MULTILINE)


def test_each_decision_is_in_the_index_under_its_title() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    titles = {path: path.read_text("utf-8").splitlines()[0].removeprefix("# ").split(". ", 1) for path in DECISIONS}
    missing = [
        path.name for path, (number, title) in titles.items() if f"| {number} | [{title}]({path.name})" not in index
    ]
    assert missing == []


def test_numbers_of_decisions_are_given_once() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert len(numbers) == len(set(numbers))
