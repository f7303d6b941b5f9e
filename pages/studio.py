"""The studio of definitions: drafts to write, to review, to publish, what is scheduled, what files and rules propose."""

import dash

from pages._components import shell, studio_list
from pages._components.elements import Element
from pages._components.shell import product_title
from pages._session import session
from pages._state import PageState

dash.register_page(__name__, path="/studio", title=product_title)


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for this reader."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    crumbs = shell.in_workshop(here, state, "studio")
    return shell.frame(here, "work", state, studio_list.render(here, state), crumbs=crumbs, version=version)
