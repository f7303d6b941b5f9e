"""One indicator and its neighbours as a drawing that can be walked: every box is a link to the one it names.

What goes into the indicator stands on the left, what it goes into on the right. The list below says the same in words,
for keys, phones and those who do not see the drawing.
"""

from collections.abc import Callable, Sequence

from indicators.errors import N_
from pages._components.catalogue_words import tie
from pages._components.elements import Element, el, link
from pages._components.words import Words
from services.catalogue_browser import Edge, GraphView

WIDTH, BOX, TALL, GAP = 1080, 300, 46, 14
MIDDLE_TALL = 64
MOST = 12
"""Boxes on one side; the list has all of them."""

LETTERS = 17
"""Chinese signs that a box holds; letters are half as wide."""

Way = Callable[[str], str]
"""The address that walks to an indicator."""


def drawing(view: GraphView, walk: Way, words: Words) -> Element:
    """The drawing."""
    left = [one for one in view.edges if one.inward][:MOST]
    right = [one for one in view.edges if not one.inward][:MOST]
    rows = max(len(left), len(right), 2)
    height = rows * (TALL + GAP) + GAP
    middle = height / 2
    x = (WIDTH - BOX) / 2
    return el(
        "Svg",
        [_line(BOX, _top(place, len(left), height) + TALL / 2, x, middle, one) for place, one in enumerate(left)],
        [
            _line(x + BOX, middle, WIDTH - BOX, _top(place, len(right), height) + TALL / 2, one)
            for place, one in enumerate(right)
        ],
        [_box(one, 0, _top(place, len(left), height), walk, words) for place, one in enumerate(left)],
        [_box(one, WIDTH - BOX, _top(place, len(right), height), walk, words) for place, one in enumerate(right)],
        el("Rect", x=x, y=middle - MIDDLE_TALL / 2, width=BOX, height=MIDDLE_TALL, rx=8, className="rel-middle"),
        _text(short(view.name), x + BOX / 2, middle - 4, "rel-name rel-name-middle"),
        _text(view.code, x + BOX / 2, middle + 18, "rel-tie"),
        viewBox=f"0 0 {WIDTH} {height}",
        className="relations-drawn",
        role="group",
        **{"aria-label": words.t("{name}的关系图", name=view.name)},
    )  # fmt: skip


def listed(view: GraphView, walk: Way, words: Words) -> Element:
    """The same in words, what goes in first."""
    sides = (
        (words.t(N_("它由什么得来")), [one for one in view.edges if one.inward]),
        (words.t(N_("它用在哪里")), [one for one in view.edges if not one.inward]),
    )
    return el(
        "Div",
        [
            el(
                "Section",
                el("H3", title),
                el("Ul", [_item(one, walk, words) for one in edges], class_="relations-list")
                if edges
                else el("P", words.t("没有"), class_="notes"),
            )
            for title, edges in sides
        ],
        class_="relations-sides",
    )


def _item(one: Edge, walk: Way, words: Words) -> Element:
    name = link(walk(one.code), one.name) if one.sees else one.name
    return el(
        "Li",
        el("Span", tie(one, words), class_="relation-tie"),
        name,
        key=f"{one.kind}-{one.code}-{one.inward}",
    )


def _top(place: int, count: int, height: float) -> float:
    """Where a box begins: those of a side stand around the middle."""
    return height / 2 - count * (TALL + GAP) / 2 + GAP / 2 + place * (TALL + GAP)


def _line(x1: float, y1: float, x2: float, y2: float, one: Edge) -> Element:
    half = (x1 + x2) / 2
    return el("Path", d=f"M{x1:.0f} {y1:.0f}C{half:.0f} {y1:.0f} {half:.0f} {y2:.0f} {x2:.0f} {y2:.0f}",
              className=f"rel-line rel-{one.kind}", key=f"line-{one.code}-{one.kind}-{one.inward}")  # fmt: skip


def _box(one: Edge, x: float, y: float, walk: Way, words: Words) -> Element:
    shape = [
        el("Rect", x=x, y=y, width=BOX, height=TALL, rx=6, className="rel-box"),
        _text(short(one.name), x + BOX / 2, y + 19, "rel-name"),
        _text(tie(one, words), x + BOX / 2, y + 37, "rel-tie"),
    ]
    key = f"box-{one.code}-{one.kind}-{one.inward}"
    if not one.sees:
        return el("G", shape, key=key)
    said = words.t("{tie}：{name}", tie=tie(one, words), name=one.name)
    return link(walk(one.code), shape, className="rel-way", key=key, **{"aria-label": said})


def _text(text: str, x: float, y: float, class_: str) -> Element:
    return el("Text", text, x=x, y=y, textAnchor="middle", className=class_)


def short(name: str) -> str:
    """A name that fits its box; what is cut off stands in the list."""
    room, taken = 2 * LETTERS, ""
    for sign in name:
        room -= 1 if sign.isascii() else 2
        if room < 0:
            return taken.rstrip() + "…"
        taken += sign
    return taken


def more(view: GraphView) -> int:
    """How many neighbours the drawing has no room for."""
    sides: Sequence[int] = [
        sum(one.inward for one in view.edges),
        sum(not one.inward for one in view.edges),
    ]
    return sum(max(0, count - MOST) for count in sides)
