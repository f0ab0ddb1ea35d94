"""Roles that settings name."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from functions.core.data.tables import Role
from functions.core.errors import InvalidSettingsError
from functions.core.ingest.columns import ReadColumn
from functions.core.roles.column_facts import Facts
from functions.core.roles.column_roles import TEXTUAL, UNUSED, ColumnRole
from functions.core.wording import closest, quoted

type LeakPolicy = Literal["drop", "warn", "keep"]


@dataclass(frozen=True, slots=True)
class RoleChoices:
    """What settings say of columns.

    Attributes:
        roles: of columns, by FRAUDFLOW_ROLES: a role, or one and how its values are written, as in ``time:dmy``.
        named: roles that other settings give, by column; a column that is not there is theirs to refuse.
        needed: columns that a setting reads and that have to stay, whatever they are.
        leaks: what becomes of suspected leaks; None leaves out those that are as good as certain, and warns of others.
        drop_unlabelled: whether rows without a label are left out, and not refused.
    """

    roles: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, tuple[str, Role]] = field(default_factory=dict)
    needed: Mapping[str, str] = field(default_factory=dict)
    leaks: LeakPolicy | None = None
    drop_unlabelled: bool = False

    def target(self, given: str | None, file: str) -> str | None:
        """Return the configured target.

        Raises:
            InvalidSettingsError: two columns are configured as the target.
        """
        pinned = [column for column in self.roles if self.role(column) == "target"]
        names = list(dict.fromkeys([*([given] if given else []), *pinned]))
        if len(names) > 1:
            both = " and ".join(quoted(each) for each in names)
            raise InvalidSettingsError(f"FRAUDFLOW_TARGET and FRAUDFLOW_ROLES name {both} as the target of {file}.")
        return names[0] if names else None

    def role(self, column: str) -> Role | None:
        """Return the role that FRAUDFLOW_ROLES gives a column; None where it gives none."""
        said = self.roles.get(column, "").partition(":")[0]
        return next((each for each in get_args(Role.__value__) if each == said), None)

    @property
    def pins(self) -> dict[str, str]:
        """Return what reading has to know of columns: those that settings pin, with how they are written."""
        named: dict[str, str] = {name: role for name, (_, role) in self.named.items() if role in {"time", "entity"}}
        return {**named, **self.roles}

    def require(self, columns: Collection[str], file: str) -> None:
        """Check that FRAUDFLOW_ROLES names columns that there are.

        Raises:
            InvalidSettingsError: naming the first that is not, and those with a similar name.
        """
        for column in self.roles:
            if column not in columns:
                raise InvalidSettingsError(
                    f"FRAUDFLOW_ROLES names {quoted(column)}, but {file} has no such column; it has "
                    f"{closest(column, columns)}."
                )

    def pinned(self, name: str, column: ReadColumn, facts: Facts) -> ColumnRole | None:
        """Return the role that settings give a column; None where they give none, or its values can't be of it.

        Raises:
            InvalidSettingsError: FRAUDFLOW_ROLES gives it a role that it can't be of.
        """
        role = self.role(name)
        if role is not None:
            _require_values(name, column, facts, role)
            return ColumnRole(name, role, role not in UNUSED, "pinned by FRAUDFLOW_ROLES")
        if name not in self.named or not facts.present:
            return None
        setting, role = self.named[name]
        if role not in TEXTUAL and column.format.kind == "text":
            return None  # which the setting refuses, in its own words
        return ColumnRole(name, role, used=True, reason=f"pinned by {setting}")


def _require_values(name: str, column: ReadColumn, facts: Facts, role: Role) -> None:
    start = f"FRAUDFLOW_ROLES names {quoted(name)} as {role}"
    if role not in UNUSED and not facts.present:
        raise InvalidSettingsError(f"{start}, but the column has no value in any row.")
    if role == "boolean" and column.format.kind == "text":
        raise InvalidSettingsError(
            f"{start}, but its values are neither 0 and 1 nor true and false: name it a category."
        )
