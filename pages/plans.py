"""规划目标: the targets of plans with owners, progress and evidence; and the list of scorecards."""

from functools import partial

import dash

from pages._components import plans_page, shell
from pages._components.elements import Element
from pages._components.shell import page_title
from pages._session import session
from pages._state import PageState

dash.register_page(__name__, path="/plans", title=partial(page_title, "work"))


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for one state; the address is the state, and a new version of the data asks again."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    crumbs = shell.in_workshop(here, state, "plans")
    return shell.frame(here, "work", state, plans_page.render(here, state), crumbs=crumbs, version=version)
