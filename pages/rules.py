"""The health of the rules: the worst first, with why, and a way to propose a change."""

from functools import partial

import dash

from pages._components import rule_list, shell, states
from pages._components.elements import Element
from pages._components.registers import speaking
from pages._components.shell import Crumb, page_title
from pages._session import session
from pages._state import PageState
from services.views import Face

dash.register_page(__name__, path="/rules", title=partial(page_title, "rules"))


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for this reader; what is chosen stands in the address."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    view = here.services.rule_health.listed(here.actor, state.choice, here.language)
    if isinstance(view, Face):
        return shell.frame(here, "rules", state, states.face(view, speaking(here), "/rules"), version=version)
    content = rule_list.render(view, here, state)
    return shell.frame(here, "rules", state, content, crumbs=[Crumb(view.place.name)], version=version)
