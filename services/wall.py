"""The wall: everything that ten people read from eight metres, as plain data; every figure by one question.

Peace and war are two layouts of the same moment: both are made, and the screen shows one. What a wall shows depends
on its region and its language and on nothing else, so that one rendering serves all walls that have these in common.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np

from data_access.wall_scenes import SceneLayout
from indicators.catalog import Catalog
from indicators.regions import Level
from services import access, courses
from services.access import Actor
from services.answers import Answer, Line, Question
from services.boards import Boards
from services.depth import band_of, class_edges, ramp
from services.incident_views import OpenIncident, WartimeFacts
from services.maps import Maps
from services.panels import Maker, PanelWish, make
from services.projects_views import PinsView
from services.query import Query
from services.resources import Nearby, Resources
from services.scenes import Scene, published
from services.statutory import Statutory
from services.views import AlertGroupView, Area, Choice, Face, MapView, Place
from services.wall_views import (
    MONTHS,
    Spot,
    TrendPoint,
    Trigger,
    WallScene,
    WallTrend,
    WallView,
    War,
)

MEASURES = ("schedule_gap_pp", "target_gap_pp")

SERIOUS = 3
"""From this level on, orange, a statutory warning calls for the wartime layout; incidents say it of themselves."""

PANELS = ("signs.index", "projects.map", "supervision.items", "supervision.rates")
"""What the wall shows of panels that boards have too."""

LIGHTS = {"yellow": 2, "red": 4}
"""The lights that say a project lags, as levels."""

NEAREST = 8
"""How many resources the wartime layout names."""


class IncidentFacts(Protocol):
    """What is needed of the incidents."""

    def wartime_facts(
        self, actor: Actor, regions: Sequence[int] = ..., language: str = ...
    ) -> WartimeFacts: ...


class Walls:
    """Puts walls together."""

    def __init__(
        self,
        boards: Boards,
        query: Query,
        catalog: Catalog,
        maps: Maps,
        layouts: Sequence[SceneLayout],
        incidents: IncidentFacts,
        statutory: Statutory,
        resources: Resources,
        makers: Mapping[str, Maker],
        clock: Callable[[], datetime],
    ) -> None:
        self._boards = boards
        self._query = query
        self._catalog = catalog
        self._maps = maps
        self._layouts = layouts
        self._incidents = incidents
        self._statutory = statutory
        self._resources = resources
        self._makers = makers
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
        war = self._war(scene, warnings)
        panels = {name: self._panel(scene, name) for name in PANELS if name in self._makers}
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
            spots=(*_lagging(panels.get("projects.map")), *_spots(war.incidents)),
            panels=panels,
            war=war,
            triggers=tuple(_triggers(war)),
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

    def _panel(self, scene: Scene, name: str) -> object:
        """The view of a panel that boards have too; a face where it has nothing to show."""
        return make(self._makers, name, PanelWish(scene, Choice(), self._clock()))

    def _war(self, scene: Scene, warnings: Sequence[AlertGroupView]) -> War:
        """Warnings in force, open incidents, the response, what is overdue, who is near, what is affected."""
        if not scene.own:
            return War()
        facts = self._incidents.wartime_facts(scene.actor, (scene.region,), scene.language)
        lines = tuple(line for group in warnings for line in group.statutory)
        centre, nearby = self._near(scene, facts.incidents)
        return War(
            statutory=lines,
            incidents=facts.incidents,
            response=facts.response,
            overdue=facts.overdue,
            sites=facts.sites,
            nearby=nearby,
            centre=centre,
            affected=self._affected(scene, facts.incidents),
        )

    def _near(self, scene: Scene, incidents: Sequence[OpenIncident]) -> tuple[str, tuple[Nearby, ...]]:
        """Who can be at the gravest incident soonest; without one that has a place, in the middle of the region."""
        for one in incidents:
            if one.lon is not None and one.lat is not None:
                return one.title, self._resources.near(scene.actor, (one.lat, one.lon), limit=NEAREST)
        middle = self._resources.centre(scene.region)
        if middle is None:
            return "", ()
        return scene.name(scene.region), self._resources.near(scene.actor, middle, limit=NEAREST)

    def _affected(self, scene: Scene, incidents: Sequence[OpenIncident]) -> tuple[int, ...]:
        """The children that serious warnings name, or that lie in what they name, and those with open incidents."""
        children = scene.tree.children(scene.region, territories_only=True)
        serious = [
            one for one in self._statutory.in_force(scene.actor, (scene.region,), self._clock())
            if one.level >= SERIOUS
        ]  # fmt: skip
        named = {code for one in serious for code in one.regions}
        named |= {one.place.code for one in incidents if one.wartime}
        return tuple(
            child for child in children
            if any(scene.tree.contains(child, code) or scene.tree.contains(code, child) for code in named)
        )  # fmt: skip

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


def _spots(incidents: Sequence[OpenIncident]) -> Iterator[Spot]:
    """The incidents that have a position."""
    for one in incidents:
        if one.lon is not None and one.lat is not None:
            yield Spot(
                "incident", one.title, one.lon, one.lat, one.warning, one.place.name, simulated=one.simulated
            )


def _lagging(pins: object) -> Iterator[Spot]:
    """The projects whose light is red or yellow and that have a position, the worst last, so that they lie on top."""
    if not isinstance(pins, PinsView):
        return
    for pin in sorted(pins.pins, key=lambda one: LIGHTS.get(one.project.light, 0)):
        level = LIGHTS.get(pin.project.light, 0)
        if level:
            name = pin.project.name
            yield Spot("project", name, pin.lon, pin.lat, level, simulated=pin.project.simulated)


def _triggers(war: War) -> Iterator[Trigger]:
    """The warnings and incidents that call for the wartime layout."""
    for line in war.statutory:
        if line.level >= SERIOUS:
            yield Trigger(f"warning:{line.id}", "warning", line.level, line.headline)
    for one in war.incidents:
        if one.wartime:
            yield Trigger(
                f"incident:{one.id}:{one.warning}:{one.response}", "incident", one.warning, one.title
            )
