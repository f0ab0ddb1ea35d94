"""``forget``: the command that removes what the service keeps of one card, person or device."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.backends import backend, settings
from infra.cli.removal_commands import Yes, agreed
from infra.cli.stack_commands import Json
from infra.cli.terminal import RUN_FAILED, out, print_json
from infra.words import counted

if TYPE_CHECKING:
    from functions.decisions.forgetting import KeptDecisions

_FROM_INPUT = "-"


def forget(
    ctx: typer.Context,
    entity: Annotated[
        str, typer.Argument(help="A card, customer or device, as files and requests have it; - reads it from input.")
    ],
    *,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Remove what the service keeps of one entity. With --json and without --yes it only says what would go.

    All decisions on transactions that name it go, from the service's own file and from the decisions bucket, and its
    history.

    Example: `fraudflow forget 4111111111111111`
    """
    value = sys.stdin.readline().strip() if entity == _FROM_INPUT else entity
    if not value.strip():
        raise typer.BadParameter("It is empty.", param_hint="ENTITY")
    tools = backend(ctx).entity_removal(backend(ctx).running(settings(ctx)))
    if as_json:
        found = tools.remove(value) if yes else tools.find(value)
        print_json(json.dumps(_document(found, removed=yes and not found.is_nothing), indent=2))
        return
    found = tools.find(value)
    out().print(_line(found))
    if found.is_nothing:
        return
    if not yes and not agreed():
        out().print("Nothing was removed.")
        raise typer.Exit(RUN_FAILED)
    tools.remove(value)
    out().print("Removed.")


def _document(found: "KeptDecisions", *, removed: bool) -> dict[str, object]:
    return {
        "removed": removed,
        "transactions": len(found.transactions),
        "parts": len(found.parts),
        "local": found.local,
        "histories": found.histories,
    }


def _line(found: "KeptDecisions") -> str:
    looked = "the service's own file and the decisions bucket" if found.local else "the decisions bucket"
    if found.is_nothing:
        return f"No decision in {looked} names it."
    histories = f"{counted(found.histories, 'histories')} of it go" if found.histories > 1 else "its history goes"
    if not found.transactions:
        return f"No decision in {looked} names it: {histories}, which a model's training table has begun."
    also = f" {histories[0].upper()}{histories[1:]} too." if found.histories else ""
    return (
        f"{counted(len(found.transactions), 'transactions')} in {looked} ({counted(len(found.parts), 'parts')}) "
        f"name it: their decisions are removed, with what challengers would have decided.{also}"
    )
