"""A payload that no machine has built is told apart from what a person has started an execution with."""

import pytest

from functions.contracts import Contract
from functions.contracts.label_files import CheckLabelsInput
from functions.contracts.loop_states import (
    DecideRetrainingInput,
    GatherTrainingDataInput,
    JudgeVersionsInput,
    MeasureLoopInput,
)
from functions.contracts.scored_batches import CheckBatchInput
from functions.contracts.state_inputs import LoadDataInput
from functions.core.errors import FraudflowError, InvalidInputError, InvalidPayloadError
from functions.runtime.invocation import parse

LOOKS = (MeasureLoopInput, JudgeVersionsInput, DecideRetrainingInput, GatherTrainingDataInput)
UPLOADS = (LoadDataInput, CheckBatchInput, CheckLabelsInput)


def refused(model: type[Contract], payload: dict[str, object]) -> type[FraudflowError]:
    with pytest.raises(FraudflowError) as caught:
        parse(model, payload)
    return type(caught.value)


@pytest.mark.parametrize("model", [*LOOKS, *UPLOADS])
def test_a_payload_without_the_executions_input_is_nobodys_input(model: type[Contract]) -> None:
    assert refused(model, {}) is InvalidPayloadError


@pytest.mark.parametrize("model", LOOKS)
def test_a_wrong_input_of_a_look_is_a_persons(model: type[Contract]) -> None:
    assert refused(model, {"request": ["else"]}) is InvalidInputError


@pytest.mark.parametrize("model", UPLOADS)
def test_a_wrong_input_that_names_no_file_is_a_persons(model: type[Contract]) -> None:
    assert refused(model, {"upload": ["else"]}) is InvalidInputError
