"""Files that the console sends to be scored, or as labels: how they start, how they go on, what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import ValidationError

from console.followed import Followed
from console.stack_access import Connected
from functions.contracts.scored_batches import BatchSettings
from infra.errors import SettingsError
from infra.runs import sent_labels, uploads
from infra.runs.batches import ScoredBatch, of_scoring
from infra.runs.file_words import about_batch, about_file, about_labels
from infra.runs.sent_labels import of_feedback
from infra.runs.uploads import accepted_as

CSV, PARQUET = "scores.csv", "scores.parquet"


@dataclass(frozen=True)
class ScoredFiles:
    """Files to score."""

    root: str = "/score"
    title: str = "Scored file"
    form: str = "score_file.html"

    def start(self, stack: Connected, path: Path, form: Mapping[str, str]) -> str:
        """Send a file, and return the name of the batch that it has started.

        Raises:
            SettingsError: when the version that is to score can't be one.
        """
        deployed = of_scoring(stack.deployed)
        accepted = stack.backend.upload_batch(path, deployed, _chosen(stack, form), lambda _: None)
        return stack.batches.started_by(accepted, deployed.settings.trigger_timeout).name

    def look(self, stack: Connected, name: str) -> Followed:
        """Return how a batch goes."""
        execution, states = stack.batches.seen(name)
        if execution.is_running:
            return Followed(execution.status, states, ended=False)
        report = stack.batches.report(execution, accepted_as(execution))
        lines = [*about_file(report), *about_batch(report)]
        return Followed(execution.status, states, ended=True, lines=lines, downloads=downloads(execution.name, report))


@dataclass(frozen=True)
class LabelFiles:
    """Files of labels."""

    root: str = "/traffic"
    title: str = "File of labels"
    form: str = "labels_file.html"

    def start(self, stack: Connected, path: Path, _form: Mapping[str, str]) -> str:
        """Send a file, and return the name of the execution that takes its labels."""
        deployed = of_feedback(stack.deployed)
        accepted = stack.backend.upload_labels(path, deployed, lambda _: None)
        timeout = deployed.settings.trigger_timeout
        return stack.labels.started_by(accepted.version_id, accepted.at, timeout).name

    def look(self, stack: Connected, name: str) -> Followed:
        """Return how a file of labels goes."""
        execution = stack.labels.find(name)
        states = stack.labels.history(execution.arn)
        if execution.is_running:
            return Followed(execution.status, states, ended=False)
        report = sent_labels.describe(execution, accepted_as(execution))
        return Followed(execution.status, states, ended=True, lines=[*about_file(report), *about_labels(report)])


def downloads(name: str, report: ScoredBatch) -> dict[str, str]:
    """Return the addresses of a batch's scores and report by their words; none before they are there."""
    if report.scores_uri is None:
        return {}
    found = {f"Download {each}": f"/score/batches/{quote(name, safe='')}/{each}" for each in (CSV, PARQUET)}
    return found if report.report_url is None else {**found, "Report": report.report_url}


def _chosen(stack: Connected, form: Mapping[str, str]) -> BatchSettings:
    given = {each: form.get(each, "").strip() for each in ("model", "version", "alias")}
    if given["version"] and given["alias"]:
        raise SettingsError("Version and alias both name the version that scores: give one of them.")
    named = {"model": stack.deployed.settings.run.model_name} | {each: text for each, text in given.items() if text}
    try:
        return BatchSettings.model_validate(named)
    except ValidationError as error:
        raise SettingsError("A version is a whole number, and names are short texts.") from error


def size_of(path: Path) -> int:
    """Return the size of a file that can be sent; raises as ``uploads.check`` does."""
    return uploads.check(path)
