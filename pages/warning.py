"""One warning, open or closed, with everything that is known of it."""

import dash

from pages._components import shell, warning_page
from pages._components.elements import Element
from pages._components.shell import product_title
from pages._session import session
from pages._state import PageState
from services.views import Face

dash.register_page(__name__, path_template="/warning/<identity>", title=lambda **_: product_title())


def layout(identity: str = "", _version: str | None = None, **query: str) -> Element:
    """The page of one warning for this reader; another's warning is as unknown as none."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    view = here.services.one_warnings.view(here.actor, identity, here.services.clock(), here.language)
    if isinstance(view, Face):
        t = here.texts.t
        content = shell.stranded(t(view.reason), t("请从预警列表进入。"), t("返回驾驶舱"))
        return shell.frame(here, "warnings", state, content, version=version)
    content = warning_page.render(view, here, state)
    return shell.frame(
        here, "warnings", state, content, crumbs=warning_page.crumbs(view.path, state), version=version
    )
