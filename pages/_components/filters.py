"""How a reader chooses: the region below, the period, the theme. Every choice is a link, so every choice is an address."""

from collections.abc import Sequence

from pages._components.elements import Element, el, link
from pages._components.tile import mark_sign
from pages._components.words import Words
from pages._state import PageState
from services.views import Place, Tab

MOST_PERIODS = 24


def tabs(all_tabs: Sequence[Tab], chosen: str, state: PageState, words: Words) -> Element | None:
    """The themes of a board; a theme with an open warning carries its mark."""
    if not all_tabs:
        return None
    return el(
        "Nav",
        [
            link(state.with_(theme=tab.id, map=None).to_url(), mark_sign(tab.mark, words) if tab.mark else None,
                 tab.name, aria_current="page" if tab.id == chosen else None)
            for tab in all_tabs
        ],
        class_="segments",
        aria_label=words.t("专题"),
    )  # fmt: skip


def path(places: Sequence[Place], state: PageState, words: Words) -> Element:
    """From the reader's own region down to the one shown, with a way back one step."""
    above = places[-2] if len(places) > 1 else None
    return el(
        "Div",
        link(_to(above, places, state), el("Span", class_="icon icon-back", aria_hidden="true"),
             words.t("返回{place}", place=above.name), class_="back") if above else None,
        class_="path",
    ) if above else el("Div", class_="path")  # fmt: skip


def children(places: Sequence[Place], state: PageState, words: Words) -> Element | None:
    """The regions one level below, as links: the same drill as a click on the map, for keys and phones."""
    if not places:
        return None
    return el(
        "Nav",
        el(
            "Ul",
            [
                el("Li", link(state.with_(region=f"{place.code:012d}").to_url(), place.name))
                for place in places
            ],
        ),
        class_="children",
        aria_label=words.t("下级地区"),
    )


def periods(offered: Sequence[int], chosen: int | None, state: PageState, words: Words) -> Element | None:
    """The period picker: the newest figures, or those that were newest at the end of a period."""
    if not offered:
        return None
    options = [("", words.t("最新"))] + [(words.period_text(key), words.period_short(key)) for key in offered]
    current = words.period_text(chosen) if chosen else ""
    return el(
        "Details",
        el("Summary", words.t("时期"), el("B", dict(options).get(current, current)), class_="tool picker-summary"),
        el(
            "Ul",
            [
                el("Li", link(state.with_(period=text or None).to_url() or "?", name,
                              aria_current="true" if text == current else None))
                for text, name in options[:MOST_PERIODS]
            ],
            class_="picker-list",
        ),
        class_="picker",
        key=f"picker-{current}",
    )  # fmt: skip


def _to(place: Place | None, places: Sequence[Place], state: PageState) -> str:
    if place is None or place.code == places[0].code:
        return state.with_(region=None).to_url() or "?"
    return state.with_(region=f"{place.code:012d}").to_url()
