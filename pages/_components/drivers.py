"""What drives a warning: one sentence, then regions, parts and items by what they add, and what moved before.

Bars swing to the side to which a part pulls; those that pull the way that is warned of are full, the others quiet.
No colour of a warning is used: a driver is no warning.
"""

from indicators.errors import N_, CockpitError
from pages._components.card import card
from pages._components.elements import Child, Element, el, link
from pages._components.projects_parts import drawn, facts, speaking
from pages._components.tile import mark_sign
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.drivers_views import DriverRow, DriversView, Leading, Split
from services.texts import MISSING

MOST_ROWS = 8
"""Lines of a table that are open; the rest unfolds."""


def drivers_of(alert: str, here: Session, state: PageState) -> Element | None:
    """What drives an open warning; None for one that has just been resolved."""
    try:
        view = here.services.drivers.of(here.actor, alert, here.language)
    except CockpitError:
        return None
    return drivers(view, here, state)


def drivers(view: DriversView, here: Session, state: PageState) -> Element:
    """The whole: the sentence, the tables that add up or say why not, the leading indicators."""
    words = speaking(here)
    return card(
        words.t("由谁带动"),
        facts(words.period(view.period, view.frequency), drawn(view.simulated, words)),
        el("P", view.sentence, class_="drivers-sentence"),
        el("Div", [_split(split, view, state, words) for split in view.splits], class_="drivers-splits"),
        _leading(view, state, words),
        class_="drivers-panel",
    )


def _split(split: Split, view: DriversView, state: PageState, words: Words) -> Element:
    shown, more = split.rows[:MOST_ROWS], split.rows[MOST_ROWS:]
    return el(
        "Section",
        el("H3", split.title),
        el("P", split.reason or split.of, class_="notes"),
        _table(split, shown, view, state, words, total=not more) if shown else None,
        el(
            "Details",
            el("Summary", words.t("其余 {count} 项与合计", count=len(more)) if split.adds_up
               else words.t("其余 {count} 项", count=len(more))),
            _table(split, more, view, state, words, total=True),
            class_="more",
        ) if more else None,
        class_=f"drivers-{split.by}",
    )  # fmt: skip


def _table(
    split: Split,
    rows: tuple[DriverRow, ...],
    view: DriversView,
    state: PageState,
    words: Words,
    *,
    total: bool,
) -> Element:
    adds = [abs(row.contribution or 0.0) for row in split.rows]
    most = max(adds, default=0.0) or 1.0
    unit = words.unit(split.unit)
    heads = [(split.title, None), (words.t("数值"), "number")]
    if split.adds_up:
        heads.insert(1, (words.t("贡献（{unit}）", unit=unit), None))
    return el(
        "Div",
        el(
            "Table",
            el("Caption", f"{view.name} · {split.title} · {split.of or split.reason}", class_="sr-only"),
            el("Thead", el("Tr", [el("Th", name, scope="col", class_=kind) for name, kind in heads])),
            el("Tbody", [_row(row, split, view, most, state, words) for row in rows]),
            el("Tfoot", _total(split, words)) if split.adds_up and total else None,
            class_="ranking drivers",
        ),
        class_="table-box",
        tabIndex=0,
    )


def _row(
    row: DriverRow, split: Split, view: DriversView, most: float, state: PageState, words: Words
) -> Element:
    return el(
        "Tr",
        el("Th", mark_sign(row.mark, words) if row.mark else None, _name(row, view, state), scope="row"),
        el("Td", _swing(row, most, words)) if split.adds_up else None,
        el("Td", _value(row, view, state, words), class_="number"),
        class_=f"row-{row.role}",
    )


def _name(row: DriverRow, view: DriversView, state: PageState) -> Child:
    """A region leads to its board, an indicator to its sheet."""
    if row.role == "region" and row.place is not None:
        return link(_address(state, row.place.code, map=row.code), row.name)
    if row.role == "part":
        return link(_address(state, view.place.code, sheet=row.code), row.name)
    return row.name


def _address(state: PageState, region: int, **more: str) -> str:
    """The board of a region, from whatever page."""
    return "/" + PageState(region=f"{region:012d}", lang=state.lang, mode=state.mode, **more).to_url()


def _swing(row: DriverRow, most: float, words: Words) -> Child:
    if row.contribution is None:
        return el("Span", MISSING, class_="cell-number")
    side = "behind" if row.contribution < 0 else "ahead"
    bar = {"--part": f"{abs(row.contribution) / most * 50:.1f}%"}
    class_ = f"swing swing-{side}" + (" swing-driving" if row.driving else "")
    return el(
        "Span",
        el("Span", class_=class_, style=bar, aria_hidden="true"),
        el("Span", words.texts.number(row.contribution, signed=True), class_="cell-number"),
        class_="swing-cell",
    )


def _value(row: DriverRow, view: DriversView, state: PageState, words: Words) -> Child:
    figure = row.figure
    if figure is None:
        return ""
    if figure.value is None:
        return el("Span", words.reason(figure), class_="reason")
    text = words.figure_text(figure.value, figure.unit)
    if row.place is None:
        return [el("Span", text, class_="cell-number"), _base(row, words)]
    sheet = f"{row.code}@{row.place.code:012d}"
    return link(_address(state, view.place.code, sheet=sheet), text, class_="cell-number")


def _base(row: DriverRow, words: Words) -> Child:
    """What the figure was in the period that the change is told against."""
    if row.base is None:
        return None
    return el("Span", words.t("原 {value}", value=words.texts.number(row.base)), class_="reason")


def _total(split: Split, words: Words) -> Element:
    total = words.texts.number(split.total, signed=True)
    return el(
        "Tr",
        el("Th", words.t("合计"), scope="row"),
        el("Td", el("Span", el("Span"), el("Span", total, class_="cell-number"), class_="swing-cell")),
        el("Td", ""),
    )


def _leading(view: DriversView, state: PageState, words: Words) -> Element | None:
    if not view.leading:
        return None
    return el(
        "Section",
        el("H3", words.t("先行指标")),
        el("Ul", [_lead(one, view, state, words) for one in view.leading], class_="drivers-leading"),
    )


def _lead(one: Leading, view: DriversView, state: PageState, words: Words) -> Element:
    return el(
        "Li",
        mark_sign(one.mark, words) if one.mark else None,
        link(_address(state, view.place.code, sheet=one.code), one.name),
        el("Span", lead_text(one, words), class_="drivers-moved" if one.moved else "quiet"),
    )


def lead_text(one: Leading, words: Words) -> str:
    """Whether an indicator moved before, since when and how far."""
    if one.reason:
        return one.reason
    if one.since is None:
        return words.t("此前没有偏离常态")
    change = words.texts.number(one.change, signed=True) + " " + words.unit(one.unit)
    fields = {"period": words.period(one.since, one.frequency), "change": change.strip(), "count": one.ahead}
    if not one.moved:
        return words.t(N_("{period}与预警同时偏离常态（{change}）"), **fields)
    told = (
        N_("自{period}起走高（{change}），早 {count} 期")
        if one.rising
        else N_("自{period}起走低（{change}），早 {count} 期")
    )
    return words.t(told, **fields)
