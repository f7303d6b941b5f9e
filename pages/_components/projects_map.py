"""Projects on the outlines of the regions below."""

from collections.abc import Mapping
from typing import Any

from indicators.lights import COLOURS
from pages._components.card import card
from pages._components.elements import Element, el, graph
from pages._components.projects_parts import address, amount, drawn, facts, lamp, percent, speaking
from pages._components.words import Words
from pages._session import Session
from pages._state import PageState
from pages._tokens import tokens
from services.projects_views import (
    PinsView,
)


def pins(view: PinsView, here: Session, state: PageState) -> Element:
    """Projects where they lie, by the colour of their lamp; a touch leads to the page of a project."""
    words = speaking(here)
    shown = [colour for colour in COLOURS if any(pin.project.light == colour for pin in view.pins)]
    notes = [
        words.t("虚线为示意界线，不是行政区划界线") if view.approximate else "",
        words.t("{count} 个项目没有位置，不在图上", count=view.missing) if view.missing else "",
    ]
    return card(
        words.t("项目分布"),
        facts(words.t("{count} 个项目", count=len(view.pins)),
               drawn(any(pin.project.simulated for pin in view.pins), words)),
        el(
            "Figure",
            el("Div", graph("project-map", pins_figure(view, state, words, tokens(here.theme)), "map-graph", words.locale,
                            doubleClick=False),
               class_="map-frame" + (" approximate" if view.approximate else "")),
            el("Figcaption", el("Ul", [el("Li", lamp(colour, words)) for colour in shown],
                                el("Li", el("Span", words.t("未列入今年清单"), class_="lamp lamp-none")), class_="legend")),
            el("P", [el("Span", note) for note in notes if note], class_="notes") if any(notes) else None,
            class_="map",
        ),
        class_="panel-pins",
    )  # fmt: skip


def pins_figure(view: PinsView, state: PageState, words: Words, palette: Mapping[str, str]) -> dict[str, Any]:
    """Outlines without colour, and a dot for each project."""
    west, south, east, north = view.bounds
    wide, high = (east - west) * 0.04, (north - south) * 0.04
    colours = {"red": palette["red"], "yellow": palette["yellow"], "green": palette["data"]}
    return {
        "data": [
            {
                "type": "choropleth", "geojson": f"/geo/{view.parent.code:012d}/{view.level}.json?v={view.version}",
                "featureidkey": "properties.code", "locations": list(view.codes), "z": [0.0] * len(view.codes),
                "colorscale": [[0, palette["raised"]], [1, palette["raised"]]], "showscale": False,
                "marker": {"line": {"color": palette["line-strong"], "width": 0.8}}, "hoverinfo": "skip",
                "customdata": [[code, 1] for code in view.codes],
            },
            {
                "type": "scattergeo", "mode": "markers", "lon": [pin.lon for pin in view.pins],
                "lat": [pin.lat for pin in view.pins], "text": [_pin_text(pin, words) for pin in view.pins],
                "hovertemplate": "%{text}<extra></extra>",
                "customdata": [["", 0, address(pin.project.id, state)] for pin in view.pins],
                "marker": {
                    "size": [7 + min(9.0, (pin.total or 0.0) ** 0.5) for pin in view.pins],
                    "color": [colours.get(pin.project.light, palette["data-2"]) for pin in view.pins],
                    "symbol": [_SYMBOLS.get(pin.project.light, "circle-open") for pin in view.pins],
                    "line": {"color": palette["surface"], "width": 1}, "opacity": 0.9,
                },
            },
        ],
        "layout": {
            "paper_bgcolor": "rgba(0,0,0,0)", "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "showlegend": False,
            "font": {"family": "var(--font)", "color": palette["text"]}, "dragmode": False, "clickmode": "event",
            "hoverlabel": {"bgcolor": palette["raised"], "bordercolor": palette["line"], "align": "left",
                           "font": {"color": palette["text"], "size": 13}},
            "uirevision": f"{view.parent.code}/{view.level}",
            "geo": {
                "visible": False, "bgcolor": "rgba(0,0,0,0)", "projection": {"type": "mercator"},
                "lonaxis": {"range": [west - wide, east + wide]}, "lataxis": {"range": [south - high, north + high]},
            },
        },
    }  # fmt: skip


_SYMBOLS = {"red": "square", "yellow": "cross", "green": "circle"}


def _pin_text(pin: Any, words: Words) -> str:
    light = words.t(COLOURS[pin.project.light]) if pin.project.light in COLOURS else words.t("未列入今年清单")
    lines = [
        pin.project.name,
        pin.project.place.name,
        light,
        words.t("完成率 {rate}", rate=percent(pin.rate, words)) if pin.rate is not None else "",
        words.t("总投资 {amount}", amount=amount(pin.total, words)) if pin.total else "",
        words.t("模拟") if pin.project.simulated else "",
    ]
    return "<br>".join(line.replace("<", "&lt;") for line in lines if line)
