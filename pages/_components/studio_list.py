"""The list of the studio: what waits for the reader first, then drafts by state, then what files and rules propose."""

from pages._components import workshop
from pages._components.elements import Element, el
from pages._session import Session
from pages._state import PageState


def render(here: Session, state: PageState) -> Element:
    """The whole page."""
    t = here.texts.t
    return el(
        "Div",
        workshop.tabs(here, "studio", state),
        el("Header", el("H1", t("定义工作室")), class_="board-head"),
        class_="board workshop studio",
    )
