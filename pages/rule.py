"""One rule tried on history: its curve with thresholds that can be moved, and what that would have come to."""

import dash

from indicators.errors import CockpitError
from pages._components import rule_page, shell
from pages._components.elements import Element
from pages._components.shell import product_title
from pages._session import Session, session
from pages._state import PageState
from services.backtest import wish_of

dash.register_page(__name__, path_template="/rule/<identity>", title=lambda **_: product_title())


def layout(identity: str = "", _version: str | None = None, **query: str) -> Element:
    """The page of one rule for this reader; the draft that is tried stands in the address."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    return shell.frame(here, "warnings", state, _content(identity, here, state), version=version)


def _content(identity: str, here: Session, state: PageState) -> Element:
    region = int(state.region) if state.region else None
    try:
        wish = wish_of(identity, state.filters, region)
        view = here.services.backtest.run(here.actor, wish, here.language)
    except CockpitError as error:
        issue = error.issues[0]
        return shell.stranded(here.texts.what(issue), here.texts.do(issue), here.texts.t("返回驾驶舱"))
    return rule_page.render(view, here, state)
