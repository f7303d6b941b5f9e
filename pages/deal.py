"""One deal: its stages, money and marks, and what may be done; or the forms for new ones."""

import dash

from indicators.errors import CockpitError
from pages._components import deal, shell, states
from pages._components.elements import Element
from pages._components.registers import speaking
from pages._components.shell import product_title
from pages._session import Session, session
from pages._state import PageState
from services.views import Face

dash.register_page(__name__, path_template="/deal/<number>", title=lambda **_: product_title())

LARGEST = 10**9
NEW = "new"
"""In the place of a number: a deal that is not registered yet."""


def layout(number: str = "", _version: str | None = None, **query: str) -> Element:
    """The page of one deal for this reader; another county's is refused."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    content = _new(here, state) if number == NEW else _content(number, here, state)
    return shell.frame(here, "projects", state, content, version=version)


def _content(number: str, here: Session, state: PageState) -> Element:
    try:
        wanted = int(number) if number.isascii() and number.isdigit() and int(number) < LARGEST else 0
        return deal.render(here.services.promotion.deal(here.actor, wanted), here, state)
    except CockpitError as error:
        issue, texts = error.issues[0], here.texts
        return shell.stranded(texts.what(issue), texts.do(issue), texts.t("返回驾驶舱"))


def _new(here: Session, state: PageState) -> Element:
    if not here.services.promotion.counties(here.actor):
        return states.face(Face("forbidden", "", {}), speaking(here), deal.board_address(state))
    return deal.new(here, state)
