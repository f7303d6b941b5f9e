"""One indicator in depth: where it is high and low, in which order, over time, made of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from indicators import periods
from indicators.aggregation import TOTAL
from indicators.catalog import Catalog
from indicators.contribution import Parts, Role
from indicators.definition import STATUS, DataStatus, Indicator
from indicators.regions import Level
from services import access, courses
from services.access import SYSTEM
from services.answers import Answer, Course, Question
from services.compositions import Compositions
from services.maps import Maps
from services.query import Query
from services.scenes import Scene, published
from services.views import (
    Area,
    Figure,
    Focus,
    MapView,
    RankRow,
    RankView,
    Series,
    Standing,
    TrendView,
)

BANDS = 5
"""Classes of a choropleth."""


@dataclass(frozen=True)
class Frame:
    """What map and ranking show: an indicator, and the region whose children are drawn (None: no map)."""

    indicator: str
    parent: int | None


class Depth:
    """Puts map, ranking, trend and composition of one indicator together."""

    def __init__(self, query: Query, catalog: Catalog, maps: Maps, compositions: Compositions) -> None:
        self._query = query
        self._catalog = catalog
        self._maps = maps
        self._compositions = compositions

    def over(self, query: Query) -> "Depth":
        """The same of the figures of another query."""
        return Depth(query, self._catalog, self._maps, self._compositions.over(query))

    def frame(self, scene: Scene, wished: Sequence[str], preferred: Sequence[str]) -> Frame | None:
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
        here = [
            code for code, _ in framed if published(self._catalog, code, scene.tree.get(scene.region).level)
        ]
        chosen = wishes[:1] or here[:1]
        return Frame(chosen[0], None) if chosen else None

    def _parent_for(self, scene: Scene, code: str) -> int | None:
        """The region whose children have figures of an indicator: this one, or the one above it."""
        if not scene.own:
            return None
        level = scene.tree.get(scene.region).level
        below = scene.tree.children(scene.region, territories_only=True)
        if below and published(self._catalog, code, scene.tree.get(below[0]).level):
            return scene.region
        above = scene.tree.parent(scene.region)
        reaches = above is not None and access.scope(scene.actor, scene.tree, above) == "own"
        return above if reaches and published(self._catalog, code, level) else None

    def focus(self, scene: Scene, frame: Frame, answer: Answer, alone: bool) -> Focus:
        """Map and ranking of the frame; trend and composition of the region itself, except on home."""
        indicator = self._catalog.get(frame.indicator)
        around = self._around(scene, frame)
        return Focus(
            indicator=frame.indicator,
            map=self._map(scene, indicator, frame.parent, around) if frame.parent and around else None,
            rank=self._rank(scene, indicator, frame.parent, around) if frame.parent and around else None,
            trend=None if alone else self._trend(scene, indicator, answer),
            composition=None if alone else self._compositions.composition(scene, indicator, answer),
            standing=self._standing(scene, indicator, answer),
        )

    def course(self, scene: Scene, indicator: Indicator, history: int) -> TrendView | None:
        """The trend of one indicator alone, beside the regions above; None without two figures."""
        regions = (scene.region, *scene.tree.ancestors(scene.region))
        question = Question(
            (indicator.code,),
            regions,
            until=scene.until,
            history=history,
            as_of=scene.as_of,
            mapped=scene.mapped,
        )
        return self._trend(scene, indicator, self._query.ask(scene.actor, question))

    def _around(self, scene: Scene, frame: Frame) -> Answer | None:
        """The children of the frame, on the period of their parent."""
        if frame.parent is None:
            return None
        question = Question(
            (frame.indicator,), (frame.parent,), until=scene.until, children=True, as_of=scene.as_of, mapped=scene.mapped,
        )  # fmt: skip
        return self._query.ask(scene.actor, question)

    def _map(
        self,
        scene: Scene,
        indicator: Indicator,
        parent: int,
        around: Answer,
    ) -> MapView | None:
        level = Level(scene.tree.get(parent).level + 1)
        geometry = self._maps.geometry(scene.actor, parent, level, scene.tree)
        total = around.row(indicator.code, parent)
        if geometry is None or total is None:
            return None
        lines = {code: around.row(indicator.code, code) for code in geometry.codes}
        values = [line.value for line in lines.values() if line is not None and line.value is not None]
        edges = class_edges(values)
        areas = tuple(
            Area(
                scene.place(code),
                courses.figure(line) if line else courses.nothing(indicator, total.period),
                band_of(line.value if line else None, edges),
                scene.mark(indicator, code),
                chosen=code == scene.region,
            )
            for code, line in lines.items()
        )
        return MapView(
            indicator=indicator.code,
            name=indicator.name(scene.language),
            parent=scene.place(parent),
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
    ) -> RankView | None:
        parts = around.parts.get((indicator.code, TOTAL, parent))
        total = around.row(indicator.code, parent)
        if parts is None or total is None:
            return None
        rows = [self._rank_row(scene, indicator, around, parts, place) for place in range(len(parts.region))]
        territories = scene.tree.children(parent, territories_only=True)
        growth = courses.growth(indicator, total)
        return RankView(
            indicator=indicator.code,
            name=indicator.name(scene.language),
            parent=scene.place(parent),
            unit=indicator.unit,
            period=total.period,
            total=courses.figure(total),
            rows=tuple(sorted(rows, key=_rank_order)),
            hidden=len(territories) - sum(row.role == "region" for row in rows),
            additive=str(indicator.agg_region) == "sum",
            growth=growth[0].value if growth else None,
        )

    def _rank_row(
        self,
        scene: Scene,
        indicator: Indicator,
        around: Answer,
        parts: Parts,
        place: int,
    ) -> RankRow:
        region, role = int(parts.region[place]), Role(int(parts.role[place]))
        value = courses.number(parts.value[place])
        line = around.row(indicator.code, region) if role is not Role.RESIDUAL else None
        total = around.row(indicator.code, region) if role is Role.RESIDUAL else None
        rest = Figure(value, indicator.unit, total.period if total else None, "ok", "computed")
        return RankRow(
            role=role.name.lower(),
            place=None if role is Role.RESIDUAL else scene.place(region),
            figure=courses.figure(line) if line else rest,
            rank=int(parts.rank[place]) or None,
            share=courses.number(parts.share[place]),
            growth=courses.number(parts.growth[place]),
            contribution=courses.number(parts.contribution[place]),
            mark=None if role is Role.RESIDUAL else scene.mark(indicator, region),
            chosen=role is Role.REGION and region == scene.region,
        )

    def _standing(self, scene: Scene, indicator: Indicator, answer: Answer) -> Standing | None:
        """The place of a region among its siblings, for a reader who may not see them: its number, not their names."""
        above = scene.tree.parent(scene.region)
        line = answer.row(indicator.code, scene.region)
        if above is None or line is None or line.value is None:
            return None
        if (
            access.scope(scene.actor, scene.tree, above) != "context"
            or scene.tree.get(above).level < Level.CITY
        ):
            return None
        siblings = scene.tree.children(above, territories_only=True)
        everyone = self._query.ask(
            SYSTEM, Question((indicator.code,), siblings, periods=(line.period,), as_of=scene.as_of)
        )
        values = [one.value for one in everyone if one.value is not None]
        fewer = str(indicator.polarity) == "lower_better"
        better = sum(value < line.value if fewer else value > line.value for value in values)
        return Standing(better + 1, len(values), scene.place(above)) if len(values) > 1 else None

    def _trend(self, scene: Scene, indicator: Indicator, answer: Answer) -> TrendView | None:
        course = answer.series(indicator.code, scene.region)
        daily = courses.runs_up_by_the_day(indicator)
        if daily:
            course = self._month_ends(scene, indicator, answer)
        own = courses.course_lines(
            indicator,
            course,
            courses.TargetCourse(
                scene.targets, indicator, scene.region, self._catalog.versions(indicator.code)
            ),
            daily,
        )
        if not own:
            return None
        seasonal = daily or courses.seasonal(indicator)
        beside: list[Series] = []
        if not seasonal and str(indicator.agg_region) != "sum" and course is not None:
            for region in scene.tree.ancestors(scene.region):
                line = courses.beside(answer.series(indicator.code, region), course, scene.name(region))
                beside += [line] if line else []
        limit = courses.limit_line(indicator, own[0].points, scene.today)
        linked = any(one.backcast for one in indicator.calibre_breaks)
        return TrendView(
            indicator=indicator.code,
            name=indicator.name(scene.language),
            place=scene.place(scene.region),
            unit=indicator.unit,
            frequency=str(indicator.frequency),
            seasonal=seasonal,
            series=(*own, *beside, *([limit] if limit else [])),
            breaks=courses.breaks_within(indicator, own, daily),
            simulated=bool(course is not None and (course.status == DataStatus.SIMULATED).any()),
            limits=() if scene.today else courses.limits_within(indicator, own, daily),
            recast=(linked, linked and scene.recast),
            today=scene.today is not None and limit is not None,
            ground=courses.ground_within(
                scene.tree.breaks(scene.region), own, daily or courses.seasonal(indicator)
            ),
            mapped=scene.mapped,
        )

    def _month_ends(self, scene: Scene, indicator: Indicator, answer: Answer) -> Course | None:
        """What runs up day by day, at the ends of the months of two years: a year is set beside a year."""
        line = answer.row(indicator.code, scene.region)
        if line is None or not line.period:
            return None
        last = periods.Period(line.period).end
        days = periods.calendar_keys(
            date(last.year - 1, 1, 1), last, str(indicator.frequency), str(indicator.basis), indicator.jan_feb
        )
        ends = periods.end_days(days)
        month_over = np.append(ends[1:].astype("datetime64[M]") != ends[:-1].astype("datetime64[M]"), True)
        wanted = tuple(days[month_over].tolist())
        question = Question(
            (indicator.code,),
            (scene.region,),
            wanted,
            as_of=scene.as_of,
            backcast=scene.recast,
            mapped=scene.mapped,
        )
        found = self._query.ask(scene.actor, question)
        lines = [one for one in found if one.region == scene.region and one.item == TOTAL]
        return Course(
            np.array([one.period for one in lines], np.int64),
            np.array([np.nan if one.value is None else one.value for one in lines]),
            np.array([STATUS.index(one.status) for one in lines], np.int8),
            np.array([one.reported for one in lines], np.int32),
            np.array([one.expected for one in lines], np.int32),
            np.array([one.origin == "back_cast" for one in lines], np.bool_),
        )


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


def _rank_order(row: RankRow) -> tuple[int, float, str]:
    """Ranked first, then regions without a figure, then reporting units, the residual last."""
    group = {"region": 0, "reporting_unit": 2, "residual": 3}[row.role]
    if row.role == "region" and row.figure.value is None:
        group = 1
    return group, row.rank or 0, row.place.name if row.place else ""
