"""``POST /v1/labels``: what became of transactions that were scored."""

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence

from fastapi import FastAPI, Request, Response

from functions.contracts.label_requests import LabelsRequest, LabelsResponse, SentLabel
from functions.decisions.decision import microseconds
from functions.feedback.label_sending import ReceivedLabel
from serving.errors import FutureLabelsError, UnkeptLabelsError
from serving.label_inbox import LabelInbox
from serving.request_bodies import read_body
from serving.request_limits import RequestLimits

LABELS_PATH = "/v1/labels"
_MEGABYTES = 8
# As in files: clocks differ.
_AHEAD = dt.timedelta(days=1)
_logger = logging.getLogger(__name__)


def add_labels(app: FastAPI, inbox: LabelInbox, limits: RequestLimits) -> None:
    """Add the route to an application."""

    @app.post(LABELS_PATH, response_model=LabelsResponse, status_code=202)
    async def labels(request: Request) -> Response:
        """Keep what up to 10,000 transactions were, and join it with the decisions: all of it, or nothing."""
        with limits.admitted("batch"):
            asked = await read_body(request, LabelsRequest, _MEGABYTES)
            received = _received(asked.labels, dt.datetime.now(dt.UTC))
            try:
                await asyncio.to_thread(inbox.keep, received)
            except OSError as error:
                _logger.warning("Labels can't be kept: %s", error.strerror)
                raise UnkeptLabelsError("The labels can't be kept: the service's log says why.") from error
        return Response(LabelsResponse(accepted=len(received)).model_dump_json(), 202, media_type="application/json")


def _received(labels: Sequence[SentLabel], now: dt.datetime) -> list[ReceivedLabel]:
    """Return labels as they are kept.

    Raises:
        FutureLabelsError: when some are known only in the future.
    """
    late = [f"labels[{place}].known_at" for place, each in enumerate(labels) if (each.known_at or now) > now + _AHEAD]
    if late:
        raise FutureLabelsError("known_at is yet to come: send since when a label is known, with its zone.", late[:20])
    return [
        ReceivedLabel(each.transaction_id, each.label in {1, "fraud"}, microseconds(each.known_at or now))
        for each in labels
    ]
