"""The splits of a table in parts, when each part has split itself."""

from functions.contracts import PartSplit, PartsToRead, PreprocessDataInput, SplitCounts, SplitName, Splits
from functions.core.data.split_ways import SPLITS
from functions.core.data.table_parts import PartOfTable
from functions.core.errors import InvalidSettingsError, UnreadableRecordError
from functions.core.parts.split_rule import SplitRule
from functions.core.training import thinning
from functions.core.wording import counted
from functions.run.dependencies import RunFiles
from functions.run.split_parts import SplitParts, count_uris, rule_uri
from functions.run.training_size import training_size


def split_inputs(parts: PartsToRead) -> list[str]:
    """Return the files that are read, in their order."""
    return [rule_uri(parts), *count_uris(parts)]


def joined_splits(event: PreprocessDataInput, parts: PartsToRead, files: RunFiles) -> Splits:
    """Write the manifest of each split.

    Raises:
        UnreadableRecordError: the parts have other rows than the table was found to have.
        InvalidSettingsError: thinning keeps no legitimate row to train on.
    """
    own = SplitParts(files.store, parts)
    rule, split = own.rule(), own.counts()
    counts = {name: _sum(split, name) for name in SPLITS}
    if any((each.rows, each.frauds) != rule.counts[name] for name, each in counts.items()):
        raise UnreadableRecordError(
            f"The parts of {event.dataset.uri} were split into other numbers of rows than the whole: run it again from "
            "its start."
        )
    _require_legitimate(split, rule, counts)
    size = training_size(counts, event.settings, repeated=rule.duplicate_rows / event.dataset.rows)
    return Splits(
        uris={name: files.write_manifest(event.execution, name, _files(own, split, name)) for name in SPLITS},
        counts=counts,
        duplicate_rows=rule.duplicate_rows,
        explanation=rule.explanation,
        legitimate_share=rule.legitimate_share,
        thinning=thinning.sentence(rule.legitimate_share, size),
    )


def _sum(split: list[PartSplit], name: SplitName) -> SplitCounts:
    return SplitCounts(
        rows=sum(part.counts[name].rows for part in split), frauds=sum(part.counts[name].frauds for part in split)
    )


def _files(own: SplitParts, split: list[PartSplit], name: SplitName) -> list[PartOfTable]:
    return [PartOfTable(own.table_uri(name, part.number), part.written[name].rows) for part in split]


def _require_legitimate(split: list[PartSplit], rule: SplitRule, counts: dict[SplitName, SplitCounts]) -> None:
    train = counts["train"]
    if not any(part.written["train"].rows > part.written["train"].frauds for part in split):
        raise InvalidSettingsError(
            f"legitimate_share = {rule.legitimate_share:g} keeps none of "
            f"{counted(train.rows - train.frauds, 'legitimate row')} to train on; raise it."
        )
