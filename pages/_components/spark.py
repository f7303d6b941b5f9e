"""Small trends: SVG paths as masks over boxes in the colour of the data.

A board has forty of them, so they are neither figures nor component trees; and since a path is only a mask (white
draws, black erases), its colour comes from the style sheet and follows the theme. The box stretches with its card;
lines and dots do not (``non-scaling-stroke``).
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from pages._components.elements import Element, el
from services.views import Point, Series

WIDTH, HEIGHT = 120, 36
_EDGE = 4
_FEWEST = 2


def sparkline(series: Sequence[Series], title: str, breaks: Sequence[int] = ()) -> Element | None:
    """The lines of a tile: its own in the colour of data, all others in grey; None without two points.

    breaks  the days from which the figures mean something else: an upright dashed line before the first of them
    """
    own = next((one for one in series if one.key == "current"), None)
    if own is None or sum(point.value is not None for point in own.points) < _FEWEST:
        return None
    place = _Place([point for one in series for point in one.points])
    other = "".join(_path(one.points, place, dashed=one.key == "target") for one in series if one is not own)
    other += "".join(place.upright(key) for key in breaks)
    return el(
        "Div",
        el("Span", class_="spark-line spark-beside", style=_mask(other)) if other else None,
        el("Span", class_="spark-line spark-own", style=_mask(_own(own.points, place))),
        class_="spark",
        role="img",
        aria_label=title,
    )


class _Place:
    """Where a point stands in the box: periods from left to right, values from bottom to top."""

    def __init__(self, points: Iterable[Point]) -> None:
        points = list(points)
        values = [point.value for point in points if point.value is not None]
        low, high = min(values), max(values)
        self._low, self._span = (low, high - low) if high > low else (low - 1, 2.0)
        order = sorted({point.period for point in points})
        step = (WIDTH - 2 * _EDGE) / max(len(order) - 1, 1)
        self._x: Mapping[int, float] = {period: _EDGE + i * step for i, period in enumerate(order)}
        self._order, self._step = order, step

    def __call__(self, period: int, value: float) -> str:
        y = HEIGHT - _EDGE - (HEIGHT - 2 * _EDGE) * (value - self._low) / self._span
        return f"{self._x[period]:.1f} {y:.1f}"

    def upright(self, day: int) -> str:
        """An upright dashed line before the first period that ends on a day or after it."""
        nth = bisect_left(self._order, day // 1000 * 1000)
        if not 0 < nth < len(self._order):
            return ""
        return f"<path d='M{_EDGE + (nth - 0.5) * self._step:.1f} 0V{HEIGHT}' stroke-dasharray='2 3'/>"


def _own(points: Sequence[Point], place: _Place) -> str:
    """The line up to the last whole figure, a dashed piece and a hollow dot for a partial one, else a full dot."""
    known = [point for point in points if point.value is not None]
    last = known[-1]
    partial = last.state == "partial"
    if not partial:
        return _path(points, place) + _dot(last, place)
    whole = [point for point in points if point is not last]
    return _path(whole, place) + _path(known[-2:], place, dashed=True) + _dot(last, place, hollow=True)


def _path(points: Sequence[Point], place: _Place, dashed: bool = False) -> str:
    """A line that breaks where a figure is missing; a dashed one runs on."""
    pieces: list[str] = []
    pen_down = False
    for point in points:
        if point.value is None:
            pen_down = dashed and pen_down
            continue
        pieces.append(("L" if pen_down else "M") + place(point.period, point.value))
        pen_down = True
    return f"<path d='{''.join(pieces)}'{_DASH if dashed else ''}/>" if pieces else ""


def _dot(point: Point, place: _Place, hollow: bool = False) -> str:
    spot = place(point.period, point.value or 0.0)
    dot = f"<path d='M{spot}h0' stroke-width='7'/>"
    return dot + f"<path d='M{spot}h0' stroke-width='4' stroke='#000'/>" if hollow else dot


_DASH = " stroke-dasharray='3 3'"


def _mask(content: str) -> dict[str, str]:
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' preserveAspectRatio='none'>"
        "<style>path{fill:none;vector-effect:non-scaling-stroke;stroke-linejoin:round;stroke-linecap:round}</style>"
        f"<g stroke='#fff' stroke-width='1.75'>{content}</g></svg>"
    )
    return {"maskImage": f'url("data:image/svg+xml,{quote(svg, safe=_PLAIN)}")'}


_PLAIN = "<>= /:,.()'{};-"
