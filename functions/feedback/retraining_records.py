"""Retrainings and questions in the loop bucket: a numbered series each, whose next number is claimed by creating it."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Protocol

from functions.contracts.loop_records import (
    QUESTIONS,
    RETRAININGS,
    RetrainAnswer,
    RetrainingFailure,
    RetrainingRecord,
    RetrainQuestion,
)
from functions.contracts.records import Record, read_record

_JSON = "application/json"
_FAILED, _ANSWER = "-failed", "-answer"
# A question that nobody has answered by then is asked anew where it still pays.
QUESTION_DAYS = 7.0


class RecordStore(Protocol):
    """The part of an object store that holds records."""

    def keys(self, uri: str) -> Sequence[str]:
        """List the keys of a bucket that begin as this URI's does."""

    def read(self, uri: str) -> bytes:
        """Read a whole object."""

    def exists(self, uri: str) -> bool:
        """Return whether there is an object."""

    def create(self, uri: str, body: bytes, content_type: str) -> bool:
        """Write a whole object unless there is one; tell whether it was written."""


class RetrainingRecords:
    """Retrainings and questions of one model."""

    def __init__(self, store: RecordStore, bucket: str, model: str) -> None:
        self._store, self._bucket, self._model = store, bucket, model

    def latest(self) -> RetrainingRecord | None:
        """Return the last retraining, failed or not; None where there was none."""
        return self._last(RETRAININGS, RetrainingRecord)

    def retrainings(self) -> list[RetrainingRecord]:
        """Return the retrainings that did not fail, in their order.

        Raises:
            UnreadableRecordError: when one of them can't be read.
        """
        return [record for record, failure in self._all() if failure is None]

    def started(self) -> list[RetrainingRecord]:
        """Return those that count for the guards: failed ones too, but for those that a crash has interrupted."""
        return [record for record, failure in self._all() if failure is None or not failure.interrupted]

    def _all(self) -> list[tuple[RetrainingRecord, RetrainingFailure | None]]:
        keys = self._store.keys(f"s3://{self._bucket}/{RETRAININGS}{self._model}/")
        failed = {each.removesuffix(f"{_FAILED}.json"): each for each in keys if each.endswith(f"{_FAILED}.json")}
        started = {each.removesuffix(".json"): each for each in keys if each not in failed.values()}
        return [
            (
                self._read(key, RetrainingRecord),
                self._read(failed[name], RetrainingFailure) if name in failed else None,
            )
            for name, key in started.items()
        ]

    def has_failed(self, number: int) -> bool:
        """Return whether a retraining came to nothing."""
        return self._exists(_key(RETRAININGS, self._model, number, _FAILED))

    def claim(self, make: Callable[[int], RetrainingRecord]) -> RetrainingRecord | None:
        """Record the next retraining and return it; None where another look has just claimed that number.

        The one that the same decision has claimed before is returned again: the state may be retried.
        """
        last = self.latest()
        number = 1 if last is None else last.number + 1
        mine = make(number)
        if last is not None and last.decision == mine.decision and not self.has_failed(last.number):
            return last
        return mine if self._create(_key(RETRAININGS, self._model, number), mine) else None

    def fail(self, number: int, failure: RetrainingFailure) -> None:
        """Record why a retraining came to nothing; the first reason stays."""
        self._create(_key(RETRAININGS, self._model, number, _FAILED), failure)

    def open_question(self, now: dt.datetime, *, version: str | None) -> RetrainQuestion | None:
        """Return the question that waits for an answer: not an old one, nor one about a former champion."""
        last = self.latest_question()
        if last is None or last.version != version or _days_since(last.at, now) > QUESTION_DAYS:
            return None
        return None if self._exists(_key(QUESTIONS, self._model, last.number, _ANSWER)) else last

    def ask(self, make: Callable[[int], RetrainQuestion]) -> RetrainQuestion | None:
        """Record the next question and return it; None where another look has just asked."""
        last = self.latest_question()
        number = 1 if last is None else last.number + 1
        mine = make(number)
        if last is not None and last.task_token == mine.task_token:
            return last
        return mine if self._create(_key(QUESTIONS, self._model, number), mine) else None

    def answer(self, question: RetrainQuestion, answer: RetrainAnswer) -> bool:
        """Record the answer; return whether it is the first."""
        return self._create(_key(QUESTIONS, self._model, question.number, _ANSWER), answer)

    def answer_to(self, number: int) -> RetrainAnswer | None:
        """Return how a question was answered; None where it was not, or there is none."""
        key = _key(QUESTIONS, self._model, number, _ANSWER)
        return self._read(key, RetrainAnswer) if self._exists(key) else None

    def latest_question(self) -> RetrainQuestion | None:
        """Return the last question, answered or not; None where nothing was asked."""
        return self._last(QUESTIONS, RetrainQuestion)

    def refusals(self, *, version: str | None) -> list[tuple[RetrainQuestion, RetrainAnswer]]:
        """Return the questions about a version that were answered with no, in their order."""
        keys = set(self._store.keys(f"s3://{self._bucket}/{QUESTIONS}{self._model}/"))
        pairs = [(key, f"{key.removesuffix('.json')}{_ANSWER}.json") for key in sorted(keys)]
        answered = [
            (self._read(key, RetrainQuestion), self._read(answer, RetrainAnswer))
            for key, answer in pairs
            if answer in keys
        ]
        return [each for each in answered if each[0].version == version and each[1].by_hand.refused]

    def _last[R: Record](self, prefix: str, kind: type[R]) -> R | None:
        keys = self._store.keys(f"s3://{self._bucket}/{prefix}{self._model}/")
        records = [key for key in keys if not key.endswith((f"{_FAILED}.json", f"{_ANSWER}.json"))]
        return self._read(max(records), kind) if records else None

    def _read[R: Record](self, key: str, kind: type[R]) -> R:
        uri = f"s3://{self._bucket}/{key}"
        return read_record(kind, self._store.read(uri), uri)

    def _exists(self, key: str) -> bool:
        return self._store.exists(f"s3://{self._bucket}/{key}")

    def _create(self, key: str, record: Record) -> bool:
        return self._store.create(f"s3://{self._bucket}/{key}", record.to_json(), _JSON)


def days_ago(record: RetrainingRecord | RetrainAnswer, now: dt.datetime) -> float:
    """Return how many days ago a retraining was started, or a question answered."""
    return _days_since(record.at, now)


def _days_since(moment: str, now: dt.datetime) -> float:
    return (now - dt.datetime.fromisoformat(moment)).total_seconds() / 86400


def _key(prefix: str, model: str, number: int, suffix: str = "") -> str:
    return f"{prefix}{model}/{number:06d}{suffix}.json"
