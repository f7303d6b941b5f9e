"""Boundaries of regions: read from a pack, made ready for the browser once, then served as bytes.

The browser draws a choropleth from a file per parent and level. Such a file holds only what is drawn: the
polygons (clockwise, as the drawing library wants them, the opposite of RFC 7946), their codes and names.

The pack's outlines are those of the day on which it was made. Where regions have changed since, a map is put together
for its day: from an outline that came with the change, else by joining the outlines of what the region was made of.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from data_access import outline_files
from data_access.packs import Pack
from indicators.regions import Level, RegionTree

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


@dataclass(frozen=True)
class Drawn:
    """Outlines that came with a change: from a day on, as GeoJSON text."""

    day: date
    text: str


class Boundaries:
    """The geometries of one pack, kept in a folder of ready files.

    pack   as its files are, without later changes
    tree   the regions of today, with their changes; those of the pack where none is given
    drawn  the outlines that came with changes
    since  the day of the first change; None where there is none
    """

    def __init__(
        self,
        pack: Pack,
        folder: Path,
        tree: RegionTree | None = None,
        drawn: Sequence[Drawn] = (),
        since: date | None = None,
    ) -> None:
        self._pack = pack
        self._folder = folder / str(pack.root)
        self._tree = pack.tree if tree is None else tree
        self._drawn = sorted(drawn, key=lambda one: one.day)
        self._since = since
        self._index: dict[tuple[int, Level], Geometry] = {}
        self._composed: dict[tuple[int, Level, tuple[int, ...], date | None], Geometry | None] = {}

    def geometry(self, parent: int, level: Level, tree: RegionTree | None = None) -> Geometry | None:
        """The polygons of the children of ``parent`` at ``level``; None where there are none.

        tree  the regions of another day than today
        """
        if not self._index:
            self._index = self._load()
        tree = self._tree if tree is None else tree
        packed = self._index.get((parent, level))
        if self._since is None or tree.today is None or tree.today < self._since or not tree.has(parent):
            return packed
        codes = tree.children(parent, level=level, territories_only=True)
        same = packed is not None and {code for code in codes if code in self._shapes} == set(packed.codes)
        if same and not any(self._redrawn(code, tree) for code in codes):
            return packed
        key = parent, level, codes, tree.today
        if key not in self._composed:
            self._composed[key] = self._compose(parent, level, codes, tree)
        return self._composed[key]

    def tagged(self, parent: int, level: Level, tag: str) -> Geometry | None:
        """The polygons of ``parent`` as a page named them; those of today where no page did."""
        days = {day - ONE_DAY for region in self._tree for day in region.edges if day > date.min}
        for tree in (self._tree, *map(self._tree.at, sorted(days, reverse=True) if tag else ())):
            found = self.geometry(parent, level, tree)
            if found is not None and tag in ("", found.tag):
                return found
        return self.geometry(parent, level)

    @cached_property
    def _shapes(self) -> Mapping[int, Any]:
        """Every outline of the pack, by code."""
        if not self._index:
            self._index = self._load()
        found: dict[int, Any] = {}
        for geometry in self._index.values():
            found |= outline_files.shapes(geometry.content().decode())
        return found

    def _redrawn(self, code: int, tree: RegionTree) -> bool:
        """Whether the outline of the pack is no longer that of a region, or its name another."""
        assert self._since is not None
        assert tree.today is not None
        known = self._pack.tree.has(code) and self._pack.tree.name(code) == tree.name(code)
        changed = any(self._since <= day <= tree.today for day in tree.breaks(code))
        return not known or changed or self._own(code, tree) is not None

    def _own(self, code: int, tree: RegionTree) -> Any:
        """The outline that came with a change, unless the territory has changed again since."""
        assert tree.today is not None
        for drawn in reversed(self._drawn):
            if drawn.day <= tree.today and code in outline_files.codes(drawn.text):
                again = any(drawn.day < day <= tree.today for day in tree.breaks(code))
                return None if again else outline_files.shapes(drawn.text)[code]
        return None

    def _outline(self, code: int, tree: RegionTree) -> Any:
        """The outline of a region on a day: its own, or those of what it was made of, joined; None without one."""
        from shapely import union_all

        assert self._since is not None
        own = self._own(code, tree)
        if own is not None:
            return own
        parts = tree.made_of(code, self._since - ONE_DAY)
        if not parts or any(part not in self._shapes for part in parts):
            return None
        return union_all([self._shapes[part] for part in parts])

    def _compose(self, parent: int, level: Level, codes: Sequence[int], tree: RegionTree) -> Geometry | None:
        """One map put together for its day."""
        from shapely.geometry.polygon import orient

        outlined = {code: shape for code in codes if (shape := self._outline(code, tree)) is not None}
        if not outlined:
            return None
        features = []
        for code, shape in outlined.items():
            rings = [orient(part, -1.0) for part in getattr(shape, "geoms", (shape,))]
            polygons = [ring.__geo_interface__["coordinates"] for ring in rings]
            drawn = {"type": "MultiPolygon", "coordinates": polygons}
            features.append(_feature(code, tree.name(code), drawn))
        text = _collection(features)
        tag = hashlib.sha256(text).hexdigest()[:16]
        path = self._folder / f"{parent}-{level.name.lower()}-{tag}.json"
        if not path.exists():
            path.write_bytes(text)
        edges = [shape.bounds for shape in outlined.values()]
        packed = self._index.values()
        return Geometry(
            parent,
            level,
            tuple(outlined),
            (
                min(e[0] for e in edges),
                min(e[1] for e in edges),
                max(e[2] for e in edges),
                max(e[3] for e in edges),
            ),
            any(one.approximate for one in packed if one.level is level),
            tag,
            path,
        )

    def outlined(self) -> frozenset[int]:
        """The codes of which the pack has an outline."""
        return frozenset(self._shapes)

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


ONE_DAY = timedelta(days=1)


def _feature(code: int, name: str, geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"code": str(code), "name": name}, "geometry": geometry}


def _collection(features: Sequence[dict[str, Any]]) -> bytes:
    whole = {"type": "FeatureCollection", "features": features}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


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
                _feature(code, pack.tree.name(code), shape.__geo_interface__)
                for code, shape in zip(part["code"], part.geometry, strict=True)
            ]
            text = _collection(features)
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
