"""Roles of columns, by name: apart from tables, as settings name roles and the supervisor has no use for pandas."""

from typing import Literal

type Role = Literal[
    "target",
    "identifier",
    "entity",
    "time",
    "amount",
    "number",
    "boolean",
    "category",
    "text",
    "constant",
    "empty",
    "leak",
]
