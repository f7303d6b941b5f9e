"""Boundaries of regions: read from a pack, made ready for the browser once, then served as bytes.

The browser draws a choropleth from a file per parent and level. Such a file holds only what is drawn: the
polygons (clockwise, as the drawing library wants them, the opposite of RFC 7946), their codes and names.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from data_access.packs import Pack
from indicators.regions import Level

_SOURCES = {Level.COUNTY: "counties.geojson", Level.TOWN: "townships.geojson"}
_DECIMALS = 5  # about a metre: more would only travel


@dataclass(frozen=True)
class Geometry:
    """One drawable set of polygons: the children of ``parent`` at ``level``.

    codes        the regions that have a polygon
    bounds       west, south, east, north in degrees
    approximate  the polygons are not administrative boundaries
    tag          changes when the content changes
    """

    parent: int
    level: Level
    codes: tuple[int, ...]
    bounds: tuple[float, float, float, float]
    approximate: bool
    tag: str
    path: Path

    def content(self) -> bytes:
        """The GeoJSON text."""
        return self.path.read_bytes()


class Boundaries:
    """The geometries of one pack, kept in a folder of ready files."""

    def __init__(self, pack: Pack, folder: Path) -> None:
        self._pack = pack
        self._folder = folder / str(pack.root)
        self._index: dict[tuple[int, Level], Geometry] = {}

    def geometry(self, parent: int, level: Level) -> Geometry | None:
        """The polygons of the children of ``parent`` at ``level``; None where the pack has none."""
        if not self._index:
            self._index = self._load()
        return self._index.get((parent, level))

    def build(self) -> int:
        """Make the ready files from the pack's boundaries; returns how many there are."""
        self._index = _build(self._pack, self._folder)
        return len(self._index)

    def _load(self) -> dict[tuple[int, Level], Geometry]:
        index = self._folder / "index.json"
        if not index.exists() or json.loads(index.read_text())["sources"] != _fingerprint(self._pack):
            return _build(self._pack, self._folder)
        return {
            (entry["parent"], Level(entry["level"])): Geometry(
                entry["parent"],
                Level(entry["level"]),
                tuple(entry["codes"]),
                tuple(entry["bounds"]),
                entry["approximate"],
                entry["tag"],
                self._folder / entry["file"],
            )
            for entry in json.loads(index.read_text())["files"]
        }


def _sources(pack: Pack) -> dict[Level, Path]:
    found = {level: pack.file(f"boundaries/{name}") for level, name in _SOURCES.items()}
    return {level: path for level, path in found.items() if path is not None}


def _fingerprint(pack: Pack) -> str:
    texts = (path.read_bytes() for path in _sources(pack).values())
    return hashlib.sha256(b"".join(texts)).hexdigest()


def _build(pack: Pack, folder: Path) -> dict[tuple[int, Level], Geometry]:
    import geopandas as gpd  # heavy, and needed only when a pack's boundaries have changed
    from shapely import force_2d, set_precision
    from shapely.geometry import MultiPolygon, Polygon
    from shapely.geometry.polygon import orient

    def clockwise(shape: Polygon | MultiPolygon) -> Polygon | MultiPolygon:
        if isinstance(shape, Polygon):
            return orient(shape, -1.0)
        return MultiPolygon([orient(part, -1.0) for part in shape.geoms])

    folder.mkdir(parents=True, exist_ok=True)
    made: dict[tuple[int, Level], Geometry] = {}
    entries = []
    for level, source in _sources(pack).items():
        frame = gpd.read_file(source)
        frame["code"] = frame["code"].astype("int64")
        frame = frame[[pack.tree.has(code) for code in frame["code"]]]
        frame["geometry"] = [
            clockwise(force_2d(shape)) for shape in set_precision(frame.geometry, 10**-_DECIMALS)
        ]
        above = {code: pack.tree.get(code).parent for code in frame["code"]}
        parents = {parent for parent in above.values() if parent is not None}
        if level is Level.COUNTY and pack.tree.get(pack.root).level is Level.COUNTY:
            parents = {code for code in frame["code"] if code == pack.root}  # a district alone draws itself
            above = {code: code for code in frame["code"]}
        approximate = "approximate" in frame and bool(frame["approximate"].any())
        for parent in sorted(parents):
            part = frame[[above[code] == parent for code in frame["code"]]]
            features = [
                {
                    "type": "Feature",
                    "properties": {"code": str(code), "name": pack.tree.name(code)},
                    "geometry": shape.__geo_interface__,
                }
                for code, shape in zip(part["code"], part.geometry, strict=True)
            ]
            text = json.dumps(
                {"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":")
            ).encode()
            tag = hashlib.sha256(text).hexdigest()[:16]
            path = folder / f"{parent}-{level.name.lower()}.json"
            path.write_bytes(text)
            west, south, east, north = (float(edge) for edge in part.total_bounds)
            made[parent, level] = Geometry(
                parent,
                level,
                tuple(int(code) for code in part["code"]),
                (west, south, east, north),
                approximate,
                tag,
                path,
            )
            entries.append(
                {
                    "parent": int(parent),
                    "level": int(level),
                    "codes": [int(code) for code in part["code"]],
                    "bounds": [west, south, east, north],
                    "approximate": approximate,
                    "tag": tag,
                    "file": path.name,
                }
            )
    (folder / "index.json").write_text(json.dumps({"sources": _fingerprint(pack), "files": entries}))
    return made
