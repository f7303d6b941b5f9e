"""Small trends: one SVG path as a mask over a box in the colour of the data.

A board has forty of them, so they are neither figures nor component trees; and since the path is only a mask,
its colour comes from the style sheet and follows the theme.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from pages._components.elements import Element, el
from services.views import Point, Series

WIDTH, HEIGHT = 120, 36
_EDGE = 4
_DOT = 2.6


def sparkline(series: Sequence[Series], title: str) -> Element | None:
    """The lines of a tile: its own in the colour of data, all others in grey; None without two points."""
    lines = {one.key: one for one in series}
    own = lines.pop("current", None)
    if own is None or sum(point.value is not None for point in own.points) < 2:  # noqa: PLR2004
        return None
    low, high = _range(point for one in series for point in one.points)
    length = max(len(one.points) for one in series)
    other = "".join(_path(one.points, low, high, length, dashed=one.key == "target") for one in lines.values())
    return el(
        "Div",
        el("Span", class_="spark-line spark-beside", style=_mask(other)) if other else None,
        el("Span", class_="spark-line spark-own", style=_mask(_own(own.points, low, high, length))),
        class_="spark",
        role="img",
        aria_label=title,
    )


def _range(points: Iterable[Point]) -> tuple[float, float]:
    values = [point.value for point in points if point.value is not None]
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 1, high + 1)


def _own(points: Sequence[Point], low: float, high: float, length: int) -> str:
    """The line up to the last whole figure, a dashed piece to a partial one, and a dot at the last."""
    filled = [i for i, point in enumerate(points) if point.value is not None]
    last = filled[-1]
    partial = points[last].state == "partial"
    whole = points[:last] if partial else points
    path = _path(whole, low, high, length)
    if partial and len(filled) > 1:
        bridge = [point if i in filled[-2:] else Point(point.period, None) for i, point in enumerate(points)]
        path += _path(bridge, low, high, length, dashed=True)
    x, y = _spot(last, points[last].value or 0.0, low, high, length)
    fill = "none" if partial else "#000"
    return path + f"<circle cx='{x}' cy='{y}' r='{_DOT}' fill='{fill}' stroke='#000' stroke-width='1.2'/>"


def _path(points: Sequence[Point], low: float, high: float, length: int, dashed: bool = False) -> str:
    pieces: list[str] = []
    pen_down = False
    for i, point in enumerate(points):
        if point.value is None:
            pen_down = dashed and pen_down
            continue
        x, y = _spot(i, point.value, low, high, length)
        pieces.append(f"{'L' if pen_down else 'M'}{x} {y}")
        pen_down = True
    if not pieces:
        return ""
    dash = " stroke-dasharray='3 3'" if dashed else ""
    return f"<path d='{''.join(pieces)}' fill='none' stroke='#000' stroke-width='1.6'{dash} stroke-linejoin='round'/>"


def _spot(i: int, value: float, low: float, high: float, length: int) -> tuple[float, float]:
    x = _EDGE + (WIDTH - 2 * _EDGE) * (i / max(length - 1, 1))
    y = HEIGHT - _EDGE - (HEIGHT - 2 * _EDGE) * (value - low) / (high - low)
    return round(x, 1), round(y, 1)


def _mask(content: str) -> dict[str, str]:
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' preserveAspectRatio='none'>"
        f"{content}</svg>"
    )
    address = f'url("data:image/svg+xml,{quote(svg, safe="<>= /:,.()")}")'
    return {"maskImage": address, "WebkitMaskImage": address}
