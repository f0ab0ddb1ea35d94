"""The ScoreTransaction function, behind a URL: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts.function_urls import UrlRequest
from functions.runtime.invocation import state
from functions.score_transaction import step

handler = state(UrlRequest, step.run, wiring.score_transaction)
