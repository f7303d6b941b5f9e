"""The catalogue: all systems, themes and indicators as a tree, a table and a graph; what is chosen stands in the address."""

from functools import partial

import dash

from indicators.errors import CockpitError
from pages._components import catalogue, shell
from pages._components.elements import Element
from pages._components.shell import Crumb, page_title
from pages._session import Session, session
from pages._state import PageState

dash.register_page(__name__, path="/catalogue", title=partial(page_title, "catalogue"))


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for this reader."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    crumbs = [Crumb(here.texts.t("指标库"))]
    return shell.frame(here, "catalogue", state, _content(here, state), crumbs=crumbs, version=version)


def _content(here: Session, state: PageState) -> Element:
    try:
        return catalogue.render(here, state)
    except CockpitError as error:
        issue = error.issues[0]
        return shell.stranded(here.texts.what(issue), here.texts.do(issue), here.texts.t("返回驾驶舱"))
