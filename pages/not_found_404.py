"""No such page: said in the reader's language, inside the shell, with a way on."""

import dash

from pages._components import shell
from pages._components.elements import Element
from pages._session import session
from pages._state import PageState

dash.register_page(__name__, title=shell.product_title)


def layout(**address: object) -> Element:
    """What an address shows that leads nowhere."""
    state = PageState.from_query(address)
    here = session(state.lang, state.mode)
    t = here.texts.t
    face = shell.stranded(t("没有这个页面"), t("请检查地址，或从导航进入。"), t("回到首页"))
    return shell.frame(here, "", state, face)
