"""Components as plain dicts: what Dash would send, without the cost of making component objects.

Serialising one component object takes 30 µs, a board has a thousand of them; a dict is already in the shape that
travels. Children that are None or empty are left out.
"""

from collections.abc import Iterable
from typing import Any

import orjson

Element = dict[str, Any]
"""One component: type, namespace and props."""

Child = Element | orjson.Fragment | str | int | float | None | Iterable[Any]

_HTML, _CORE = "dash_html_components", "dash_core_components"


def el(kind: str, *children: Child, **props: Any) -> Element:
    """An HTML element.

    kind   the name of the Dash component: Div, Span, Table…
    props  ``class_`` is the class; ``data_x`` and ``aria_x`` become ``data-x`` and ``aria-x``; None is left out
    """
    return {"type": kind, "namespace": _HTML, "props": _props(children, props)}


def link(href: str, *children: Child, **props: Any) -> Element:
    """A link inside the product: it changes the address without loading the page again.

    Not ``dcc.Link``, which scrolls to the top at every click and cannot say ``aria-current``; assets/boards.js
    listens for ``data-go``, and without it the link still works.
    """
    return el("A", *children, href=href, **{"data-go": "1"}, **props)


def graph(identity: str, figure: dict[str, Any], class_: str, locale: str, **config: Any) -> Element:
    """A drawn figure; it fills the box that the style sheet gives it."""
    props = {
        "id": identity,
        "figure": figure,
        "className": class_,
        "responsive": True,
        "config": {"displayModeBar": False, "scrollZoom": False, "locale": locale, **config},
    }
    return {"type": "Graph", "namespace": _CORE, "props": props}


def part(identity: str, tree: Child) -> Element:
    """A part of a page that the answer of an act can draw anew by itself, without the page (assets/clientside.js)."""
    flat = list(_flatten([tree]))
    return {"type": "Part", "namespace": "chengmai", "props": {"id": identity, "key": identity, "tree": flat}}


def _props(children: tuple[Child, ...], props: dict[str, Any]) -> dict[str, Any]:
    made = {_name(name): value for name, value in props.items() if value is not None}
    flat = list(_flatten(children))
    if flat:
        made["children"] = flat[0] if len(flat) == 1 else flat
    return made


def _name(name: str) -> str:
    if name == "class_":
        return "className"
    if name.startswith(("data_", "aria_")):
        return name.replace("_", "-")
    return name


def _flatten(children: Iterable[Child]) -> Iterable[Element | orjson.Fragment | str]:
    for child in children:
        if child is None or child == "":
            continue
        if isinstance(child, dict | orjson.Fragment):  # a fragment is a component that is JSON already
            yield child
        elif isinstance(child, str | int | float):
            yield str(child)
        else:
            yield from _flatten(child)
