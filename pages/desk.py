"""数据填报: what a department is to bring and when, what is under way, corrections, and the loads that brought it."""

from functools import partial

import dash

from pages._components import desk_page
from pages._components.elements import Element
from pages._components.shell import page_title

dash.register_page(__name__, path="/desk", title=partial(page_title, "work"))


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for one state; the address is the state."""
    return desk_page.page(query)
