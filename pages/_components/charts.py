"""Drawn figures as plain dicts: a view in, a figure out, in the colours of the theme.

Plain dicts cost nothing to make (six of them 3 ms, against 239 with Plotly Express). Data is one hue; what it is
compared with is grey; a partial last figure is hollow and its line dashed, so that it is never read as a fall.
Rankings and compositions are tables with bars (lists.py): they must be read aloud and scaled, not drawn.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from indicators.periods import YEAR
from pages._components.words import Words
from services.views import Point, Series, TrendView

Figure = dict[str, Any]
Palette = Mapping[str, str]

_MARGIN = {"l": 8, "r": 12, "t": 8, "b": 8, "pad": 4}
_FONT = 13
_MONTHS_OF_YEAR = 12


def trend(view: TrendView, words: Words, palette: Palette) -> Figure:
    """The course of one figure with what it is compared with; cumulative figures by the months of the year."""
    place = _month_of if view.seasonal else _label_of(view, words)
    order = sorted({point.period for series in view.series for point in series.points})
    named = [replace(series, name=_name(series, view, words)) for series in view.series]
    view = replace(view, series=tuple(named))
    traces = [trace for series in named for trace in _lines(series, view, place, words, palette)]
    layout = template(palette)
    layout["xaxis"] |= _months_axis(words) if view.seasonal else _periods_axis(order, place)
    from_zero = (view.seasonal and _adds_up(view)) or not any(
        point.value for series in view.series for point in series.points
    )
    layout["yaxis"] |= {"tickformat": ",~g", "rangemode": "tozero" if from_zero else "normal"}
    layout["shapes"], notes = _breaks(view, order, words, palette)
    layout["annotations"] = notes + _direct_labels(view, place, palette)
    return {"data": traces, "layout": layout}


def template(palette: Palette) -> Figure:
    """The layout that every figure starts from: quiet lines, no frame, nothing that moves."""
    axis = {
        "gridcolor": palette["line"], "linecolor": palette["line"], "zerolinecolor": palette["line-strong"],
        "tickfont": {"color": palette["quiet"], "size": _FONT - 1}, "fixedrange": True, "automargin": True,
    }  # fmt: skip
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "var(--font)", "size": _FONT, "color": palette["text"]},
        "margin": dict(_MARGIN),
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": palette["raised"], "bordercolor": palette["line"],
                       "font": {"color": palette["text"], "size": _FONT}},
        "separators": ".,",
        "xaxis": dict(axis) | {"showgrid": False},
        "yaxis": dict(axis),
    }  # fmt: skip


def _adds_up(view: TrendView) -> bool:
    """Whether figures grow through the year as sums do; a mean or a share of the year so far stays about where it is."""
    lines = (
        [p.value for p in series.points if p.value is not None]
        for series in view.series
        if series.key in YEARS
    )
    return any(len(line) < 2 or abs(line[-1]) > 1.5 * abs(line[0]) for line in lines)


YEARS = ("current", "previous")
"""The lines of a trend that are years."""

CHARTS: dict[str, Callable[[TrendView, Words, Palette], Figure]] = {"trend": trend}
"""The figures that a board can ask for, by name."""


_STROKES: dict[str, tuple[str, float, str]] = {
    "current": ("data", 2.5, "solid"),
    "previous": ("data-2", 1.5, "solid"),
    "target": ("quiet", 1.5, "dash"),
    "benchmark": ("data-2", 1.5, "dot"),
    "limit": ("text", 1.0, "dash"),
}


def _lines(
    series: Series, view: TrendView, place: Callable[[int], Any], words: Words, palette: Palette
) -> list[Figure]:
    """One line; its partial last figure becomes a second, dashed one with a hollow end."""
    colour_name, width, dash = _STROKES[series.key]
    unit = view.unit
    points = list(series.points)
    partial = series.key == "current" and _partial_end(points)
    own = series.key == "current"
    whole = points[:-1] if partial else points
    lines = [
        _line(piece, named, place, words, unit, palette[colour_name], width, stroke, own)
        for piece, named, stroke in _pieces(whole, series, dash, view, words)
    ]
    for line in lines[:-1]:  # only where the whole line ends is its last figure marked
        line["marker"]["size"] = [4] * len(line["x"])
    if partial:
        before = next((point for point in reversed(whole) if point.value is not None), None)
        tail = [point for point in (before, points[-1]) if point is not None]
        line = _line(tail, series, place, words, unit, palette[colour_name], width, "dot", own)
        line["marker"] |= {"color": palette["surface"], "size": [0] * (len(tail) - 1) + [9]}
        line["name"] = words.t("{name}（未报齐）", name=series.name)
        lines.append(line)
    return lines


def _name(series: Series, view: TrendView, words: Words) -> str:
    """What a line is called; one that a linked series gives throughout is named so."""
    name = words.series(series, view)
    known = [point.recast for point in series.points if point.value is not None]
    return words.t("{name}（回溯）", name=name) if known and all(known) else name


def _pieces(
    points: Sequence[Point], series: Series, dash: str, view: TrendView, words: Words
) -> Iterator[tuple[list[Point], Series, str]]:
    """A line in pieces: it ends where the calibre changes, and begins anew.

    What a linked series gives from before a break is dotted and named so, and runs on into what is counted the same way.
    """
    whole = len({point.recast for point in points if point.value is not None}) < 2
    moved = YEAR if view.seasonal and series.key == "previous" else 0

    def kind(point: Point) -> tuple[bool, int]:
        passed = sum(key // 1000 <= (point.period - moved) // 1000 for key, _ in view.breaks)
        return point.recast, 0 if series.key in ("target", "limit") else passed

    for (recast, _), run in groupby(points, key=kind):
        name = words.t("{name}（回溯）", name=series.name) if recast and not whole else series.name
        yield list(run), replace(series, name=name), "dot" if recast else dash


def _line(points: Sequence[Point], series: Series, place: Callable[[int], Any], words: Words, unit: str,
          colour: str, width: float, dash: str, own: bool) -> Figure:  # fmt: skip
    shown = [point for point in points if point.value is not None] if dash == "dash" else list(points)
    last = max((i for i, point in enumerate(shown) if point.value is not None), default=-1)
    return {
        "type": "scatter",
        "mode": "lines+markers" if own else "lines",
        "name": series.name,
        "x": [place(point.period) for point in shown],
        "y": [point.value for point in shown],
        "customdata": [words.figure_text(point.value, unit) for point in shown],
        "hovertemplate": "%{customdata}<extra>" + _escaped(series.name) + "</extra>",
        "line": {"color": colour, "width": width, "dash": dash},
        "marker": {"color": colour, "size": [8 if i == last else 4 for i in range(len(shown))],
                   "line": {"color": colour, "width": 1.5}},
        "connectgaps": False,
    }  # fmt: skip


def _partial_end(points: Sequence[Point]) -> bool:
    return len(points) > 1 and points[-1].state == "partial" and points[-1].value is not None


def _month_of(period: int) -> int:
    """The month in which a period ends, 1 to 12."""
    return period // 10**9 % 100


def _label_of(view: TrendView, words: Words) -> Callable[[int], str]:
    return lambda period: words.period_text(period, view.frequency)


def _months_axis(words: Words) -> Figure:
    months = list(range(1, _MONTHS_OF_YEAR + 1))
    return {"tickmode": "array", "tickvals": months, "ticktext": [words.month(m) for m in months],
            "range": [0.6, _MONTHS_OF_YEAR + 0.9]}  # fmt: skip


def _periods_axis(order: Sequence[int], place: Callable[[int], str]) -> Figure:
    names = list(dict.fromkeys(place(period) for period in order))
    step = max(1, round(len(names) / 7))
    shown = names[::-1][::step][::-1]
    return {"type": "category", "categoryorder": "array", "categoryarray": names, "tickmode": "array",
            "tickvals": shown, "tickangle": 0, "range": [-0.4, len(names) - 0.4 + len(names) * 0.12]}  # fmt: skip


def _direct_labels(view: TrendView, place: Callable[[int], Any], palette: Palette) -> list[Figure]:
    """The name of each line at its end: read before any legend."""
    labels = []
    taken: list[float] = []
    values = [p.value for s in view.series for p in s.points if p.value is not None]
    span = (max(values) - min(values)) or 1.0 if values else 1.0
    for series in view.series:
        last = next((point for point in reversed(series.points) if point.value is not None), None)
        if last is None or last.value is None:
            continue
        height = last.value
        crowded = any(abs(height - other) < span * 0.07 for other in taken)
        taken.append(height)
        labels.append({
            "x": place(last.period), "y": height, "text": _escaped(series.name), "showarrow": False,
            "xanchor": "right" if _far_right(view, place(last.period)) else "left",
            "yanchor": "top" if crowded else "bottom", "yshift": -4 if crowded else 4, "xshift": 4,
            "font": {"color": palette["data" if series.key == "current" else "quiet"], "size": _FONT - 1},
        })  # fmt: skip
    return labels


def _far_right(view: TrendView, x: Any) -> bool:
    return not view.seasonal or x >= _MONTHS_OF_YEAR - 1


def _breaks(
    view: TrendView, order: Sequence[int], words: Words, palette: Palette
) -> tuple[list[Figure], list[Figure]]:
    """Where the calibre or the limit changes: a line between the periods, and at its head the word."""
    shapes, notes = [], []
    told = [(key, words.t("口径变更"), "dot") for key, _ in view.breaks]
    told += [
        (key, words.t("限值改为 {limit}", limit=words.figure_text(limit, view.unit)), "dash")
        for key, limit in view.limits
    ]
    told += [(key, words.t("区划调整"), "longdash") for key in view.ground]
    for number, (key, said, dash) in enumerate(told):
        x = _month_of(key) - 0.5 if view.seasonal else bisect_left(order, key // 1000 * 1000) - 0.5
        box = {"xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1}
        shapes.append({"type": "line", **box, "line": {"color": palette["text"], "width": 1, "dash": dash}})
        notes.append({"x": x, "y": 1 - 0.09 * number, "xref": "x", "yref": "paper", "showarrow": False,
                      "text": _escaped(f"{words.break_day(key)} {said}"), "xanchor": "left", "xshift": 4, "yanchor": "top",
                      "font": {"color": palette["text"], "size": _FONT - 1}})  # fmt: skip
    return shapes, notes


def _escaped(text: str) -> str:
    """Names come from data: what Plotly would read as markup is shown as it is written."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
