"""What a board says of its territory: what became of a region, what there was before, and older figures on new bounds."""

from collections.abc import Sequence
from datetime import date

from pages._components.elements import Child, Element, el, link
from pages._components.words import Words
from pages._state import PageState
from services.ground import MAPPED
from services.views import BoardView, GroundView, Place


def note(view: BoardView, state: PageState, words: Words) -> Element | None:
    """What to know about the territory of a board; nothing where nothing changed."""
    ground = view.ground
    if ground is None:
        return None
    lines = [*_fate(ground, view.place, state, words), *_changes(ground, words)]
    return el(
        "Div",
        el("Ul", [el("Li", line, key=str(number)) for number, line in enumerate(lines)]),
        _switch(ground, state, words),
        class_="notice ground-note",
        role="status",
        data_mapped="yes" if ground.mapped else "no",
    )


def _fate(ground: GroundView, place: Place, state: PageState, words: Words) -> list[list[Child]]:
    """What became of the region shown, and what there was before it."""
    found: list[list[Child]] = []
    if ground.ended is not None:
        said = words.t(
            "{name}到 {day} 为止，这里显示它的最后时期。", name=place.name, day=ground.ended.isoformat()
        )
        found.append([said, " ", *_named(words.t("现由："), ground.heirs, state.with_(period=None), words)])
    if ground.begun is not None:
        said = words.t("{name}自 {day} 起才有。", name=place.name, day=ground.begun.isoformat())
        found.append([said, " ", *_named(words.t("当时是："), ground.before, state, words)])
    return found


def _named(head: str, places: Sequence[Place], state: PageState, words: Words) -> list[Child]:
    """Regions as ways to their boards."""
    if not places:
        return []
    ways = [
        link(state.with_(region=f"{place.code:012d}").to_url(), place.name, class_="inline-link")
        for place in places
    ]
    joined: list[Child] = [head]
    for number, way in enumerate(ways):
        joined += [words.t("、") if number else None, way]
    return joined


def _changes(ground: GroundView, words: Words) -> list[list[Child]]:
    if not ground.breaks:
        return []
    days = words.listed([_day(day) for day in ground.breaks])
    if ground.own:
        said = words.t("区划调整：{days}。", days=days)
    else:
        said = words.t("下级区划调整：{days}。", days=days)
    if ground.mapped:
        across = words.t("合并口径：此前各期按现行区划相加，比率由相加后的分子分母重算；不能相加的不显示。")
    else:
        across = words.t("此前各期为当时的区划，前后不作同比、环比，也不因此预警。")
    return [[said, across]]


def _day(day: date) -> str:
    return day.isoformat()


def _switch(ground: GroundView, state: PageState, words: Words) -> Element | None:
    """The way to older figures on the boundaries of today, and back."""
    if not ground.offered and not ground.mapped:
        return None
    name, value = MAPPED
    said = words.t("恢复为当时的区划") if ground.mapped else words.t("按现行区划看（合并口径）")
    return link(
        state.filtered(**{name: None if ground.mapped else value}).to_url() or "?",
        said,
        class_="button button-quiet",
        role="button",
        aria_pressed=str(ground.mapped).lower(),
        data_switch=name,
    )
