"""What a run says of its histories, in sentences."""

from functions.core.histories.history_definitions import OF_AMOUNTS, window_word
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.planning import PlannedHistories
from functions.core.wording import counted, named, quoted


def told(planned: PlannedHistories) -> tuple[str, ...]:
    """Return which histories there are, and what was left out."""
    return planned.notes if planned.plan is None else (_in_words(planned.plan), *planned.notes)


def _in_words(plan: HistoryPlan) -> str:
    windows = list(dict.fromkeys(column.window for column in plan.columns if column.window is not None))
    entities = named([quoted(each) for each in plan.entities])
    over = f" of the last {', '.join(map(window_word, sorted(windows)))}" if windows else ""
    used = {column.aggregate for column in plan.columns}
    made = {"amounts": (plan.amount, OF_AMOUNTS), "merchants": (plan.merchant, ("distinct",))}
    told = "".join(f", {what} by {quoted(name)}" for what, (name, of) in made.items() if used.intersection(of))
    return f"Histories of {entities} along {quoted(plan.clock)}: {counted(len(plan.columns), 'column')}{over}{told}."
