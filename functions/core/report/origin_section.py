"""Provenance of the model: what it takes to find, check or reproduce the run."""

from collections.abc import Iterable

from functions.core.report.blocks import section
from functions.core.report.contents import Lineage
from functions.core.report.markup import Child, Element, h


def lineage(origin: Lineage) -> Element:
    """Return the section with the exact data, code, run, settings and libraries."""
    return section(
        "lineage",
        "Lineage",
        h("h3", "Data and code"),
        _facts(
            ("Upload", origin.upload_uri),
            ("Version of the upload", origin.version_id or "none, as the bucket keeps no versions"),
            ("ETag", origin.etag),
            ("Digest of the dataset", origin.dataset_digest),
            ("Version of the code", origin.code_version),
            ("Seed", str(origin.seed)),
        ),
        h("h3", "Run and model"),
        _facts(
            ("Execution", _execution(origin)),
            ("MLflow run", origin.mlflow_run_id),
            ("Model", f"{origin.model_name} version {origin.model_version}"),
            ("Champion before", _champion(origin.previous_champion)),
            ("Started", origin.started_at),
        ),
        h(
            "div",
            h("div", h("h3", "Settings"), _facts(*origin.settings)),
            h("div", h("h3", "Libraries"), _facts(*origin.libraries)),
            class_="pair",
        ),
    )


def _execution(origin: Lineage) -> Child:
    """Return the execution's name, which leads to its page where a console shows it."""
    return h("a", origin.execution_arn, href=origin.console_page) if origin.console_page else origin.execution_arn


def _champion(version: str | None) -> str:
    return "none, this is the first model" if version is None else f"version {version}"


def _facts(*pairs: tuple[str, Child]) -> Element:
    return h("dl", _entries(pairs), class_="facts exact")


def _entries(pairs: Iterable[tuple[str, Child]]) -> list[Element]:
    return [h("div", h("dt", name), h("dd", what)) for name, what in pairs]
