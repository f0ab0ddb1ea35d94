"""HTML and SVG as a tree of elements; text gets into a page only through ``render``, which escapes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

# A spreadsheet takes a pasted cell that starts with one of these, or with its full-width form, for a formula.
_FORMULA_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
_VOID = frozenset({"meta", "wbr"})

type Child = Element | str | Iterable[Child] | None


@dataclass(frozen=True, slots=True)
class Element:
    """An element; its children are elements and texts."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple["Element | str", ...]


def h(tag: str, *children: Child, **attributes: str | float | None) -> Element:
    """Return an element.

    Args:
        tag: its name.
        children: elements, texts, or iterables of them; None is omitted.
        attributes: by name, ``class_`` for ``class`` and ``_`` for ``-``; one that is None is omitted.
    """
    return Element(
        tag,
        tuple(
            (name.rstrip("_").replace("_", "-"), str(value)) for name, value in attributes.items() if value is not None
        ),
        tuple(_flat(children)),
    )


def render(node: Element | str) -> str:
    """Return an element and its children, or a text, as escaped markup."""
    if isinstance(node, str):
        return escape(inert(node), quote=False)
    attributes = "".join(f' {name}="{escape(visible(value))}"' for name, value in node.attributes)
    if node.tag in _VOID:
        return f"<{node.tag}{attributes}>"
    return f"<{node.tag}{attributes}>{''.join(map(render, node.children))}</{node.tag}>"


def visible(text: str) -> str:
    r"""Return a text with invisible characters (ESC, a change of direction) escaped as ``\x1b`` or ``\u202e``."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def inert(text: str) -> str:
    """Return a text as ``visible`` does, with an apostrophe before one that a spreadsheet would take for a formula."""
    shown = visible(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA_STARTS) else shown


def _flat(children: Iterable[Child]) -> Iterable[Element | str]:
    for child in children:
        if isinstance(child, (Element, str)):
            yield child
        elif child is not None:
            yield from _flat(child)
