"""One delivery at the data desk: its grid with the doubts at their cells, its release, its preview, what happened."""

import dash

from pages._components import delivery_page
from pages._components.elements import Element
from pages._components.shell import page_title

dash.register_page(__name__, path_template="/desk/<number>", title=lambda **_: page_title("work"))


def layout(number: str = "", _version: str | None = None, **query: str) -> Element:
    """The page for one state; the address is the state."""
    return delivery_page.page(number, query)
