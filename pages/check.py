"""One total that its parts do not make: the figures, the difference, what was decided and by whom."""

import dash

from indicators.errors import CockpitError
from pages._components import checks, shell
from pages._components.elements import Element
from pages._components.shell import product_title
from pages._session import session
from pages._state import PageState

dash.register_page(__name__, path_template="/checks/<number>", title=lambda **_: product_title())


def layout(number: str = "", _version: str | None = None, **query: str) -> Element:
    """The page of one failure for this reader."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    try:
        wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
        view = here.services.checks.one(here.actor, wanted, here.language)
        content = checks.single(view, here, state)
    except CockpitError as error:
        issue = error.issues[0]
        content = shell.stranded(here.texts.what(issue), here.texts.do(issue), here.texts.t("返回驾驶舱"))
    crumbs = shell.in_workshop(here, state, "checks", number[:12])
    return shell.frame(here, "work", state, content, crumbs=crumbs, version=version)
