"""The map of the wall: five classes, a printed legend, names, and marks for what happens where.

Drawn as one SVG from outlines (services/outlines.py): it is as sharp as the screen, its strokes and names grow with
the stage, and a new state changes attributes only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from indicators.errors import N_
from pages._components.elements import Element, el
from pages._components.map import contrast
from pages._components.tile import LEVELS, level_of, mark_sign
from pages._components.wall_words import facts
from pages._components.words import Words
from services.outlines import WIDTH, Drawing, Outline
from services.views import Area, MapView
from services.wall_views import Spot

SHAPES = (
    "",
    "M0-10A10 10 0 1 1-.01-10Z",
    "M0-12L12 0 0 12-12 0Z",
    "M0-11L12 10H-12Z",
    "M-5-12H5L12-5V5L5 12H-5L-12 5V-5Z",
)
"""The marks of the levels around 0, 0: circle, diamond, triangle, octagon."""

KIND_SHAPES = {
    "incident": "M0 13L-8-1A9.5 9.5 0 1 1 8-1Z",
    "resource": "M-3-10H3V-3H10V3H3V10H-3V3H-10V-3H-3Z",
}
"""The marks of what has one shape whatever its level; a project has that of its light."""
KINDS = {"incident": N_("突发事件"), "project": N_("落后项目"), "resource": N_("应急资源")}

_FONT = 32
_NAME = 0.08
_SMALL_FONT = 26
_MANY = 12
_CLEARLY = 1.2


@dataclass(frozen=True)
class Ink:
    """How words and marks are drawn: in which language and colours, how large, on which part of the sheet."""

    words: Words
    palette: dict[str, str]
    size: float
    zoom: float


def figure(
    view: MapView, drawn: Drawing, spots: Sequence[Spot], words: Words, palette: dict[str, str]
) -> Element:
    """The whole map with its title and legend."""
    return el(
        "Figure",
        el(
            "H2",
            words.t("{name}分布", name=view.name),
            el("Small", facts(view.period, "", view.simulated, words)),
        ),
        sheet(view, drawn, spots, words, palette),
        legend(view, spots, words),
        class_="w-map-figure",
    )


def sheet(
    view: MapView,
    drawn: Drawing,
    spots: Sequence[Spot],
    words: Words,
    palette: dict[str, str],
    affected: Iterable[int] = (),
    window: tuple[int, int, int, int] | None = None,
    plain: bool = False,
) -> Element:
    """The drawing itself.

    view      gives names and classes
    affected  regions that something concerns: outlined
    window    the part to show, x y width height; None: all
    plain     one colour for all the land: what happens on it counts
    """
    shown = [replace(area, band=0, mark=None) for area in view.areas] if plain else view.areas
    areas = {area.place.code: area for area in shown}
    hit = set(affected)
    box = window or (0, 0, WIDTH, drawn.height)
    zoom = max(box[2] / WIDTH, box[3] / drawn.height)  # words and marks keep their size on the screen
    named = [one for one in drawn.outlines if one.code in areas and _within(one.at, box)]
    ink = Ink(words, palette, (_SMALL_FONT if len(drawn.outlines) > _MANY else _FONT) * zoom, zoom)
    figures = not plain and len(drawn.outlines) <= _MANY
    return el(
        "Svg",
        el("G", [_area(one, areas.get(one.code), one.code in hit, words) for one in drawn.outlines],
           class_="w-areas w-approximate" if view.approximate else "w-areas"),
        el("G", [_spot(one, drawn, ink) for one in spots if drawn.holds(one.longitude, one.latitude)]),
        el("G", [_name(one, areas[one.code], ink, figures) for one in named], class_="w-names"),
        viewBox=" ".join(map(str, box)),
        preserveAspectRatio="xMidYMid meet",
        class_="w-map",
        role="img",
        aria_label=words.t("受影响区域") if plain else words.t("{name}分布", name=view.name),
    )  # fmt: skip


def legend(view: MapView, spots: Sequence[Spot], words: Words) -> Element:
    """The classes with their bounds, the sign for no figure, and what the marks mean."""
    rows = [
        el("Li", el("I", class_=f"w-swatch w-band-{colour + 1}"), words.range(low, high))
        for colour, low, high in zip(view.ramp, view.edges[:-1], view.edges[1:], strict=True)
    ]
    if any(area.band is None for area in view.areas):
        rows.append(el("Li", el("I", class_="w-swatch w-band-none"), words.t("— 无数据")))
    marks = sorted({area.mark.level for area in view.areas if area.mark}, reverse=True)
    signs = [
        el("Li", mark_sign(next(a.mark for a in view.areas if a.mark and a.mark.level == level), words, True))
        for level in marks
    ]
    notes = [el("Li", words.t("虚线为示意界线，不是行政区划界线"))] if view.approximate else []
    return el("Ul", el("Li", words.unit(view.unit), class_="w-unit") if view.unit else None, rows, signs, _kinds(spots, words), notes,
              class_="w-legend")  # fmt: skip


def keys(spots: Sequence[Spot], words: Words) -> Element:
    """What the marks of a map mean."""
    return el("Ul", _kinds(spots, words), class_="w-legend")


def _kinds(spots: Sequence[Spot], words: Words) -> list[Element]:
    there = {spot.kind for spot in spots}
    found = [
        el("Li", _sign(kind, KIND_SHAPES[kind]), words.t(KINDS[kind]))
        for kind in KIND_SHAPES
        if kind in there
    ]
    if "project" in there:
        lights = [_sign("project", SHAPES[level], LEVELS[level]) for level in (4, 2)]
        found.append(el("Li", lights, words.t(KINDS["project"])))
    return found


def _sign(kind: str, shape: str, level: str | None = None) -> Element:
    return el("Svg", el("Path", d=shape, class_=f"w-spot w-spot-{kind}", data_level=level), viewBox="-14 -14 28 28",
              class_="w-sign", aria_hidden="true")  # fmt: skip


def shapes(drawn: Drawing | None) -> Element | None:
    """The land, once for all the maps of a wall, which refer to it."""
    if drawn is None:
        return None
    paths = [
        el("Path", id=f"w-{one.code}", d=_path(one), class_="w-shape", **{"fill-rule": "evenodd"})
        for one in drawn.outlines
    ]
    return el("Svg", el("Defs", paths), class_="sr-only", aria_hidden="true")


def _path(outline: Outline) -> str:
    """The rings of a region as one path."""
    return "".join("M" + "L".join(f"{x} {y}" for x, y in ring) + "Z" for ring in outline.rings)


def _area(outline: Outline, area: Area | None, hit: bool, words: Words) -> Element:
    band = "none" if area is None or area.band is None else str(area.band + 1)
    text, unit = words.figure(area.figure) if area else ("", "")
    tip = " ".join(part for part in (area.place.name, text, unit) if part) if area else ""
    return el(
        "Use",
        href=f"#w-{outline.code}",
        class_=f"w-area w-band-{band}" + (" w-hit" if hit else ""),
        data_region=f"{outline.code:012d}",
        data_tip=tip or None,
    )


def _within(spot: tuple[int, int], box: tuple[int, int, int, int]) -> bool:
    """Whether a name that stands there would be seen whole."""
    x, y = spot
    left, top, width, height = box
    return (
        left + _NAME * width < x < left + (1 - _NAME) * width
        and top < y - _NAME / 2 * height < y < top + height
    )


def _name(outline: Outline, area: Area, ink: Ink, figures: bool) -> Element:
    """The name of a region with its figure below it, and the mark of an open warning above."""
    ground = ink.palette["none" if area.band is None else f"ramp-{area.band + 1}"]
    light, deep = ink.palette["text"], ink.palette["on-level"]
    dark = contrast(deep, ground) > _CLEARLY * contrast(light, ground)
    x, y = outline.at
    size = round(ink.size, 1)
    text, _ = ink.words.figure(area.figure)
    mark = area.mark
    return el(
        "G",
        el("Path", d=SHAPES[mark.level], class_="w-mark", **level_of(mark),
           transform=f"translate({x} {y - size * 1.25:.0f}) scale({1.35 * ink.zoom:.2f})") if mark else None,
        el("Text", ink.words.short_place(area.place), x=x, y=y, class_="w-place", **{"font-size": size}),
        el("Text", text, x=x, y=round(y + size), class_="w-value", **{"font-size": size}) if figures else None,
        class_="w-ink-dark" if dark else "w-ink-light",
    )  # fmt: skip


def _spot(spot: Spot, drawn: Drawing, ink: Ink) -> Element:
    x, y = drawn.place(spot.longitude, spot.latitude)
    shape = KIND_SHAPES.get(spot.kind) or SHAPES[spot.level]
    size = (0.85 if spot.kind == "project" else 1.4) * ink.zoom
    level = {"data-level": LEVELS[spot.level]} if spot.level else {}
    said = [spot.name, spot.detail, ink.words.t("模拟") if spot.simulated else ""]
    return el(
        "Path", d=shape, transform=f"translate({x} {y}) scale({size:.2f})",
        class_=f"w-spot w-spot-{spot.kind}", data_tip=" · ".join(part for part in said if part), **level,
    )  # fmt: skip
