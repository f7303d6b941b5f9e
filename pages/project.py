"""One project: everything that is known of it, and the forms of those who may change it; a new one, or many from a file."""

import dash

from indicators.errors import N_
from pages._components import project_forms, project_page, shell, states
from pages._components.elements import Element, el, link
from pages._components.projects_parts import speaking
from pages._components.shell import product_title
from pages._session import Session, session
from pages._state import PageState
from services import access
from services.views import Face

dash.register_page(__name__, path_template="/project/<number>", title=lambda **_: product_title())

LARGEST = 10**9
BLANK = {"new": (N_("登记项目"), lambda here, state: project_forms.facts(here, state, None)),
         "import": (N_("从文件导入"), project_forms.upload)}  # fmt: skip
"""What stands in the place of a number: a project that is not registered yet, or a file of many."""


def layout(number: str = "", _version: str | None = None, **query: str) -> Element:
    """The page of one project for this reader; one of elsewhere is as unknown as none."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    if number in BLANK:
        return shell.frame(here, "projects", state, _blank(number, here, state), version=version)
    wanted = int(number) if number.isascii() and number.isdigit() and int(number) < LARGEST else 0
    view = here.services.project_pages.view(here.actor, wanted, here.language)
    if isinstance(view, Face):
        t = here.texts.t
        content = shell.stranded(t(view.reason), t("请从项目列表进入。"), t("返回驾驶舱"))
        return shell.frame(here, "projects", state, content, version=version)
    content = project_page.render(view, here, state)
    crumbs = project_page.crumbs(view, state)
    return shell.frame(here, "projects", state, content, crumbs=crumbs, version=version)


def _blank(number: str, here: Session, state: PageState) -> Element:
    t = here.texts.t
    back = project_forms.board_address(state)
    if not access.may(here.actor, "record", system="proj"):
        return states.face(Face("forbidden", "", {}), speaking(here), back)
    title, make = BLANK[number]
    return el(
        "Div",
        el("Header", link(back, t("项目名录"), class_="back"), el("H1", t(title)), class_="board-head"),
        el("Section", make(here, state), class_="card form-card"),
        class_="board project",
    )
