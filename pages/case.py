"""One hotline case: its loop, and what may be done; or the forms for new ones."""

import dash

from indicators.errors import CockpitError
from pages._components import case, shell, states
from pages._components.elements import Element
from pages._components.registers import speaking
from pages._components.shell import product_title
from pages._session import Session, session
from pages._state import PageState
from services.views import Face

dash.register_page(__name__, path_template="/case/<number>", title=lambda **_: product_title())

LONGEST = 24
NEW = "new"
"""In the place of a number: a case that is not registered yet."""


def layout(number: str = "", _version: str | None = None, **query: str) -> Element:
    """The page of one case for this reader; another county's is refused."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    content = _new(here, state) if number == NEW else _content(number, here, state)
    return shell.frame(here, "signs", state, content, version=version)


def _content(number: str, here: Session, state: PageState) -> Element:
    try:
        return case.render(here.services.cases.page(here.actor, number[:LONGEST], here.language), here, state)
    except CockpitError as error:
        issue, texts = error.issues[0], here.texts
        return shell.stranded(texts.what(issue), texts.do(issue), texts.t("返回驾驶舱"))


def _new(here: Session, state: PageState) -> Element:
    if not here.services.hotline.counties(here.actor):
        return states.face(Face("forbidden", "", {}), speaking(here), case.board_address(state))
    return case.new(here, state)
