"""The page of feeds: its tabs, and what each of them shows."""

from collections.abc import Callable, Mapping

from indicators.errors import N_
from pages._components import feeds, quality, registry, shell, workshop
from pages._components.elements import Element, el, link
from pages._session import Session, session
from pages._state import PageState
from services import access

Tab = Callable[[Session, PageState], Element]

TABS: Mapping[str, tuple[str, Tab]] = {
    "feeds": (N_("自动接入"), feeds.render),
    **{name: (title, shown) for name, title, shown in (*registry.TABS, *quality.TABS)},
}
"""What the page shows, by the word of its address."""


def page(query: Mapping[str, object]) -> Element:
    """The page for this reader."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    t = here.texts.t
    shown = {name: tab for name, tab in TABS.items() if name != "feeds" or access.may(here.actor, "feeds")}
    name = state.theme if state.theme in shown else next(iter(shown))
    content = el(
        "Div",
        workshop.tabs(here, "feeds", state),
        el("Header", el("H1", t("数据接入")), class_="board-head"),
        el(
            "Nav",
            [
                link(state.with_(theme=one, edit=None).to_url(), t(title),
                     aria_current="page" if one == name else None, key=one)
                for one, (title, _) in shown.items()
            ],
            class_="segments",
            aria_label=t("数据接入的内容"),
        ),
        shown[name][1](here, state),
        class_="board feeds",
    )  # fmt: skip
    crumbs = shell.in_workshop(here, state, "feeds")
    return shell.frame(here, "work", state, content, crumbs=crumbs, version=version)
