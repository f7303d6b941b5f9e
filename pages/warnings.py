"""The warning centre: every open warning that its reader may see, and how it was before."""

from functools import partial

import dash

from pages._components import shell, states, warning_list, warning_past, warning_silences
from pages._components.elements import Element
from pages._components.registers import speaking
from pages._components.shell import Crumb, page_title
from pages._session import Session, session
from pages._state import PageState
from services.views import Face
from services.warning_views import ListView, PastView

dash.register_page(__name__, path="/warnings", title=partial(page_title, "warnings"))

PAST, SILENCES = "past", "silences"
"""The themes of the address under which one looks back, or at what is muted."""


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for this reader; what is chosen stands in the address."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    view = _view(here, state)
    if isinstance(view, Face):
        return shell.frame(here, "warnings", state, _closed(view, here), version=version)
    content = _drawn(view, here, state)
    crumbs = [
        Crumb(place.name, state.with_(region=f"{place.code:012d}").to_url()) for place in view.path[:-1]
    ]
    crumbs.append(Crumb(view.path[-1].name))
    return shell.frame(here, "warnings", state, content, crumbs=crumbs, version=version)


def _view(here: Session, state: PageState) -> ListView | PastView | Face:
    """What stands open, or the past."""
    services = here.services
    if state.theme == PAST:
        return services.past.view(here.actor, state.choice, services.clock(), here.language)
    return services.centre.listed(here.actor, state.choice, here.language)


def _drawn(view: ListView | PastView, here: Session, state: PageState) -> Element:
    if state.theme == SILENCES:
        silences = here.services.silences.view(here.actor, here.language)
        return warning_silences.render(silences, view.path, here, state)
    if isinstance(view, PastView):
        return warning_past.render(view, here, state)
    return warning_list.render(view, here, state)


def _closed(view: Face, here: Session) -> Element:
    return states.face(view, speaking(here), "/warnings")
