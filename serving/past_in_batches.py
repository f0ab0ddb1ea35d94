"""Histories within a batch: each of its transactions sees the others that happened before it, wherever they stand."""

import asyncio
from collections.abc import Mapping, Sequence

from functions.contracts.score_requests import ScoreRequest
from functions.core.data.rows import Numbers
from functions.core.histories.asked_past import PastOf
from functions.core.histories.events import EntityEvents, read_events, transaction_ids
from functions.core.histories.history_plan import HistoryPlan
from functions.core.scoring.input_reading import UnscorableRowsError, read_transactions
from functions.history_store.live_histories import LiveHistories
from functions.run.served_model import ServedModel

# So many are read where they are: a thread would take longer to wake.
_ROWS_IN_PLACE = 16


class BatchPasts:
    """What gives the history columns of batches.

    Args:
        live: the histories of transactions as they come.
        key: of the hashes that stand for entities.
    """

    def __init__(self, live: LiveHistories, key: bytes) -> None:
        self._live, self._key = live, key

    async def read(self, models: Sequence[ServedModel], requests: Sequence[ScoreRequest]) -> PastOf | None:
        """Return the past of a batch's transactions; None where none of the models has histories.

        What can't be read has no say in it: its batch is refused, whoever scores it.
        """
        planned = [each for each in models if each.scorer.histories is not None]
        if not planned:
            return None
        if len(requests) <= _ROWS_IN_PLACE:
            return self._past(planned, requests)
        return await asyncio.to_thread(self._past, planned, requests)

    def _past(self, models: Sequence[ServedModel], requests: Sequence[ScoreRequest]) -> PastOf:
        batch: dict[HistoryPlan, EntityEvents] = {}
        for model in models:
            plan = model.scorer.histories
            if plan is not None and (events := self._events(model, plan, requests)) is not None:
                batch[plan] = events

        def past(plan: HistoryPlan, rows: EntityEvents) -> Mapping[str, Numbers]:
            return self._live.columns(plan, rows, batch.get(plan))

        return past

    def _events(self, model: ServedModel, plan: HistoryPlan, requests: Sequence[ScoreRequest]) -> EntityEvents | None:
        columns = [each for each in model.scorer.asked if each.name in plan.sources]
        try:
            rows = read_transactions([each.features for each in requests], columns, self._key)
        except UnscorableRowsError:
            return None
        return read_events(plan, rows.columns, transaction_ids([each.transaction_id for each in requests]))
