"""A board: a view and a state in, one tree of components out. Nothing here asks, decides or remembers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import orjson

from pages._components import charts, drawer, filters, lists, states
from pages._components import map as maps
from pages._components.elements import Child, Element, el, graph, link
from pages._components.shell import Crumb, frame
from pages._components.tile import tile
from pages._components.words import Words
from pages._session import Session, session
from pages._state import PageState
from pages._tokens import tokens
from services.access import Actor
from services.boards import Boards
from services.views import BoardView, Choice, Focus, SystemGroup

Palette = Mapping[str, str]

TREND_ID = "trend"


def render(view: BoardView, state: PageState, words: Words, palette: Palette) -> Element:
    """The whole board with its open sheet."""
    shown = state if state.map or view.focus is None else state.with_(map=view.focus.indicator)
    closed = view.face is not None and view.face.kind != "empty"
    body = [states.face(view.face, words, "?")] if closed else _body(view, state, shown, words, palette)
    return el(
        "Div",
        _head(view, state, words),
        *body,
        drawer.sheet(view.sheet, state, words) if view.sheet else None,
        class_=f"board board-{view.board}" + (" with-sheet" if view.sheet else ""),
        data_region=f"{view.place.code:012d}",
    )


def _head(view: BoardView, state: PageState, words: Words) -> Element:
    """Where, as of when, and the ways to choose."""
    date = words.t("数据至 {period}", period=words.until(view.newest)) if view.newest else ""
    vain = [f"{name}={getattr(state, name)}" for name in view.vain]
    return el(
        "Header",
        filters.path(view.path, state, words),
        el("H1", words.board_title(view)),
        el(
            "P",
            el("Span", words.t("供对照"), class_="status") if view.place.context else None,
            link(state.with_(region=None).to_url() or "?", words.t("回到我的区域"), class_="inline-link")
            if view.place.context else None,
            el("Span", date) if date else None,
            el("Span", words.known(view.as_of), class_="status") if view.as_of else None,
            link(state.with_(as_of=None).to_url() or "?", words.t("显示最新数据"), class_="inline-link")
            if view.as_of else None,
            el("Span", words.t("含模拟数据"), class_="status status-simulated") if view.simulated else None,
            class_="board-facts",
        ),
        el("P", words.t("地址中有读不懂的内容，已按默认显示：{fields}", fields=words.listed(state.ignored)),
           class_="notice", role="status") if state.ignored else None,
        el("P", words.t("地址中有不存在或您无权查看的内容，已按默认显示：{fields}", fields=words.listed(vain)),
           class_="notice", role="status") if vain else None,
        filters.periods(view.periods, view.period, state, words),
        class_="board-head",
    )  # fmt: skip


def _body(view: BoardView, state: PageState, shown: PageState, words: Words, palette: Palette) -> list[Child]:
    home = not view.tabs
    past = view.period is not None or view.as_of is not None
    open_ = any(group.total for group in view.warnings)
    top: list[Child] = [
        lists.warnings(view.warnings, state, words, today=past) if open_ or not view.face else None,
        filters.tabs(view.tabs, view.tab, state, words),
    ]
    children = filters.children(view.children, state, words)
    if view.face:
        return [*top, states.empty(view, state, words), children]
    groups = [_group(group, shown, words, titled=home) for group in view.groups]
    focus = _focus(view.focus, state, words, palette) if view.focus else []
    return [*top, *groups, *focus, children]


def _group(group: SystemGroup, state: PageState, words: Words, titled: bool) -> Element:
    title = (
        link(f"/economy{state.with_(map=None).to_url()}", group.name)
        if group.system == "econ"
        else group.name
    )
    return el(
        "Section",
        el("H2", title) if titled else el("H2", group.name, class_="sr-only"),
        el("Div", [tile(view, state, words) for view in group.tiles], class_="tiles"),
        _unpublished(group, state, words),
        class_="tile-group",
    )


def _unpublished(group: SystemGroup, state: PageState, words: Words) -> Element | None:
    """What this level does not publish: one quiet line instead of empty cards."""
    if not group.unpublished:
        return None
    return el(
        "P",
        words.t("本级不发布："),
        [
            el("Span", link(state.with_(sheet=code).to_url(), name), class_="item")
            for code, name in group.unpublished
        ],
        class_="unpublished",
    )


def _focus(focus: Focus, state: PageState, words: Words, palette: Palette) -> list[Child]:
    """Map with ranking, then trend with composition."""
    upper = [
        _panel(words.map_title(focus.map), maps.panel(focus.map, words, palette), "panel-map") if focus.map else None,
        _panel(words.rank_title(focus.rank), lists.ranking(focus.rank, state, words, focus.standing), "panel-rank")
        if focus.rank else None,
    ]  # fmt: skip
    lower = [
        _panel(words.trend_title(focus.trend),
               graph(TREND_ID, charts.CHARTS["trend"](focus.trend, words, palette), "trend-graph", words.locale),
               "panel-trend") if focus.trend else None,
        _panel(words.composition_title(focus.composition), lists.composition(focus.composition, state, words),
               "panel-parts") if focus.composition else None,
    ]  # fmt: skip
    return [el("Div", row, class_="panels") for row in (upper, lower) if any(row)]


def _panel(title: tuple[str, str], content: Element, class_: str) -> Element:
    """A panel with its title and, beside it, period and status."""
    return el(
        "Section",
        el("Header", el("H2", title[0]), el("P", title[1], class_="panel-facts"), class_="card-head"),
        el("Div", content, class_="card-body"),
        class_=f"card {class_}",
    )


# ---- ready pages


@dataclass(frozen=True)
class Ready:
    """A board as it travels: its JSON, and the breadcrumb that the shell shows for it."""

    json: bytes
    crumbs: tuple[Crumb, ...]


def page(name: str, query: Mapping[str, object]) -> Element:
    """A whole page for this request: the shell around a board, rendered once for all who see the same.

    query  the fields of the address
    """
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = (
        here.services.version()
    )  # before anything is read: what changes meanwhile is asked for by the next poll
    ready = _kept(here, name, state, version)
    return frame(here, name, state, orjson.Fragment(ready.json), crumbs=ready.crumbs, version=version)


def _kept(here: Session, name: str, state: PageState, version: str) -> Ready:
    """The rendered board from the cache; its key holds all that it depends on, so nothing is ever cleared."""
    services, actor = here.services, here.actor
    hour = f"{services.clock():%Y%m%d%H}"
    scope = (actor.role, actor.regions, actor.systems)
    key = f"board:{version}:{hour}:{scope}:{name}:{here.language}:{here.theme}:{state}"
    found = services.cache.get(key) if services.cache else None
    if isinstance(found, Ready):
        return found
    ready = _ready(here, name, state)
    if services.cache:
        services.cache.set(key, ready)
    return ready


def _ready(here: Session, name: str, state: PageState) -> Ready:
    boards = here.services.boards
    view = BOARDS[name](boards, here.actor, state.choice, here.language)
    words = Words(here.texts, boards.units(here.language))
    return Ready(orjson.dumps(render(view, state, words, tokens(here.theme))), tuple(_crumbs(view, state)))


def _crumbs(view: BoardView, state: PageState) -> Iterator[Crumb]:
    """From the reader's own region down; the last is where one stands."""
    for place in view.path[:-1]:
        own = place.code == view.path[0].code
        yield Crumb(place.name, state.with_(region=None if own else f"{place.code:012d}").to_url() or "?")
    yield Crumb(view.path[-1].name)


BOARDS: Mapping[str, Callable[[Boards, Actor, Choice, str], BoardView]] = {
    "home": Boards.home,
    "economy": Boards.economy,
}
"""The boards that there are, by the names of their pages."""
