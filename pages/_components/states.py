"""The honest faces of a panel that has no figures to show: loading, empty, forbidden, failed; stale stands in words.

Each says why it is so and what can be done; none of them is an empty box.
"""

from pages._components.elements import Child, Element, el, link
from pages._components.words import Words
from services.views import Face

KINDS = ("loading", "empty", "stale", "forbidden", "failed")


def face(view: Face, words: Words, way_out: str | None = None) -> Element:
    """A panel without figures: what it is, why, and a way out."""
    title, advice = words.face(view)
    return panel(
        view.kind,
        el("H2", title),
        el("P", words.t(view.reason, **view.params)) if view.reason else None,
        el("P", advice, class_="state-do") if advice else None,
        link(way_out, words.t("回到我的区域"), class_="button") if way_out else None,
    )


def panel(kind: str, *children: Child) -> Element:
    """The box of a face; screen readers are told of it when it appears."""
    return el(
        "Section", *children, class_="state", data_state=kind, role="alert" if kind == "failed" else "status"
    )


def skeleton(tiles: int, words: Words) -> Element:
    """A board that is on its way: boxes of the size of what will come, so that nothing jumps."""
    return el(
        "Div",
        el("P", words.t("正在读取"), class_="sr-only"),
        el("Div", class_="skeleton skeleton-band"),
        el("Div", [el("Div", class_="skeleton tile") for _ in range(tiles)], class_="tiles"),
        el("Div", class_="skeleton skeleton-panel"),
        class_="loading",
        role="status",
        aria_busy="true",
    )
