"""Merge what is known of a table's parts: its profile, its digest, and the rule by which each part splits itself."""

from functions.contracts import Dataset, HistoriesToMake, MergePartsInput, SplitCounts, SplitName
from functions.core.data.table_parts import PartOfTable
from functions.core.errors import InvalidDatasetError, UnreadableRecordError
from functions.core.evaluation.costs import no_amounts
from functions.core.histories.plan_notes import told
from functions.core.histories.planning import PlannedHistories
from functions.core.parts.column_statistics import NumberStatistics
from functions.core.parts.events_summary import EventsSummary
from functions.core.parts.merged_checks import require_trainable
from functions.core.parts.merged_profile import merged_profile
from functions.core.parts.part_reading import PartReading
from functions.core.parts.part_summary import PartSummary, TableStatistics
from functions.core.parts.parted_histories import divided_plan, plan_of_parts
from functions.core.parts.parts_digest import PartsDigest
from functions.core.parts.split_rule import SplitRule
from functions.core.parts.split_search import SplitSearch
from functions.core.training import thinning
from functions.run import recording, thinning_plan
from functions.run.dependencies import Dependencies, RunFiles
from functions.run.part_documents import read_document
from functions.run.part_histories import PartHistories
from functions.run.split_parts import SplitParts, split_choice
from functions.settings import RunSettings


def inputs(event: MergePartsInput) -> list[str]:
    """Return the first of the files that this step reads; each of the others is asked for while one is merged."""
    return [event.parts.reading_uri, event.parts.summary_uri(1)]


def run(event: MergePartsInput, dependencies: Dependencies) -> Dataset:
    """Merge the summaries of all parts, one of them in memory at a time, and check what takes all rows."""
    files, settings = dependencies.files, event.settings
    reading = read_document(PartReading, files, event.parts.reading_uri)
    merged = _Merged(event, files, reading)
    table = merged.statistics
    require_trainable(table, reading, label_is_given=settings.positive_label is not None)
    _require_amounts(settings, table)
    planned, histories = _histories(event, merged, reading)
    columns = len(table.features) + (0 if planned.plan is None else len(planned.plan.names))
    rule = _with_share(merged.search.rule(), settings, rows=table.rows, columns=columns)
    SplitParts(files.store, event.parts).write_rule(rule)
    digest = merged.digest.of(table)
    profile = merged_profile(table, reading, duplicate_rows=rule.duplicate_rows)
    known = recording.same_data(files, event.execution, event.upload, digest)
    return Dataset(
        uri=files.write_manifest(event.execution, "dataset", merged.parts),
        profile_uri=files.write_json(event.execution, "profile.json", profile.model_dump()),
        digest=digest,
        rows=table.rows,
        features=len(table.features),
        frauds=table.frauds,
        duplicate_rows=rule.duplicate_rows,
        target=table.target,
        target_explanation=reading.target.explanation,
        positive_label=reading.target.positive_label,
        notes=[*reading.source.notes, *told(planned), *([known] if known else [])],
        histories=histories,
    )


def _histories(
    event: MergePartsInput, merged: "_Merged", reading: PartReading
) -> tuple[PlannedHistories, HistoriesToMake]:
    """Plan the table's histories and write how they are made."""
    own, wanted = event.settings.histories, reading.histories
    if own is None or wanted is None:
        return PlannedHistories(None), HistoriesToMake()
    planned = plan_of_parts(own.definitions(), merged.statistics, wanted.candidates, merged.events)
    if planned.plan is None or merged.events is None:
        return planned, HistoriesToMake()
    divided = divided_plan(planned.plan, merged.events, event.parts.count)
    merged.histories.write_plan(divided)
    return planned, HistoriesToMake(uri=merged.histories.plan_uri, numbers=divided.items)


class _Merged:
    """What is known of all parts: statistics, digest, the keys of the rows, and the files."""

    def __init__(self, event: MergePartsInput, files: RunFiles, reading: PartReading) -> None:
        self.search, self.digest = SplitSearch(split_choice(event.settings)), PartsDigest()
        self.parts: list[PartOfTable] = []
        self.histories = PartHistories(files.store, event.parts)
        self.events: EventsSummary | None = None
        with_events = reading.histories is not None and reading.histories.candidates.any
        statistics: TableStatistics | None = None
        for number in range(1, event.parts.count + 1):
            body = files.read(event.parts.summary_uri(number))
            ahead = [self.histories.events_uri(number)] if with_events else []
            ahead += [event.parts.summary_uri(number + 1)] if number < event.parts.count else []
            files.prefetch(ahead)
            summary = PartSummary.from_bytes(body)
            if [*summary.keys] != [number]:
                raise UnreadableRecordError(f"{event.parts.summary_uri(number)} is no summary of part {number}.")
            keys, own = summary.keys[number], summary.statistics
            self.search.add(number, keys)
            self.digest.add(keys)
            self.parts.append(PartOfTable(event.parts.table_uri(number), own.rows))
            statistics = own if statistics is None else statistics.merge(own)
            if with_events:
                events = self.histories.read_summary(number)
                self.events = events if self.events is None else self.events.merge(events)
        if statistics is None or not statistics.rows:
            raise InvalidDatasetError(f"{event.upload.name} has no rows to train on.")
        self.statistics = statistics


def _require_amounts(settings: RunSettings, table: TableStatistics) -> None:
    """Check that the column that is to say what missing a fraud costs says so of every fraud."""
    name = settings.cost_missed_fraud_column
    column = None if name is None else table.columns.get(name)
    if name is not None and isinstance(column, NumberStatistics) and column.unpriced:
        raise no_amounts(name, wrong=column.unpriced, frauds=table.frauds)


def _with_share(rule: SplitRule, settings: RunSettings, *, rows: int, columns: int) -> SplitRule:
    counts: dict[SplitName, SplitCounts] = {
        name: SplitCounts(rows=of_split, frauds=frauds) for name, (of_split, frauds) in rule.counts.items()
    }
    size = thinning_plan.training_size(counts, settings, repeated=rule.duplicate_rows / rows, columns=columns)
    return rule.thinned(thinning.share_of(settings.legitimate_share, size))
