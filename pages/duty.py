"""The duty roster: who answers where, by day and shift."""

import dash

from pages._components import incident_forms, shell, states
from pages._components.elements import Element, el, link
from pages._components.incident_words import words_of
from pages._components.shell import product_title
from pages._session import session
from pages._state import PageState
from services import access
from services.views import Face

dash.register_page(__name__, path="/duty", title=lambda **_: product_title())


def layout(_version: str | None = None, **query: str) -> Element:
    """The form for this reader, or why there is none."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    t = here.texts.t
    back = "/emergency" + PageState(region=state.region, lang=state.lang, mode=state.mode).to_url()
    if not access.may(here.actor, "command", system="emerg"):
        return shell.frame(
            here, "emergency", state, states.face(Face("forbidden", "", {}), words_of(here), back)
        )
    content = el(
        "Div",
        el("Header", link(back, t("应急指挥"), class_="back"), el("H1", t("值班排班")),
           el("P", t("同一班次、同一岗位再次保存，由新的值班人接替。"), class_="board-facts"), class_="board-head"),
        el("Section", incident_forms.duty_form(here, state.region or "", back), class_="card form-card"),
        class_="board incident",
    )  # fmt: skip
    return shell.frame(here, "emergency", state, content)
