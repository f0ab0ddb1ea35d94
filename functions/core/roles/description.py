"""What was found of a file, for people: notes of a run, the object of ``inspect --json``, lines that pin it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from functions.core.ingest.spelling import ColumnFormat
from functions.core.roles.column_roles import ColumnRole
from functions.core.roles.examining import ExaminedFile
from functions.core.roles.pinned_roles import RoleChoices
from functions.core.wording import counted, named, quoted

_MAX_NOTES = 20
_MAX_LEAKS = 8
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# What is noted of reading quotes a value, and those of these columns are nobody's business.
_PRIVATE = {"target", "entity", "identifier", "text"}
_USED = {
    "time": "Taken as times",
    "entity": "Taken as cards, customers, devices and their like",
    "amount": "Taken as amounts",
}
_UNUSED = {
    "identifier": "Left out, since they number the rows or name each of them",
    "entity": "Left out, since hardly any value occurs twice",
    "text": "Left out as free text",
    "constant": "Left out, since they have the same value in every row",
    "empty": "Left out, since they have no value",
}


def describe(found: ExaminedFile) -> dict[str, Any]:
    """Return what was found as an object for JSON: the target, each column's role, and what is asked."""
    choice, target = found.choice, found.target
    reason = target.reason if target else choice.reason if choice else "; ".join(found.questions)
    return {
        "target": {
            "column": choice.column if choice else None,
            "positive": target.positive_label if target else None,
            "guess": target.guess if target else choice is not None and choice.guess,
            "reason": reason,
        },
        "columns": [
            {"name": each.name, "role": each.role, "used": each.used, "reason": each.reason} for each in found.roles
        ],
        "questions": found.questions,
    }


def toml_lines(found: ExaminedFile) -> list[str]:
    """Return the lines for ``fraudflow.toml`` that pin what was found; they may stand anywhere above a table.

    That a column is constant or empty is not pinned: the next file may have values. Nor are times of day, whose role
    says numbers.
    """
    lines = []
    if found.choice is not None:
        lines.append(f"target = {_text(found.choice.column)}")
    if found.target is not None:
        lines.append(f"positive_label = {_text(found.target.positive_label)}")
    for each in found.roles:
        form = found.columns[each.name].format
        if each.role not in {"target", "constant", "empty"} and not (form.kind == "numeric" and form.layout):
            key = each.name if _BARE_KEY.fullmatch(each.name) else _text(each.name)
            lines.append(f"roles.{key} = {_text(_pin(each, form))}")
    return lines


def _pin(found: ColumnRole, form: ColumnFormat) -> str:
    """Return the role that pins what was found, with how the values are written where other files may not show it."""
    if found.role == "entity" and not found.used:
        return "identifier"  # pinned as an entity it would become a feature
    if found.role == "time" and form.layout in {"dmy", "mdy"}:
        return f"time:{form.layout}"
    return f"{found.role}:comma" if found.role in {"number", "amount"} and form.decimal == "," else found.role


def notes(found: ExaminedFile, choices: RoleChoices) -> list[str]:
    """Return sentences on what was recognised and left out; a few dozen at most, however many columns there are."""
    return [
        *_leak_notes(found, choices),
        *_reading_notes(found),
        *_role_notes(found.roles),
        *_guesses(found.roles),
        *_dropped_rows(found),
    ]


def _text(value: str) -> str:
    """Write a basic string of TOML, which JSON's are but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _leak_notes(found: ExaminedFile, choices: RoleChoices) -> Iterator[str]:
    out = [each for each in found.roles if each.role == "leak" and each.name in found.suspects]
    for each in out[:_MAX_LEAKS]:
        yield (
            f"LEAK: column {quoted(each.name)} knows the label, and is left out: {each.reason}. "
            "FRAUDFLOW_LEAKS=warn keeps it."
        )
    roles = {each.name: each for each in found.roles}
    kept = [name for name in found.suspects if roles[name].used and choices.leaks != "keep"]
    for name in kept[:_MAX_LEAKS]:
        yield (
            f"Suspected leak: column {quoted(name)} may know the label, and is kept: {found.suspects[name].reason}. "
            "FRAUDFLOW_LEAKS=drop leaves it out."
        )
    more = max(len(out) - _MAX_LEAKS, 0) + max(len(kept) - _MAX_LEAKS, 0)
    if more:
        yield f"The same holds for {counted(more, 'more column')}."


def _reading_notes(found: ExaminedFile) -> list[str]:
    said = [
        f"Column {quoted(role.name)}: {note}."
        for role in found.roles
        if role.role not in _PRIVATE and (note := found.columns[role.name].note)
    ]
    if len(said) > _MAX_NOTES:
        return [*said[:_MAX_NOTES], f"The same holds for {len(said) - _MAX_NOTES:,} more columns."]
    return said


def _role_notes(roles: Sequence[ColumnRole]) -> Iterator[str]:
    for heads, used in ((_USED, True), (_UNUSED, False)):
        yield from _grouped(roles, heads, used=used)


def _grouped(roles: Sequence[ColumnRole], heads: Mapping[str, str], *, used: bool) -> Iterator[str]:
    for role, head in heads.items():
        names = [quoted(each.name) for each in roles if each.role == role and each.used is used]
        if names:
            yield f"{head}: {named(names)}."


def _guesses(roles: Sequence[ColumnRole]) -> list[str]:
    guessed = [each for each in roles if "a guess" in each.reason and each.role != "target"]
    if not guessed:
        return []
    told = named([f"{quoted(each.name)} as {each.role}" for each in guessed])
    pin = json.dumps({guessed[0].name: guessed[0].role})
    return [f"Guessed: {told}; FRAUDFLOW_ROLES says otherwise, as in FRAUDFLOW_ROLES='{pin}'."]


def _dropped_rows(found: ExaminedFile) -> list[str]:
    if not found.unlabelled:
        return []
    verb = "is" if found.unlabelled == 1 else "are"
    return [f"{counted(found.unlabelled, 'row')} without a label {verb} left out (FRAUDFLOW_UNLABELLED=drop)."]
