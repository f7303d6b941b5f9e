"""The situation map as plain values: areas, layers, marks, and what is around a point that was chosen."""

from dataclasses import dataclass

from services.resources import Affected, Stock
from services.statutory_views import ShapeView
from services.views import Place


@dataclass(frozen=True)
class SituationMark:
    """One thing on the map.

    layer  the key of its layer
    go     an address inside the product; link, one outside: http or https, opened by the reader only
    facts  short words beside its name, in the reader's language
    level  of a warning that it bears; 0 for none
    """

    layer: str
    id: str
    name: str
    lat: float
    lon: float
    facts: tuple[str, ...] = ()
    go: str = ""
    link: str = ""
    level: int = 0
    simulated: bool = False
    capacity: float | None = None
    stock: tuple[Stock, ...] = ()


@dataclass(frozen=True)
class SituationLayer:
    """One layer with its switch; ``count`` is how many things it has here, shown or not."""

    key: str
    name: str
    on: bool
    count: int


@dataclass(frozen=True)
class SituationArea:
    """One polygon, with the most severe warning in force there: 4 red … 1 blue, 0 none of them."""

    place: Place
    level: int
    headline: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class NearLine:
    """A resource near the point: metres by air and by road, minutes until it can be there. Estimates."""

    id: int
    kind: str
    name: str
    distance_m: float
    route_m: float
    minutes: float
    facts: tuple[str, ...]
    simulated: bool
    capacity: float | None = None
    stock: tuple[Stock, ...] = ()


@dataclass(frozen=True)
class PointView:
    """What is around a chosen point.

    people  of a radius around it, with the names of the parts
    """

    name: str
    lat: float
    lon: float
    radius_km: float
    near: tuple[NearLine, ...]
    people: Affected
    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class SituationView:
    """The map of one region for one reader.

    version      of the geometry
    approximate  the areas are not administrative boundaries
    problem      why the chosen point could not be shown; empty where all is well
    """

    place: Place
    parent: Place
    level: str
    version: str
    bounds: tuple[float, float, float, float]
    approximate: bool
    areas: tuple[SituationArea, ...]
    layers: tuple[SituationLayer, ...]
    marks: tuple[SituationMark, ...]
    shapes: tuple[tuple[int, ShapeView], ...]
    point: PointView | None
    problem: str = ""

    @property
    def simulated(self) -> bool:
        """Whether something on it is simulated."""
        return any(mark.simulated for mark in self.marks) or (
            self.point is not None and self.point.people.simulated
        )
