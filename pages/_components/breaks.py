"""Breaks of a series, in words under its chart, with the ways to look across them: both are said for what they are."""

from collections.abc import Sequence

from pages._components.elements import Child, Element, el, link
from pages._components.words import Words
from pages._state import PageState
from services.scenes import LIMIT, RECAST
from services.views import TrendView
from services.warning_views import BreakMark


def told(view: TrendView, state: PageState, words: Words) -> Element | None:
    """What changed when, what that means for comparisons, and the switches; nothing where nothing changed."""
    lines = [*_of_calibre(view, words), *_of_limit(view, words), *_of_ground(view, words)]
    ways = [way for way in (_recast(view, state, words), _today(view, state, words)) if way]
    if not lines and not ways:
        return None
    return el("Div", el("Ul", lines) if lines else None, el("Div", ways, class_="break-ways") if ways else None,
              class_="break-notes")  # fmt: skip


def _of_calibre(view: TrendView, words: Words) -> list[Element]:
    found = []
    for key, reason in view.breaks:
        across = (
            words.t("此前的数按新口径回溯，图中以点线标出。")
            if view.recast[1]
            else words.t("前后两期不可比，不作同比、环比。")
        )
        found.append(_line(key, f"{reason}{words.t('；')}{across}", words, "calibre"))
    return found


def _of_limit(view: TrendView, words: Words) -> list[Element]:
    return [
        _line(key, words.t("限值改为 {limit}；此前各期按当时有效的限值评判。", limit=words.figure_text(limit, view.unit)),
              words, "limit")
        for key, limit in view.limits
    ]  # fmt: skip


def _of_ground(view: TrendView, words: Words) -> list[Element]:
    said = (
        words.t("区划调整；此前各期按现行区划合并（合并口径）。")
        if view.mapped
        else words.t("区划调整；前后两期不可比，不作同比、环比。")
    )
    return [_line(key, said, words, "ground") for key in view.ground]


def _line(key: int, said: str, words: Words, what: str) -> Element:
    return el("Li", el("B", words.break_day(key)), el("Span", said), data_break=what, key=f"{what}-{key}")


def _recast(view: TrendView, state: PageState, words: Words) -> Child:
    """The way to the linked series and back; offered where there is one."""
    if not view.recast[0]:
        return None
    name, value = RECAST
    said = words.t("恢复为原口径的数") if view.recast[1] else words.t("按回溯序列比较")
    return _switch(state.filtered(**{name: None if view.recast[1] else value}), said, view.recast[1], name)


def _today(view: TrendView, state: PageState, words: Words) -> Child:
    """The way to today's limit for all time and back: a what-if, and said to be one."""
    if not view.today and not view.limits:
        return None
    return limit_switch(view.today, state, words)


def limit_switch(on: bool, state: PageState, words: Words) -> list[Child]:
    """The way to today's limit for all time and back, and the sentence that says what it is."""
    name, value = LIMIT
    said = words.t("恢复为各期当时的限值") if on else words.t("都按今天的限值")
    what_if = words.t("这是假设：用今天的限值去判断过去的数据，当时的限值并不是这样。")
    return [
        el("P", what_if, class_="what-if", role="status") if on else None,
        _switch(state.filtered(**{name: None if on else value}), said, on, name),
    ]


def of_course(marks: Sequence[BreakMark], unit: str, words: Words) -> Element | None:
    """What changed when under a curve, in words."""
    lines = [
        _line(one.period, words.t("限值改为 {limit}；此前各期按当时有效的限值评判。", limit=words.figure_text(one.limit, unit)),
              words, "limit")
        if one.limit is not None
        else _line(one.period, f"{one.reason}{words.t('；')}{words.t('前后两期不可比，不作同比、环比。')}", words, "calibre")
        for one in marks
    ]  # fmt: skip
    return el("Div", el("Ul", lines), class_="break-notes") if lines else None


def _switch(state: PageState, said: str, on: bool, name: str) -> Element:
    return link(
        state.to_url() or "?", said, class_="button button-quiet", aria_pressed=str(on).lower(), role="button",
        data_switch=name, key=name,
    )  # fmt: skip
