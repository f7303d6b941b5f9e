"""The situation map: one ground with switchable layers, what is near a point, and who lives around it.

Marks have shapes of their own, none of which is the shape of a warning level; an incident that bears a warning shows
its sign. Everything that the map shows by a mark stands in a list below it too, for keys and screen readers: a click
on a mark is a click on its line there (assets/situation.js). Video points are links and never embedded.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from indicators.errors import N_
from pages._components import forms
from pages._components import map as region_map
from pages._components.card import card
from pages._components.elements import Element, el, graph, link
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from pages._tokens import tokens
from services.resources import KINDS
from services.situation import LAYERS, RADII
from services.situation_views import NearLine, PointView, SituationLayer, SituationMark, SituationView
from services.statutory_views import ShapeView

GRAPH_ID = "situation"
LEVEL_NAMES = ("none", "blue", "yellow", "orange", "red")
LEVEL_SYMBOLS = ("x", "circle", "diamond", "triangle-up", "octagon")
SYMBOLS = {
    "incidents": ("x", "text"), "team": ("square", "cat-1"), "hospital": ("cross", "cat-5"),
    "store": ("hexagon", "cat-3"), "shelter": ("pentagon", "cat-2"), "projects": ("star", "cat-4"),
    "video": ("hourglass", "data-2"), "grid": ("square-open", "quiet"),
}  # fmt: skip
"""The symbol of each layer, and the name of its colour."""

CAPACITY = {
    "team": N_("{count} 人"), "hospital": N_("{count} 张床位"), "shelter": N_("{count} 平方米"), "grid": N_("{count} 人"),
}  # fmt: skip
"""What the capacity of a kind counts."""

EARTH_KM = 111.32
MOST_LISTED = 40
_CIRCLE = 72


def panel(view: SituationView, here: Session, state: PageState) -> Element:
    """The whole panel: switches, map, what is said of it, the point, the lists."""
    words = Words(here.texts, {})
    notes = [words.t("虚线为示意界线，不是行政区划界线") if view.approximate else "",
             words.t("含模拟数据") if view.simulated else ""]  # fmt: skip
    return card(
        words.t("一张图"),
        "",
        el(
            "Div",
            el(
                "Div",
                _switches(view.layers, state, words),
                el(
                    "Div",
                    graph(GRAPH_ID, figure(view, words, tokens(here.theme)), "map-graph", words.locale, doubleClick=False),
                    class_="map-frame situation-frame" + (" approximate" if view.approximate else ""),
                    role="img",
                    aria_label=words.t("{place}一张图，所示内容另列于图下", place=view.place.name),
                ),
                el("P", [el("Span", note) for note in notes if note], class_="notes"),
                class_="situation-ground",
            ),
            el(
                "Div",
                _chooser(view, here, state, words),
                _point(view.point, state, words) if view.point else _hint(words),
                class_="situation-side",
            ),
            class_="situation",
        ),
        _lists(view, state, words),
        class_="panel-situation",
    )  # fmt: skip


PANELS = {"situation.map": panel}
"""The panel by its name."""


# ---- switches


def _switches(layers: Sequence[SituationLayer], state: PageState, words: Words) -> Element:
    """One switch a layer: its sign, its name, how many there are."""
    on = [layer.key for layer in layers if layer.on]
    return el(
        "Ul",
        [
            el(
                "Li",
                link(
                    state.filtered(layers=_toggled(on, layer.key)).to_url() or "?",
                    el("Span", class_=f"sym sym-{layer.key}", aria_hidden="true"),
                    words.t(layer.name),
                    el("Span", str(layer.count), class_="count"),
                    class_="switch",
                    aria_pressed="true" if layer.on else "false",
                    role="button",
                ),
            )
            for layer in layers
        ],
        class_="switches",
        aria_label=words.t("图层"),
    )


def _toggled(on: Sequence[str], key: str) -> str:
    chosen = [one for one in LAYERS if (one in on) != (one == key)]
    return ",".join(chosen) or "none"


# ---- the map


def figure(view: SituationView, words: Words, palette: Mapping[str, str]) -> dict[str, Any]:
    """Areas, the shapes that warnings draw, names, marks by layer, and the ring around the chosen point."""
    address = f"/geo/{view.parent.code:012d}/{view.level}.json?v={view.version}"
    traces = [
        _areas(view, address, words, palette),
        *[trace for level, shape in view.shapes for trace in _shapes(level, shape, palette)],
        _names(view, address, words, palette),
        *_marks(view.marks, words, palette),
        *(_ring(view.point, palette) if view.point else ()),
    ]
    return {"data": traces, "layout": region_map.frame(view, palette)}


def _areas(view: SituationView, address: str, words: Words, palette: Mapping[str, str]) -> dict[str, Any]:
    colours = [palette["ramp-1"], *(_veiled(palette[name], palette["surface"]) for name in LEVEL_NAMES[1:])]
    last = len(colours) - 1
    return {
        "type": "choropleth",
        "geojson": address,
        "featureidkey": "properties.code",
        "locations": [f"{area.place.code:012d}" for area in view.areas],
        "z": [area.level for area in view.areas],
        "zmin": 0,
        "zmax": last,
        "colorscale": [[at / last, colour] for at, colour in enumerate(colours)],
        "showscale": False,
        "marker": {
            "line": {
                "color": [palette["text" if area.chosen else "line-strong"] for area in view.areas],
                "width": [2.5 if area.chosen else 0.8 for area in view.areas],
            }
        },
        "customdata": [[f"{area.place.code:012d}", int(not area.chosen), ""] for area in view.areas],
        "text": [
            _plain(
                "<br>".join(
                    text for text in (area.place.name, words.level_word(area.level), area.headline) if text
                )
            )
            for area in view.areas
        ],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _names(view: SituationView, address: str, words: Words, palette: Mapping[str, str]) -> dict[str, Any]:
    shown = view.areas if len(view.areas) <= MOST_LISTED else ()
    return {
        "type": "scattergeo",
        "mode": "text",
        "locationmode": "geojson-id",
        "geojson": address,
        "featureidkey": "properties.code",
        "locations": [f"{area.place.code:012d}" for area in shown],
        "text": [_plain(words.short_place(area.place)) for area in shown],
        "textfont": {"size": 13 if len(shown) <= 10 else 11, "color": palette["text"]},
        "hoverinfo": "skip",
    }


def _shapes(level: int, shape: ShapeView, palette: Mapping[str, str]) -> list[dict[str, Any]]:
    """The authority's own polygons and circles, as outlines over the regions."""
    colour = palette[LEVEL_NAMES[level]] if level else palette["quiet"]
    rings = [list(ring) for ring in shape.polygons]
    rings += [_circle(lat, lon, radius) for (lat, lon), radius in shape.circles]
    return [_line(ring, colour, "solid", 2.5) for ring in rings]


def _line(ring: Sequence[tuple[float, float]], colour: str, dash: str, width: float) -> dict[str, Any]:
    return {
        "type": "scattergeo",
        "mode": "lines",
        "lat": [lat for lat, _ in ring],
        "lon": [lon for _, lon in ring],
        "line": {"color": colour, "width": width, "dash": dash},
        "hoverinfo": "skip",
    }


def _circle(lat: float, lon: float, radius_km: float) -> list[tuple[float, float]]:
    """A ring of points; good enough to look at within a city."""
    high = radius_km / EARTH_KM
    wide = high / max(math.cos(math.radians(lat)), 0.01)
    turns = [2 * math.pi * step / _CIRCLE for step in range(_CIRCLE + 1)]
    return [(round(lat + high * math.sin(turn), 5), round(lon + wide * math.cos(turn), 5)) for turn in turns]


def _ring(point: PointView, palette: Mapping[str, str]) -> list[dict[str, Any]]:
    centre = {
        "type": "scattergeo",
        "mode": "markers",
        "lat": [point.lat],
        "lon": [point.lon],
        "marker": {"size": 13, "symbol": "circle-x-open", "color": palette["text"], "line": {"width": 2}},
        "text": [_plain(point.name)],
        "hovertemplate": "%{text}<extra></extra>",
    }
    return [_line(_circle(point.lat, point.lon, point.radius_km), palette["text"], "dot", 1.5), centre]


def _marks(marks: Sequence[SituationMark], words: Words, palette: Mapping[str, str]) -> list[dict[str, Any]]:
    layers = dict.fromkeys(mark.layer for mark in marks)
    return [_layer(layer, [m for m in marks if m.layer == layer], words, palette) for layer in layers]


def _layer(
    layer: str, marks: Sequence[SituationMark], words: Words, palette: Mapping[str, str]
) -> dict[str, Any]:
    symbol, colour = SYMBOLS[layer]
    return {
        "type": "scattergeo",
        "mode": "markers",
        "lat": [mark.lat for mark in marks],
        "lon": [mark.lon for mark in marks],
        "marker": {
            "size": [16 if mark.layer == "incidents" else 10 for mark in marks],
            "symbol": [LEVEL_SYMBOLS[mark.level] if mark.level else symbol for mark in marks],
            "color": [palette[LEVEL_NAMES[mark.level]] if mark.level else palette[colour] for mark in marks],
            "line": {"color": palette["surface"], "width": 1.5},
        },
        "customdata": [["", 0, mark.id] for mark in marks],
        "text": [_plain("<br>".join([mark.name, *_said(mark, words)])) for mark in marks],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _said(mark: SituationMark | NearLine, words: Words) -> list[str]:
    """What is said beside the name: how many, whom to call, whether it is simulated."""
    kind = mark.layer if isinstance(mark, SituationMark) else mark.kind
    told = []
    if mark.capacity is not None and kind in CAPACITY:
        told.append(words.t(CAPACITY[kind], count=words.texts.number(mark.capacity)))
    if mark.stock:
        short = [item.name for item in mark.stock if not item.enough]
        told.append(words.t("物资 {count} 种", count=len(mark.stock)))
        told.append(words.t("不足：{names}", names=words.listed(short)) if short else words.t("均达储备标准"))
    return [*told, *mark.facts, *([words.t("模拟")] if mark.simulated else [])]


def _veiled(colour: str, ground: str) -> str:
    """A level's hue as a ground for names: a third of it over the surface."""
    parts = [int(int(ground[i : i + 2], 16) * 0.62 + int(colour[i : i + 2], 16) * 0.38) for i in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def _plain(text: str) -> str:
    """Names come from data: what Plotly would read as markup is shown as it is written; our own breaks stay."""
    return "<br>".join(
        part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for part in text.split("<br>")
    )


# ---- a point


def _chooser(view: SituationView, here: Session, state: PageState, words: Words) -> Element:
    """The form that chooses a point by a region's name or by its coordinates, and a radius."""
    chosen = state.filters.get("radius", "")
    return el(
        "Div",
        forms.form(
            here,
            "situation.at",
            forms.text(
                "place", words.t("查周边：地名或经纬度"), state.filters.get("at", ""),
                hint=words.t("例如 博贺镇，或 21.68,110.90"), required=True,
            ),
            forms.select(
                "radius", words.t("半径"), [(str(km), words.t("{km} 公里", km=km)) for km in RADII], chosen or "5"
            ),
            forms.hidden("here", state.to_url()),
            submit=words.t("查周边"),
            quiet=True,
            class_="form-inline",
        ),
        el("P", words.t(view.problem, text=state.filters.get("at", "")), class_="notice", role="status")
        if view.problem
        else None,
    )  # fmt: skip


def _hint(words: Words) -> Element:
    """Before a point is chosen: what choosing one gives."""
    return el(
        "P",
        words.t("点地图上的标记，或填写地名、经纬度，查看附近的队伍、医院、物资和避难场所，以及周边人口。"),
        class_="notes",
    )


def _point(point: PointView, state: PageState, words: Words) -> Element:
    return el(
        "Section",
        el(
            "Header",
            el("H3", words.t("{place}周边 {km} 公里", place=point.name, km=int(point.radius_km))),
            link(state.filtered(at=None, radius=None).to_url() or "?", words.t("清除"), class_="inline-link"),
            class_="point-head",
        ),
        people(point, words),
        el("H4", words.t("附近的应急资源，按估算用时排列")),
        near(point.near, words),
    )


def people(point: PointView, words: Words) -> Element:
    """How many live around, where, and how far to trust it."""
    told = point.people
    if told.people is None:
        return el("P", words.t("这里的人口不详"), class_="notes")
    notes = [
        words.t("估算：县区常住人口按面积均摊"),
        words.t("乡镇界线为示意") if told.approximate else "",
        words.t("{period}末人口", period=words.period_short(told.period, "yearly")) if told.period else "",
        words.t("部分范围在本地区之外，未计") if told.outside else "",
        words.t("部分县区人口不详，未计") if told.unknown else "",
        words.t("模拟") if told.simulated else "",
    ]
    return el(
        "Div",
        el(
            "P",
            words.t("影响人口约"),
            el("B", words.texts.number(_rounded(told.people)), class_="people-number"),
            words.t("人"),
            class_="people",
        ),
        el(
            "P",
            [
                el(
                    "Span",
                    words.t("{place} {count} 人", place=name, count=words.texts.number(_rounded(count))),
                )
                for name, count in point.parts
            ],
            class_="parts",
        ),
        el("P", [el("Span", note) for note in notes if note], class_="notes"),
    )


def _rounded(count: float) -> float:
    """An estimate has three figures that count."""
    if count < 100:
        return float(round(count))
    step = 10 ** (math.floor(math.log10(count)) - 2)
    return float(round(count / step) * step)


def near(lines: Sequence[NearLine], words: Words) -> Element:
    """Resources in the order in which they can be there."""
    if not lines:
        return el("P", words.t("没有登记的应急资源"), class_="notes")
    return el(
        "Div",
        el(
            "Table",
            el("Caption", words.t("周边资源"), class_="sr-only"),
            el(
                "Thead",
                el(
                    "Tr",
                    el("Th", words.t("资源"), scope="col"),
                    el("Th", words.t("直线"), scope="col", class_="number"),
                    el("Th", words.t("约用时"), scope="col", class_="number"),
                ),
            ),
            el("Tbody", [_near_row(line, words) for line in lines]),
            class_="table near",
        ),
        el("P", words.t("路程按直线距离的1.4倍估算，用时含集结准备，未计路况"), class_="notes"),
        class_="table-box",
        tabIndex=0,
    )


def _near_row(line: NearLine, words: Words) -> Element:
    return el(
        "Tr",
        el(
            "Th",
            el("Span", class_=f"sym sym-{line.kind}", role="img", aria_label=words.t(KINDS[line.kind]),
               title=words.t(KINDS[line.kind])),
            el("Span", line.name, class_="near-name"),
            el("P", [el("Span", text) for text in _said(line, words)], class_="standing"),
            scope="row",
        ),
        el("Td", words.t("{km} 公里", km=words.texts.number(round(line.distance_m / 1000, 1))), class_="number"),
        el("Td", words.t("{minutes} 分钟", minutes=round(line.minutes)), class_="number"),
    )  # fmt: skip


# ---- lists


def _lists(view: SituationView, state: PageState, words: Words) -> Element | None:
    """All that the marks show, layer by layer, as text and links."""
    shown = [layer for layer in view.layers if layer.on and any(m.layer == layer.key for m in view.marks)]
    if not shown:
        return None
    return el(
        "Details",
        el("Summary", words.t("图上所示清单")),
        el("Div", [_list(layer, view.marks, state, words) for layer in shown], class_="situation-lists"),
        class_="more",
    )


def _list(layer: SituationLayer, marks: Sequence[SituationMark], state: PageState, words: Words) -> Element:
    own = [mark for mark in marks if mark.layer == layer.key]
    return el(
        "Section",
        el("H3", words.t(layer.name)),
        el("Ul", [el("Li", _entry(mark, state, words)) for mark in own]),
    )


def _entry(mark: SituationMark, state: PageState, words: Words) -> list[Element]:
    """A mark as text: a link to its page, or outside in a window of its own, or to what is around it."""
    kept = PageState(region=state.region, lang=state.lang, mode=state.mode).to_url()
    if mark.link:
        name = el("A", mark.name, href=mark.link, target="_blank", rel="noopener noreferrer nofollow",
                  **{"data-mark": mark.id})  # fmt: skip
    elif mark.go:
        name = link(mark.go + kept, mark.name, **{"data-mark": mark.id})
    else:
        around = state.filtered(at=f"{mark.lat},{mark.lon}").to_url()
        name = link(around, mark.name, title=words.t("查周边"), **{"data-mark": mark.id})
    outside = [el("Span", words.t("外部链接"), class_="status")] if mark.link else []
    return [name, *outside, *[el("Span", text, class_="quiet") for text in _said(mark, words)]]
