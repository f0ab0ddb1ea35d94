"""HTML and SVG as a tree of elements. Text gets into a page only through ``render``, which makes it inert."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

# A cell that starts with one of these, or with its full-width form, is a formula to a spreadsheet it is pasted into.
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
    """Make an element.

    Args:
        tag: its name.
        children: elements, texts, or iterables of them; None is left out.
        attributes: by name, ``class_`` for ``class`` and ``_`` for ``-``; one that is None is left out.
    """
    return Element(
        tag,
        tuple(
            (name.rstrip("_").replace("_", "-"), str(value)) for name, value in attributes.items() if value is not None
        ),
        tuple(_flat(children)),
    )


def render(node: Element | str) -> str:
    """Write an element and all that is in it, or a text."""
    if isinstance(node, str):
        return escape(inert(node), quote=False)
    attributes = "".join(f' {name}="{escape(visible(value))}"' for name, value in node.attributes)
    if node.tag in _VOID:
        return f"<{node.tag}{attributes}>"
    return f"<{node.tag}{attributes}>{''.join(map(render, node.children))}</{node.tag}>"


def visible(text: str) -> str:
    r"""Write characters that act unseen, such as ESC or a change of direction, as ``\x1b`` or ``\u202e``."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def inert(text: str) -> str:
    """Make a text visible, and put an apostrophe before one that a spreadsheet would take for a formula."""
    shown = visible(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA_STARTS) else shown


def _flat(children: Iterable[Child]) -> Iterable[Element | str]:
    for child in children:
        if isinstance(child, (Element, str)):
            yield child
        elif child is not None:
            yield from _flat(child)
