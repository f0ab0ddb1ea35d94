"""Histories of a table in parts: there are none, as what an entity did before may be in any part."""

from collections.abc import Mapping

from functions.core.data.role_names import Role
from functions.core.errors import InvalidSettingsError
from functions.core.wording import named, quoted
from functions.settings import RunSettings


def histories_left_out(settings: RunSettings, roles: Mapping[str, Role]) -> str | None:
    """Return which entities have no history, for people; None where they would have none anyway.

    Args:
        settings: of the run.
        roles: of the table's features.

    Raises:
        InvalidSettingsError: the settings name the entities.
    """
    own = settings.histories
    if own is None:
        return None
    asked = [*own.entities, *([] if settings.entity_column is None else [settings.entity_column])]
    if asked:
        each = named([quoted(name) for name in dict.fromkeys(asked)])
        raise InvalidSettingsError(
            f"The settings ask for histories of {each}, and a table that is read in parts has none, as what they did "
            "before may be in any part: name no entities, or send fewer rows (FRAUDFLOW_LARGE_UPLOAD_BYTES says from "
            "which size on a file is read in parts)."
        )
    entities = [quoted(name) for name, role in roles.items() if role == "entity"]
    if not entities:
        return None
    return (
        f"No history of {named(entities)}: the table is read in parts, and what they did before may be in any part. "
        "The model does not use them."
    )
