"""The splits of a table in parts, when each part has split itself."""

from functions.contracts import PartSplit, PartsToRead, PreprocessDataInput, SplitCounts, SplitName, Splits
from functions.core.data.split_ways import SPLITS
from functions.core.data.table_parts import PartOfTable
from functions.core.errors import UnreadableRecordError
from functions.core.histories.events_file import to_parquet
from functions.core.parts.split_rule import SplitRule
from functions.run import thinning_plan
from functions.run.dependencies import RunFiles
from functions.run.history_events import EVENTS
from functions.run.part_histories import PartHistories
from functions.run.split_parts import SplitParts, count_uris, rule_uri


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
    share = rule.legitimate_share
    counts = {name: _counts(split, name, rule) for name in SPLITS}
    if any((each.rows, each.frauds) != rule.counts[name] for name, each in counts.items()):
        raise UnreadableRecordError(
            f"The parts of {event.dataset.uri} were split into other numbers of rows than the whole: run it again from "
            "its start."
        )
    return Splits(
        uris={name: files.write_manifest(event.execution, name, _files(own, split, name)) for name in SPLITS},
        counts=counts,
        duplicate_rows=rule.duplicate_rows,
        explanation=rule.explanation,
        legitimate_share=share,
        thinning=thinning_plan.sentence(share, counts),
        events_uri=_events_uri(event, parts, files),
    )


def _events_uri(event: PreprocessDataInput, parts: PartsToRead, files: RunFiles) -> str | None:
    """Write the newest events of the table, of which each bucket has kept its own; return where they are."""
    if event.dataset.histories.uri is None:
        return None
    made = PartHistories(files.store, parts)
    divided = made.read_plan()
    return files.write_parquet(event.execution, EVENTS, to_parquet(divided.histories, made.newest(divided)))


def _counts(split: list[PartSplit], name: SplitName, rule: SplitRule) -> SplitCounts:
    parts = [part.counts[name] for part in split]
    whole = SplitCounts(rows=sum(part.rows for part in parts), frauds=sum(part.frauds for part in parts))
    if rule.legitimate_share >= 1 or name == "test":
        return whole
    return thinning_plan.kept_of(whole, sum(part.stored for part in parts), share=rule.legitimate_share)


def _files(own: SplitParts, split: list[PartSplit], name: SplitName) -> list[PartOfTable]:
    return [PartOfTable(own.table_uri(name, part.number), part.counts[name].stored) for part in split]
