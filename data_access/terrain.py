"""Where things lie: distances, areas and regions on the ground, in the projected coordinates of the city.

Degrees are no measure: everything is reckoned in metres of the projection that the pack names, or of the UTM zone
of its middle where the pack names none. Cells are townships where a county has them drawn, else the county.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_access.boundaries import Boundaries
from data_access.packs import Pack
from indicators.regions import Level

DEGREES = "EPSG:4326"
WEB_MERCATOR = "EPSG:3857"
"""What a pack without a projection of its own says; its metres are none away from the equator."""

Position = tuple[float, float]
"""Latitude and longitude in degrees."""

Ring = Sequence[Position]


@dataclass(frozen=True)
class Share:
    """How much of a cell lies within a shape.

    of_cell, of_county  shares of the area, 0 to 1
    """

    region: int
    county: int
    of_cell: float
    of_county: float


class Terrain:
    """The ground of one city."""

    def __init__(self, pack: Pack, boundaries: Boundaries) -> None:
        self._pack = pack
        self._tree = pack.tree
        self._boundaries = boundaries

    @cached_property
    def crs(self) -> str:
        """The projection: the pack's, else the UTM zone of the city's middle."""
        if self._pack.projected_crs != WEB_MERCATOR:
            return self._pack.projected_crs
        west, south, east, north = self.bounds
        zone = int(((west + east) / 2 + 180) // 6) + 1
        return f"EPSG:{32600 + zone if south + north >= 0 else 32700 + zone}"

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what is drawn, in degrees; the whole world where nothing is."""
        found = self._boundaries.geometry(self._pack.root, Level.COUNTY)
        return found.bounds if found else (-180.0, -90.0, 180.0, 90.0)

    @cached_property
    def approximate(self) -> bool:
        """Whether the cells are not administrative boundaries."""
        return bool(self._cells["approximate"].any()) if len(self._cells) else True

    # ---- points

    def metres(self, positions: Sequence[Position]) -> NDArray[np.float64]:
        """Points in the projection: one row (east, north) each."""
        gpd = _geopandas()
        lats, lons = [lat for lat, _ in positions], [lon for _, lon in positions]
        points = gpd.GeoSeries(gpd.points_from_xy(lons, lats), crs=DEGREES).to_crs(self.crs)
        return np.column_stack([points.x.to_numpy(), points.y.to_numpy()])

    def region_at(self, position: Position) -> int | None:
        """The cell that a point lies in; None outside of what is drawn."""
        point = self._shape(points=[position])
        if not len(self._cells) or point is None:
            return None
        found = self._cells[self._cells.geometry.intersects(point)]
        return int(found["region"].iloc[0]) if len(found) else None

    def centre(self, region: int) -> Position | None:
        """A point that stands for a region: its gazetteer point, else one inside its polygon, else its county's."""
        if region in self._centres:
            return self._centres[region]
        cells = self._cells[(self._cells["region"] == region) | (self._cells["county"] == region)]
        if region == self._pack.root:
            cells = self._cells
        if not len(cells):
            parent = self._tree.parent(region)
            return (
                self.centre(parent)
                if parent is not None and parent != region and self._inside(parent)
                else None
            )
        gpd = _geopandas()
        inner = cells.geometry.union_all().representative_point()
        point = gpd.GeoSeries([inner], crs=self.crs).to_crs(DEGREES).iloc[0]
        return float(point.y), float(point.x)

    def _inside(self, region: int) -> bool:
        return self._tree.contains(self._pack.root, region)

    @cached_property
    def _centres(self) -> dict[int, Position]:
        path = self._pack.file("centers.csv")
        if path is None:
            return {}
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        return {int(row["code"]): (float(row["lat"]), float(row["lon"])) for row in rows if row["lat"]}

    # ---- shapes

    def within(self, position: Position, radius_m: float) -> tuple[Share, ...]:
        """The cells that a circle touches, with the share of each that lies in it."""
        point = self._shape(points=[position])
        return () if point is None else self._shares(point.buffer(radius_m, quad_segs=32))

    def covered(
        self, polygons: Sequence[Ring], circles: Sequence[tuple[Position, float]] = ()
    ) -> tuple[Share, ...]:
        """The cells that shapes touch; circles are given with their radius in metres."""
        shapes = [self._shape(rings=[ring]) for ring in polygons]
        for centre, radius in circles:
            point = self._shape(points=[centre])
            shapes.append(point.buffer(max(radius, 1.0)) if point is not None else None)
        from shapely import unary_union

        return self._shares(unary_union([shape for shape in shapes if shape is not None]))

    def _shares(self, shape: Any) -> tuple[Share, ...]:
        if not len(self._cells) or shape.is_empty:
            return ()
        parts = self._cells.geometry.intersection(shape).area.to_numpy()
        found = self._cells.assign(part=parts)
        found = found[found["part"] > 0]
        return tuple(
            Share(
                int(row.region),
                int(row.county),
                row.part / row.area,
                row.part / self._county_area[int(row.county)],
            )
            for row in found.itertuples()
        )

    def _shape(self, points: Sequence[Position] = (), rings: Sequence[Ring] = ()) -> Any:
        """A point or a polygon in the projection; None where it lies too far off to be projected."""
        from shapely.geometry import Point, Polygon

        gpd = _geopandas()
        drawn = [Point(lon, lat) for lat, lon in points]
        drawn += [Polygon([(lon, lat) for lat, lon in ring]).buffer(0) for ring in rings]
        shape = gpd.GeoSeries(drawn, crs=DEGREES).to_crs(self.crs).iloc[0]
        return shape if np.isfinite(shape.bounds).all() else None

    @cached_property
    def _county_area(self) -> dict[int, float]:
        areas = self._cells.groupby("county")["area"].sum()
        return {int(county): float(area) for county, area in areas.items()}

    @cached_property
    def _cells(self) -> Any:
        """One row a cell: region, county, approximate, area, geometry in the projection."""
        gpd = _geopandas()
        features, rows = [], []
        drawn = self._boundaries.geometry(self._pack.root, Level.COUNTY)
        for county in _read(drawn) if drawn else ():
            code = int(county["properties"]["code"])
            towns = self._boundaries.geometry(code, Level.TOWN)
            cells = _read(towns) if towns else [county]
            features += cells
            rough = bool(towns.approximate if towns else drawn and drawn.approximate)
            rows += [(int(cell["properties"]["code"]), code, rough) for cell in cells]
        if not features:
            return gpd.GeoDataFrame({"region": [], "county": [], "approximate": [], "area": []}, geometry=[])
        frame = gpd.GeoDataFrame.from_features(features, crs=DEGREES)[["geometry"]].to_crs(self.crs)
        for place, name in enumerate(("region", "county", "approximate")):
            frame[name] = [row[place] for row in rows]
        return frame.assign(area=frame.geometry.area)


def _read(geometry: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(geometry.content())["features"]
    return found


def _geopandas() -> Any:
    import geopandas  # heavy, and needed only where something is measured

    return geopandas
