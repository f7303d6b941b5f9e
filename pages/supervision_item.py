"""One supervised item: its stages, the frozen copy, what was said, and what the reader may do with it."""

import dash

from indicators.errors import CockpitError
from pages._components import shell, supervision_item
from pages._components.elements import Element
from pages._components.shell import product_title
from pages._session import Session, session
from pages._state import PageState

dash.register_page(__name__, path_template="/supervision/<number>", title=lambda **_: product_title())

LARGEST = 10**9


def layout(number: str = "", _version: str | None = None, **query: str) -> Element:
    """The page of one item for this reader; one that is not theirs is as unknown as none."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    return shell.frame(here, "supervision", state, _content(number, here, state), version=version)


def _content(number: str, here: Session, state: PageState) -> Element:
    texts = here.texts
    try:
        wanted = int(number) if number.isascii() and number.isdigit() and int(number) < LARGEST else 0
        view = here.services.supervision.page(here.actor, wanted, here.language)
    except CockpitError as error:
        issue = error.issues[0]
        return shell.stranded(texts.what(issue), texts.do(issue), texts.t("返回驾驶舱"))
    return supervision_item.render(view, here, state)
