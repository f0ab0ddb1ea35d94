"""Make the history columns of one bucket of a large table: what the entities in it did, in whatever part it was."""

from functions.contracts import HistoryMade, MakeHistoryInput
from functions.core.parts.bucket_histories import BucketHistories
from functions.run.dependencies import Dependencies
from functions.run.part_histories import PartHistories


def run(event: MakeHistoryInput, dependencies: Dependencies) -> HistoryMade:
    """Make the columns of an item. One that is there already, of an earlier try or of the failed run, is counted."""
    files, number = PartHistories(dependencies.files.store, event.parts), event.number
    if files.is_made(number):
        return HistoryMade(number=number)
    divided = files.read_plan()
    own, entity, bucket = divided.item(number)
    parts = ((part, files.read_bucket(part, entity, bucket)) for part in range(1, divided.parts + 1))
    made = BucketHistories.compute(divided.histories, own, parts, divided.since)
    files.write_columns(number, made)
    if divided.of_first_entity(number):
        files.write_newest(number, made, divided)
    # It says that the columns are there.
    dependencies.files.flush()
    files.write_usual(number, made.usual)
    return HistoryMade(number=number)
