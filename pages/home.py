"""Home: what needs attention first, then the headline numbers of every system, and the map.

Whoever only answers supervised items is at home where those are.
"""

from functools import partial

import dash

from pages._components import board, shell, supervision_page
from pages._components.elements import Element
from pages._components.shell import page_title
from pages._session import session

dash.register_page(__name__, path="/", title=partial(page_title, "home"))


def layout(_version: str | None = None, **query: str) -> Element:
    """The page for one state; the address is the state, and a new version of the data asks again."""
    if shell.only_answers(session().actor):
        return supervision_page.page(query)
    return board.page("home", query)
