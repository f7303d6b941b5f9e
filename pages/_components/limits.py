"""Legal limits and benchmarks of the signs: limits drawn as steps, breaks as breaks, real figures beside real ones."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pages._components import charts
from pages._components.card import card
from pages._components.elements import Element, el, graph, link
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from pages._tokens import tokens
from services.sign_views import (
    BenchmarkRow,
    BenchmarkView,
    BrokenSign,
    LimitPoint,
    LimitSign,
    LimitSpan,
    LimitsView,
)
from services.views import Figure

TICKS = 4
"""How many labels an axis bears: on a phone more would run into each other."""


def toggle(to: PageState, text: str, chosen: bool) -> Element:
    """One of a few ways to look at a panel."""
    return link(to.to_url() or "?", text, aria_current="true" if chosen else None)


def limits(view: LimitsView, here: Session, state: PageState) -> Element:
    """Legal limits as steps, each figure judged by the limit of its own day; what is not compared across a break."""
    words = Words(here.texts, here.services.boards.units(here.language))
    palette = tokens(here.theme)
    judged = [
        toggle(state.filtered(limit=None), words.t("按当时的限值"), not view.what_if),
        toggle(state.filtered(limit="today"), words.t("都按今天的限值"), view.what_if),
    ]
    return card(
        words.t("限值与有效期"),
        "",
        el("P", judged, class_="segments toggle"),
        el("P", words.t("这是假设：用今天的限值去判断过去的数据，当时的限值并不是这样。"), class_="notice", role="status")
        if view.what_if else None,
        [_limit_sign(one, view, palette, words) for one in view.signs],
        [_broken(one, palette, words) for one in view.broken],
        class_="signs-limits",
    )  # fmt: skip


def _limit_sign(one: LimitSign, view: LimitsView, palette: Mapping[str, str], words: Words) -> Element:
    last = one.points[-1]
    simulated = any(point.simulated for point in one.points)
    figure = limit_chart(one, view.what_if, words, palette)
    return el(
        "Section",
        el("H3", one.name, el("Span", words.unit(one.unit), class_="unit"),
           el("Span", words.t("模拟"), class_="status status-simulated") if simulated else None),
        el("P", _verdict(last, one, words)),
        el("Div", graph(f"limit-{one.code.replace('.', '-')}", figure, "limit-graph", words.locale), class_="limit-frame"),
        el("Div", _spans(one.spans, one.unit, view.today, words), _judged(one, words), class_="limit-facts"),
        class_="limit",
    )  # fmt: skip


def _verdict(point: LimitPoint, one: LimitSign, words: Words) -> str:
    period = words.period(point.period, one.frequency)
    value = words.figure_text(point.value, one.unit)
    if point.limit is None:
        return words.t("{period} {value}，当时没有限值", period=period, value=value)
    limit = words.figure_text(point.limit, one.unit)
    over = sum(1 for other in one.points if other.over)
    fields = {"period": period, "value": value, "limit": limit, "count": over, "of": len(one.points)}
    if point.over:
        return words.t("{period} {value}，超过限值 {limit}；图中 {of} 期有 {count} 期超过", **fields)
    return words.t("{period} {value}，不超过限值 {limit}；图中 {of} 期有 {count} 期超过", **fields)


def _spans(spans: Sequence[LimitSpan], unit: str, today: date, words: Words) -> Element:
    rows = []
    for one in spans:
        now = (one.first is None or one.first <= today) and (one.last is None or today <= one.last)
        rows.append(el(
            "Tr",
            el("Th", words.texts.number(one.limit), scope="row"),
            el("Td", _from_to(one, words)),
            el("Td", one.source, el("Span", words.t("现行"), class_="chip") if now else None),
        ))  # fmt: skip
    return el(
        "Table",
        el("Thead", el("Tr", [el("Th", head, scope="col") for head in (f"{words.t('限值')} {words.unit(unit)}", words.t("有效期"), words.t("限值依据"))])),
        el("Tbody", rows),
        class_="figures limit-spans",
    )  # fmt: skip


def _from_to(span: LimitSpan, words: Words) -> str:
    first = words.texts.date(span.first) if span.first else ""
    last = words.texts.date(span.last) if span.last else ""
    if first and last:
        return words.t("{first} 至 {last}", first=first, last=last)
    return words.t("{first} 起", first=first) if first else words.t("至 {last}", last=last)


def _judged(one: LimitSign, words: Words) -> Element:
    """The points of the drawing as a table: what a drawing cannot say to everyone."""
    return el(
        "Details",
        el("Summary", words.t("逐期判断")),
        el("Div", el(
            "Table",
            el("Thead", el("Tr", [
                el("Th", head, scope="col", class_="number" if at else None)
                for at, head in enumerate((words.t("时期"), words.t("数值"), words.t("限值"), words.t("判断")))
            ])),
            el("Tbody", [
                el("Tr", el("Th", words.period_short(point.period, one.frequency), scope="row"),
                   el("Td", words.texts.number(point.value), class_="number"),
                   el("Td", words.texts.number(point.limit), class_="number"),
                   el("Td", words.t("超过") if point.over else words.t("不超过"), class_="number"))
                for point in reversed(one.points)
            ]),
            class_="figures",
        ), class_="table-box", tabIndex=0),
        class_="fold",
    )  # fmt: skip


def limit_chart(one: LimitSign, what_if: bool, words: Words, palette: Mapping[str, str]) -> dict[str, Any]:
    """The course of a figure and its limit as a step; a point above its limit is a filled square."""
    labels = [_tick(point.period, one.frequency) for point in one.points]
    layout = charts.template(palette)
    shown = labels[:: -max(1, len(labels) // TICKS)][::-1]
    layout["xaxis"] |= {"type": "category", "tickmode": "array", "tickvals": shown, "tickangle": 0}
    layout["yaxis"] |= {"rangemode": "tozero", "tickformat": ",~g"}
    layout["shapes"], layout["annotations"] = [], []
    held = [point.limit for point in one.points]
    for place in range(1, len(held)):
        if held[place] != held[place - 1]:
            layout["shapes"].append(_rule_at(labels[place], palette))
    for place in [0, *(n for n in range(1, len(held)) if held[n] != held[n - 1])]:
        limit = held[place]
        if limit is not None:
            layout["annotations"].append({
                "x": labels[place], "y": limit, "text": words.t("限值 {limit}", limit=f"{limit:g}"), "showarrow": False,
                "xanchor": "left", "yanchor": "bottom", "font": {"color": palette["quiet"], "size": 12},
            })  # fmt: skip
    step = {
        "type": "scatter", "mode": "lines", "name": words.t("限值"), "x": labels, "y": held,
        "line": {"color": palette["text"], "width": 1.5, "shape": "hv", "dash": "dash" if what_if else "solid"},
        "hovertemplate": "%{y:,~g}<extra>" + words.t("限值") + "</extra>",
    }  # fmt: skip
    over = [bool(point.over) for point in one.points]
    course = {
        "type": "scatter", "mode": "lines+markers", "name": one.name, "x": labels,
        "y": [point.value for point in one.points],
        "line": {"color": palette["data"], "width": 2},
        "marker": {"color": [palette["text"] if bad else palette["data"] for bad in over],
                   "symbol": ["square" if bad else "circle" for bad in over], "size": [9 if bad else 5 for bad in over]},
        "hovertemplate": "%{y:,~g}<extra>" + words.t("数值") + "</extra>",
    }  # fmt: skip
    return {"data": [step, course], "layout": layout}


def _tick(period: int, frequency: str = "monthly") -> str:
    """A period on the axis: the month, or the day, in which it ends."""
    day = period // 10**7
    month = f"{day // 10**4}-{day // 100 % 100:02d}"
    return f"{month}-{day % 100:02d}" if frequency == "daily" else month


def _rule_at(label: str, palette: Mapping[str, str]) -> dict[str, Any]:
    return {"type": "line", "xref": "x", "yref": "paper", "x0": label, "x1": label, "y0": 0, "y1": 1,
            "line": {"color": palette["line-strong"], "width": 1, "dash": "dot"}}  # fmt: skip


def _broken(one: BrokenSign, palette: Mapping[str, str], words: Words) -> Element:
    day = words.texts.date(one.day)
    growth = (
        words.t("同比跨过 {day}（{reason}），不作比较", day=day, reason=_reason(one, words))
        if one.withheld
        else words.t("同比 {growth}", growth=words.growth(one.growth, one.unit))
    )
    period = words.period(one.figure.period, one.frequency)
    return el(
        "Section",
        el("H3", one.name, el("Span", words.unit(one.unit), class_="unit"),
           el("Span", words.t("模拟"), class_="status status-simulated") if one.figure.simulated else None),
        el("P", f"{period} {words.figure_text(one.figure.value, one.unit)} · {growth}"),
        el("Div", graph(f"break-{one.code.replace('.', '-')}", break_chart(one, words, palette), "limit-graph",
                        words.locale), class_="limit-frame"),
        class_="limit",
    )  # fmt: skip


def _reason(one: BrokenSign, words: Words) -> str:
    """Why the meaning changed: in the catalogue's own words, which are Chinese."""
    return one.reason if words.zh else words.t("标准换版")


def break_chart(one: BrokenSign, words: Words, palette: Mapping[str, str]) -> dict[str, Any]:
    """The course in two pieces, with a line and a word where the meaning changed."""
    day = one.day.year * 10_000 + one.day.month * 100 + one.day.day
    pieces = [
        [point for point in one.points if (point.period // 10**7 < day) is before] for before in (True, False)
    ]
    labels = [_tick(point.period) for point in one.points]
    layout = charts.template(palette)
    layout["xaxis"] |= {"type": "category", "categoryorder": "array", "categoryarray": labels, "tickmode": "array",
                        "tickvals": labels[:: -max(1, len(labels) // TICKS)][::-1], "tickangle": 0}  # fmt: skip
    layout["yaxis"] |= {"tickformat": ",~g"}
    traces = [
        {
            "type": "scatter", "mode": "lines+markers", "name": one.name,
            "x": [_tick(point.period) for point in piece], "y": [point.value for point in piece],
            "line": {"color": palette["data" if after else "data-2"], "width": 2},
            "marker": {"color": palette["data" if after else "data-2"], "size": 5},
            "hovertemplate": "%{y:,~g}<extra></extra>",
        }
        for after, piece in enumerate(pieces) if piece
    ]  # fmt: skip
    layout["shapes"], layout["annotations"] = [], []
    if all(pieces):
        first = _tick(pieces[1][0].period)
        layout["shapes"] = [_rule_at(first, palette)]
        layout["annotations"] = [{
            "x": first, "y": 0, "yref": "paper", "text": _reason(one, words), "showarrow": False, "xanchor": "right", "yanchor": "bottom", "font": {"color": palette["quiet"], "size": 12},
        }]  # fmt: skip
    return {"data": traces, "layout": layout}


# ---- benchmark


def benchmark(view: BenchmarkView, here: Session, state: PageState) -> Element:
    """Signs beside the regions above, real figures only; what has none is counted and said."""
    words = Words(here.texts, here.services.boards.units(here.language))
    heads = [words.t("体征"), words.t("时期"), view.place.name, *(place.name for place in view.above)]
    return card(
        words.t("与上级对标（真实数据）"),
        "",
        el("Div", el(
            "Table",
            el("Thead", el("Tr", [el("Th", head, scope="col", class_="number" if at > 1 else None)
                                  for at, head in enumerate(heads)])),
            el("Tbody", [_beside(row, view, state, words) for row in view.rows]),
            class_="figures",
        ), class_="table-box", tabIndex=0),
        el("P", words.t("其余 {count} 项体征，上级和其他城市都没有收录到真实数据，不作对标；模拟数不与真实数比较。", count=view.without),
           class_="notes"),
        class_="signs-benchmark",
    )  # fmt: skip


def _beside(row: BenchmarkRow, view: BenchmarkView, state: PageState, words: Words) -> Element:
    others: dict[int, Figure] = {place.code: figure for place, figure in row.others}
    own = words.figure(row.own)[0] if row.own.value is not None else words.t("没有真实数")
    return el(
        "Tr",
        el(
            "Th",
            link(state.with_(sheet=row.code).to_url(), row.name),
            el("Span", words.unit(row.own.unit), class_="unit"),
            scope="row",
        ),
        el("Td", words.period(row.period, row.frequency)),
        el("Td", own, class_="number"),
        [
            el("Td", words.figure(others[place.code])[0] if place.code in others else "—", class_="number")
            for place in view.above
        ],
    )
