"""Patterns that no sentence of ours may hold."""

import re

# Names and addresses are not sentences.
_NAMES = re.compile(
    r"\w+://\S+|#/\S+|arn:\S+|\b[\w-]*\d[\w-]*[a-f][\w-]*\b|`[^`]*`|\d{4}-\d\d-\d\d\S*|\d+ [A-Z][a-z]+ \d{4}"
)
_FAULTS = {
    "a doubled word": re.compile(r"\b([a-z]{2,})\b[\s:,.;()]+\1\b", re.IGNORECASE),
    "a word said again after its colon": re.compile(r"\b([a-z]{3,}): (?:\w+ ){0,2}\1\b", re.IGNORECASE),
    "a phrase said again": re.compile(r"\b([a-z]+ [a-z]+ [a-z]+)\b.{0,40}\b\1\b", re.IGNORECASE),
    "blanks at the end of a line": re.compile(r"[ \t]+$", re.MULTILINE),
    "a number without separators": re.compile(r"(?<![\w.,:/-])\d{4,}(?![\w-])"),
    "None": re.compile(r"\bNone\b"),
    "Python's own writing": re.compile(r"\(['\"]|['\"],\)|\[['\"]|\{['\"]|\bset\(|['\"], ['\"]"),
    "one of many": re.compile(r"(?<![\d.,])1 (rows|frauds|features|columns|files|runs|false alarms|versions)\b"),
    "a sentence that ends twice": re.compile(r"(?<!\.)\.\.(?!\.)|\.;|,\."),
}


def faults(text: str) -> list[str]:
    """Name what is wrong with a text, and where."""
    without_names = _NAMES.sub("x", text)
    return [
        f"{what}: {found.group()!r} in {text[:60]!r}"
        for what, pattern in _FAULTS.items()
        for found in pattern.finditer(text if what.startswith("blanks") else without_names)
    ]
