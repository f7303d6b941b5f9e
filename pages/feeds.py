"""数据接入: feeds without hands, the registry of who supplies what from where, and the quality of what comes."""

from functools import partial

import dash

from pages._components import feeds_page
from pages._components.elements import Element
from pages._components.shell import page_title

dash.register_page(__name__, path="/feeds", title=partial(page_title, "work"))


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for one state; the address is the state."""
    return feeds_page.page(query)
