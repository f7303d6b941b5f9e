"""The S-curve: planned and done, cumulative."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pages._components import charts
from pages._components.card import card
from pages._components.elements import Element, graph
from pages._components.projects_parts import YI, amount, drawn, facts, speaking
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from pages._tokens import tokens
from services.projects_views import (
    CurveView,
)


def scurve(view: CurveView, here: Session, _state: PageState) -> Element:
    """Planned and done, cumulative."""
    words = speaking(here)
    how = words.t("季节曲线") if view.seasonal else words.t("按日历")
    return card(
        words.t("投资S曲线"),
        facts(words.unit(YI), words.t("计划{how}", how=how), drawn(view.simulated, words)),
        graph("scurve", curve_figure(view, words, tokens(here.theme)), "trend-graph", words.locale),
        class_="panel-trend panel-scurve",
    )


def curve_figure(view: CurveView, words: Words, palette: Mapping[str, str]) -> dict[str, Any]:
    """Lines named at their ends: planned dashed, done strong, the year before quiet."""
    years = sorted({year for year, _ in view.months})
    labels = [words.month(month) if len(years) == 1 else f"{year}-{month:02d}" for year, month in view.months]
    lines: list[tuple[str, Sequence[float | None], str, str, float]] = [
        (words.t("计划"), view.planned, "quiet", "dash", 1.5)
    ]
    if any(value is not None for value in view.before):
        lines.append((words.year(years[0] - 1), view.before, "data-2", "solid", 1.5))
    lines.append((words.t("完成"), view.done, "data", "solid", 2.5))
    layout = charts.template(palette)
    step = max(1, len(labels) // 9)
    layout["xaxis"] |= {"type": "category", "tickvals": labels[::step], "range": [-0.3, len(labels) * 1.1]}
    layout["yaxis"] |= {"tickformat": ",~g", "rangemode": "tozero"}
    layout["annotations"] = [note for line in lines for note in _end_label(line, labels, palette)]
    if view.total:
        layout["shapes"] = [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": view.total, "y1": view.total,
                             "line": {"color": palette["line-strong"], "width": 1, "dash": "dot"}}]  # fmt: skip
        layout["annotations"].append(
            {"xref": "paper", "x": 0, "y": view.total, "xanchor": "left", "yanchor": "bottom", "showarrow": False,
             "text": words.t("总投资 {amount}", amount=amount(view.total, words)),
             "font": {"color": palette["quiet"], "size": 12}}
        )  # fmt: skip
    return {"data": [_curve(line, labels, words, palette) for line in lines], "layout": layout}


def _curve(
    line: tuple[str, Sequence[float | None], str, str, float],
    labels: Sequence[str],
    words: Words,
    palette: Mapping[str, str],
) -> dict[str, Any]:
    name, values, colour, dash, width = line
    strong = colour == "data"
    return {
        "type": "scatter", "mode": "lines+markers" if strong else "lines", "name": name, "x": list(labels),
        "y": list(values), "customdata": [amount(value, words) for value in values],
        "hovertemplate": "%{customdata}<extra>" + name + "</extra>", "connectgaps": False,
        "line": {"color": palette[colour], "width": width, "dash": dash},
        "marker": {"color": palette[colour], "size": 4},
    }  # fmt: skip


def _end_label(
    line: tuple[str, Sequence[float | None], str, str, float],
    labels: Sequence[str],
    palette: Mapping[str, str],
) -> Iterable[dict[str, Any]]:
    name, values, colour, _, _ = line
    last = max((spot for spot, value in enumerate(values) if value is not None), default=None)
    if last is None:
        return
    strong = colour == "data"
    yield {"x": labels[last], "y": values[last], "text": name, "showarrow": False, "xanchor": "left", "xshift": 6,
           "yanchor": "top" if strong else "bottom", "font": {"color": palette["data" if strong else "quiet"], "size": 12}}  # fmt: skip
