"""The honest faces of a board that has no figures to show: empty, forbidden, unknown.

Each says why it is so and what can be done; none of them is an empty box. Loading is drawn by the style sheet
(boards.css), failure by the shell, stale and partial stand in the words of each card.
"""

from pages._components.elements import Child, Element, el, link
from pages._components.words import Words
from pages._state import PageState
from services.views import BoardView, Face


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


def within(view: Face, words: Words) -> Element:
    """The face of one panel, whose card bears its title: why there is nothing, and what to do where that says nothing."""
    title, advice = words.face(view)
    why = words.t(view.reason, **view.params) if view.reason else ""
    told = [title, why, advice] if view.kind == "failed" else [why or title, "" if why else advice]
    return el(
        "Div",
        [el("P", said, class_="state-do" if at else None) for at, said in enumerate(told) if said],
        class_="state-within",
        data_state=view.kind,
        role="alert" if view.kind == "failed" else "status",
    )


def empty(view: BoardView, state: PageState, words: Words) -> Element:
    """In the place of cards without figures: what would stand here, and how it comes to be filled."""
    groups = [group for group in view.groups if group.tiles]
    tiles = [tile for group in groups for tile in group.tiles]
    names = [one.name for one in (groups if len(groups) > 1 else tiles)]
    chosen = state.period or state.as_of
    title, advice = words.face(Face("empty", "", {}))
    newest = state.with_(period=None, as_of=None).to_url() or "?"
    return panel(
        "empty",
        el("H2", title),
        el("P", words.t("这里将有 {count} 项指标：{names}", count=len(tiles), names=words.listed(names)))
        if tiles else None,
        el("P", words.t("所选的时期或日期之前没有数据。") if chosen else advice, class_="state-do"),
        link(newest, words.t("显示最新数据"), class_="button") if chosen else None,
    )  # fmt: skip


def panel(kind: str, *children: Child) -> Element:
    """The box of a face; screen readers are told of it when it appears."""
    return el(
        "Section", *children, class_="state", data_state=kind, role="alert" if kind == "failed" else "status"
    )
