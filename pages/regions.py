"""Regions and their changes: the table of a day, what was proposed and decided, a new change, rights to be reviewed."""

from functools import partial

import dash

from pages._components import regions, shell, workshop
from pages._components.elements import Element, el
from pages._components.shell import page_title
from pages._session import session
from pages._state import PageState

dash.register_page(__name__, path="/regions", title=partial(page_title, "work"))


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for this reader; what is chosen stands in the address."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    content = el(
        "Div", workshop.tabs(here, "regions", state), regions.render(here, state), class_="page-regions"
    )
    crumbs = shell.in_workshop(here, state, "regions")
    return shell.frame(here, "work", state, content, crumbs=crumbs, version=version)
