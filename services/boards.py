"""Tiles, boards and their parts as plain data: one reader, one region, one state in; one view out.

What a board shows is put together here and nowhere else; pages only put it into words. Every number comes from
``services/query``, every colour of a warning from ``services/alerts``. A board asks twice: once for all its tiles
with their course and the regions above, once for the children of the indicator that the map speaks of.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np

from data_access.layouts import PANEL, TILE, Entry, Layout, Section
from data_access.packs import Pack
from data_access.targets import TargetStore
from indicators import periods
from indicators.catalog import Catalog
from indicators.definition import Indicator
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level
from services import access, courses
from services.access import Actor
from services.alert_lines import Looked, folded_lines, gravest_first, told_once
from services.alerts import Alerts, AlertView
from services.answers import Answer, Line, Question
from services.compositions import Compositions
from services.depth import Depth, Frame
from services.ground import MAPPED, footing, ground
from services.layout_editor import LayoutEditor, Seat
from services.layouts import Layouts, missing
from services.maps import Maps
from services.panels import FOCUSED, Maker, PanelWish, make
from services.query import Query
from services.scenes import LIMIT, RECAST, Scene, below_in, level_of, marks_in, name_of, published, until_of
from services.sheets import Sheets, SheetWish
from services.statutory import Statutory
from services.statutory_lines import statutory_line
from services.views import (
    AlertGroupView,
    BoardView,
    Choice,
    Comparison,
    Face,
    Mark,
    Place,
    SheetView,
    Slot,
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
EDIT = "layout"
"""What an address says where the layout of a board is being changed."""

STATUTORY, MANAGEMENT = "statutory", "management"


class Boards:
    """Puts boards together."""

    def __init__(
        self,
        query: Query,
        catalog: Catalog,
        pack: Pack,
        layouts: Layouts,
        editor: LayoutEditor,
        alerts: Alerts,
        maps: Maps,
        sheets: Sheets,
        targets: TargetStore,
        items: Callable[[], Mapping[int, tuple[str, str]]],
        clock: Callable[[], datetime],
        panels: Mapping[str, Maker],
        statutory: Statutory,
        looked: Looked,
        zone: timedelta = timedelta(hours=8),
    ) -> None:
        self._query = query
        self._looked = looked
        self._catalog = catalog
        self._pack = pack
        self._tree = pack.tree
        self._layouts = layouts
        self._editor = editor
        self._alerts = alerts
        self._depth = Depth(query, catalog, maps, Compositions(query, catalog, items))
        self._sheets = sheets
        self._targets = targets
        self._clock = clock
        self._makers = panels
        self._statutory = statutory
        self._zone = timezone(zone)

    def over(self, query: Query) -> "Boards":
        """The same boards with the figures of another query; panels of subjects keep their own."""
        other = copy(self)
        other._query, other._depth, other._sheets = query, self._depth.over(query), self._sheets.over(query)
        return other

    # ---- the boards

    def home(self, actor: Actor, choice: Choice, language: str = "zh") -> BoardView:
        """The headline numbers of every system for the reader's region, warnings first."""
        return self.view("home", actor, choice, language)

    def economy(self, actor: Actor, choice: Choice, language: str = "zh") -> BoardView:
        """Economic operation by themes, the map of one indicator, its ranking, trend and composition."""
        return self.view("economy", actor, choice, language)

    @property
    def names(self) -> tuple[str, ...]:
        """The boards that there are."""
        return tuple(self._layouts.boards)

    def view(self, board: str, actor: Actor, choice: Choice, language: str = "zh") -> BoardView:
        """One board: home with a section of each system, or one system with a tab of each theme."""
        layout = self._layouts.boards[board]
        if layout.system and not access.may(actor, "view", system=layout.system):
            return self._closed(board, actor, Face("forbidden", "", {}), language)
        scene = self._scene(actor, choice, language)
        if isinstance(scene, Face):
            return self._closed(board, actor, scene, language)
        seat = self._seat(layout, scene, choice)
        content = self._editor.content(actor, seat) if seat else None
        sections = self._layouts.sections(board, scene.level, content)
        put_together = self._home if layout.groups else self._system
        view = put_together(layout, sections, scene, choice)
        vain = ("edit",) if choice.edit == EDIT and seat is None else ()
        return replace(
            view,
            vain=view.vain + vain,
            editable=scene.own and self._editor.may(actor, board),
            editing=self._editor.editing(actor, seat, view.tab, language) if seat else None,
        )

    def _seat(self, layout: Layout, scene: Scene, choice: Choice) -> Seat | None:
        """Where an editor of the layout sits; None for everybody else, whatever the address says."""
        may = scene.own and self._editor.may(scene.actor, layout.board)
        if choice.edit != EDIT or not may:
            return None
        kind, owner = choice.opened
        wished = owner if kind == "draft" else ""
        return self._editor.seat(scene.actor, layout.board, scene.level, wished)

    def _home(self, layout: Layout, sections: Sequence[Section], scene: Scene, choice: Choice) -> BoardView:
        seen = [
            one for one in sections if not one.system or access.may(scene.actor, "view", system=one.system)
        ]
        starred = Section(
            "starred", "", entries=tuple(Entry(TILE, code, "normal") for code in choice.starred)
        )
        board = self._board(scene, choice, layout, [*seen, starred], layout.map)
        *groups, stars = board.groups
        board = replace(board, groups=tuple(groups), starred=stars)
        tabs = self._layouts.sections("economy", scene.level) if "economy" in self._layouts.boards else ()
        themes = {tab.id for tab in tabs}
        return replace(board, vain=board.vain + (("theme",) if choice.theme not in (None, *themes) else ()))

    def _system(self, layout: Layout, sections: Sequence[Section], scene: Scene, choice: Choice) -> BoardView:
        chosen = next((one for one in sections if one.id == choice.theme), sections[0])
        board = self._board(scene, choice, layout, [chosen], chosen.map)
        return replace(
            board,
            tabs=tuple(
                Tab(one.id, self._section_name(one, scene.language),
                    self._worst_of_themes(board.warnings, layout.system, one.themes))
                for one in sections
            ),
            tab=chosen.id,
            vain=board.vain + (("theme",) if choice.theme not in (None, chosen.id) else ()),
            groups=tuple(
                replace(group, name=self._section_name(chosen, scene.language)) for group in board.groups
            ),
        )  # fmt: skip

    def units(self, language: str) -> dict[str, str]:
        """The names of all units in a language."""
        if language == "zh":
            return {}
        return {one.unit: typeset(one.unit_en) for one in map(self._catalog.get, self._catalog.codes)}

    # ---- for the wall, which has a layout of its own

    def scene(self, actor: Actor, choice: Choice, language: str) -> Scene | Face:
        """Where a reader stands; a face where the reader may not see what was wished for."""
        return self._scene(actor, choice, language)

    def warned(self, scene: Scene) -> tuple[Scene, tuple[AlertGroupView, ...]]:
        """The scene with the marks of open warnings, and these warnings themselves."""
        around = {scene.region, *scene.tree.subtree(scene.region)} if scene.own else {scene.region}
        alerts = self._alerts.open_alerts(scene.actor, around)
        return replace(scene, marks=marks_in(alerts, scene)), self._warnings(scene, alerts)

    def tile(self, scene: Scene, code: str, answer: Answer) -> TileView | None:
        """One number of an answer as every board shows it; None where the answer has none."""
        return self._tile(scene, code, answer)

    # ---- where and when

    def _scene(self, actor: Actor, choice: Choice, language: str) -> Scene | Face:
        """What the reader may see of what was wished for; a face where that is nothing."""
        if not access.may(actor, "view") or not actor.regions:
            return Face("forbidden", "", {})
        region = actor.regions[0] if choice.region is None else int(choice.region)
        if not self._tree.has(region) or self._tree.get(region).reporting_unit:
            return Face("unknown", "", {})
        as_of = self._as_of(choice.as_of)
        known = None if as_of is None else datetime.fromtimestamp(as_of, self._zone).date()
        stand = footing(self._tree, actor, region, until_of(choice.period), known)
        if stand.scope is None or self._tree.get(region).level < Level.CITY:
            return Face(
                "forbidden", N_("{place}不在您的职责范围内"), {"place": name_of(self._tree, region, language)}
            )
        return Scene(
            actor, stand.tree, region, stand.scope == "own", language, stand.until, as_of,
            self._targets.current(), recast=RECAST in choice.filters.items(), mapped=MAPPED in choice.filters.items(),
            today=self._clock().astimezone(self._zone).date() if LIMIT in choice.filters.items() else None,
        )  # fmt: skip

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
        layout: Layout,
        sections: Sequence[Section],
        preferred: Sequence[str],
    ) -> BoardView:
        lost = self._lost(sections, scene.language)
        level = scene.tree.get(scene.region).level
        shown = {
            entry.name: published(self._catalog, entry.name, level)
            for section in sections
            for entry in section.entries or ()
            if entry.kind == TILE and entry not in lost
        }
        frame = self._depth.frame(scene, [choice.indicator] if choice.indicator else [], (*preferred, *shown))
        around = {scene.region, *scene.tree.subtree(scene.region)} if scene.own else {scene.region}
        drawn = set(scene.tree.children(frame.parent)) if frame and frame.parent else set()
        seen = self._alerts.open_alerts(scene.actor, around | drawn, layout.system or None)
        alerts = [alert for alert in seen if alert.region in around]
        scene = replace(scene, marks=marks_in(seen, scene), below=below_in(alerts, scene))
        codes = tuple(
            dict.fromkeys(
                [code for code, there in shown.items() if there] + ([frame.indicator] if frame else [])
            )
        )
        answer = self._ask(scene, codes)
        wish = PanelWish(scene, choice, self._clock())
        views = tuple(self._group(wish, section, shown, lost, answer) for section in sections)
        tiles = [tile for group in views for tile in group.tiles]
        newest = max((tile.figure.period for tile in tiles if tile.figure.value is not None and tile.figure.period),
                     default=None)  # fmt: skip
        named = {slot.name for group in views for slot in group.slots if slot.kind == PANEL}
        focus = None
        if frame and named & set(FOCUSED):
            focus = self._depth.focus(scene, frame, answer, alone=not named & {"trend", "composition"})
        sheet = self._sheet(scene, choice)
        own_panels = any(slot.kind == PANEL and slot.view is not None for one in views for slot in one.slots)
        return BoardView(
            board=layout.board,
            place=scene.place(scene.region),
            path=self._path(scene),
            children=self._children(scene),
            face=None if newest or not tiles or own_panels else Face("empty", "", {}),
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
            notes=tuple(lost.values()),
            ground=ground(self._tree, scene),
        )

    def _lost(self, sections: Sequence[Section], language: str) -> dict[Entry, Issue]:
        """What a layout names and no board can show, with the reason: said on the board, and the rest stands."""
        today = self._clock().astimezone(self._zone).date()
        return {
            entry: issue
            for section in sections
            for entry in section.entries or ()
            if (issue := missing(self._catalog, self._makers, entry, today, language)) is not None
        }

    def _ask(self, scene: Scene, codes: tuple[str, ...]) -> Answer:
        """All tiles at once, with their course, for the region and those above it."""
        if not codes:  # a theme of which this level publishes nothing
            return EMPTY
        regions = (scene.region, *scene.tree.ancestors(scene.region))
        return self._query.ask(
            scene.actor,
            Question(
                codes,
                regions,
                until=scene.until,
                history=HISTORY,
                measures=MEASURES,
                as_of=scene.as_of,
                backcast=scene.recast,
                mapped=scene.mapped,
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
        wish: PanelWish,
        section: Section,
        shown: Mapping[str, bool],
        lost: Mapping[Entry, Issue],
        answer: Answer,
    ) -> SystemGroup:
        scene = wish.scene
        found = self._catalog.systems.get(section.system)
        name = found.name_en if found and scene.language == "en" else found.name_zh if found else ""
        slots = tuple(
            Slot(entry.kind, entry.name, entry.size, place,
                 lost[entry] if entry in lost else self._slot(wish, entry, shown, answer))
            for place, entry in enumerate(section.entries or ())
        )  # fmt: skip
        hidden = tuple(
            (slot.name, self._catalog.get(slot.name).name(scene.language))
            for slot in slots
            if slot.kind == TILE and shown.get(slot.name) is False
        )
        return SystemGroup(section.system, name, slots, hidden, section.id)

    def _slot(self, wish: PanelWish, entry: Entry, shown: Mapping[str, bool], answer: Answer) -> object:
        if entry.kind == TILE:
            return self._tile(wish.scene, entry.name, answer) if shown[entry.name] else None
        return make(self._makers, entry.name, wish) if entry.name in self._makers else None

    # ---- tiles

    def _tile(self, scene: Scene, code: str, answer: Answer) -> TileView | None:
        line = answer.row(code, scene.region)
        if line is None:
            return None
        indicator = self._catalog.get(code)
        target = courses.TargetCourse(scene.targets, indicator, scene.region, self._catalog.versions(code))
        trend = courses.course_lines(indicator, answer.series(code, scene.region), target)
        return TileView(
            indicator=code,
            name=indicator.name(scene.language),
            place=scene.place(scene.region),
            figure=courses.figure(line),
            frequency=str(indicator.frequency),
            basis=str(indicator.basis),
            comparisons=self._comparisons(scene, indicator, line, answer),
            trend=trend,
            mark=scene.mark(indicator, scene.region),
            below=0 if scene.mark(indicator, scene.region) else scene.below.get(code, 0),
            breaks=courses.breaks_within(indicator, trend),
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
            kind = courses.kind_of_target(scene.targets, indicator, line)
            found.append(Comparison(kind, round(line.value - gap, 6), indicator.unit))
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
        """Statutory warnings and ours, apart: the most severe first, then the larger region, then the newer figure.

        The warnings in force stand for themselves; what a rule only mirrors of them is not told twice.
        """
        mirrored = self._statutory.in_force(scene.actor, (scene.region,), self._clock(), scene.language)
        alerts = gravest_first(told_once(alerts, mirrored, self._statutory.reaches), scene)
        looked = self._looked(scene.actor, alerts)
        groups = tuple(
            AlertGroupView(kind, _counts(ours, kind), folded_lines(ours, looked, scene, self._catalog))
            for kind in (STATUTORY, MANAGEMENT)
            for ours in ([alert for alert in alerts if str(alert.kind) == kind],)
        )  # fmt: skip
        lines = tuple(statutory_line(one, scene) for one in mirrored)
        blue, yellow, orange, red = (
            count + sum(line.level == level for line in lines)
            for level, count in enumerate(groups[0].counts, 1)
        )
        return (replace(groups[0], counts=(blue, yellow, orange, red), statutory=lines), *groups[1:])

    def _worst_of_themes(
        self, groups: Iterable[AlertGroupView], system: str, themes: Sequence[str]
    ) -> Mark | None:
        """The most severe open warning among the indicators of some themes."""
        found = [
            Mark(line.level, line.kind)
            for group in groups for top in group.lines for line in top.flat
            if (one := self._catalog.get(line.indicator)).system == system and one.theme in themes
        ]  # fmt: skip
        return max(found, key=lambda mark: mark.level, default=None)

    def _section_name(self, section: Section, language: str) -> str:
        """What a tab is called: by itself, or as its theme."""
        if language in section.names:
            return section.names[language]
        found = self._catalog.themes.get((section.system, section.id))
        if found is None:
            return section.names.get("zh", section.id)
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
                    scene.recast,
                    scene.mapped,
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
