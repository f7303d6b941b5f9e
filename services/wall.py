"""The wall: everything that ten people read from eight metres, as plain data; every figure by one question.

Peace and war are two layouts of the same moment: both are made, and the screen shows one. What a wall shows depends
on its region and its language and on nothing else, so that one rendering serves all walls that have these in common.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from data_access.wall_scenes import SceneLayout
from indicators.catalog import Catalog
from indicators.regions import Level
from services import access, courses
from services.access import Actor
from services.answers import Answer, Line, Question
from services.boards import Boards
from services.depth import band_of, class_edges, ramp
from services.maps import Maps
from services.query import Query
from services.scenes import Scene, published
from services.views import (
    AlertGroupView,
    Area,
    Choice,
    Face,
    Figure,
    MapView,
    Place,
    TileView,
)

MONTHS = 24
"""How far the common time axis of the trends goes back."""

MEASURES = ("schedule_gap_pp", "target_gap_pp")
STATUTORY = "statutory"

SERIOUS = 3
"""From this level on, orange, a statutory warning or an incident calls for the wartime layout."""


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
class WallView:
    """A wall at one moment.

    months    the first month of the common axis as year × 12 + month − 1
    newest    the newest period of any figure: the date of the data
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
    triggers: tuple[Trigger, ...] = ()
    face: Face | None = None


class Walls:
    """Puts walls together."""

    def __init__(
        self,
        boards: Boards,
        query: Query,
        catalog: Catalog,
        maps: Maps,
        layouts: Sequence[SceneLayout],
        clock: Callable[[], datetime],
    ) -> None:
        self._boards = boards
        self._query = query
        self._catalog = catalog
        self._maps = maps
        self._layouts = layouts
        self._clock = clock

    def view(self, actor: Actor, region: int | None, language: str) -> WallView:
        """The wall of a region for a reader; a face where the reader may not see it."""
        scene = self._boards.scene(actor, Choice(region=f"{region:012d}" if region else None), language)
        if isinstance(scene, Face):
            place = Place(actor.regions[0] if actor.regions else 0, "", "city")
            return WallView(place, self._clock(), 0, None, False, (), (), (), face=scene)
        scene, warnings = self._boards.warned(scene)
        layouts = [one for one in self._layouts if access.may(actor, "view", system=one.system)]
        answer = self._ask(scene, layouts)
        newest = _newest(answer, scene.region)
        first = _first_month(newest)
        scenes = tuple(self._scene(scene, one, answer, first) for one in layouts)
        figures = [tile.figure for one in scenes for tile in one.tiles]
        return WallView(
            place=scene.place(scene.region),
            moment=self._clock(),
            months=first,
            newest=newest,
            simulated=any(figure.simulated for figure in figures),
            warnings=warnings,
            scenes=scenes,
            children=tuple(scene.place(code) for code in scene.tree.children(scene.region, territories_only=True))
            if scene.own else (),
            triggers=_triggers(warnings),
        )  # fmt: skip

    def _ask(self, scene: Scene, layouts: Sequence[SceneLayout]) -> Answer:
        """Every figure of the wall, with its course and its children, by one question."""
        level = scene.tree.get(scene.region).level
        codes = tuple(
            dict.fromkeys(
                code
                for layout in layouts
                for code in layout.codes
                if code in self._catalog and published(self._catalog, code, level)
            )
        )
        question = Question(codes, (scene.region,), history=MONTHS, measures=MEASURES, children=scene.own)
        return self._query.ask(scene.actor, question)

    def _scene(self, scene: Scene, layout: SceneLayout, answer: Answer, first: int) -> WallScene:
        found = self._catalog.systems.get(layout.system)
        name = (found.name_en if scene.language == "en" else found.name_zh) if found else ""
        tiles = [self._boards.tile(scene, code, answer) for code in layout.tiles if code in self._catalog]
        trends = [self._trend(scene, code, answer, first) for code in layout.trends if code in self._catalog]
        return WallScene(
            id=layout.id,
            system=layout.system,
            name=name,
            map=self._map(scene, layout, answer),
            trends=tuple(trend for trend in trends if trend),
            tiles=tuple(tile for tile in tiles if tile),
        )

    def _trend(self, scene: Scene, code: str, answer: Answer, first: int) -> WallTrend | None:
        """The months of a figure on the common axis; None without two of them."""
        course, line = answer.series(code, scene.region), answer.row(code, scene.region)
        if course is None or line is None:
            return None
        points = [
            TrendPoint(month, float(value), bool(partial))
            for period, value, partial in zip(course.periods, course.value, course.partial, strict=True)
            if np.isfinite(value) and 0 <= (month := _month_of(int(period)) - first) < MONTHS
        ]
        if len(points) < 2:
            return None
        indicator = self._catalog.get(code)
        return WallTrend(
            code, indicator.name(scene.language), courses.figure(line), str(indicator.frequency),
            tuple(points), courses.figure(line).simulated,
        )  # fmt: skip

    def _map(self, scene: Scene, layout: SceneLayout, answer: Answer) -> MapView | None:
        """The children of the region in five classes of the first indicator that they have figures of."""
        if not scene.own:
            return None
        level = Level(scene.tree.get(scene.region).level + 1) if scene.level != "town" else None
        geometry = self._maps.geometry(scene.actor, scene.region, level) if level is not None else None
        if level is None or geometry is None:
            return None
        for code in layout.map:
            if code not in self._catalog or not published(self._catalog, code, level):
                continue
            lines = {region: answer.row(code, region) for region in geometry.codes}
            if any(line is not None and line.value is not None for line in lines.values()):
                total = answer.row(code, scene.region)
                return self._drawn(scene, code, total, lines, geometry.bounds, geometry.approximate)
        return None

    def _drawn(
        self,
        scene: Scene,
        code: str,
        total: Line | None,
        lines: Mapping[int, Line | None],
        bounds: tuple[float, float, float, float],
        approximate: bool,
    ) -> MapView:
        indicator = self._catalog.get(code)
        period = total.period if total is not None else None
        edges = class_edges(
            [one.value for one in lines.values() if one is not None and one.value is not None]
        )
        areas = tuple(
            Area(
                scene.place(region),
                courses.figure(line) if line else courses.nothing(indicator, period),
                band_of(line.value if line else None, edges),
                scene.mark(indicator, region),
            )
            for region, line in lines.items()
        )
        return MapView(
            indicator=code,
            name=indicator.name(scene.language),
            parent=scene.place(scene.region),
            level="",
            areas=areas,
            edges=edges,
            ramp=ramp(max(len(edges) - 1, 0)),
            unit=indicator.unit,
            period=period,
            bounds=bounds,
            approximate=approximate,
            version="",
            simulated=any(area.figure.simulated for area in areas),
        )


def _newest(answer: Answer, region: int) -> int | None:
    """The newest period of any figure of the region itself."""
    lines = (answer.row(code, region) for code in dict.fromkeys(answer.columns["indicator"]))
    periods = [line.period for line in lines if line is not None and line.value is not None and line.period]
    return max(periods, default=None)


def _month_of(period: int) -> int:
    """The month in which a period ends, counted through the years."""
    return period // 10**11 * 12 + period // 10**9 % 100 - 1


def _first_month(newest: int | None) -> int:
    return _month_of(newest) - MONTHS + 1 if newest else 0


def _triggers(warnings: Sequence[AlertGroupView]) -> tuple[Trigger, ...]:
    """The statutory warnings that call for the wartime layout."""
    return tuple(
        Trigger(f"warning:{line.id}", STATUTORY, line.level, line.title or line.name)
        for group in warnings if group.kind == STATUTORY
        for line in group.lines if line.level >= SERIOUS
    )  # fmt: skip
