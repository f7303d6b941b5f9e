"""New outlines of regions as somebody hands them in: GeoJSON, read and checked, kept as text with the change."""

from collections.abc import Collection, Iterator
from typing import Any

import orjson

from indicators.errors import N_, CockpitError, Issue
from indicators.region_codes import parse_code

MOST_BYTES = 5_000_000
_WEST, _SOUTH, _EAST, _NORTH = 73.0, 3.0, 136.0, 54.0
_SHAPES = ("Polygon", "MultiPolygon")


def read(text: str, known: Collection[int]) -> str:
    """The outlines of a GeoJSON text, one feature for each code, as compact GeoJSON.

    known   the codes that may have an outline here
    raises  CockpitError ``bad_outlines`` with the field ``boundaries``
    """
    from shapely.geometry import mapping, shape

    features = []
    for code, geometry in _features(text):
        if code not in known:
            raise _refused(N_("边界里的 {code} 不是这次变更的新区划。"), code=f"{code:012d}")
        try:
            drawn = shape(geometry)
            sound = drawn.is_valid and not drawn.is_empty
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            sound = False
        if not sound or geometry.get("type") not in _SHAPES:
            raise _refused(N_("{code} 的边界不是完整的多边形。"), code=f"{code:012d}")
        west, south, east, north = drawn.bounds
        if not (west >= _WEST and east <= _EAST and south >= _SOUTH and north <= _NORTH):
            raise _refused(
                N_("{code} 的坐标不在中国的经纬度范围内；GeoJSON 先写经度、后写纬度。"), code=f"{code:012d}"
            )
        features.append({"type": "Feature", "properties": {"code": str(code)}, "geometry": mapping(drawn)})
    if not features:
        raise _refused(N_("边界文件里没有多边形。"))
    return orjson.dumps({"type": "FeatureCollection", "features": features}).decode()


def shapes(text: str) -> dict[int, Any]:
    """The shapes of outlines that were read before, by code."""
    from shapely.geometry import shape

    return {code: shape(geometry) for code, geometry in _features(text)}


def codes(text: str) -> frozenset[int]:
    """The codes of outlines that were read before."""
    return frozenset(code for code, _ in _features(text))


def _features(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    if len(text) > MOST_BYTES:
        raise _refused(N_("边界文件太大，最多 {most} MB。"), most=MOST_BYTES // 10**6)
    try:
        told = orjson.loads(text)
        listed = told["features"] if told["type"] == "FeatureCollection" else [told]
        for feature in listed:
            yield parse_code(feature["properties"]["code"]), feature["geometry"]
    except CockpitError as error:
        raise _refused(N_("边界里有读不懂的区划代码。")) from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _refused(N_("边界文件不是 GeoJSON，或要素没有 code 属性。")) from error


def _refused(what: str, **params: object) -> CockpitError:
    return CockpitError(Issue("bad_outlines", what, N_("请上传 WGS84 经纬度的 GeoJSON，每个要素写 code。"),
                              "boundaries", params=params))  # fmt: skip
