"""What a wall shows, as plain frozen values; names are in the language of the wall."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.incident_views import OpenIncident, TaskLine
from services.resources import Nearby
from services.views import AlertGroupView, Face, Figure, MapView, Place, StatutoryLine, TileView

MONTHS = 24
"""How far the common time axis of the trends goes back."""


@dataclass(frozen=True)
class TrendPoint:
    """One month of a trend: its place on the axis, 0 for the first month."""

    month: int
    value: float
    partial: bool


@dataclass(frozen=True)
class WallTrend:
    """One small chart of the time axis that all share."""

    indicator: str
    name: str
    figure: Figure
    frequency: str
    points: tuple[TrendPoint, ...]
    simulated: bool


@dataclass(frozen=True)
class Spot:
    """A mark on the map.

    kind   incident, project, resource
    level  of an incident 1 to 4; of a project's light 1 to 4; 0 where it has none
    """

    kind: str
    name: str
    longitude: float
    latitude: float
    level: int = 0
    detail: str = ""
    simulated: bool = False


@dataclass(frozen=True)
class WallScene:
    """One scene: what the map speaks of, the trends below it, the numbers of the system."""

    id: str
    system: str
    name: str
    map: MapView | None
    trends: tuple[WallTrend, ...]
    tiles: tuple[TileView, ...]


@dataclass(frozen=True)
class Trigger:
    """What calls for the wartime layout: an incident or a statutory warning at orange or above."""

    id: str
    kind: str
    level: int
    title: str


@dataclass(frozen=True)
class War:
    """What a room needs on such a night.

    statutory  warnings in force
    response   the highest response level in force, 1 the highest; 0 none
    overdue    tasks that are overdue, the longest first; ``sites`` those still to be connected
    nearby     resources in the order in which they can be there; ``centre`` what they are near to
    affected   the regions that warnings and incidents concern
    """

    statutory: tuple[StatutoryLine, ...] = ()
    incidents: tuple[OpenIncident, ...] = ()
    response: int = 0
    overdue: tuple[TaskLine, ...] = ()
    sites: tuple[TaskLine, ...] = ()
    nearby: tuple[Nearby, ...] = ()
    centre: str = ""
    affected: tuple[int, ...] = ()


@dataclass(frozen=True)
class WallView:
    """A wall at one moment.

    months    the first month of the common axis as year × 12 + month − 1
    newest    the newest period of any figure: the date of the data
    panels    what panels of the boards the wall draws in its own way, by name
    face      why there is nothing to show
    triggers  empty in peace
    """

    place: Place
    moment: datetime
    months: int
    newest: int | None
    simulated: bool
    warnings: tuple[AlertGroupView, ...]
    scenes: tuple[WallScene, ...]
    children: tuple[Place, ...]
    spots: tuple[Spot, ...] = ()
    panels: Mapping[str, object] = field(default_factory=dict)
    war: War = War()
    triggers: tuple[Trigger, ...] = ()
    face: Face | None = None
