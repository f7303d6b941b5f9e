"""A board: a view and a state in, one tree of components out. Nothing here asks, decides or remembers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

import orjson

from indicators.errors import CockpitError, Issue
from pages._components import drawer, filters, ground, known_on, layout_edit, lists, panels, shell, states
from pages._components.elements import Child, Element, el, link
from pages._components.shell import Crumb, frame
from pages._components.tile import star_forms, star_movers, tile
from pages._components.words import Words
from pages._session import Session, session
from pages._state import PageState
from pages._tokens import tokens
from services.boards import Boards
from services.views import BoardView, Face, Slot, SystemGroup, TileView

Palette = Mapping[str, str]

STARS = "stars"
"""The value of ``edit`` while a reader orders the starred indicators."""

PATHS = {"econ": "/economy", "proj": "/projects", "emerg": "/emergency", "sign": "/signs", "dgov": "/digital"}
"""Where the board of a system is found."""


def render(
    view: BoardView,
    state: PageState,
    words: Words,
    palette: Palette,
    here: Session | None = None,
    starred: frozenset[str] | None = None,
) -> Element:
    """The whole board with its open sheet.

    here     the session, which the panels of the subjects are drawn for
    starred  what its reader starred; None where that cannot be changed
    """
    shown = state if state.map or view.focus is None else state.with_(map=view.focus.indicator)
    closed = view.face is not None and view.face.kind != "empty"
    bench = panels.Bench(here, shown, words, palette, starred)
    body = [states.face(view.face, words, "?")] if closed else _body(view, state, bench)
    return el(
        "Div",
        _head(view, state, words, _days(view, here)),
        *body,
        drawer.sheet(view.sheet, state, words, _starred(view.sheet.indicator, bench)) if view.sheet else None,
        star_forms(words) if starred is not None else None,
        class_=f"board board-{view.board}" + (" with-sheet" if view.sheet else ""),
        data_region=f"{view.place.code:012d}",
    )


def _days(view: BoardView, here: Session | None) -> tuple[date, ...]:
    """The days after which the board's map or first number said something else: those to go back to."""
    first = next((tile.indicator for group in view.groups for tile in group.tiles), None)
    code = view.focus.indicator if view.focus else first
    return here.services.revisions.days(here.actor, code, view.place.code) if here and code else ()


def _head(view: BoardView, state: PageState, words: Words, days: Sequence[date] = ()) -> Element:
    """Where, as of when, and the ways to choose."""
    newest = words.t("数据至 {period}", period=words.until(view.newest)) if view.newest else ""
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
            el("Span", newest) if newest else None,
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
        ground.note(view, state, words),
        layout_edit.entrance(view, state, words),
        el("Div", filters.periods(view.periods, view.period, state, words),
           known_on.picker(view.as_of, days, state, words), class_="board-times"),
        class_="board-head",
    )  # fmt: skip


def _body(view: BoardView, state: PageState, bench: panels.Bench) -> list[Child]:
    words = bench.words
    past = view.period is not None or view.as_of is not None
    open_ = any(group.total for group in view.warnings)
    placed = any(slot.name == "warnings" for slot in view.panels)
    top: list[Child] = [
        layout_edit.bar(view, state, bench),
        lists.warnings(view.warnings, state, words, today=past)
        if not placed and not view.editing and (open_ or not view.face) else None,
        filters.tabs(view.tabs, view.tab, state, words),
        None if view.editing else _notes(view, words),
        _first(view.starred, bench) if view.starred and not view.editing else None,
    ]  # fmt: skip
    children = filters.children(view.children, state, words)
    if view.editing:
        return [
            *top,
            *(layout_edit.section(group, view, bench, _content(view, bench)) for group in view.groups),
        ]
    if view.face:
        return [*top, states.empty(view, state, words), children]
    return [*top, *(_section(group, view, bench) for group in view.groups), children]


def _notes(view: BoardView, words: Words) -> Element | None:
    """What the layout names and the board cannot show; the rest stands."""
    if not view.notes:
        return None
    return el(
        "Ul",
        [
            el("Li", words.texts.what(issue), " ", el("Span", words.texts.do(issue), class_="notice-do"))
            for issue in view.notes
        ],
        class_="notice layout-notes",
        role="status",
    )


def _section(group: SystemGroup, view: BoardView, bench: panels.Bench) -> Element | list[Child]:
    """The cards and panels of a section in their order; on home the section bears the name of its system."""
    runs: list[Child] = [
        _run(kind, list(slots), view, bench) for kind, slots in groupby(_shown(group), _kind)
    ]
    if not group.system:
        return runs
    path = PATHS.get(group.system)
    title = link(f"{path}{bench.state.with_(map=None).to_url()}", group.name) if path else group.name
    return el(
        "Section",
        el("H2", title) if not view.tabs else el("H2", group.name, class_="sr-only"),
        runs,
        _unpublished(group, bench.state, bench.words),
        class_="tile-group",
    )


def _shown(group: SystemGroup) -> Iterator[Slot]:
    """What a reader sees of a section: no card that the level does not publish, nothing that is not there."""
    for slot in group.slots:
        if not isinstance(slot.view, Issue) and (slot.kind == "panel" or slot.view is not None):
            yield slot


def _kind(slot: Slot) -> str:
    return slot.kind


def _run(kind: str, slots: list[Slot], view: BoardView, bench: panels.Bench) -> Element | None:
    """Cards beside each other, or panels in their rows."""
    if kind == "panel":
        return panels.rows(slots, view, bench)
    return el(
        "Div",
        [
            tile(slot.view, bench.state, bench.words, slot.size, _starred(slot.name, bench))
            for slot in slots
            if isinstance(slot.view, TileView)
        ],
        class_="tiles",
    )


def _first(group: SystemGroup, bench: panels.Bench) -> Element:
    """What a reader wants to see first, and the way to everything else: home on a phone (assets/phone.css)."""
    t, state = bench.words.t, bench.state
    moving = state.edit == STARS
    cards = [
        el(
            "Li",
            tile(slot.view, state, bench.words, "normal", _starred(slot.name, bench)),
            star_movers(slot.name, slot.view.name, bench.words) if moving else None,
            key=slot.name,
        )
        for slot in group.slots
        if isinstance(slot.view, TileView)
    ]
    order = state.with_(edit=None if moving else STARS).to_url() or "?"
    return el(
        "Section",
        el(
            "Header",
            el("H2", t("关注的指标")),
            link(order, t("完成") if moving else t("调整顺序"), class_="tool") if len(cards) > 1 else None,
            class_="starred-head",
        ),
        el("Ul", cards, class_="starred-cards")
        if cards
        else el("P", t("还没有关注的指标：在指标卡上点星标，就会显示在这里。"), class_="state-do"),
        _unpublished(group, state, bench.words),
        link(
            shell.way("search", state),
            el("Span", class_="icon icon-search", aria_hidden="true"),
            t("搜索指标、地区和业务记录"),
            class_="search-way",
        ),
        class_="starred",
    )


def _starred(indicator: str, bench: panels.Bench) -> bool | None:
    return None if bench.starred is None else indicator in bench.starred


def _content(view: BoardView, bench: panels.Bench) -> Callable[[Slot], Element | None]:
    """Draws what stands in one slot, for the editor of the layout."""

    def draw(slot: Slot) -> Element | None:
        if isinstance(slot.view, TileView):
            return tile(slot.view, bench.state, bench.words)
        return panels.panel(slot, view, bench) if slot.kind == "panel" else None

    return draw


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


# ---- ready pages


@dataclass(frozen=True)
class Ready:
    """A board as it travels: its JSON, and the breadcrumb that the shell shows for it; ``keep`` unless a part failed."""

    json: bytes
    crumbs: tuple[Crumb, ...]
    keep: bool = True


def page(name: str, query: Mapping[str, object]) -> Element:
    """A whole page for this request: the shell around a board, rendered once for all who see the same.

    query  the fields of the address
    """
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = (
        here.services.version()
    )  # before anything is read: what changes meanwhile is asked for by the next poll
    ready = _kept(here, name, state, version, here.services.stars.of(here.actor))
    return frame(
        here, name, state, orjson.Fragment(ready.json), crumbs=ready.crumbs, version=version, known=True
    )


def _kept(here: Session, name: str, state: PageState, version: str, stars: tuple[str, ...]) -> Ready:
    """The rendered board from the cache; its key holds all that it depends on, so nothing is ever cleared."""
    services, actor = here.services, here.actor
    hour = f"{services.clock():%Y%m%d%H}"
    scope = (actor.role, actor.regions, actor.systems)
    key = f"board:{version}:{hour}:{scope}:{name}:{here.language}:{here.theme}:{state}:{stars}"
    if state.edit or state.preview:  # a draft is its editors', and changes without a new version
        return _ready(here, name, state, stars)
    if services.cache is None:
        return _ready(here, name, state, stars)
    found = services.cache.get(key)
    if isinstance(found, Ready):
        return found
    with services.alone.making(key):
        found = services.cache.get(key)
        if isinstance(found, Ready):
            return found
        ready = _ready(here, name, state, stars)
        if ready.keep:
            services.cache.set(key, ready)
        return ready


def _ready(here: Session, name: str, state: PageState, stars: tuple[str, ...]) -> Ready:
    boards, said = here.services.boards, None
    if state.preview:
        boards, said = _previewed(here, state)
    view = boards.view(name, here.actor, replace(state.choice, starred=stars), here.language)
    words = Words(here.texts, boards.units(here.language))
    broken = any(isinstance(slot.view, Face) and slot.view.kind == "failed" for slot in view.panels)
    drawn = render(view, state, words, tokens(here.theme), here, frozenset(stars))
    if said:
        drawn = el("Div", said, drawn)
    return Ready(orjson.dumps(drawn), tuple(_crumbs(view, state)), keep=not broken)


def _previewed(here: Session, state: PageState) -> tuple[Boards, Element]:
    """The boards as they would look with a delivery of the data desk, and the sentence that says so."""
    t, number = here.texts.t, int(state.preview or 0)
    back = link(state.with_(preview=None).to_url() or "?", t("看已发布的"), class_="inline-link")
    try:
        boards = here.services.desk.preview.boards(here.actor, number)
    except CockpitError as error:
        return here.services.boards, el(
            "P", here.texts.what(error.issues[0]), " ", back, class_="preview-said notice", role="status"
        )
    said = t(
        "预览：下面是报送 {number} 发布后的样子，别人看不到。专题面板和预警仍按已发布的数。", number=number
    )
    desk = link(f"/desk/{number}", t("回到报送"), class_="inline-link")
    return boards, el("P", said, " ", desk, " ", back, class_="preview-said notice", role="status")


def _crumbs(view: BoardView, state: PageState) -> Iterator[Crumb]:
    """From the reader's own region down; the last is where one stands."""
    for place in view.path[:-1]:
        own = place.code == view.path[0].code
        yield Crumb(place.name, state.with_(region=None if own else f"{place.code:012d}").to_url() or "?")
    yield Crumb(view.path[-1].name)
