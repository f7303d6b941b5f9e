"""The map of the wall: five classes, a printed legend, names, and marks for what happens where.

Drawn as one SVG from outlines (services/outlines.py): it is as sharp as the screen, its strokes and names grow with
the stage, and a new state changes attributes only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

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

KIND_SHAPES = {"project": "M-9-9H9V9H-9Z", "resource": "M-3-10H3V-3H10V3H3V10H-3V3H-10V-3H-3Z"}
KINDS = {"incident": N_("突发事件"), "project": N_("落后项目"), "resource": N_("应急资源")}

_FONT = 32
_SMALL_FONT = 26
_MANY = 12
_CLEARLY = 1.2


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
    return el(
        "Svg",
        _hatch(),
        el("G", [_area(one, areas.get(one.code), one.code in hit, words) for one in drawn.outlines],
           class_="w-areas w-approximate" if view.approximate else "w-areas"),
        el("G", [_spot(one, drawn, words) for one in spots if drawn.holds(one.longitude, one.latitude)]),
        el("G", [_name(one, areas[one.code], words, palette, many=len(drawn.outlines) > _MANY, plain=plain)
                 for one in drawn.outlines if one.code in areas], class_="w-names"),
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
    return [el("Li", _sign(kind), words.t(name)) for kind, name in KINDS.items() if kind in there]


def _sign(kind: str) -> Element:
    shape = KIND_SHAPES.get(kind, SHAPES[3])
    return el("Svg", el("Path", d=shape, class_=f"w-spot w-spot-{kind}"), viewBox="-14 -14 28 28", class_="w-sign",
              aria_hidden="true")  # fmt: skip


def path(outline: Outline) -> str:
    """The rings of a region as one path."""
    return "".join("M" + "L".join(f"{x} {y}" for x, y in ring) + "Z" for ring in outline.rings)


def _area(outline: Outline, area: Area | None, hit: bool, words: Words) -> Element:
    band = "none" if area is None or area.band is None else str(area.band + 1)
    text, unit = words.figure(area.figure) if area else ("", "")
    tip = " ".join(part for part in (area.place.name, text, unit) if part) if area else ""
    return el(
        "Path",
        d=path(outline),
        class_=f"w-area w-band-{band}" + (" w-hit" if hit else ""),
        fill_rule="evenodd",
        data_region=f"{outline.code:012d}",
        data_tip=tip or None,
    )


def _name(
    outline: Outline, area: Area, words: Words, palette: dict[str, str], many: bool, plain: bool
) -> Element:
    """The name of a region with its figure below it, and the mark of an open warning above."""
    ground = palette["none" if area.band is None else f"ramp-{area.band + 1}"]
    dark = contrast(palette["on-level"], ground) > _CLEARLY * contrast(palette["text"], ground)
    x, y = outline.at
    size = _SMALL_FONT if many else _FONT
    text, _ = words.figure(area.figure)
    mark = area.mark
    return el(
        "G",
        el("Path", d=SHAPES[mark.level], transform=f"translate({x} {y - size * 1.25:.0f}) scale(1.35)",
           class_="w-mark", **level_of(mark)) if mark else None,
        el("Text", words.short_place(area.place), x=x, y=y, class_="w-place", **{"font-size": size}),
        el("Text", text, x=x, y=y + size, class_="w-value", **{"font-size": size}) if not many and not plain else None,
        class_="w-ink-dark" if dark else "w-ink-light",
    )  # fmt: skip


def _spot(spot: Spot, drawn: Drawing, words: Words) -> Element:
    x, y = drawn.place(spot.longitude, spot.latitude)
    shape = KIND_SHAPES.get(spot.kind) or SHAPES[spot.level or 3]
    level = {"data-level": LEVELS[spot.level]} if spot.level else {}
    said = [spot.name, spot.detail, words.t("模拟") if spot.simulated else ""]
    return el(
        "Path", d=shape, transform=f"translate({x} {y}) scale(1.2)", class_=f"w-spot w-spot-{spot.kind}",
        data_tip=" · ".join(part for part in said if part), **level,
    )  # fmt: skip


def _hatch() -> Element:
    """No data is a grey hatch."""
    return el(
        "Defs",
        el("Pattern",
           el("Rect", width="12", height="12", class_="w-hatch-ground"),
           el("Rect", width="2", height="12", class_="w-hatch-line"),
           id="w-hatch", width="12", height="12", patternUnits="userSpaceOnUse", patternTransform="rotate(45)"),
    )  # fmt: skip
