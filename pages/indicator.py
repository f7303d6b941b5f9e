"""One indicator: what the number means, its figures now or as they were known on a day, and everything around it."""

import dash

from indicators.errors import CockpitError
from pages._components import indicator, known_on, registers, revisions, shell
from pages._components.elements import Element, el, link
from pages._components.shell import Crumb, product_title
from pages._session import Session, session
from pages._state import PageState

dash.register_page(__name__, path_template="/indicator/<code>", title=lambda **_: product_title())


def layout(code: str = "", _version: str | None = None, **query: str) -> Element:
    """The page of one indicator for this reader."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    try:
        content, crumbs = _content(code, here, state)
    except CockpitError as error:
        issue = error.issues[0]
        content = shell.stranded(here.texts.what(issue), here.texts.do(issue), here.texts.t("返回驾驶舱"))
        crumbs = []
    return shell.frame(here, "catalogue", state, content, crumbs=crumbs, version=version, known=True)


def _content(code: str, here: Session, state: PageState) -> tuple[Element, list[Crumb]]:
    if state.filters.get("show") == "revisions":
        return _revisions(code, here, state), []
    view = here.services.indicator_pages.view(here.actor, code, state.choice, here.language)
    crumbs = [Crumb(one.name, state.with_(region=f"{one.code:012d}").to_url()) for one in view.path[:-1]] + [
        Crumb(view.path[-1].name)
    ]
    return indicator.render(view, here, state), crumbs


def _revisions(code: str, here: Session, state: PageState) -> Element:
    """Every revision in all regions of the reader."""
    words = registers.speaking(here)
    found = here.services.indicator_pages.revisions(here.actor, code, state.choice, here.language)
    name = here.services.catalog.get(code).name(here.language)
    back = f"/indicator/{code}" + state.with_(filter=None).to_url()
    return el(
        "Div",
        el(
            "Header",
            link(
                back,
                el("Span", class_="icon icon-back", aria_hidden="true"),
                words.t("返回指标页"),
                class_="back",
            ),
            el("H1", words.t("{name}：修订记录", name=name)),
            el("P", known_on.on(state, words), class_="board-facts"),
            class_="board-head",
        ),
        revisions.table(found, words, places=True)
        if found
        else el("P", words.t("没有修订过。"), class_="all-quiet"),
        class_="board all-revisions",
    )
