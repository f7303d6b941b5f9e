"""One draft of a definition: the form while it is written, the difference and its decision afterwards."""

import dash

from indicators.errors import CockpitError
from pages._components import shell, studio_draft
from pages._components.elements import Element
from pages._components.shell import product_title
from pages._session import Session, session
from pages._state import PageState

dash.register_page(__name__, path_template="/studio/<number>", title=lambda **_: product_title())


def layout(number: str = "", _version: str | None = None, **query: str) -> Element:
    """The page of one draft for this reader."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    crumbs = shell.in_workshop(here, state, "studio", number[:12])
    return shell.frame(here, "work", state, _content(number, here, state), crumbs=crumbs, version=version)


def _content(number: str, here: Session, state: PageState) -> Element:
    known = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    try:
        view = here.services.studio.draft(here.actor, known)
    except CockpitError as error:
        issue = error.issues[0]
        return shell.stranded(here.texts.what(issue), here.texts.do(issue), here.texts.t("返回驾驶舱"))
    return studio_draft.render(view, here, state)
