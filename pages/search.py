"""Search: every indicator, region, board and record that its reader may see, found while one types."""

from collections.abc import Sequence
from functools import partial

import dash

from indicators.errors import N_
from pages._components import shell
from pages._components.elements import Element, el, link
from pages._components.shell import page_title
from pages._session import Session, session
from pages._state import PageState
from services.search import LONGEST, Found, Hit, best

dash.register_page(__name__, path="/search", title=partial(page_title, "search"))

KINDS = {
    "page": N_("页面"),
    "theme": N_("专题"),
    "indicator": N_("指标"),
    "region": N_("地区"),
    "project": N_("重点项目"),
    "deal": N_("招商项目"),
    "incident": N_("突发事件"),
    "statutory": N_("法定预警"),
    "resource": N_("应急资源"),
}
"""The kinds of what is found, by their names."""

BOARDS = {"econ": "economy", "proj": "projects", "emerg": "emergency", "sign": "signs", "dgov": "digital"}
"""The page of a system; another system's figures are on home."""


def layout(_version: str | None = None, q: str | None = None, **query: str) -> Element:
    """The page for one question; the address holds it, so that it can be sent and gone back to."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    return shell.frame(here, "search", state, content(here, state, (q or "")[:LONGEST]), known=True)


def content(here: Session, state: PageState, text: str) -> Element:
    """The field, and what it finds."""
    t = here.texts.t
    found = [*_pages(here, text), *here.services.search.find(here.actor, text, here.language)]
    return el(
        "Div",
        el("H1", t("搜索"), class_="sr-only"),
        _field(here, state, text),
        _listed(here, state, found) if found else _nothing(here, text),
        class_="search",
    )


def _field(here: Session, state: PageState, text: str) -> Element:
    """The field; assets/phone.js asks while one types, and without it the form still works."""
    t = here.texts.t
    kept = {name: getattr(state, name) for name in ("region", "as_of", "lang", "mode")}
    return el(
        "Form",
        [el("Input", type="hidden", name=name, value=value) for name, value in kept.items() if value],
        el("Label", t("搜索指标、地区和业务记录"), htmlFor="search-text", class_="sr-only"),
        el("Span", class_="icon icon-search", aria_hidden="true"),
        el(
            "Input",
            id="search-text",
            type="search",
            name="q",
            defaultValue=text,
            maxLength=LONGEST,
            placeholder=t("中文、英文、拼音或首字母"),
            autoComplete="off",
            autoFocus=True,
            enterKeyHint="search",
        ),
        action="/search",
        role="search",
        class_="search-form",
        data_reader=here.actor.id,
    )


def _listed(here: Session, state: PageState, found: Sequence[Found]) -> Element:
    """What was found, by kind; the keys up and down walk through all of it."""
    t = here.texts.t
    count = sum(len(group.hits) for group in found)
    return el(
        "Div",
        el("P", t("找到 {count} 项", count=count), class_="sr-only", role="status"),
        [
            el(
                "Section",
                el("H2", t(KINDS[group.kind])),
                el("Ul", [el("Li", _hit(here, state, hit)) for hit in group.hits], class_="search-hits"),
                el("P", t("还有更多，请多输入几个字。"), class_="notes") if group.more else None,
            )
            for group in found
        ],
        id="search-found",
        class_="search-found",
    )


def _hit(here: Session, state: PageState, hit: Hit) -> Element:
    marked = el("Span", here.texts.t("模拟"), class_="status status-simulated") if hit.simulated else None
    return link(
        address(hit, state),
        el("Span", hit.name, class_="hit-name"),
        el("Span", hit.detail, class_="hit-detail") if hit.detail else None,
        marked,
        class_="hit",
    )


def _nothing(here: Session, text: str) -> Element:
    """Before a question, and after one that nothing answers."""
    t = here.texts.t
    if not text.strip():
        return el(
            "Div",
            el("P", t("例如：GDP、财政收入、czsr、gaozhou、wcl"), class_="state-do"),
            el("Div", data_recent=here.actor.id, data_title=t("最近搜索"), data_forget=t("清除")),
            id="search-found",
        )
    return el(
        "Div",
        el("P", t("没有找到“{text}”", text=text)),
        el("P", t("换一个说法，或只输入开头的几个字；也可以输入拼音首字母。"), class_="state-do"),
        id="search-found",
        class_="state",
        role="status",
    )


def _pages(here: Session, text: str) -> list[Found]:
    """The pages of the product, by their names in the reader's language and in Chinese."""
    if not text.strip():
        return []
    known = (
        (Hit("page", place.name, here.texts.t(place.title)), (here.texts.t(place.title), place.title))
        for place in shell.places(here)
        if place.name != "search"
    )
    hits = best(known, text.strip(), len(shell.PAGES))
    return [Found("page", tuple(hits))] if hits else []


def address(hit: Hit, state: PageState) -> str:
    """Where a hit is shown; what is chosen of region and language goes along."""
    kept = PageState(region=state.region, as_of=state.as_of, lang=state.lang, mode=state.mode)
    match hit.kind:
        case "resource":
            return "/emergency" + kept.filtered(at=hit.key).to_url()
        case "page":
            return shell.way(hit.key, state)
        case "region":
            return "/" + kept.with_(region=hit.key).to_url()
        case "theme":
            system, _, theme = hit.key.partition("/")
            return _board(system) + kept.with_(theme=theme).to_url()
        case "indicator":
            system = hit.key.split(".")[0]
            return _board(system) + kept.with_(map=hit.key, sheet=hit.key).to_url()
    return f"/{hit.kind}/{hit.key}{kept.to_url()}"


def _board(system: str) -> str:
    """The address of the board of a system."""
    name = BOARDS.get(system, "home")
    return next(place.path for place in shell.PAGES if place.name == name)
