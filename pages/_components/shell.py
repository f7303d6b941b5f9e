"""The shell around every page: the places there are, where one stands, language, light, and the way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from indicators.errors import N_
from pages._components import workshop
from pages._components.elements import Child, Element, el, link
from pages._session import Session, city, texts
from pages._state import PageState
from services import access
from services.access import Actor
from services.texts import Texts, languages


@dataclass(frozen=True)
class Page:
    """One place of the navigation.

    systems  the systems whose figures it shows; a reader without any of them is not led there. None: everybody is
    inside   whether it is drawn in this shell; the wall has a page of its own
    begins   whether a group of places begins with it: a little room stands before it
    answers  whether people are led there who see nothing but the supervised items that they answer
    actions  the acts of which a reader must be permitted one to be led there; none: everybody is
    """

    name: str
    path: str
    title: str
    short: str
    systems: tuple[str, ...] = ()
    inside: bool = True
    begins: bool = False
    answers: bool = False
    actions: frozenset[str] = frozenset()


PAGES = (
    Page("home", "/", N_("首页"), N_("首页")),
    Page("economy", "/economy", N_("经济运行"), N_("经济"), ("econ",)),
    Page("projects", "/projects", N_("重点项目与招商"), N_("项目"), ("proj",)),
    Page("emergency", "/emergency", N_("应急指挥"), N_("应急"), ("emerg",)),
    Page("signs", "/signs", N_("城市体征"), N_("体征"), ("sign",)),
    Page("digital", "/digital", N_("数字政府"), N_("数字政府"), ("dgov",)),
    Page("warnings", "/warnings", N_("预警中心"), N_("预警"), begins=True),
    Page("supervision", "/supervision", N_("督办"), N_("督办"), answers=True),
    Page("rules", "/rules", N_("规则体检"), N_("规则")),
    Page("catalogue", "/catalogue", N_("指标库"), N_("指标库"), begins=True),
    Page("work", "/work", N_("工作台"), N_("工作台"), answers=True, actions=workshop.ACTIONS),
    Page("search", "/search", N_("搜索"), N_("搜索"), begins=True),
    Page("screen", "/screen", N_("大屏"), N_("大屏"), inside=False),
)
"""What the rail and the phone's bar lead to, in their order: only what exists."""

ON_THE_PHONE = ("home", "search")
"""The places of the bar at the bottom of a phone; between them one opens all the others."""


@dataclass(frozen=True)
class Crumb:
    """One region of the breadcrumb; the last has no address, since one is there."""

    name: str
    href: str | None = None


def frame(
    here: Session,
    page: str,
    state: PageState,
    content: Child,
    *,
    crumbs: Sequence[Crumb] = (),
    period: str = "",
    version: str = "",
    known: bool = False,
) -> Element:
    """A whole page: the shell with the content in it, as the one component of assets/clientside.js.

    page    the name of the page in PAGES, to mark where one is
    crumbs  from the reader's own region down to the one shown
    period  the period shown, in words
    version of the data that the content was made from, read before it was made; without it the one of now
    known   whether the content is as it was known on the day that the address names; else the page says that it is not
    """
    t = here.texts.t
    tree = el(
        "Div",
        el("A", t("跳到正文"), href="#main", class_="skip"),
        _rail(here, page, state),
        el(
            "Header",
            _crumbs(crumbs, t("所在区域")),
            el("P", period, class_="bar-period") if period else None,
            _tools(here, state),
            class_="bar",
        ),
        el(
            "Main",
            None if known else _not_known(here, state),
            content,
            id="main",
            class_="main",
            tabIndex="-1",
        ),
        _bar(here, page, state),
        class_="shell",
        lang=here.texts.tag,
        data_theme=here.theme,
        data_version=version or str(here.services.version()),
        data_poll=str(here.services.settings.interface.poll_seconds),
    )
    return {"type": "Page", "namespace": "chengmai", "props": {"tree": tree}}


def _not_known(here: Session, state: PageState) -> Element | None:
    """What a page says that shows the state of now although the address names an earlier day."""
    if not state.as_of:
        return None
    t = here.texts.t
    return el(
        "P",
        t("本页只显示现在的情况，不能回到 {day}。", day=state.as_of),
        " ",
        link(state.with_(as_of=None).to_url() or "?", t("按现在显示"), class_="inline-link"),
        class_="notice known-not",
        role="status",
    )


def in_workshop(here: Session, state: PageState, name: str = "", *further: str) -> list[Crumb]:
    """The breadcrumb of a page of the workshop: the place, and what of it is open; the last leads nowhere."""
    kept = PageState(lang=state.lang, mode=state.mode).to_url()
    steps = [(here.texts.t("工作台"), "/work")]
    steps += [(here.texts.t(place.title), place.path) for place in workshop.PLACES if place.name == name]
    steps += [(said, "") for said in further]
    return [
        *(Crumb(said, path + kept if path else None) for said, path in steps[:-1]),
        Crumb(steps[-1][0]),
    ]


def page_title(name: str) -> str:
    """What the browser's tab says, in the reader's language; for ``register_page``."""
    words = texts()
    page = next(page for page in PAGES if page.name == name)
    return f"{words.t(page.title)} · {words.t('城脉')}"


def product_title() -> str:
    """The product's name in the reader's language; for pages that are no place."""
    return texts().t("城脉")


def _rail(here: Session, page: str, state: PageState) -> Element:
    t = here.texts.t
    return el(
        "Aside",
        link(
            "/" + _kept(state),
            el("Span", class_="brand-mark", aria_hidden="true"),
            el(
                "Span",
                t("城脉"),
                el("Span", city(here.texts), class_="brand-sub"),
                class_="words",
            ),
            class_="brand",
        ),
        el(
            "Nav",
            [
                _way(
                    place,
                    state,
                    "rail-link begins" if place.begins else "rail-link",
                    place.name == page,
                    el("Span", t(place.title), class_="words"),
                )
                for place in places(here)
            ],
            class_="rail-links",
            aria_label=t("主导航"),
        ),
        class_="rail",
    )


def places(here: Session) -> tuple[Page, ...]:
    """The places that this reader is led to."""
    if only_answers(here.actor):
        return tuple(place for place in PAGES if place.answers)
    return tuple(place for place in PAGES if _led(here.actor, place))


def _led(actor: Actor, place: Page) -> bool:
    """Whether somebody sees one of the systems of a place and may do one of its acts; naming none asks for none."""
    seen = not place.systems or any(access.may(actor, "view", system=system) for system in place.systems)
    return seen and (not place.actions or any(access.may(actor, action) for action in place.actions))


def only_answers(actor: Actor) -> bool:
    """Whether the reader sees nothing but the supervised items to be answered."""
    return access.may(actor, "answer") and not access.may(actor, "view")


def _way(place: Page, state: PageState, class_: str, current: bool, *words: Child) -> Element:
    """The way to a place: an icon and its name; what is chosen of region and language goes along."""
    icon = el("Span", class_=f"icon icon-{place.name}", aria_hidden="true")
    there = "page" if current else None
    if place.inside:
        return link(place.path + _kept(state), icon, *words, class_=class_, aria_current=there)
    return el("A", icon, *words, href=place.path, class_=class_, aria_current=there)


def _crumbs(crumbs: Sequence[Crumb], label: str) -> Element:
    return el(
        "Nav",
        el(
            "Ol",
            [
                el(
                    "Li",
                    link(crumb.href, crumb.name)
                    if crumb.href
                    else el("Span", crumb.name, aria_current="location"),
                )
                for crumb in crumbs
            ],
        ),
        class_="crumbs",
        aria_label=label,
    )


def _tools(here: Session, state: PageState) -> Element:
    """Another language, the other light, one's account; a page keeps its address, be it a board or a record."""
    t = here.texts.t
    other = "light" if here.theme == "dark" else "dark"
    switch = N_("换成浅色") if other == "light" else N_("换成深色")
    tongues = [Texts(name) for name in languages() if name != here.language]
    return el(
        "Div",
        [
            link(
                state.with_(lang=tongue.language, sheet=state.sheet).to_url(),
                tongue.name,
                class_="tool",
                lang=tongue.tag,
            )
            for tongue in tongues
        ],
        link(
            state.with_(mode=other, sheet=state.sheet).to_url(),
            el("Span", class_=f"icon icon-{other}", aria_hidden="true"),
            el("Span", t(switch), class_="sr-only"),
            class_="tool",
            title=t(switch),
        ),
        link(
            "/notices" + _kept(state),
            el("Span", class_="icon icon-notices", aria_hidden="true"),
            el("Span", t("消息"), class_="sr-only"),
            class_="tool",
            title=t("消息"),
        ),
        el(
            "A",
            el("Span", class_="icon icon-me", aria_hidden="true"),
            el("Span", _name(here), class_="words"),
            href="/me?" + urlencode({"lang": here.language, "mode": here.theme}),
            class_="tool me",
            aria_label=t("我的账号：{name}", name=_name(here)),
        ),
        class_="bar-tools",
    )


def _name(here: Session) -> str:
    """How the reader is called; the names of demo people are in the catalogues."""
    return here.texts.t(here.actor.display or here.actor.name)


def _bar(here: Session, page: str, state: PageState) -> Element:
    """The bar at the bottom of a phone, three places: home, all systems as a sheet from below, search; no wall."""
    t = here.texts.t
    if only_answers(here.actor):
        ways = [_way(place, state, "place", place.name == page, t(place.short)) for place in places(here)]
        return el("Nav", ways, class_="places", aria_label=t("主导航"))
    home, search = (next(place for place in PAGES if place.name == name) for name in ON_THE_PHONE)
    others = [place for place in places(here) if place.inside and place.name not in ON_THE_PHONE]
    among = any(place.name == page for place in others)
    systems = el(
        "Details",
        el("Summary", el("Span", class_="icon icon-systems", aria_hidden="true"), t("系统"), class_="place",
           aria_current="true" if among else None),
        el("Ul",
           [el("Li", _way(place, state, "system-link", place.name == page, t(place.title))) for place in others],
           class_="systems"),
        class_="picker place-systems",
        key=f"systems-{page}",
    )  # fmt: skip
    return el(
        "Nav",
        _way(home, state, "place", page == "home", t(home.short)),
        systems,
        _way(search, state, "place", page == "search", t(search.short)),
        class_="places",
        aria_label=t("主导航"),
    )


def way(name: str, state: PageState) -> str:
    """The address of a place; what is chosen of region and language goes along."""
    return next(place.path for place in PAGES if place.name == name) + _kept(state)


def _kept(state: PageState) -> str:
    """What of the state goes along to another page: the region, the language, the light."""
    return PageState(region=state.region, as_of=state.as_of, lang=state.lang, mode=state.mode).to_url()


def failed(what: str, do: str, reference: str = "") -> Element:
    """A page that could not be rendered: what, what to do, and the number under which it is logged."""
    t = texts().t
    number = t("编号 {reference}", reference=reference) if reference else ""
    return el("Main", stranded(what, do, t("返回驾驶舱"), number), id="main", class_="main", tabIndex="-1")


def stranded(what: str, do: str, back: str, number: str = "") -> Element:
    """Where a page should be: why it is not, and the way home."""
    return el(
        "Section",
        el("H1", what),
        el("P", do, class_="state-do"),
        el("P", number, class_="state-do") if number else None,
        el("A", back, href="/", class_="button"),
        class_="state",
        data_state="failed",
        role="alert",
    )
