"""What the labels of a target say: fraud, its opposite, or nothing."""

from collections.abc import Collection

_POSITIVE = {
    *("1", "true", "yes", "y", "t", "fraud", "fraudulent", "fraudster", "positive", "pos", "bad", "suspicious"),
    *("anomaly", "anomalous", "illegitimate", "illicit", "is_fraud", "isfraud", "chargeback", "scam"),
    *("ja", "si", "sí", "oui", "betrug", "wahr", "vrai", "fraude"),
}
_NEGATIVE = {
    *("0", "-1", "false", "no", "n", "f", "legit", "legitimate", "genuine", "negative", "neg", "good", "normal"),
    *("nonfraud", "non-fraud", "non_fraud", "not fraud", "not_fraud", "no fraud", "valid", "licit", "ok", "clean"),
    *("nein", "non", "falsch", "faux", "no_fraud", "not-fraud", "no-fraud"),
}
# What is declined need not be fraud.
_DECLINED = {"declined", "rejected", "denied", "refused", "blocked"}
_APPROVED = {"approved", "accepted", "authorised", "authorized", "passed", "cleared", "completed"}
_FRAUD = {
    *("fraud", "fraudulent", "fraudster", "is_fraud", "isfraud", "scam", "betrug", "fraude", "chargeback", "illicit"),
}

_TERSE = {"1", "0", "-1", "t", "f", "y", "n", "yes", "no", "true", "false", "ja", "nein", "si", "sí", "oui", "non"}
_SINGLE = {"1", "0", "-1", "t", "f", "y", "n"}


def spell(value: object) -> str:
    """Return a label's one spelling: 1.0 is '1', True is 'true', ' Yes' is 'yes'."""
    text = str(value).strip().casefold()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else text


def says_class(labels: Collection[str]) -> bool:
    """Return whether one of two spelt labels says fraud, in a word."""
    return bool(set(labels) & _FRAUD)


def means_fraud(label: str) -> bool | None:
    """Return whether one spelt label says fraud by itself; None where it says neither fraud nor its opposite.

    That is so of -1, the label of outliers in one habit and of their opposite in another.
    """
    if label in _POSITIVE:
        return True
    return False if label in _NEGATIVE - {"-1"} else None


def signed(labels: Collection[str]) -> bool:
    """Return whether the labels are -1 and 1: that of outliers is -1 in one habit, and that of frauds 1 in another."""
    return set(labels) == {"-1", "1"}


def positive_of(labels: Collection[str], *, genuine: bool) -> tuple[str, str, bool] | None:
    """Return the one of two spelt labels that means fraud, why, and whether that is a guess; None when neither says so.

    Args:
        labels: both, spelt.
        genuine: whether the column's name says the opposite of fraud, so that yes means no.
    """
    found = sorted(labels)
    sure = [label for label in found if label in _POSITIVE]
    opposites = [label for label in found if label in _NEGATIVE]
    if genuine and set(found) <= _TERSE and len(sure) == len(opposites) == 1:
        return opposites[0], ", since the name of the column says the opposite of fraud", False
    # 1 and 2, or f and m, say nothing: a terse label counts only beside its opposite.
    if len(sure) == 1 and (opposites or sure[0] not in _SINGLE):
        return sure[0], "", False
    if len(opposites) == 1 and opposites[0] not in _SINGLE:
        return found[1 - found.index(opposites[0])], f", since '{opposites[0]}' is not", False
    declined, approved = [each for each in found if each in _DECLINED], [each for each in found if each in _APPROVED]
    if len(declined) == 1 or len(approved) == 1:
        positive = declined[0] if declined else found[1 - found.index(approved[0])]
        return positive, ", a guess: what is not approved need not be fraud", True
    return None
