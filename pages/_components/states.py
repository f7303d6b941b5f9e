"""The honest faces of a board that has no figures to show: empty, forbidden, unknown.

Each says why it is so and what can be done; none of them is an empty box. Loading is drawn by the style sheet
(boards.css), failure by the shell, stale and partial stand in the words of each card.
"""

from pages._components.elements import Child, Element, el, link
from pages._components.words import Words
from services.views import Face


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
