"""督办: the items that the reader may see, the rates of departments and counties, and what is given out by hand."""

from functools import partial

import dash

from pages._components import supervision_page
from pages._components.elements import Element
from pages._components.shell import page_title

dash.register_page(__name__, path="/supervision", title=partial(page_title, "supervision"))


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for one state; the address is the state, and a new version of the data asks again."""
    return supervision_page.page(query)
