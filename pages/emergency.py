"""Emergencies: what is in force, what is open, and how ready the city is."""

from functools import partial

import dash

from pages._components import board
from pages._components.elements import Element
from pages._components.shell import page_title

dash.register_page(__name__, path="/emergency", title=partial(page_title, "emergency"))


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for one state; the address is the state, and a new version of the data asks again."""
    return board.page("emergency", query)
