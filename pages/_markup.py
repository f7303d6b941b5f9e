"""Component trees as HTML text: for pages that are drawn without Dash, from the same components."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from pages._components.elements import Child

_NAMES = {"className": "class", "htmlFor": "for", "tabIndex": "tabindex", "key": None}
_VOID = {"br", "hr", "img", "input", "meta", "link"}
_SVG = {"lineargradient": "linearGradient", "clippath": "clipPath", "textpath": "textPath"}
_HUMP = re.compile(r"(?<=[a-z])([A-Z])")


def markup(node: Child) -> str:
    """The tree as text. Every word and every attribute is escaped: nothing in it can become markup."""
    return "".join(_pieces(node))


def _pieces(node: Child) -> Iterator[str]:
    if node is None:
        return
    if isinstance(node, str | int | float):
        yield escape(str(node), quote=False)
    elif isinstance(node, dict):
        yield from _element(node)
    elif not isinstance(node, bytes):
        for one in node:  # type: ignore[union-attr]  a fragment of JSON is for Dash only
            yield from _pieces(one)


def _element(node: dict[str, Any]) -> Iterator[str]:
    kind = node["type"].lower()
    kind = _SVG.get(kind, kind)
    props = dict(node["props"])
    inner = props.pop("children", None)
    words = "".join(f' {name}="{escape(text)}"' for name, text in _attributes(props))
    yield f"<{kind}{words}>"
    if kind not in _VOID:
        yield from _pieces(inner)
        yield f"</{kind}>"


def _attributes(props: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for given, value in props.items():
        name = _NAMES.get(given, given)
        if name is None or value is None or value is False:
            continue
        if isinstance(value, dict):
            value = ";".join(f"{_HUMP.sub(_kebab, one)}:{what}" for one, what in value.items())
        yield name, "" if value is True else str(value)


def _kebab(found: re.Match[str]) -> str:
    return "-" + found[1].lower()
