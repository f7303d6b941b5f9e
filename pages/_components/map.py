"""The choropleth: five classes of one hue, a printed legend, a grey hatch where there is no figure.

The figure holds codes and values only; polygons come from ``/geo/<parent>/<level>.json``, which the browser keeps.
Colours of the ramp stand for classes, never for good or bad; a warning is a mark with the shape of its level.
Hatch and dashed borders are drawn by the style sheet, since the trace has neither (components.css, figures.js).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pages._components.elements import Element, el, graph
from pages._components.tile import LEVELS, mark_sign
from pages._components.words import Words
from services.views import Area, MapView, Place

GRAPH_ID = "map"
_BANDS = 5
_MARGIN_OF_FRAME = 0.04
_SYMBOLS = ("", "circle", "diamond", "triangle-up", "octagon")
_MOST_LABELS = 30
_MARK = 15
_CLEARLY = 1.2
"""How much better the other ink must be read before a name leaves the usual one."""


def panel(view: MapView, words: Words, palette: Mapping[str, str]) -> Element:
    """The map with its title, its legend and what must be said about it."""
    notes = []
    if view.approximate:
        notes.append(words.t("虚线为示意界线，不是行政区划界线"))
    if view.simulated:
        notes.append(words.t("含模拟数据"))
    return el(
        "Figure",
        el(
            "Div",
            graph(GRAPH_ID, figure(view, words, palette), "map-graph", words.locale, doubleClick=False),
            class_=" ".join(_frame_classes(view)),
        ),
        legend(view, words),
        el("P", [el("Span", note) for note in notes], class_="notes") if notes else None,
        class_="map",
    )


def figure(view: MapView, words: Words, palette: Mapping[str, str]) -> dict[str, Any]:
    """Traces: areas without a figure (first, so that the style sheet finds them), areas with one, names, marks."""
    address = f"/geo/{view.parent.code:012d}/{view.level}.json?v={view.version}"
    known = [area for area in view.areas if area.band is not None]
    unknown = [area for area in view.areas if area.band is None]
    ramp = [palette[f"ramp-{i}"] for i in range(1, _BANDS + 1)]
    traces = [
        _areas(
            unknown,
            address,
            [[0, palette["none"]], [1, palette["none"]]],
            [0.0] * len(unknown),
            words,
            palette,
        ),
        _areas(known, address, _steps(ramp), [float(area.band or 0) for area in known], words, palette),
        *_labels(view.areas, address, words, palette),
        *_marks(view.areas, address, palette),
    ]
    return {"data": traces, "layout": frame(view, palette)}


class Framed(Protocol):
    """What a map is framed by: the region whose children it shows, their level, and its bounds."""

    @property
    def parent(self) -> Place: ...
    @property
    def level(self) -> str: ...
    @property
    def bounds(self) -> tuple[float, float, float, float]: ...


def frame(view: Framed, palette: Mapping[str, str]) -> dict[str, Any]:
    """The layout of a map: it fills its card, and stands still until another region or level is shown."""
    west, south, east, north = view.bounds
    wide, high = (east - west) * _MARGIN_OF_FRAME, (north - south) * _MARGIN_OF_FRAME
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "font": {"family": "var(--font)", "color": palette["text"]},
        "hoverlabel": {"bgcolor": palette["raised"], "bordercolor": palette["line"],
                       "font": {"color": palette["text"], "size": 13}, "align": "left"},
        "clickmode": "event",
        "dragmode": False,
        "showlegend": False,
        "uirevision": f"{view.parent.code}/{view.level}",
        "geo": {
            "visible": False,
            "bgcolor": "rgba(0,0,0,0)",
            "projection": {"type": "mercator"},
            "lonaxis": {"range": [west - wide, east + wide]},
            "lataxis": {"range": [south - high, north + high]},
        },
    }  # fmt: skip


def legend(view: MapView, words: Words) -> Element:
    """The classes with their bounds in numbers, and the sign for no figure."""
    rows = [
        el("Li", el("Span", class_=f"swatch band-{colour + 1}"),
           el("Span", words.range(low, high), class_="range"))
        for colour, low, high in zip(view.ramp, view.edges[:-1], view.edges[1:], strict=True)
    ]  # fmt: skip
    if any(area.band is None for area in view.areas):
        rows.append(
            el("Li", el("Span", class_="swatch swatch-none"), el("Span", words.t("— 无数据"), class_="range"))
        )
    title = words.unit(view.unit)
    marks = sorted({area.mark.level for area in view.areas if area.mark}, reverse=True)
    signs = [
        el("Li", mark_sign(area.mark, words, with_word=True))
        for level in marks
        for area in [next(a for a in view.areas if a.mark and a.mark.level == level)]
        if area.mark
    ]
    return el("Figcaption", el("P", title, class_="legend-unit") if title else None,
              el("Ul", rows, signs, class_="legend"))  # fmt: skip


def _frame_classes(view: MapView) -> list[str]:
    """What the style sheet must know: dashed borders, and whether the first trace holds areas without a figure."""
    gaps = any(area.band is None for area in view.areas)
    return ["map-frame", *(["approximate"] if view.approximate else []), *(["gaps"] if gaps else [])]


def _areas(areas: Sequence[Area], address: str, scale: list[list[Any]], z: list[float], words: Words,
           palette: Mapping[str, str]) -> dict[str, Any]:  # fmt: skip
    return {
        "type": "choropleth",
        "geojson": address,
        "featureidkey": "properties.code",
        "locations": [f"{area.place.code:012d}" for area in areas],
        "z": z,
        "zmin": 0,
        "zmax": _BANDS - 1,
        "colorscale": scale,
        "showscale": False,
        "marker": {
            "line": {
                "color": [palette["text" if area.chosen else "line-strong"] for area in areas],
                "width": [2.5 if area.chosen else 0.8 for area in areas],
            }
        },
        "customdata": [[f"{area.place.code:012d}", int(not area.chosen)] for area in areas],
        "text": [_hover(area, words) for area in areas],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _steps(colours: Sequence[str]) -> list[list[Any]]:
    """A colour scale of flat steps: class i lies at z = i."""
    last = len(colours) - 1
    return [[i / last, colour] for i, colour in enumerate(colours)]


def _labels(
    areas: Sequence[Area], address: str, words: Words, palette: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The names in two traces, by the ink that is read better on their ground: the second one's halo is the other ink."""
    shown = areas if len(areas) <= _MOST_LABELS else ()
    inks: dict[str, list[Area]] = {"text": [], "on-level": []}
    for area in shown:
        ground = palette["none" if area.band is None else f"ramp-{area.band + 1}"]
        other = contrast(palette["on-level"], ground) > _CLEARLY * contrast(palette["text"], ground)
        inks["on-level" if other else "text"].append(area)
    size = 13 if len(shown) <= _BANDS * 2 else 11
    return [_names(group, address, words, palette[ink], size) for ink, group in inks.items()]


def _names(areas: Sequence[Area], address: str, words: Words, ink: str, size: int) -> dict[str, Any]:
    """Names; one with a mark stands below it, which an invisible marker of the mark's size brings about."""
    return {
        "type": "scattergeo",
        "mode": "markers+text",
        "locationmode": "geojson-id",
        "geojson": address,
        "featureidkey": "properties.code",
        "locations": [f"{area.place.code:012d}" for area in areas],
        "text": [_label(area, words) for area in areas],
        "textfont": {"size": size, "color": ink},
        "textposition": ["bottom center" if area.mark else "middle center" for area in areas],
        "marker": {"size": [_MARK if area.mark else 0 for area in areas], "opacity": 0},
        "hoverinfo": "skip",
    }


def _label(area: Area, words: Words) -> str:
    name = words.short_place(area.place)
    return name if area.band is not None else f"{name} —"


def _marks(areas: Sequence[Area], address: str, palette: Mapping[str, str]) -> list[dict[str, Any]]:
    marked = [(area, area.mark) for area in areas if area.mark]
    if not marked:
        return []
    return [{
        "type": "scattergeo",
        "mode": "markers",
        "locationmode": "geojson-id",
        "geojson": address,
        "featureidkey": "properties.code",
        "locations": [f"{area.place.code:012d}" for area, _ in marked],
        "marker": {
            "size": _MARK,
            "symbol": [_SYMBOLS[mark.level] for _, mark in marked],
            "color": [palette[LEVELS[mark.level]] for _, mark in marked],
            "line": {"color": palette["surface"], "width": 2},
        },
        "hoverinfo": "skip",
    }]  # fmt: skip


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21, as WCAG reckons it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _hover(area: Area, words: Words) -> str:
    text, unit = words.figure(area.figure)
    lines = [area.place.name, f"{text} {unit}".strip()]
    why = words.reason(area.figure)
    if why:
        lines.append(why)
    return "<br>".join(line.replace("<", "&lt;") for line in lines)
