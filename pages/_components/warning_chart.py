"""The curve of a warning: what the rule compared, the bands of its levels, and what happened where it happened."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from indicators.definition import WARNING_LEVELS
from pages._components import charts
from pages._components.warning_words import EVENTS
from pages._components.words import Words
from services.warning_views import Bound, BreakMark, CourseView, EventLine

Palette = Mapping[str, str]
Figure = dict[str, Any]

SHAPES = {1: "circle", 2: "diamond", 3: "triangle-up", 4: "octagon"}
"""The shape of each level, as everywhere."""

UPWARD = (">", ">=")
_ROOM = 0.12
_BAND = 0.13
_LABELS = 5
"""So many names of periods have room on a phone."""


def figure(course: CourseView, events: Sequence[EventLine], words: Words, palette: Palette) -> Figure:
    """The whole figure as a plain dict."""
    labels = [words.period_text(key, course.frequency) for key in course.periods]
    low, high = reach(course)
    layout = charts.template(palette)
    step = max(1, round(len(labels) / _LABELS))
    layout["xaxis"] |= {
        "type": "category", "categoryorder": "array", "categoryarray": labels, "tickmode": "array",
        "tickvals": labels[::-1][::step][::-1], "tickangle": 0, "range": [-0.6, len(labels) - 0.4],
    }  # fmt: skip
    layout["yaxis"] |= {"tickformat": ",~g", "range": [low, high], "ticksuffix": ""}
    layout["margin"] |= {"r": 16, "t": 12}
    layout["shapes"] = [
        shape for bounds in _sides(course.bounds) for shape in _bands(bounds, low, high, palette)
    ]
    layout["annotations"] = [
        _named(bound, course, words, palette) for bound in course.bounds if _seen(bound, low, high)
    ]
    for number, one in enumerate(course.breaks):
        line, note = _broken(one, number, course, words, palette)
        layout["shapes"].append(line)
        layout["annotations"].append(note)
    return {"data": [_curve(course, labels, words, palette), _marks(course, events, labels, words, palette)],
            "layout": layout}  # fmt: skip


def reach(course: CourseView) -> tuple[float, float]:
    """From the lowest to the highest of figures and bounds, with some room."""
    values = [one for one in course.compared if one is not None]
    reach = max(values) - min(values) or abs(values[0]) or 1.0
    near = [
        one for bound in course.bounds for one in bound.values
        if one is not None
        and (bound.legal or min(values) - 2 * reach <= one <= max(values) + 2 * reach)
    ]  # fmt: skip
    low, high = min([*values, *near]), max([*values, *near])
    room = (high - low or abs(high) or 1.0) * _ROOM
    return low - room, high + room


def _seen(bound: Bound, low: float, high: float) -> bool:
    last = next((one for one in reversed(bound.values) if one is not None), None)
    return last is not None and low <= last <= high


def _sides(bounds: Sequence[Bound]) -> list[list[Bound]]:
    """The bounds of each side of a rule, the mildest level first."""
    ordered = sorted(bounds, key=lambda bound: (bound.op in UPWARD, bound.level))
    return [list(side) for _, side in groupby(ordered, key=lambda bound: bound.op in UPWARD)]


def _bands(bounds: Sequence[Bound], low: float, high: float, palette: Palette) -> list[Figure]:
    """For every level a light band from its bound to that of the next level, and the bound as a line."""
    found = []
    for place, bound in enumerate(bounds):
        upward = bound.op in UPWARD
        worse = bounds[place + 1].values if place + 1 < len(bounds) else (None,) * len(bound.values)
        edge = high if upward else low
        steps = zip(range(len(bound.values)), bound.values, worse, strict=True)
        colour = palette[WARNING_LEVELS[bound.level]]
        for (value, beyond), run in groupby(steps, key=lambda one: (one[1], one[2])):
            if value is None:
                continue
            spots = [one[0] for one in run]
            x0, x1 = spots[0] - 0.5, spots[-1] + 0.5
            y0, y1 = (min(max(one, low), high) for one in (value, edge if beyond is None else beyond))
            box = {"x0": x0, "x1": x1, "xref": "x", "yref": "y", "layer": "below"}
            found.append(
                {
                    **box,
                    "type": "rect",
                    "y0": y0,
                    "y1": y1,
                    "fillcolor": colour,
                    "opacity": _BAND,
                    "line": {"width": 0},
                }
            )
            if low <= value <= high:
                line = {"color": colour, "width": 1, "dash": "dash"}
                found.append({**box, "type": "line", "y0": value, "y1": value, "line": line})
    return found  # fmt: skip


def _broken(
    one: BreakMark, number: int, course: CourseView, words: Words, palette: Palette
) -> tuple[Figure, Figure]:
    """Where calibre or limit changes: an upright line between the periods, and at its foot the word."""
    spot = bisect_left(course.periods, one.period // 1000 * 1000) - 0.5
    said = (
        words.t("限值改为 {limit}", limit=words.figure_text(one.limit, course.unit))
        if one.limit is not None
        else words.t("口径变更")
    )
    right = spot > len(course.periods) * 0.6
    place = {"x": spot, "xref": "x", "yref": "paper", "xanchor": "right" if right else "left"}
    line = {
        "type": "line", "xref": "x", "yref": "paper", "x0": spot, "x1": spot, "y0": 0, "y1": 1,
        "line": {"color": palette["text"], "width": 1, "dash": "dot" if one.limit is None else "dash"},
    }  # fmt: skip
    note = {
        **place, "y": 0.02 + 0.08 * number, "yanchor": "bottom", "xshift": -4 if right else 4, "showarrow": False,
        "text": f"{words.break_day(one.period)} {said}", "font": {"color": palette["text"], "size": 12},
    }  # fmt: skip
    return line, note


def _named(bound: Bound, course: CourseView, words: Words, palette: Palette) -> Figure:
    """The name of a bound at the left end of its line."""
    value = next(one for one in reversed(bound.values) if one is not None)
    said = f"{words.level_word(bound.level)} {words.figure_text(value, course.unit)}"
    return {
        "xref": "paper", "x": 0, "y": value, "xanchor": "left", "yanchor": "bottom" if bound.op in UPWARD else "top",
        "text": said, "showarrow": False, "font": {"color": palette[WARNING_LEVELS[bound.level]], "size": 12},
    }  # fmt: skip


def _curve(course: CourseView, labels: Sequence[str], words: Words, palette: Palette) -> Figure:
    said = [
        words.figure_text(value, course.unit) + (f" · {words.t('模拟')}" if made_up else "")
        for value, made_up in zip(course.compared, course.simulated, strict=True)
    ]
    return {
        "type": "scatter", "mode": "lines+markers", "x": labels, "y": list(course.compared), "connectgaps": False,
        "line": {"color": palette["data"], "width": 2.5}, "marker": {"color": palette["data"], "size": 4},
        "customdata": said, "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip


def _marks(
    course: CourseView, events: Sequence[EventLine], labels: Sequence[str], words: Words, palette: Palette
) -> Figure:
    """What happened, at the figure on which it happened: the shape and hue of the level it led to, hollow at the end."""
    spots = {key: place for place, key in enumerate(course.periods)}
    shown = [one for one in events if one.period in spots and course.compared[spots[one.period]] is not None]
    hues = [palette[WARNING_LEVELS[one.level]] if one.level else palette["text"] for one in shown]
    return {
        "type": "scatter", "mode": "markers", "cliponaxis": False,
        "x": [labels[spots[one.period]] for one in shown],
        "y": [course.compared[spots[one.period]] for one in shown],
        "marker": {
            "symbol": [SHAPES[one.level] if one.level else "circle" for one in shown], "size": 13,
            "color": [hue if one.level else palette["surface"] for one, hue in zip(shown, hues, strict=True)],
            "line": {"color": [palette["surface"] if one.level else palette["text"] for one in shown], "width": 2},
        },
        "customdata": [
            words.t(EVENTS[one.kind], level=words.level_word(one.level) if one.level else words.t("未预警"))
            for one in shown
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }  # fmt: skip
