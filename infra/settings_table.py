"""The table of all settings: of docs/settings.md, and of ``fraudflow settings``."""

from typing import NamedTuple

from functions.setting_words import allowed, typed
from functions.settings import RunSettings
from infra.settings import PREFIX, StackSettings


class Setting(NamedTuple):
    """One row of the table of settings."""

    name: str
    variable: str
    default: str
    allowed: str
    description: str


def table() -> list[Setting]:
    """List every setting: the stack's first, then a run's."""
    own = [name for name in StackSettings.model_fields if name not in RunSettings.model_fields]
    return [_row(name) for name in (*own, *RunSettings.model_fields)]


def _row(name: str) -> Setting:
    field = StackSettings.model_fields[name]
    return Setting(name, PREFIX + name.upper(), typed(field.default), allowed(field), field.description or "")


def markdown() -> str:
    """Return the table of docs/settings.md."""
    rows = [
        f"| `{s.variable}` | {f'`{s.default}`' if s.default else ''} | {s.allowed} | {s.description} |" for s in table()
    ]
    return "\n".join(["| variable | default | takes | what it is |", "|---|---|---|---|", *rows]) + "\n"
