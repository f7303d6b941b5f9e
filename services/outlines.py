"""Outlines of regions on a flat sheet: what a map is drawn from without a map library."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from data_access.boundaries import Geometry

WIDTH = 1000
"""How many units wide a drawing is; its height follows from the shape of the land."""

_MARGIN = 12

Point = tuple[int, int]
Ring = tuple[Point, ...]


@dataclass(frozen=True)
class Outline:
    """One region: its rings, outer ones and holes alike, and where its name stands."""

    code: int
    rings: tuple[Ring, ...]
    at: Point


@dataclass(frozen=True)
class Drawing:
    """The regions of one map on a sheet whose upper left corner is 0, 0."""

    height: int
    outlines: tuple[Outline, ...]
    bounds: tuple[float, float, float, float]

    def place(self, longitude: float, latitude: float) -> Point:
        """Where a point of the earth lies on the sheet."""
        return _placed(self.bounds, longitude, latitude)

    def holds(self, longitude: float, latitude: float) -> bool:
        """Whether a point of the earth lies on the sheet at all."""
        x, y = self.place(longitude, latitude)
        return 0 <= x <= WIDTH and 0 <= y <= self.height


def drawing(geometry: Geometry) -> Drawing:
    """The drawing of a geometry; made once for each content."""
    return _drawn(geometry.tag, geometry)


@lru_cache(maxsize=32)
def _drawn(_tag: str, geometry: Geometry) -> Drawing:
    features = json.loads(geometry.content())["features"]
    outlines = tuple(_outline(feature, geometry.bounds) for feature in features)
    _west, south, east, _ = geometry.bounds
    return Drawing(_placed(geometry.bounds, east, south)[1] + _MARGIN, outlines, geometry.bounds)


def _outline(feature: dict[str, Any], bounds: tuple[float, float, float, float]) -> Outline:
    shape = feature["geometry"]
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    rings = [_ring(ring, bounds) for polygon in polygons for ring in polygon]
    outer = [_ring(polygon[0], bounds) for polygon in polygons]
    kept = tuple(ring for ring in rings if len(ring) > 2)
    return Outline(
        int(feature["properties"]["code"]), kept, _middle(max(outer, key=lambda one: abs(_area(one))))
    )


def _ring(points: Sequence[Sequence[float]], bounds: tuple[float, float, float, float]) -> Ring:
    """A ring on the sheet; points that fall together there are one."""
    found: list[Point] = []
    for longitude, latitude, *_ in points:
        spot = _placed(bounds, longitude, latitude)
        if not found or found[-1] != spot:
            found.append(spot)
    return tuple(found[:-1] if len(found) > 1 and found[0] == found[-1] else found)


def _placed(bounds: tuple[float, float, float, float], longitude: float, latitude: float) -> Point:
    """Degrees to units: east and west shrink with the cosine of the latitude in the middle."""
    west, south, east, north = bounds
    narrow = math.cos(math.radians((south + north) / 2))
    scale = (WIDTH - 2 * _MARGIN) / ((east - west) * narrow)
    return round(_MARGIN + (longitude - west) * narrow * scale), round(_MARGIN + (north - latitude) * scale)


def _area(ring: Ring) -> float:
    """Twice the signed area of a ring."""
    return sum(x * y2 - x2 * y for (x, y), (x2, y2) in zip(ring, (*ring[1:], *ring[:1]), strict=True))


def _middle(ring: Ring) -> Point:
    """The centre of gravity of a ring; its first corner where it has no area."""
    area = _area(ring)
    if not area:
        return ring[0]
    pairs = list(zip(ring, (*ring[1:], *ring[:1]), strict=True))
    x = sum((x + x2) * (x * y2 - x2 * y) for (x, y), (x2, y2) in pairs) / (3 * area)
    y = sum((y + y2) * (x * y2 - x2 * y) for (x, y), (x2, y2) in pairs) / (3 * area)
    return round(x), round(y)
