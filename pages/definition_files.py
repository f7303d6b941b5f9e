"""Definitions as files: take the registry along, and bring files whose differences become drafts."""

import dash

from pages._components import definition_files, shell
from pages._components.elements import Element
from pages._components.shell import product_title
from pages._session import session
from pages._state import PageState

dash.register_page(__name__, path="/studio/files", title=product_title)


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for this reader; an upload that is looked at stands in the address."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    crumbs = shell.in_workshop(here, state, "studio", here.texts.t("导入导出"))
    content = definition_files.render(here, state)
    return shell.frame(here, "work", state, content, crumbs=crumbs, version=version)
