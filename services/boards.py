"""Tiles, boards and their parts as plain data: one reader, one region, one state in; one view out.

What a board shows is put together here and nowhere else; pages only put it into words. Every number comes from
``services/query``, every colour of a warning from ``services/alerts``. A board asks twice: once for all its tiles
with their course and the regions above, once for the children of the indicator that the map speaks of.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np

from data_access.layouts import GroupLayout, Layout, TabLayout
from data_access.packs import Pack
from data_access.targets import TargetStore
from indicators import periods
from indicators.catalog import Catalog
from indicators.definition import Indicator
from indicators.errors import N_, CockpitError
from indicators.regions import Level
from services import access, courses
from services.access import Actor
from services.alerts import Alerts, AlertView
from services.answers import Answer, Line, Question
from services.compositions import Compositions
from services.depth import Depth, Frame
from services.maps import Maps
from services.query import Query
from services.scenes import Scene, level_of, marks_in, name_of, published, until_of
from services.sheets import Sheets, SheetWish
from services.views import (
    AlertGroupView,
    AlertLine,
    BoardView,
    Choice,
    Comparison,
    Face,
    Mark,
    Place,
    SheetView,
    SystemGroup,
    Tab,
    TileView,
)

HISTORY = 24
"""How many earlier periods a tile knows: two years of a monthly figure."""

PERIODS_OFFERED = 24
"""How many months the period picker goes back."""

MEASURES = ("schedule_gap_pp", "target_gap_pp")

EMPTY = Answer({name: np.zeros(0, np.int64) for name in ("indicator", "item", "region", "period")}, {})
"""The answer to a question about nothing."""

_MICRO = re.compile(r"\bu(?=[gm]\b)")
_EXPONENT = re.compile(r"(?<=\bm)[23]\b|(?<=\bkm)[23]\b")
_RAISED = {"2": "²", "3": "³"}

POINTS = "百分点"
STATUTORY, MANAGEMENT = "statutory", "management"


class Boards:
    """Puts boards together."""

    def __init__(
        self,
        query: Query,
        catalog: Catalog,
        pack: Pack,
        layouts: Mapping[str, Layout],
        alerts: Alerts,
        maps: Maps,
        sheets: Sheets,
        targets: TargetStore,
        items: Callable[[], Mapping[int, tuple[str, str]]],
        zone: timedelta = timedelta(hours=8),
    ) -> None:
        self._query = query
        self._catalog = catalog
        self._pack = pack
        self._tree = pack.tree
        self._layouts = layouts
        self._alerts = alerts
        self._depth = Depth(query, catalog, maps, Compositions(query, catalog, items))
        self._sheets = sheets
        self._targets = targets
        self._zone = timezone(zone)

    # ---- the two boards

    def home(self, actor: Actor, choice: Choice, language: str = "zh") -> BoardView:
        """The headline numbers of every system for the reader's region, warnings first."""
        layout = self._layouts["home"]
        scene = self._scene(actor, choice, language)
        if isinstance(scene, Face):
            return self._closed("home", actor, scene, language)
        level = scene.level
        groups = [
            group for group in layout.groups_at(level) if access.may(actor, "view", system=group.system)
        ]
        board = self._board(scene, choice, "home", groups, layout.map, system=None)
        themes = {tab.id for tab in self._tabs(self._layouts["economy"])}
        return replace(board, vain=board.vain + (("theme",) if choice.theme not in (None, *themes) else ()))

    def economy(self, actor: Actor, choice: Choice, language: str = "zh") -> BoardView:
        """Economic operation by themes, the map of one indicator, its ranking, trend and composition."""
        layout = self._layouts["economy"]
        if not access.may(actor, "view", system=layout.system):
            return self._closed("economy", actor, Face("forbidden", "", {}), language)
        scene = self._scene(actor, choice, language)
        if isinstance(scene, Face):
            return self._closed("economy", actor, scene, language)
        tabs = self._tabs(layout)
        tab = next((one for one in tabs if one.id == choice.theme), tabs[0])
        tiles = self._tiles_of(layout, tab, scene.level)
        name = tab.names.get(language) or self._theme_name(layout.system, tab.id, language)
        board = self._board(
            scene, choice, "economy", [GroupLayout(layout.system, tiles)], tab.map, layout.system
        )
        return replace(
            board,
            tabs=tuple(
                Tab(one.id, one.names.get(language) or self._theme_name(layout.system, one.id, language),
                    self._worst_of_theme(board.warnings, layout.system, one.id))
                for one in tabs
            ),
            tab=tab.id,
            vain=board.vain + (("theme",) if choice.theme not in (None, tab.id) else ()),
            groups=tuple(replace(group, name=name) for group in board.groups),
        )  # fmt: skip

    def units(self, language: str) -> dict[str, str]:
        """The names of all units in a language."""
        if language == "zh":
            return {}
        return {one.unit: typeset(one.unit_en) for one in map(self._catalog.get, self._catalog.codes)}

    # ---- where and when

    def _scene(self, actor: Actor, choice: Choice, language: str) -> Scene | Face:
        """What the reader may see of what was wished for; a face where that is nothing."""
        if not access.may(actor, "view") or not actor.regions:
            return Face("forbidden", "", {})
        region = actor.regions[0] if choice.region is None else int(choice.region)
        if not self._tree.has(region) or self._tree.get(region).reporting_unit:
            return Face("unknown", "", {})
        scope = access.scope(actor, self._tree, region)
        if scope is None or self._tree.get(region).level < Level.CITY:
            return Face(
                "forbidden", N_("{place}不在您的职责范围内"), {"place": name_of(self._tree, region, language)}
            )
        return Scene(
            actor,
            self._tree, region, scope == "own", language, until_of(choice.period), self._as_of(choice.as_of),
                     self._targets.current())  # fmt: skip

    def _as_of(self, day: str | None) -> int | None:
        """The last moment of a day on the city's clock."""
        try:
            start = datetime.fromisoformat(day).replace(tzinfo=self._zone) if day else None
        except ValueError:
            return None
        return int((start + timedelta(days=1)).timestamp()) - 1 if start else None

    def _path(self, scene: Scene) -> tuple[Place, ...]:
        """From the reader's own region down to the one shown."""
        above = [code for code in self._tree.ancestors(scene.region) if code in self._own(scene.actor)]
        return tuple(scene.place(code) for code in (*sorted(above, key=scene.depth), scene.region))

    def _own(self, actor: Actor) -> set[int]:
        """The regions of the city's tree that the reader answers for, as far as a path can name them."""
        roots = actor.regions if actor.role != "system" else (self._pack.root,)
        return {code for root in roots for code in (root, *self._tree.subtree(root))}

    def _closed(self, board: str, actor: Actor, face: Face, language: str) -> BoardView:
        """A board that shows why it shows nothing."""
        home = actor.regions[0] if actor.regions else self._pack.root
        place = Place(home, name_of(self._tree, home, language), level_of(self._tree, home))
        return BoardView(board, place, (place,), (), face, (), (), "", (), None, None, (), None, None, False)

    # ---- the whole board

    def _board(
        self,
        scene: Scene,
        choice: Choice,
        board: str,
        groups: Sequence[GroupLayout],
        preferred: Sequence[str],
        system: str | None,
    ) -> BoardView:
        level = scene.tree.get(scene.region).level
        known = [
            replace(group, tiles=tuple(c for c in group.tiles if c in self._catalog)) for group in groups
        ]
        shown = {code: published(self._catalog, code, level) for group in known for code in group.tiles}
        frame = self._depth.frame(scene, [choice.indicator] if choice.indicator else [], (*preferred, *shown))
        around = {scene.region, *scene.tree.subtree(scene.region)} if scene.own else {scene.region}
        drawn = set(scene.tree.children(frame.parent)) if frame and frame.parent else set()
        seen = self._alerts.open_alerts(scene.actor, around | drawn, system)
        alerts = [alert for alert in seen if alert.region in around]
        scene = replace(scene, marks=marks_in(seen, scene))
        codes = tuple(
            dict.fromkeys(
                [code for code, there in shown.items() if there] + ([frame.indicator] if frame else [])
            )
        )
        answer = self._ask(scene, codes)
        views = tuple(self._group(scene, group, shown, answer) for group in known)
        tiles = [tile for group in views for tile in group.tiles]
        newest = max((tile.figure.period for tile in tiles if tile.figure.value is not None and tile.figure.period),
                     default=None)  # fmt: skip
        focus = self._depth.focus(scene, frame, answer, alone=board == "home") if frame else None
        sheet = self._sheet(scene, choice)
        return BoardView(
            board=board,
            place=scene.place(scene.region),
            path=self._path(scene),
            children=self._children(scene),
            face=None if newest or not tiles else Face("empty", "", {}),
            warnings=self._warnings(scene, alerts),
            tabs=(),
            tab="",
            groups=views,
            focus=focus,
            sheet=sheet,
            periods=_months_back(newest),
            period=scene.until,
            newest=newest,
            simulated=any(tile.figure.simulated for tile in tiles),
            as_of=datetime.fromtimestamp(scene.as_of, self._zone).date() if scene.as_of is not None else None,
            vain=_vain(scene, choice, frame, sheet),
        )

    def _ask(self, scene: Scene, codes: tuple[str, ...]) -> Answer:
        """All tiles at once, with their course, for the region and those above it."""
        if not codes:  # a theme of which this level publishes nothing
            return EMPTY
        regions = (scene.region, *scene.tree.ancestors(scene.region))
        return self._query.ask(
            scene.actor,
            Question(
                codes, regions, until=scene.until, history=HISTORY, measures=MEASURES, as_of=scene.as_of
            ),
        )

    def _children(self, scene: Scene) -> tuple[Place, ...]:
        """The regions one level below, as far as the reader may go there."""
        if not scene.own:
            return ()
        below = scene.tree.children(scene.region, territories_only=True)
        return tuple(scene.place(code) for code in access.narrow(scene.actor, scene.tree, below))

    def _group(
        self,
        scene: Scene,
        group: GroupLayout,
        shown: Mapping[str, bool],
        answer: Answer,
    ) -> SystemGroup:
        found = self._catalog.systems.get(group.system)
        name = found.name_en if found and scene.language == "en" else found.name_zh if found else group.system
        tiles = [self._tile(scene, code, answer) for code in group.tiles if shown[code]]
        hidden = tuple(
            (code, self._catalog.get(code).name(scene.language)) for code in group.tiles if not shown[code]
        )
        return SystemGroup(group.system, name, tuple(tile for tile in tiles if tile), hidden)

    # ---- tiles

    def _tile(self, scene: Scene, code: str, answer: Answer) -> TileView | None:
        line = answer.row(code, scene.region)
        if line is None:
            return None
        indicator = self._catalog.get(code)
        return TileView(
            indicator=code,
            name=indicator.name(scene.language),
            place=scene.place(scene.region),
            figure=courses.figure(line),
            frequency=str(indicator.frequency),
            basis=str(indicator.basis),
            comparisons=self._comparisons(scene, indicator, line, answer),
            trend=courses.course_lines(
                indicator,
                answer.series(code, scene.region),
                courses.TargetCourse(scene.targets, indicator, scene.region),
            ),
            mark=scene.mark(indicator, scene.region),
        )

    def _comparisons(
        self, scene: Scene, indicator: Indicator, line: Line, answer: Answer
    ) -> tuple[Comparison, ...]:
        """Growth, published before computed; schedule and target; the regions above for what can be compared."""
        found = courses.growth(indicator, line)
        if line.value is None:
            return tuple(found)
        gap, schedule = line.measures.get("target_gap_pp"), line.measures.get("schedule_gap_pp")
        if gap is not None:
            found.append(Comparison("target", round(line.value - gap, 6), indicator.unit))
        if schedule is not None and indicator.rule is not None and indicator.rule.type == "schedule_gap":
            found.append(Comparison("schedule", schedule, POINTS))
        found += self._benchmarks(scene, indicator, line, answer)
        return tuple(found)

    def _benchmarks(self, scene: Scene, indicator: Indicator, line: Line, answer: Answer) -> list[Comparison]:
        """The same figure of the regions above, on the same period; sums of a larger region say nothing."""
        if str(indicator.agg_region) == "sum":
            return []
        found = []
        for region in scene.tree.ancestors(scene.region):
            course = answer.series(indicator.code, region)
            value = courses.value_at(course, line.period)
            if value is not None:
                found.append(Comparison("benchmark", value, indicator.unit, scene.name(region)))
        return found

    # ---- warnings

    def _warnings(self, scene: Scene, alerts: Sequence[AlertView]) -> tuple[AlertGroupView, ...]:
        """Statutory warnings and ours, apart: the most severe first, then the larger region, then the newer figure."""
        return tuple(
            AlertGroupView(kind, _counts(alerts, kind), tuple(
                self._alert_line(scene, alert)
                for alert in sorted(alerts, key=lambda one: (-one.level, scene.depth(one.region), -one.period)) if str(alert.kind) == kind
            ))
            for kind in (STATUTORY, MANAGEMENT)
        )  # fmt: skip

    def _alert_line(self, scene: Scene, alert: AlertView) -> AlertLine:
        indicator = self._catalog.get(alert.indicator)
        return AlertLine(
            id=alert.id,
            kind=str(alert.kind),
            level=int(alert.level),
            indicator=alert.indicator,
            name=indicator.name(scene.language),
            place=scene.place(alert.region),
            value=alert.value,
            unit=indicator.unit,
            measure=alert.measure,
            compared=alert.measured,
            op=alert.op,
            threshold=alert.threshold,
            lasted=alert.lasted,
            period=alert.period,
            since=alert.opened,
            frequency=str(indicator.frequency),
            department=courses.department(self._catalog, indicator, scene.language),
            health=alert.health.word,
            simulated=alert.simulated,
        )

    def _worst_of_theme(self, groups: Iterable[AlertGroupView], system: str, theme: str) -> Mark | None:
        """The most severe open warning among the indicators of a theme."""
        found = [
            Mark(line.level, line.kind)
            for group in groups for line in group.lines
            if (one := self._catalog.get(line.indicator)).system == system and one.theme == theme
        ]  # fmt: skip
        return max(found, key=lambda mark: mark.level, default=None)

    # ---- tabs

    def _tabs(self, layout: Layout) -> tuple[TabLayout, ...]:
        """The board's own tabs, then every theme of the system in its order."""
        themes = sorted(
            (one for one in self._catalog.themes.values() if one.system == layout.system),
            key=lambda one: one.order,
        )
        return (*layout.tabs, *(layout.themes.get(theme.id, TabLayout(theme.id)) for theme in themes))

    def _tiles_of(self, layout: Layout, tab: TabLayout, level: str) -> tuple[str, ...]:
        chosen = tab.levels.get(level, tab.tiles)
        if chosen is not None:
            return chosen
        return tuple(one.code for one in self._catalog.headline(layout.system, tab.id))

    def _theme_name(self, system: str, theme: str, language: str) -> str:
        found = self._catalog.themes[system, theme]
        return found.name_en if language == "en" else found.name_zh

    # ---- number sheet

    def _sheet(self, scene: Scene, choice: Choice) -> SheetView | None:
        """The open number sheet; a sheet that the reader may not see stays shut."""
        if choice.sheet is None:
            return None
        code, at = choice.sheet
        region = int(at) if at else scene.region
        if code not in self._catalog or not scene.tree.has(region):
            return None
        indicator = self._catalog.get(code)
        if not access.may(scene.actor, "view", scene.tree, region, indicator.system):
            return None
        try:
            return self._sheets.sheet(
                SheetWish(
                    scene.actor,
                    indicator,
                    scene.place(region),
                    scene.language,
                    scene.until,
                    scene.as_of,
                ),
                scene.targets,
                scene.mark(indicator, region),
            )
        except CockpitError:
            return None


def typeset(unit: str) -> str:
    """A unit as it is printed where a keyboard could not write it: ug/m3 is µg/m³."""
    return _EXPONENT.sub(lambda found: _RAISED[found[0]], _MICRO.sub("µ", unit))


def _counts(alerts: Iterable[AlertView], kind: str) -> tuple[int, int, int, int]:
    levels = [int(alert.level) for alert in alerts if str(alert.kind) == kind]
    return levels.count(1), levels.count(2), levels.count(3), levels.count(4)


def _vain(scene: Scene, choice: Choice, frame: Frame | None, sheet: SheetView | None) -> tuple[str, ...]:
    """The fields of a choice that came to nothing: what they name is not there, or not for this reader."""
    came_to_nothing = {
        "period": choice.period is not None and scene.until is None,
        "as_of": choice.as_of is not None and scene.as_of is None,
        "map": choice.indicator is not None and (frame is None or frame.indicator != choice.indicator),
        "sheet": choice.sheet is not None and sheet is None,
    }
    return tuple(name for name, nothing in came_to_nothing.items() if nothing)


def _months_back(newest: int | None) -> tuple[int, ...]:
    """The months that the picker offers, newest first."""
    if newest is None:
        return ()
    year, month = newest // periods.YEAR, newest // 10**9 % 100
    last = periods.months_key(year, month, 1)
    return tuple(int(periods.shift_months(last, -step)) for step in range(PERIODS_OFFERED))
