"""The page of regions: which there are on a day, what changed and is to change, and a form to propose a change."""

from datetime import date

from indicators.errors import N_
from pages._components import states
from pages._components.elements import Element, el
from pages._components.registers import speaking
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.region_views import RegionLine
from services.views import Face

TABS = (("today", N_("区划表")), ("changes", N_("变更")), ("new", N_("登记变更")), ("grants", N_("授权复核")))


def render(here: Session, state: PageState) -> Element:
    """What the reader chose."""
    words = speaking(here)
    regions = here.services.region_changes
    if not regions.may_decide(here.actor):
        return states.face(Face("forbidden", "", {}), words, "/work")
    tab = state.filters.get("tab", "today")
    return el(
        "Div",
        el("H1", words.t("区划维护")),
        _table(here, state, words),
        data_tab=tab,
    )


def _table(here: Session, state: PageState, words: Words) -> Element:
    """The regions of a day."""
    lines = here.services.region_changes.on(here.actor, _day(state), here.language)
    heads = (words.t("区划"), words.t("代码"), words.t("上级"), words.t("起止"))
    return el(
        "Table",
        el("Thead", el("Tr", [el("Th", head, scope="col") for head in heads])),
        el("Tbody", [_row(line, words) for line in lines]),
        class_="table",
    )


def _row(line: RegionLine, words: Words) -> Element:
    return el(
        "Tr",
        el("Td", line.name),
        el("Td", f"{line.code:012d}"),
        el("Td", line.parent),
        el("Td", words.t("至今") if line.last is None else line.last.isoformat()),
        key=f"{line.code}-{line.first}",
    )


def _day(state: PageState) -> date | None:
    try:
        return date.fromisoformat(state.as_of) if state.as_of else None
    except ValueError:
        return None
