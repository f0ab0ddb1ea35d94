"""Entities that a model reads as they are, as those of earlier releases do, are hashes in what is kept and told."""

import pytest

from functions.core.data.pseudonyms import pseudonym
from functions.core.ingest.spelling import TEXT, ColumnFormat
from functions.core.scoring.input_rows import InputColumn
from functions.run.served_model import ServedModel
from functions.run.verdicts import judge
from tests.fakes import PSEUDONYM_KEY
from tests.unit.serving.serving_parts import AmountScorer, served

KEY = PSEUDONYM_KEY.encode()


def reading_cards(form: ColumnFormat) -> ServedModel:
    columns = (InputColumn("amount", ColumnFormat("numeric"), "amount"), InputColumn("card", form, "entity"))
    model = served()
    return ServedModel(
        version=model.version,
        scorer=AmountScorer(columns, 0.5, None),  # type: ignore[arg-type]  # it needs no model
        costs=model.costs,
        fraud_cost_column=None,
        example={},
    )


@pytest.mark.parametrize(
    ("form", "given"), [(TEXT, "4111"), (TEXT, pseudonym("4111", KEY)), (ColumnFormat("numeric"), 4111)]
)
def test_a_card_is_kept_and_told_by_its_hash(form: ColumnFormat, given: object) -> None:
    cards = [given, None, given]
    verdicts = judge(reading_cards(form), [{"amount": 5, "card": each} for each in cards], [2, 0, 2], KEY)
    card = pseudonym("4111", KEY)
    assert [each.features["card"] for each in verdicts] == [card, None, card]
    assert [[reason.value for reason in each.reasons] for each in verdicts] == [[5.0, card], [], [5.0, card]]
