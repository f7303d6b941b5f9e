"""Milestones of projects on a line of time."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from indicators.errors import N_
from pages._components.card import card
from pages._components.elements import Element, el
from pages._components.projects_parts import day_text, drawn, facts, lamp, name_link, speaking
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.projects_views import (
    TimelineView,
    Track,
)


def timeline(view: TimelineView, here: Session, state: PageState) -> Element:
    """Milestones on a line of time: reached, to come, late."""
    words = speaking(here)
    return card(
        words.t("节点进展"),
        facts(words.t("截至 {day}", day=words.texts.date(view.day)), drawn(view.simulated, words)),
        el(
            "P",
            words.t("超期未完成 {late} 个，30 天内到期 {next} 个", late=view.late, next=view.next),
            class_="lead",
        ),
        gantt(view.tracks, view.first, view.last, view.day, state, words),
        el("P", words.t("其余 {count} 个项目在各自的页上", count=view.more), class_="notes")
        if view.more
        else None,
        class_="panel-milestones",
    )


def gantt(
    tracks: Sequence[Track],
    first: date,
    last: date,
    day: date,
    state: PageState,
    words: Words,
    named: bool = True,
) -> Element:
    """Rows of marks between two days; the line of today goes through all of them."""
    today = {"--at": _place(day, first, last)}
    ticks = [(month, _place(month, first, last)) for month in _months(first, last)]
    return el(
        "Div",
        el(
            "Ul",
            [
                el(
                    "Li",
                    el("P", lamp(track.project.light, words) if named else None,
                       name_link(track.project, state, words) if named else None,
                       el("Span", words.t("超期 {count}", count=track.late), class_="status") if track.late else None,
                       class_="gantt-name"),
                    el("Ol", [_milestone(one, first, last, day, words) for one in track.milestones], class_="gantt-line", style={"--now": today["--at"]}),
                )
                for track in tracks
            ],
            class_="gantt-rows",
        ),
        el(
            "Div",
            [el("Span", f"{month:%Y-%m}",
                style={"--at": at}, class_="gantt-tick") for month, at in ticks],
            el("Span", words.t("数据日 {day}", day=day.isoformat()), class_="gantt-today", style=today),
            class_="gantt-axis",
            aria_hidden="true",
        ),
        class_="gantt" if named else "gantt gantt-alone",
    )  # fmt: skip


def milestone_state(one: Any, day: date) -> str:
    """done, late (done after its day), overdue, or to come."""
    if one.actual is not None and one.actual <= day:
        return "done" if one.actual <= one.due else "late"
    return "overdue" if one.due < day else "coming"


MILESTONE_WORDS = {
    "done": N_("按期完成"), "late": N_("逾期完成"), "overdue": N_("超期未完成"), "coming": N_("未到期"),
}  # fmt: skip


def _milestone(one: Any, first: date, last: date, day: date, words: Words) -> Element:
    how = milestone_state(one, day)
    shown = one.actual if how in ("done", "late") else one.due
    said = words.t("{name}：计划 {planned}，{state}", name=one.name, planned=day_text(one.due),
                   state=words.t(MILESTONE_WORDS[how]))  # fmt: skip
    return el(
        "Li",
        el("Span", said, class_="sr-only"),
        class_=f"gantt-mark gantt-{how}",
        style={"--at": _place(min(max(shown, first), last), first, last)},
        title=said,
    )


def _place(day: date, first: date, last: date) -> str:
    return f"{100 * (day - first).days / max(1, (last - first).days):.2f}%"


def _months(first: date, last: date) -> list[date]:
    """The first days of months in a window, no more than nine."""
    months = [date(index // 12, index % 12 + 1, 1)
              for index in range(first.year * 12 + first.month, last.year * 12 + last.month)]  # fmt: skip
    return months[:: max(1, -(-len(months) // 9))]
