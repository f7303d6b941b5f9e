"""The shell around every page: the places there are, where one stands, language, light, and the way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from indicators.errors import N_
from pages._components.elements import Child, Element, el, link
from pages._session import Session, city, texts
from pages._state import PageState
from services.texts import Texts, languages


@dataclass(frozen=True)
class Page:
    """One place of the navigation."""

    name: str
    path: str
    title: str
    short: str


PAGES = (
    Page("home", "/", N_("首页"), N_("首页")),
    Page("economy", "/economy", N_("经济运行"), N_("经济")),
)
"""What the rail and the phone's bar lead to: only what exists."""


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
) -> Element:
    """A whole page: the shell with the content in it, as the one component of assets/clientside.js.

    page    the name of the page in PAGES, to mark where one is
    crumbs  from the reader's own region down to the one shown
    period  the period shown, in words
    version of the data that the content was made from, read before it was made; without it the one of now
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
            _tools(here, page, state),
            class_="bar",
        ),
        el("Main", content, id="main", class_="main", tabIndex="-1"),
        _places(here, page, state),
        class_="shell",
        lang=here.texts.tag,
        data_theme=here.theme,
        data_version=version or str(here.services.version()),
        data_poll=str(here.services.settings.interface.poll_seconds),
    )
    return {"type": "Page", "namespace": "chengmai", "props": {"tree": tree}}


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
                link(
                    place.path + _kept(state),
                    el("Span", class_=f"icon icon-{place.name}", aria_hidden="true"),
                    el("Span", t(place.title), class_="words"),
                    class_="rail-link",
                    aria_current="page" if place.name == page else None,
                )
                for place in PAGES
            ],
            class_="rail-links",
            aria_label=t("主导航"),
        ),
        class_="rail",
    )


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


def _tools(here: Session, page: str, state: PageState) -> Element:
    t = here.texts.t
    path = next((place.path for place in PAGES if place.name == page), "/")
    other = "light" if here.theme == "dark" else "dark"
    switch = N_("换成浅色") if other == "light" else N_("换成深色")
    tongues = [Texts(name) for name in languages() if name != here.language]
    return el(
        "Div",
        [
            link(
                path + state.with_(lang=tongue.language, sheet=state.sheet).to_url(),
                tongue.name,
                class_="tool",
                lang=tongue.tag,
            )
            for tongue in tongues
        ],
        link(
            path + state.with_(mode=other, sheet=state.sheet).to_url(),
            el("Span", class_=f"icon icon-{other}", aria_hidden="true"),
            el("Span", t(switch), class_="sr-only"),
            class_="tool",
            title=t(switch),
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


def _places(here: Session, page: str, state: PageState) -> Element:
    """The bar at the bottom of a phone: the same places, and one's own."""
    t = here.texts.t
    return el(
        "Nav",
        [
            link(
                place.path + _kept(state),
                el("Span", class_=f"icon icon-{place.name}", aria_hidden="true"),
                t(place.short),
                class_="place",
                aria_current="page" if place.name == page else None,
            )
            for place in PAGES
        ],
        el(
            "A",
            el("Span", class_="icon icon-me", aria_hidden="true"),
            t("我的"),
            href="/me?" + urlencode({"lang": here.language, "mode": here.theme}),
            class_="place",
        ),
        class_="places",
        aria_label=t("主导航"),
    )


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
