"""The page of supervision: the items that the reader may see, the rates, and what is given out by hand."""

from collections.abc import Mapping

from indicators.errors import CockpitError
from pages._components import shell, supervision, supervision_forms
from pages._components.card import card
from pages._components.elements import Element, el, link
from pages._session import Session, region_name, session
from pages._state import PageState
from services import access, supervision_list

CALENDAR = "calendar"


def page(query: Mapping[str, object]) -> Element:
    """The page for this reader: a unit's person sees the own items and nothing else."""
    state = PageState.from_query(query)
    here = session(state.lang, state.mode)
    version = here.services.version()
    return shell.frame(here, "supervision", state, _content(here, state), version=version)


def _content(here: Session, state: PageState) -> Element:
    services, texts, t = here.services, here.texts, here.texts.t
    region = _region(here, state)
    view = supervision_list.listing(services.supervision, here.actor, state.filters, region, texts)
    place = region or next(iter(here.actor.regions), services.tree.root)
    unit = not access.may(here.actor, "view")
    rates = None if unit else services.supervision.boards(here.actor, place, here.language)
    return el(
        "Div",
        el("Header",
           el("H1", t("督办")),
           el("P", el("Span", region_name(place, texts)), class_="board-facts"),
           _by_hand(here, state, place) if view.may_dispatch else None,
           _calendar(here, state),
           class_="board-head"),
        supervision.listing(view, here, state),
        el("Div",
           card(t("部门办理情况"), t("近一年"), supervision.figures(rates.whole, here),
                supervision.rate_table(rates.departments, here, state, t("责任部门"), "department"), class_="span-half"),
           card(t("地区办理情况"), t("近一年"),
                supervision.rate_table(rates.regions, here, state, t("地区"), "place"), class_="span-half"),
           class_="item-boards") if rates is not None and rates.whole.total else None,
        class_="board supervision",
    )  # fmt: skip


def _region(here: Session, state: PageState) -> int | None:
    """The region that the address names, where the reader answers for it."""
    if not state.region:
        return None
    try:
        code = here.services.tree.parse(state.region)
    except CockpitError:
        return None
    own = access.scope(here.actor, here.services.tree, code) == "own"
    return code if own else None


def _by_hand(here: Session, state: PageState, place: int) -> Element | None:
    """What is given out by hand, or the source that the address names: the form opens in place."""
    source = state.open if state.open and state.edit == supervision_forms.DISPATCH else f"hand:{place}"
    view = here.services.supervision.dispatch_form(here.actor, source, here.language)
    if view is None:
        return None
    chosen = state.edit == supervision_forms.DISPATCH
    back = state.with_(edit=None, open=None).to_url() or "?"
    there = state.with_(edit=supervision_forms.DISPATCH).to_url()
    return el(
        "Div",
        el("H2", view.title) if view.title else
        link(back if chosen else there, here.texts.t("直接交办"), class_="button button-quiet",
             aria_expanded="true" if chosen else "false"),
        supervision_forms.dispatch_form(view, here, back) if chosen else None,
        class_="dispatch",
    )  # fmt: skip


def _calendar(here: Session, state: PageState) -> Element | None:
    """The corrections of the working calendar, for those who keep definitions."""
    if not access.may(here.actor, "define"):
        return None
    chosen = state.edit == CALENDAR
    back = state.with_(edit=None).to_url() or "?"
    return el(
        "Div",
        link(back if chosen else state.with_(edit=CALENDAR).to_url(), here.texts.t("更正工作日历"),
             class_="button button-quiet", aria_expanded="true" if chosen else "false"),
        supervision_forms.calendar_form(here, back) if chosen else None,
        class_="dispatch",
    )  # fmt: skip
