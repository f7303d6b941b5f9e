"""Tiles, boards and their parts as plain data: one reader, one region, one state in; one view out.

What a board shows is put together here and nowhere else; pages only put it into words. Every number comes from
``services/query``, every colour of a warning from ``services/alerts``. A board asks twice: once for all its tiles
with their course and the regions above, once for the children of the indicator that the map speaks of.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import numpy as np

from data_access.layouts import GroupLayout, Layout, TabLayout
from data_access.packs import Pack
from data_access.targets import TargetStore
from indicators import periods
from indicators.aggregation import TOTAL
from indicators.catalog import Catalog
from indicators.contribution import Parts, Role
from indicators.definition import DataStatus, Indicator
from indicators.errors import N_, CockpitError
from indicators.measures import RATES, Targets
from indicators.regions import Level
from services import access, courses
from services.access import SYSTEM, Actor
from services.alerts import Alerts, AlertView
from services.answers import Answer, Line, Question
from services.maps import Maps
from services.query import Query
from services.sheets import Sheets, SheetWish
from services.views import (
    AlertGroupView,
    AlertLine,
    Area,
    BoardView,
    Choice,
    Comparison,
    CompositionView,
    Face,
    Figure,
    Focus,
    MapView,
    Mark,
    Part,
    Place,
    RankRow,
    RankView,
    Series,
    SheetView,
    Standing,
    SystemGroup,
    Tab,
    TileView,
    TrendView,
)

HISTORY = 24
"""How many earlier periods a tile knows: two years of a monthly figure."""

BANDS = 5
"""Classes of a choropleth."""

PERIODS_OFFERED = 24
"""How many months the period picker goes back."""

MEASURES = ("schedule_gap_pp", "target_gap_pp")

EMPTY = Answer({name: np.zeros(0, np.int64) for name in ("indicator", "item", "region", "period")}, {})
"""The answer to a question about nothing."""

ROUNDING = 0.005
"""What parts may miss of their total, as a share, before it is said."""

POINTS = "百分点"
STATUTORY, MANAGEMENT = "statutory", "management"


@dataclass(frozen=True)
class Scene:
    """Where a board stands and when: what every part of it needs.

    until  the period by whose end figures are taken; None for the newest
    as_of  an instant: figures as they were known then
    own    whether the region is the reader's own, and not one above it shown for comparison
    """

    actor: Actor
    region: int
    own: bool
    language: str
    until: int | None
    as_of: int | None
    targets: Targets


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
        self._maps = maps
        self._sheets = sheets
        self._targets = targets
        self._items = items
        self._zone = timezone(zone)

    # ---- the two boards

    def home(self, actor: Actor, choice: Choice, language: str = "zh") -> BoardView:
        """The headline numbers of every system for the reader's region, warnings first."""
        layout = self._layouts["home"]
        scene = self._scene(actor, choice, language)
        if isinstance(scene, Face):
            return self._closed("home", actor, scene, language)
        level = self._level(scene.region)
        groups = [
            group for group in layout.groups_at(level) if access.may(actor, "view", system=group.system)
        ]
        return self._board(scene, choice, "home", groups, layout.map, system=None)

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
        tiles = self._tiles_of(layout, tab, self._level(scene.region))
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
            groups=tuple(replace(group, name=name) for group in board.groups),
        )  # fmt: skip

    def units(self, language: str) -> dict[str, str]:
        """The names of all units in a language."""
        if language == "zh":
            return {}
        return {one.unit: one.unit_en for one in map(self._catalog.get, self._catalog.codes)}

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
            return Face("forbidden", N_("{place}不在您的职责范围内"), {"place": self._name(region, language)})
        return Scene(actor, region, scope == "own", language, _until(choice.period), self._as_of(choice.as_of),
                     self._targets.current())  # fmt: skip

    def _as_of(self, day: str | None) -> int | None:
        """The last moment of a day on the city's clock."""
        try:
            start = datetime.fromisoformat(day).replace(tzinfo=self._zone) if day else None
        except ValueError:
            return None
        return int((start + timedelta(days=1)).timestamp()) - 1 if start else None

    def _name(self, region: int, language: str) -> str:
        found = self._tree.get(region)
        return found.name_en if language == "en" else found.name

    def _level(self, region: int) -> str:
        return self._tree.get(region).level.name.lower()

    def _place(self, region: int, scene: Scene) -> Place:
        context = access.scope(scene.actor, self._tree, region) == "context"
        return Place(region, self._name(region, scene.language), self._level(region), context)

    def _path(self, scene: Scene) -> tuple[Place, ...]:
        """From the reader's own region down to the one shown."""
        above = [code for code in self._tree.ancestors(scene.region) if code in self._own(scene.actor)]
        return tuple(self._place(code, scene) for code in (*sorted(above, key=self._depth), scene.region))

    def _depth(self, region: int) -> int:
        return int(self._tree.get(region).level)

    def _own(self, actor: Actor) -> set[int]:
        """The regions of the city's tree that the reader answers for, as far as a path can name them."""
        roots = actor.regions if actor.role != "system" else (self._pack.root,)
        return {code for root in roots for code in (root, *self._tree.subtree(root))}

    def _closed(self, board: str, actor: Actor, face: Face, language: str) -> BoardView:
        """A board that shows why it shows nothing."""
        home = actor.regions[0] if actor.regions else self._pack.root
        place = Place(home, self._name(home, language), self._level(home))
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
        around = (scene.region, *self._tree.subtree(scene.region)) if scene.own else (scene.region,)
        alerts = self._alerts.open_alerts(scene.actor, around, system)
        marks = _marks(alert for alert in alerts if _in_view(alert, scene))
        level = self._tree.get(scene.region).level
        known = [
            replace(group, tiles=tuple(c for c in group.tiles if c in self._catalog)) for group in groups
        ]
        shown = {code: self._published(code, level) for group in known for code in group.tiles}
        frame = self._frame(scene, [choice.indicator] if choice.indicator else [], (*preferred, *shown))
        codes = tuple(
            dict.fromkeys(
                [code for code, there in shown.items() if there] + ([frame.indicator] if frame else [])
            )
        )
        answer = self._ask(scene, codes)
        views = tuple(self._group(scene, group, shown, answer, marks) for group in known)
        tiles = [tile for group in views for tile in group.tiles]
        newest = max((tile.figure.period for tile in tiles if tile.figure.value is not None and tile.figure.period),
                     default=None)  # fmt: skip
        focus = self._focus(scene, frame, answer, marks, alone=board == "home") if frame else None
        return BoardView(
            board=board,
            place=self._place(scene.region, scene),
            path=self._path(scene),
            children=self._children(scene),
            face=None if newest or not tiles else Face("empty", "", {}),
            warnings=self._warnings(scene, alerts),
            tabs=(),
            tab="",
            groups=views,
            focus=focus,
            sheet=self._sheet(scene, choice, marks),
            periods=_months_back(newest),
            period=scene.until,
            newest=newest,
            simulated=any(tile.figure.simulated for tile in tiles),
        )

    def _ask(self, scene: Scene, codes: tuple[str, ...]) -> Answer:
        """All tiles at once, with their course, for the region and those above it."""
        if not codes:  # a theme of which this level publishes nothing
            return EMPTY
        regions = (scene.region, *self._tree.ancestors(scene.region))
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
        below = self._tree.children(scene.region, territories_only=True)
        return tuple(self._place(code, scene) for code in access.narrow(scene.actor, self._tree, below))

    def _published(self, code: str, level: Level) -> bool:
        return level <= Level.parse(self._catalog.get(code).lowest_level)

    def _group(
        self,
        scene: Scene,
        group: GroupLayout,
        shown: Mapping[str, bool],
        answer: Answer,
        marks: Mapping[tuple[str, int], Mark],
    ) -> SystemGroup:
        found = self._catalog.systems.get(group.system)
        name = found.name_en if found and scene.language == "en" else found.name_zh if found else group.system
        tiles = [self._tile(scene, code, answer, marks) for code in group.tiles if shown[code]]
        hidden = tuple(
            (code, self._catalog.get(code).name(scene.language)) for code in group.tiles if not shown[code]
        )
        return SystemGroup(group.system, name, tuple(tile for tile in tiles if tile), hidden)

    # ---- tiles

    def _tile(
        self, scene: Scene, code: str, answer: Answer, marks: Mapping[tuple[str, int], Mark]
    ) -> TileView | None:
        line = answer.row(code, scene.region)
        if line is None:
            return None
        indicator = self._catalog.get(code)
        return TileView(
            indicator=code,
            name=indicator.name(scene.language),
            place=self._place(scene.region, scene),
            figure=courses.figure(line),
            frequency=str(indicator.frequency),
            basis=str(indicator.basis),
            comparisons=self._comparisons(scene, indicator, line, answer),
            trend=courses.course_lines(
                indicator,
                answer.series(code, scene.region),
                courses.TargetCourse(scene.targets, indicator, scene.region),
            ),
            mark=self._mark(indicator, scene.region, marks),
        )

    def _mark(self, indicator: Indicator, region: int, marks: Mapping[tuple[str, int], Mark]) -> Mark | None:
        """The open warning on a number; where its rule refers to another indicator, that one's."""
        own = marks.get((indicator.code, region))
        if own is None and indicator.rule is not None and indicator.rule.type == "refer":
            return marks.get((str(indicator.rule.mapping.get("code", "")), region))
        return own

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
        for region in self._tree.ancestors(scene.region):
            course = answer.series(indicator.code, region)
            value = courses.value_at(course, line.period)
            if value is not None:
                found.append(
                    Comparison("benchmark", value, indicator.unit, self._name(region, scene.language))
                )
        return found

    # ---- warnings

    def _warnings(self, scene: Scene, alerts: Sequence[AlertView]) -> tuple[AlertGroupView, ...]:
        """Statutory warnings and ours, apart: the most severe first, then the larger region, then the newer figure."""
        return tuple(
            AlertGroupView(kind, _counts(alerts, kind), tuple(
                self._alert_line(scene, alert)
                for alert in sorted(alerts, key=lambda one: (-one.level, self._depth(one.region), -one.period)) if str(alert.kind) == kind
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
            place=self._place(alert.region, scene),
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

    # ---- one indicator in depth

    def _frame(self, scene: Scene, wished: Sequence[str], preferred: Sequence[str]) -> "Frame | None":
        """Which indicator map, ranking and trend speak of, and whose children they show.

        A wish is kept whatever it is; else the first that is published for the children, else the first that is
        published here. Where the region has no children with figures, its siblings are shown, if the reader may.
        """
        allowed = [
            code for code in (*wished, *preferred)
            if code in self._catalog and access.may(scene.actor, "view", system=self._catalog.get(code).system)
        ]  # fmt: skip
        wishes = [code for code in wished if code in allowed]
        framed = [(code, self._parent_for(scene, code)) for code in (wishes or allowed)]
        for wanted in (lambda parent: parent == scene.region, lambda parent: parent is not None):
            for code, parent in framed:
                if wanted(parent):
                    return Frame(code, parent)
        here = [code for code, _ in framed if self._published(code, self._tree.get(scene.region).level)]
        chosen = wishes[:1] or here[:1]
        return Frame(chosen[0], None) if chosen else None

    def _parent_for(self, scene: Scene, code: str) -> int | None:
        """The region whose children have figures of an indicator: this one, or the one above it."""
        if not scene.own:
            return None
        level = self._tree.get(scene.region).level
        below = self._tree.children(scene.region, territories_only=True)
        if below and self._published(code, self._tree.get(below[0]).level):
            return scene.region
        above = self._tree.parent(scene.region)
        reaches = above is not None and access.scope(scene.actor, self._tree, above) == "own"
        return above if reaches and self._published(code, level) else None

    def _focus(
        self, scene: Scene, frame: "Frame", answer: Answer, marks: Mapping[tuple[str, int], Mark], alone: bool
    ) -> Focus:
        """Map and ranking of the frame; trend and composition of the region itself, except on home."""
        indicator = self._catalog.get(frame.indicator)
        around = self._around(scene, frame)
        return Focus(
            indicator=frame.indicator,
            map=self._map(scene, indicator, frame.parent, around, marks) if frame.parent and around else None,
            rank=self._rank(scene, indicator, frame.parent, around, marks)
            if frame.parent and around
            else None,
            trend=None if alone else self._trend(scene, indicator, answer),
            composition=None if alone else self._composition(scene, indicator, answer),
            standing=self._standing(scene, indicator, answer),
        )

    def _around(self, scene: Scene, frame: "Frame") -> Answer | None:
        """The children of the frame, on the period of their parent."""
        if frame.parent is None:
            return None
        question = Question(
            (frame.indicator,), (frame.parent,), until=scene.until, children=True, as_of=scene.as_of,
        )  # fmt: skip
        return self._query.ask(scene.actor, question)

    def _map(
        self,
        scene: Scene,
        indicator: Indicator,
        parent: int,
        around: Answer,
        marks: Mapping[tuple[str, int], Mark],
    ) -> MapView | None:
        level = Level(self._tree.get(parent).level + 1)
        geometry = self._maps.geometry(scene.actor, parent, level)
        total = around.row(indicator.code, parent)
        if geometry is None or total is None:
            return None
        lines = {code: around.row(indicator.code, code) for code in geometry.codes}
        values = [line.value for line in lines.values() if line is not None and line.value is not None]
        edges = class_edges(values)
        areas = tuple(
            Area(
                self._place(code, scene),
                courses.figure(line) if line else courses.nothing(indicator, total.period),
                band_of(line.value if line else None, edges),
                self._mark(indicator, code, marks),
                chosen=code == scene.region,
            )
            for code, line in lines.items()
        )
        return MapView(
            indicator=indicator.code,
            name=indicator.name(scene.language),
            parent=self._place(parent, scene),
            level=level.name.lower(),
            areas=areas,
            edges=edges,
            ramp=ramp(max(len(edges) - 1, 0)),
            unit=indicator.unit,
            period=total.period,
            bounds=geometry.bounds,
            approximate=geometry.approximate,
            version=geometry.tag,
            simulated=any(area.figure.simulated for area in areas),
        )

    def _rank(
        self,
        scene: Scene,
        indicator: Indicator,
        parent: int,
        around: Answer,
        marks: Mapping[tuple[str, int], Mark],
    ) -> RankView | None:
        parts = around.parts.get((indicator.code, TOTAL, parent))
        total = around.row(indicator.code, parent)
        if parts is None or total is None:
            return None
        rows = [
            self._rank_row(scene, indicator, around, parts, place, marks)
            for place in range(len(parts.region))
        ]
        territories = self._tree.children(parent, territories_only=True)
        return RankView(
            indicator=indicator.code,
            name=indicator.name(scene.language),
            parent=self._place(parent, scene),
            unit=indicator.unit,
            period=total.period,
            total=courses.figure(total),
            rows=tuple(sorted(rows, key=_rank_order)),
            hidden=len(territories) - sum(row.role == "region" for row in rows),
            additive=str(indicator.agg_region) == "sum",
        )

    def _rank_row(
        self,
        scene: Scene,
        indicator: Indicator,
        around: Answer,
        parts: Parts,
        place: int,
        marks: Mapping[tuple[str, int], Mark],
    ) -> RankRow:
        region, role = int(parts.region[place]), Role(int(parts.role[place]))
        value = courses.number(parts.value[place])
        line = around.row(indicator.code, region) if role is not Role.RESIDUAL else None
        total = around.row(indicator.code, region) if role is Role.RESIDUAL else None
        rest = Figure(value, indicator.unit, total.period if total else None, "ok", "computed")
        return RankRow(
            role=role.name.lower(),
            place=None if role is Role.RESIDUAL else self._place(region, scene),
            figure=courses.figure(line) if line else rest,
            rank=int(parts.rank[place]) or None,
            share=courses.number(parts.share[place]),
            growth=courses.number(parts.growth[place]),
            contribution=courses.number(parts.contribution[place]),
            mark=None if role is Role.RESIDUAL else self._mark(indicator, region, marks),
            chosen=role is Role.REGION and region == scene.region,
        )

    def _standing(self, scene: Scene, indicator: Indicator, answer: Answer) -> Standing | None:
        """The place of a region among its siblings, for a reader who may not see them: its number, not their names."""
        above = self._tree.parent(scene.region)
        line = answer.row(indicator.code, scene.region)
        if above is None or line is None or line.value is None:
            return None
        if (
            access.scope(scene.actor, self._tree, above) != "context"
            or self._tree.get(above).level < Level.CITY
        ):
            return None
        siblings = self._tree.children(above, territories_only=True)
        everyone = self._query.ask(
            SYSTEM, Question((indicator.code,), siblings, periods=(line.period,), as_of=scene.as_of)
        )
        values = [one.value for one in everyone if one.value is not None]
        fewer = str(indicator.polarity) == "lower_better"
        better = sum(value < line.value if fewer else value > line.value for value in values)
        return Standing(better + 1, len(values), self._place(above, scene)) if len(values) > 1 else None

    def _trend(self, scene: Scene, indicator: Indicator, answer: Answer) -> TrendView | None:
        course = answer.series(indicator.code, scene.region)
        own = courses.course_lines(
            indicator, course, courses.TargetCourse(scene.targets, indicator, scene.region)
        )
        if not own:
            return None
        seasonal = courses.seasonal(indicator)
        beside: list[Series] = []
        if not seasonal and str(indicator.agg_region) != "sum" and course is not None:
            for region in self._tree.ancestors(scene.region):
                line = courses.beside(
                    answer.series(indicator.code, region), course, self._name(region, scene.language)
                )
                beside += [line] if line else []
        first = min(point.period for series in own for point in series.points)
        breaks = tuple(
            (periods.day_key(one.date), one.reason_zh) for one in indicator.calibre_breaks
            if periods.day_key(one.date) >= first
        )  # fmt: skip
        return TrendView(
            indicator=indicator.code,
            name=indicator.name(scene.language),
            place=self._place(scene.region, scene),
            unit=indicator.unit,
            frequency=str(indicator.frequency),
            seasonal=seasonal,
            series=(*own, *beside),
            breaks=breaks,
            simulated=bool(course is not None and (course.status == DataStatus.SIMULATED).any()),
        )

    # ---- composition

    def _composition(self, scene: Scene, indicator: Indicator, answer: Answer) -> CompositionView | None:
        """What a figure is made of: the parts of an identity, else the items of its first breakdown."""
        total = answer.row(indicator.code, scene.region)
        if total is None or total.value is None or indicator.unit in RATES:
            return None
        for parts in sorted(
            (one.parts for one in self._catalog.identities if one.total == indicator.code),
            key=len,
            reverse=True,
        ):
            view = self._composition_of(
                scene, indicator, total, self._identity_parts(scene, parts, total), "identity"
            )
            if view:
                return view
        return self._breakdown(scene, indicator, total) if indicator.dimensions else None

    def _identity_parts(
        self, scene: Scene, codes: tuple[str, ...], total: Line
    ) -> list[tuple[str, str, Line]]:
        known = tuple(code for code in codes if code in self._catalog)
        answer = self._query.ask(
            scene.actor, Question(known, (scene.region,), periods=(total.period,), as_of=scene.as_of)
        )
        return [
            (line.indicator, self._catalog.get(line.indicator).name(scene.language), line) for line in answer
        ]

    def _breakdown(self, scene: Scene, indicator: Indicator, total: Line) -> CompositionView | None:
        question = Question(
            (indicator.code,), (scene.region,), periods=(total.period,), items=None, as_of=scene.as_of
        )
        items, labels = self._items(), self._item_names(scene.language)
        by: dict[str, list[tuple[str, str, Line]]] = {}
        for line in self._query.ask(scene.actor, question):
            dimensions, narrower = items.get(line.item, ("", ""))
            name, _, value = dimensions.partition("=")
            if line.item != TOTAL and not narrower and value and ";" not in value:
                by.setdefault(name, []).append(
                    (f"{name}={value}", labels.get((name, value)) or _spelled(value), line)
                )
        for name in indicator.dimensions:
            view = self._composition_of(scene, indicator, total, by.get(name, []), name)
            if view:
                return view
        return None

    def _composition_of(
        self, scene: Scene, indicator: Indicator, total: Line, found: Sequence[tuple[str, str, Line]], by: str
    ) -> CompositionView | None:
        """The parts with figures, largest first; what they leave of the total is a part of its own."""
        whole = total.value or 0.0
        there = [(code, name, line, line.value) for code, name, line in found if line.value is not None]
        if len(there) < 2 or whole <= 0:
            return None
        parts = [
            Part(code if by == "identity" else "", name, courses.figure(line), 100 * value / whole, line.yoy)
            for code, name, line, value in sorted(there, key=lambda one: -one[3])
        ]
        rest = whole - sum(value for *_, value in there)
        if rest > whole * ROUNDING:
            figure = Figure(rest, indicator.unit, total.period, "ok", "computed")
            parts.append(Part("rest", "", figure, 100 * rest / whole))
        return CompositionView(
            indicator.code, indicator.name(scene.language), self._dimension_name(by, scene.language),
            courses.figure(total), tuple(parts), balanced=rest > -whole * ROUNDING,
        )  # fmt: skip

    def _dimension_name(self, dimension: str, language: str) -> str:
        labels = self._catalog.vocabulary.get("dimension_labels")
        found = labels.get(dimension) if isinstance(labels, Mapping) else None
        return str(found.get(language, dimension)) if isinstance(found, Mapping) else ""

    def _item_names(self, language: str) -> dict[tuple[str, str], str]:
        """The names of breakdown items; the vocabulary gives them in Chinese, other languages use the item's code."""
        if language != "zh":
            return {}
        listed = self._catalog.vocabulary.get("dimension_items")
        if not isinstance(listed, Mapping):
            return {}
        return {(name, code): str(label) for name, found in listed.items() for code, label in found.items()}

    # ---- number sheet

    def _sheet(self, scene: Scene, choice: Choice, marks: Mapping[tuple[str, int], Mark]) -> SheetView | None:
        """The open number sheet; a sheet that the reader may not see stays shut."""
        if choice.sheet is None:
            return None
        code, at = choice.sheet
        region = int(at) if at else scene.region
        if code not in self._catalog or not self._tree.has(region):
            return None
        indicator = self._catalog.get(code)
        if not access.may(scene.actor, "view", self._tree, region, indicator.system):
            return None
        try:
            return self._sheets.sheet(
                SheetWish(
                    scene.actor,
                    indicator,
                    self._place(region, scene),
                    scene.language,
                    scene.until,
                    scene.as_of,
                ),
                scene.targets,
                self._mark(indicator, region, marks),
            )
        except CockpitError:
            return None


@dataclass(frozen=True)
class Frame:
    """What map and ranking show: an indicator, and the region whose children are drawn (None: no map)."""

    indicator: str
    parent: int | None


def class_edges(values: Sequence[float], bands: int = BANDS) -> tuple[float, ...]:
    """The bounds of a choropleth's classes: equally many figures in each, bounds between figures and short to print.

    returns  one bound more than there are classes; equal figures never fall apart; () without figures
    """
    ordered = sorted(values)
    if not ordered:
        return ()
    if ordered[0] == ordered[-1]:
        return (ordered[0], ordered[-1])
    steps = [place for place in range(1, len(ordered)) if ordered[place - 1] < ordered[place]]
    classes = min(bands, len(steps) + 1)
    cuts = {_nearest(steps, i * len(ordered) / classes) for i in range(1, classes)}
    between = [
        _rounded((ordered[cut - 1] + ordered[cut]) / 2, ordered[cut] - ordered[cut - 1])
        for cut in sorted(cuts)
    ]
    return (ordered[0], *between, ordered[-1])


def _nearest(places: Sequence[int], wanted: float) -> int:
    return min(places, key=lambda place: abs(place - wanted))


def band_of(value: float | None, edges: Sequence[float]) -> int | None:
    """The class of a figure, 0 for the lowest, spread over the ramp when there are fewer classes than colours."""
    if value is None or not edges:
        return None
    return ramp(len(edges) - 1)[sum(value >= edge for edge in edges[1:-1])]


def ramp(classes: int) -> tuple[int, ...]:
    """The colours of the classes: spread over the ramp when there are fewer classes than colours."""
    return tuple(round(place * (BANDS - 1) / max(classes - 1, 1)) for place in range(classes))


def _rounded(value: float, gap: float) -> float:
    """A bound between two figures with as few digits as keep it between them."""
    digits = next((digits for digits in range(-6, 7) if 10.0**-digits <= gap / 2), 6)
    return round(value, digits)


def _spelled(code: str) -> str:
    """The code of a breakdown item as words: metal_products, Metal products."""
    return code.replace("_", " ").capitalize()


def _rank_order(row: RankRow) -> tuple[int, float, str]:
    """Ranked first, then regions without a figure, then reporting units, the residual last."""
    group = {"region": 0, "reporting_unit": 2, "residual": 3}[row.role]
    if row.role == "region" and row.figure.value is None:
        group = 1
    return group, row.rank or 0, row.place.name if row.place else ""


def _in_view(alert: AlertView, scene: Scene) -> bool:
    """Whether a warning speaks of figures that the board shows: a board of the past bears no mark of a later one."""
    later = scene.until is not None and alert.period // 1000 > scene.until // 1000
    unknown = scene.as_of is not None and alert.opened_at > scene.as_of
    return not later and not unknown


def _marks(alerts: Iterable[AlertView]) -> dict[tuple[str, int], Mark]:
    """The most severe open warning by (indicator, region)."""
    found: dict[tuple[str, int], Mark] = {}
    for alert in alerts:
        key = (alert.indicator, alert.region)
        if key not in found or found[key].level < alert.level:
            found[key] = Mark(int(alert.level), str(alert.kind))
    return found


def _counts(alerts: Iterable[AlertView], kind: str) -> tuple[int, int, int, int]:
    levels = [int(alert.level) for alert in alerts if str(alert.kind) == kind]
    return levels.count(1), levels.count(2), levels.count(3), levels.count(4)


def _until(text: str | None) -> int | None:
    """The last moment of a period in plain text; None for a text that names no period."""
    if not text:
        return None
    try:
        return periods.read(text, "period")
    except CockpitError:
        return None


def _months_back(newest: int | None) -> tuple[int, ...]:
    """The months that the picker offers, newest first."""
    if newest is None:
        return ()
    year, month = newest // periods.YEAR, newest // 10**9 % 100
    last = periods.months_key(year, month, 1)
    return tuple(int(periods.shift_months(last, -step)) for step in range(PERIODS_OFFERED))
