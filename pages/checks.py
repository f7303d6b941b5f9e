"""Checking the books: the list of what does not add up, and one case of it on a page of its own."""

import dash

from indicators.errors import CockpitError
from pages._components import checks, shell
from pages._components.elements import Element
from pages._components.shell import product_title
from pages._session import session
from pages._state import PageState

dash.register_page(__name__, path="/checks", title=product_title)


def layout(_version: str | None = None, **query: str) -> Element:
    """The check list for this reader."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    crumbs = shell.in_workshop(here, state, "checks")
    try:
        view = here.services.checks.book(here.actor, checks.chosen_of(state), here.language)
        content = checks.render(view, here, state)
    except CockpitError as error:
        issue = error.issues[0]
        content = shell.stranded(here.texts.what(issue), here.texts.do(issue), here.texts.t("返回驾驶舱"))
    return shell.frame(here, "work", state, content, crumbs=crumbs, version=version)
