"""Panels on a board: which function draws which, in what size, and the honest face where there is nothing to draw.

A subject's module exports ``PANELS``: the name of a panel to a function of its view, the session and the page state
that gives an element, best a ``card``. To add one: import the module here and name it in SUBJECTS; the kind is a line
in services/panels.py.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pages._components import (
    breaks,
    charts,
    digital,
    hotline,
    incidents,
    lists,
    projects,
    promotion,
    signs,
    situation,
    states,
    supervision,
)
from pages._components import map as maps
from pages._components.card import card
from pages._components.elements import Element, el, graph
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.panels import BUILT_IN, known
from services.views import BoardView, Face, Focus, Slot

Draw = Callable[..., Element]

SUBJECTS: tuple[Mapping[str, Draw], ...] = (
    incidents.PANELS,
    projects.PANELS,
    promotion.PANELS,
    hotline.PANELS,
    signs.PANELS,
    digital.PANELS,
    situation.PANELS,
    supervision.PANELS,
)
"""The panels of the subjects, by the modules that draw them."""

PANELS: Mapping[str, Draw] = {name: draw for subject in SUBJECTS for name, draw in subject.items()}

TREND_ID = "trend"

SPANS = {"third": 4, "half": 6, "two_thirds": 8, "full": 12}
"""How many of the twelve columns of a row a size takes."""

ROW = 12


@dataclass(frozen=True)
class Bench:
    """What drawing needs beside the view: the session, the state of the page, the colours, and what is starred.

    starred  None where stars cannot be changed
    """

    here: Session
    state: PageState
    words: Words
    palette: Mapping[str, str]
    starred: frozenset[str] | None = None


def rows(slots: Iterable[Slot], view: BoardView, bench: Bench) -> Element | None:
    """Panels side by side in rows of twelve columns. Where one has nothing to show, its neighbours take its place."""
    drawn: list[Element] = []
    for row in _rows(slots):
        shown = [(slot, element) for slot in row if (element := panel(slot, view, bench)) is not None]
        spans = _spread([SPANS[slot.size] for slot, _ in shown], ROW if len(shown) < len(row) else 0)
        drawn += [
            el(
                "Div",
                element,
                class_=f"slot span-{span}",
                key=f"{slot.name}-{slot.place}",
                data_panel=slot.name,
            )
            for (slot, element), span in zip(shown, spans, strict=True)
        ]
    return el("Div", drawn, class_="panels") if drawn else None


def panel(slot: Slot, view: BoardView, bench: Bench) -> Element | None:
    """One panel; None for a built-in one that has nothing to show here."""
    if slot.name in {kind.name for kind in BUILT_IN}:
        return _built_in(slot.name, view, bench)
    if isinstance(slot.view, Face):
        return card(
            title(slot.name, bench.words), "", states.within(slot.view, bench.words), class_="card-face"
        )
    return PANELS[slot.name](slot.view, bench.here, bench.state)


def title(name: str, words: Words) -> str:
    """What a panel is called."""
    kind = known().get(name)
    return words.t(kind.title) if kind else name


def _rows(slots: Iterable[Slot]) -> list[list[Slot]]:
    """As many in a row as fit."""
    found: list[list[Slot]] = []
    left = 0
    for slot in slots:
        span = SPANS[slot.size]
        if span > left:
            found.append([])
            left = ROW
        found[-1].append(slot)
        left -= span
    return found


def _spread(spans: list[int], total: int) -> list[int]:
    """The spans, widened in proportion until they make the total; as they are where they need not."""
    if not spans or sum(spans) >= total:
        return spans
    wide = [span * total // sum(spans) for span in spans]
    return [*wide[:-1], total - sum(wide[:-1])]


def _built_in(name: str, view: BoardView, bench: Bench) -> Element | None:
    if name == "warnings":
        return lists.warnings(
            view.warnings, bench.state, bench.words, today=view.period is not None or view.as_of is not None
        )
    return _of_focus(name, view.focus, bench) if view.focus else None


def _of_focus(name: str, focus: Focus, bench: Bench) -> Element | None:
    """Map, ranking, trend and composition of the indicator that the board speaks of."""
    words, state = bench.words, bench.state
    if name == "map" and focus.map:
        return card(
            *words.map_title(focus.map), maps.panel(focus.map, words, bench.palette), class_="panel-map"
        )
    if name == "ranking" and focus.rank:
        content = lists.ranking(focus.rank, state, words, focus.standing)
        return card(*words.rank_title(focus.rank), content, class_="panel-rank")
    if name == "trend" and focus.trend:
        figure = charts.CHARTS["trend"](focus.trend, words, bench.palette)
        return card(*words.trend_title(focus.trend), graph(TREND_ID, figure, "trend-graph", words.locale),
                    class_="panel-trend", foot=breaks.told(focus.trend, state, words))  # fmt: skip
    if name == "composition" and focus.composition:
        content = lists.composition(focus.composition, state, words)
        return card(*words.composition_title(focus.composition), content, class_="panel-parts")
    return None
