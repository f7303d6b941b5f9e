"""Key projects on boards: schedule, drivers, S-curve, lights, list, map, problems, milestones.

Lights are states of projects, not warnings: small lamps with their word, never the shapes of warnings. A name leads to
the page of its project, a region to its board; every filter is a link or a field, so every list is an address.
"""

from collections.abc import Callable
from typing import Any

from indicators.errors import N_
from indicators.lights import COLOURS
from pages._components import (
    projects_curve,
    projects_list,
    projects_map,
    projects_problems,
    projects_timeline,
)
from pages._components.card import card
from pages._components.elements import Element, el, link
from pages._components.projects_parts import (
    amount,
    drawn,
    facts,
    head,
    lamp,
    month_text,
    name_link,
    percent,
    points,
    reason_text,
    region_link,
    speaking,
)
from pages._components.tile import cell_link, mark_sign
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from services.projects_views import (
    DriversView,
    LightRow,
    LightsView,
    ScheduleRow,
    ScheduleView,
)

# ---- schedule and what drives the gap


def schedule(view: ScheduleView, here: Session, state: PageState) -> Element:
    """Each region's completion as a bar with the mark of what is due."""
    words = speaking(here)
    rows = [view.whole, *view.rows]
    widest = max([100.0, view.due, *(row.rate or 0.0 for row in rows)])
    due = words.t("{month}应达 {due}（{how}）", month=month_text(view.month, words), due=percent(view.due, words),
                  how=words.t("季节曲线") if view.seasonal else words.t("按日历"))  # fmt: skip
    return card(
        words.t("投资完成与时序进度"),
        facts(due, drawn(view.simulated, words)),
        el(
            "Div",
            el(
                "Table",
                el("Caption", words.t("年度投资完成率分地区，对照时序进度"), class_="sr-only"),
                head(words, N_("地区"), N_("完成率"), N_("与时序差"), N_("完成 / 计划"), N_("项目")),
                el("Tbody", [_schedule_row(row, view.due, widest, state, words) for row in view.rows]),
                el("Tfoot", _schedule_row(view.whole, view.due, widest, state, words)),
                class_="ranking progress-table",
            ),
            class_="table-box",
            tabIndex=0,
        ),
        class_="panel-schedule",
    )


def _schedule_row(row: ScheduleRow, due: float, widest: float, state: PageState, words: Words) -> Element:
    bar = {"--part": f"{100 * (row.rate or 0) / widest:.1f}%", "--due": f"{100 * due / widest:.1f}%"}
    return el(
        "Tr",
        el("Th", mark_sign(row.mark, words) if row.mark else None, region_link(row.place, state, words), scope="row"),
        el("Td", el("Span", el("Span", class_="progress", style=bar, aria_hidden="true"),
                    el("Span", percent(row.rate, words), class_="cell-number"), class_="progress-cell")),
        el("Td", points(row.gap, words), class_="number"),
        el("Td", f"{words.texts.number(row.done)} / {amount(row.plan, words)}", class_="number"),
        el("Td", str(row.count), class_="number"),
    )  # fmt: skip


def drivers(view: DriversView, here: Session, state: PageState) -> Element:
    """What makes the gap: the children by what each adds, and the components beside it."""
    words = speaking(here)
    shown = view.schedule
    rows = [row for row in shown.rows if row.contribution is not None]
    most = max([abs(row.contribution or 0.0) for row in rows] or [1.0]) or 1.0
    return card(
        words.t("差距从哪里来"),
        facts(
            words.t("{place}比时序进度 {gap} 个百分点", place=shown.whole.place.name if shown.whole.place else "",
                    gap=points(shown.whole.gap, words)),
            month_text(shown.month, words),
            drawn(shown.simulated, words),
        ),
        _components(view, state, words),
        el(
            "Div",
            el(
                "Table",
                el("Caption", words.t("各地区对差距的贡献，合计等于本级差距"), class_="sr-only"),
                head(words, N_("地区"), N_("对差距的贡献"), N_("完成率"), N_("占计划")),
                el("Tbody", [_driver_row(row, shown.whole.plan, most, state, words) for row in rows]),
                el("Tfoot", el("Tr", el("Th", words.t("合计"), scope="row"),
                               el("Td", points(sum(row.contribution or 0.0 for row in rows), words), class_="number"),
                               el("Td", percent(shown.whole.rate, words), class_="number"),
                               el("Td", words.percent(100.0, 1), class_="number"))),
                class_="ranking drivers",
            ),
            class_="table-box",
            tabIndex=0,
        ) if rows else None,
        class_="panel-drivers",
    )  # fmt: skip


def _driver_row(row: ScheduleRow, plan: float, most: float, state: PageState, words: Words) -> Element:
    share = row.contribution or 0.0
    side = "behind" if share < 0 else "ahead"
    bar = {"--part": f"{abs(share) / most * 50:.1f}%"}
    return el(
        "Tr",
        el("Th", mark_sign(row.mark, words) if row.mark else None, region_link(row.place, state, words), scope="row"),
        el("Td", el("Span", el("Span", class_=f"swing swing-{side}", style=bar, aria_hidden="true"),
                    el("Span", words.points(share), class_="cell-number"), class_="swing-cell")),
        el("Td", percent(row.rate, words), class_="number"),
        el("Td", words.percent(100 * row.plan / plan if plan else None, 1), class_="number"),
    )  # fmt: skip


def _components(view: DriversView, state: PageState, words: Words) -> Element:
    place = view.schedule.whole.place
    return el(
        "Dl",
        [
            el(
                "Div",
                el("Dt", mark_sign(one.mark, words) if one.mark else None, one.name,
                   el("Span", words.t("先行"), class_="status") if one.leading else None),
                el("Dd", cell_link(one.figure, one.indicator, place, state, words) if place else None,
                   el("Span", words.figure(one.figure)[1], class_="unit"),
                   el("Span", words.reason(one.figure), class_="reason") if one.figure.value is None else None),
            )
            for one in view.components
        ],
        class_="components",
    )  # fmt: skip


# ---- lights


def lights(view: LightsView, here: Session, state: PageState) -> Element:
    """How many of each, a year back, and the red and yellow ones with their reasons."""
    words = speaking(here)
    return card(
        words.t("亮灯管理"),
        facts(month_text(view.month, words), words.t("灯色由规则计算"), drawn(view.simulated, words)),
        el("Ul", [_count(colour, view, state, words) for colour in COLOURS], class_="lamp-counts"),
        _course(view, words),
        el("Ol", [_light_row(row, state, words) for row in view.rows], class_="light-rows") if view.rows
        else el("P", words.t("没有红灯和黄灯项目"), class_="all-quiet"),
        _more(view.more, state.with_(theme="register", filter=None), words),
        class_="panel-lights",
    )  # fmt: skip


def _count(colour: str, view: LightsView, state: PageState, words: Words) -> Element:
    there = state.with_(theme="register").filtered(light=colour)
    return el(
        "Li",
        link(
            there.to_url(),
            lamp(colour, words),
            el("B", str(view.counts.get(colour, 0)), class_="figure-number"),
        ),
    )


def _course(view: LightsView, words: Words) -> Element:
    """The last months as stacked bars, spoken as a list."""
    most = max((sum(counts.values()) for _, counts in view.course), default=0) or 1
    columns = [
        el(
            "Li",
            [el("Span", class_=f"stack stack-{colour}", style={"height": f"{100 * counts[colour] / most:.1f}%"},
                key=colour) for colour in ("green", "yellow", "red")],
            el("Span", words.t("{month}：红灯 {red}，黄灯 {yellow}，绿灯 {green}", month=month_text(month, words),
                               red=counts["red"], yellow=counts["yellow"], green=counts["green"]), class_="sr-only"),
            title=words.t("{month}：红灯 {red}，黄灯 {yellow}，绿灯 {green}", month=month_text(month, words),
                          red=counts["red"], yellow=counts["yellow"], green=counts["green"]),
        )
        for month, counts in view.course
    ]  # fmt: skip
    first, last = view.course[0][0], view.course[-1][0]
    return el(
        "Div",
        el("Ul", columns, class_="stacks", aria_label=words.t("近月亮灯")),
        el(
            "P",
            el("Span", month_text(first, words)),
            el("Span", month_text(last, words)),
            class_="stack-ends",
        ),
    )


def _light_row(row: LightRow, state: PageState, words: Words) -> Element:
    return el(
        "Li",
        lamp(row.colour, words),
        el(
            "Div",
            el(
                "P",
                name_link(row.project, state, words),
                el("Span", row.project.place.name, class_="where"),
                class_="first",
            ),
            el(
                "P",
                [el("Span", reason_text(one, words)) for one in row.reasons],
                el("Span", words.t("连续红灯 {count} 个月", count=row.streak)) if row.streak > 1 else None,
                el("Span", words.t("人工改判"), class_="status") if row.ruled else None,
                class_="second",
            ),
        ),
        class_="light-row",
    )


def _more(count: int, there: PageState, words: Words) -> Element | None:
    if not count:
        return None
    return el("P", link(there.to_url(), words.t("其余 {count} 个在名录里", count=count)), class_="notes")


PANELS: dict[str, Callable[[Any, Session, PageState], Element]] = {
    "projects.schedule": schedule,
    "projects.drivers": drivers,
    "projects.scurve": projects_curve.scurve,
    "projects.lights": lights,
    "projects.list": projects_list.listing,
    "projects.map": projects_map.pins,
    "projects.problems": projects_problems.problems,
    "projects.milestones": projects_timeline.timeline,
}
