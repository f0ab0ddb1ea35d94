"""What a column's name says, by its words."""

import functools
import re

from functions.core.roles import name_vocabulary as vocabulary


@functools.lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """Split a name into its words: ``TransactionAmt``, ``transaction_amt`` and ``transaction amt`` are the same."""
    return tuple(re.sub(r"[\W_]+", " ", "".join(_spaced(name))).casefold().split())


def _spaced(name: str) -> list[str]:
    out: list[str] = []
    for place, each in enumerate(name):
        before = name[place - 1] if place else " "
        after = name[place + 1 : place + 2]
        begins = each.isupper() and (before.islower() or (before.isupper() and after.islower()))
        out.append(f" {each}" if begins or (each.isdigit() != before.isdigit() and before.isalnum()) else each)
    return out


def says_row(name: str) -> bool:
    """Return whether a name says that the column numbers the rows: ``Index``, ``ID``, ``row_number``."""
    own = words(name)
    return bool(own) and own[0] in vocabulary.ROW and set(own) <= vocabulary.ROW | vocabulary.NUMBER | {"0"}


def says_measure(name: str) -> bool:
    """Return whether a name says a measurement, a count or a place: ``age``, ``zip_code``."""
    own = set(words(name))
    return bool(own & (vocabulary.MEASURES | vocabulary.PLACES)) and not own & vocabulary.ID


def says_identifier(name: str) -> bool:
    """Return whether a name says an id, a number or a key of something: ``policy_number``, ``TransactionID``."""
    own = words(name)
    if set(own) & (vocabulary.ID | vocabulary.JOINED):
        return True
    return bool(own) and own[-1] in vocabulary.NUMBER and not set(own) & vocabulary.PLACES


def says_id(name: str) -> bool:
    """Return whether a name ends like one of an id, and not only like one of a number."""
    own = words(name)
    return bool(own) and own[-1] in vocabulary.ID


def names_person(name: str) -> bool:
    """Return whether a name says a person's or a card's own: a name, a mail address, a phone or a card number."""
    own = set(words(name))
    sure = own & vocabulary.PERSONAL or (own & vocabulary.PARTIES and own & (vocabulary.ID | vocabulary.NUMBER))
    return bool(sure) and own <= vocabulary.PERSONAL | vocabulary.PARTIES | vocabulary.BESIDE


def names_party(name: str) -> bool:
    """Return whether a name says a person, card, account or device, or may say so: ``nameDest``, ``card``."""
    own = {each for each in words(name) if not each.isdigit()}
    return (
        bool(own & (vocabulary.PERSONAL | vocabulary.PARTIES))
        and own <= vocabulary.PERSONAL | vocabulary.PARTIES | vocabulary.BESIDE
    )


def may_number_parties(name: str) -> bool:
    """Return whether whole numbers of that name may be ids.

    Those of first names and streets count them, and ``card1`` to ``card6`` describe one card.
    """
    own = set(words(name))
    return not own <= vocabulary.SPELLED and not any(each.isdigit() for each in own)


def says_clock(name: str) -> bool:
    """Return whether a name says a clock or a count of time's steps: ``Time``, ``step``, ``TransactionDT``."""
    own = words(name)
    return bool(own) and own[-1] in vocabulary.CLOCKS and not set(own) & vocabulary.NO_CLOCK


def counts_time(name: str) -> bool:
    """Return whether a name says a clock that counts days or hours: ``TX_TIME_DAYS``."""
    own = words(name)
    return len(own) > 1 and own[-1] in vocabulary.TIME_UNITS and own[-2] == "time"


def says_money(name: str) -> bool:
    """Return whether a name clearly says an amount of money: ``amt``, ``TransactionAmt``, ``purchase_value``."""
    own = set(words(name))
    return bool(own & vocabulary.MONEY) or bool(own & vocabulary.PRICES and own & vocabulary.PAID)


def says_fraud(name: str) -> bool:
    """Return whether a name says that the column holds whether a row is fraud: ``isFraud``, ``fraud_reported``."""
    own = set(words(name))
    return bool(own & vocabulary.FRAUD) and not own & (vocabulary.OF_FRAUD | vocabulary.VERDICTS)


def says_genuine(name: str) -> bool:
    """Return whether a name says the opposite of fraud: ``is_genuine``."""
    own = set(words(name))
    return (
        bool(own & vocabulary.GENUINE)
        and own <= vocabulary.GENUINE | {"is", "label", "flag", "transaction", "not", "non"}
    ) or (bool(own & vocabulary.FRAUD) and bool(own & {"not", "non", "no"}) and not own & vocabulary.OF_FRAUD)


def says_verdict(name: str) -> bool:
    """Return whether a name says another one's verdict on fraud, such as a rule's: ``isFlaggedFraud``."""
    own = set(words(name))
    return bool(own & vocabulary.VERDICTS and own & vocabulary.FRAUD) or bool(own & vocabulary.JOINED_VERDICTS)


def says_label(name: str) -> bool:
    """Return whether a name is one that labels have, whatever they are of: ``Class``, ``target``, ``y``."""
    own = words(name)
    return bool(set(own) & vocabulary.LABELS) and set(own) <= vocabulary.LABELS | {"is", "the", "true"}


def says_chargeback(name: str) -> bool:
    """Return whether a name says whether there was a chargeback, and nothing more of it: ``has_cbk``."""
    own = set(words(name))
    return bool(own & vocabulary.CHARGEBACKS) and own <= vocabulary.CHARGEBACKS | {"is", "has", "was", "flag"}


def may_say_label(name: str) -> bool:
    """Return whether a name is one that labels often have, and other columns too: ``FLAG``, ``status``."""
    own = set(words(name))
    either = vocabulary.MAYBE_LABELS | vocabulary.LABELS
    return bool(own & either) and own <= either | vocabulary.OF_LABELS


def says_afterwards(name: str) -> bool:
    """Return whether a name says what is known only after the fact: ``chargeback_date``, ``dispute_status``."""
    own = set(words(name))
    return bool(own & vocabulary.AFTERWARDS) or bool(own & vocabulary.FRAUD and own & vocabulary.FOUND_OUT)


def says_ended(name: str) -> bool:
    """Return whether a name says something that has a value only once it has ended: ``duration``."""
    own = set(words(name))
    return bool(own & (vocabulary.ENDED | vocabulary.FRAUD))
