"""One yearly review: every owner keeps, changes or retires the own indicators."""

import dash

from indicators.errors import CockpitError
from pages._components import review_page, shell
from pages._components.collection_words import whole
from pages._components.elements import Element
from pages._components.shell import product_title
from pages._session import Session, session
from pages._state import PageState

dash.register_page(__name__, path_template="/review/<number>", title=lambda **_: product_title())


def layout(number: str = "", _version: str | None = None, **query: str) -> Element:
    """The page of one review for this reader; one that is not theirs is as unknown as none."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    crumbs = shell.in_workshop(here, state, "calls", number[:12])
    return shell.frame(here, "work", state, _content(number, here, state), crumbs=crumbs, version=version)


def _content(number: str, here: Session, state: PageState) -> Element:
    texts = here.texts
    try:
        view = here.services.reviews.page(here.actor, whole(number), state.filters, here.language)
    except CockpitError as error:
        issue = error.issues[0]
        return shell.stranded(texts.what(issue), texts.do(issue), texts.t("返回驾驶舱"))
    return review_page.render(view, here, state)
