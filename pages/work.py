"""What waits for the reader in the workshop of definitions and data, and the ways into it."""

from functools import partial

import dash

from pages._components import shell, work
from pages._components.elements import Element
from pages._components.shell import page_title
from pages._session import session
from pages._state import PageState

dash.register_page(__name__, path="/work", title=partial(page_title, "work"))


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for this reader."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    waiting = here.services.work.of(here.actor, here.language)
    crumbs = shell.in_workshop(here, state)
    return shell.frame(here, "work", state, work.render(waiting, here, state), crumbs=crumbs, version=version)
