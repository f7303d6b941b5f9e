"""Home: what needs attention first, then the headline numbers of every system, and the map."""

from functools import partial

import dash

from pages._components import board
from pages._components.elements import Element
from pages._components.shell import page_title

dash.register_page(__name__, path="/", title=partial(page_title, "home"))


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for one state; the address is the state, and a new version of the data asks again."""
    return board.page("home", query)
