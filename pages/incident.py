"""One incident: its stages, levels, casualties, tasks and log, and what may be done; or the form for a new one."""

import dash

from indicators.errors import CockpitError
from pages._components import incident_forms, incident_page, shell, states
from pages._components.elements import Element, el, link
from pages._components.incident_words import words_of
from pages._components.shell import product_title
from pages._session import Session, session
from pages._state import PageState
from services import access
from services.views import Face

dash.register_page(__name__, path_template="/incident/<number>", title=lambda **_: product_title())

LARGEST = 10**9
NEW = "new"
"""In the place of a number: the incident that is not registered yet."""


def layout(number: str = "", _version: str | None = None, **query: str) -> Element:
    """The page of one incident for this reader; another's incident is as unknown as none."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    content = _new(here, state) if number == NEW else _content(number, here, state)
    return shell.frame(here, "emergency", state, content, version=version)


def _content(number: str, here: Session, state: PageState) -> Element:
    incidents, texts = here.services.incidents, here.texts
    try:
        wanted = int(number) if number.isascii() and number.isdigit() and int(number) < LARGEST else 0
        view = incidents.page(here.actor, wanted, here.language)
    except CockpitError as error:
        issue = error.issues[0]
        return shell.stranded(texts.what(issue), texts.do(issue), texts.t("返回驾驶舱"))
    near, affected = (), None
    if view.head.lat is not None and view.head.lon is not None and not view.head.published:
        position = (view.head.lat, view.head.lon)
        near = here.services.resources.near(here.actor, position, limit=6)
        affected = here.services.resources.affected(here.actor, position, incident_page.RADIUS)
    return incident_page.render(view, near, affected, here, state)


def _new(here: Session, state: PageState) -> Element:
    """Register an incident: what is known now is enough, what is missing is asked for again."""
    t = here.texts.t
    back = "/emergency" + PageState(region=state.region, lang=state.lang, mode=state.mode).to_url()
    if not access.may(here.actor, "command", system="emerg"):
        return states.face(Face("forbidden", "", {}), words_of(here), back)
    return el(
        "Div",
        el("Header", link(back, t("应急指挥"), class_="back"), el("H1", t("登记突发事件")),
           el("P", t("先报事、后补全：不清楚的可以留空，登记后随时补充和更正。"), class_="board-facts"), class_="board-head"),
        el("Section", incident_forms.new_form(here, state.region or "", back), class_="card form-card"),
        class_="board incident",
    )  # fmt: skip
