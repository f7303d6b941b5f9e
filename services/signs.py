"""The panels of the city signs: the health index, what moved it, how firm it is, legal limits, benchmarks."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np

from indicators import periods
from indicators.comparison import Note
from indicators.composite import (
    Robustness,
    change,
    compose,
    drawn,
    keys,
    robustness,
    rounded,
    weighed,
)
from indicators.definition import STATUS, DataStatus, Frequency, Indicator
from indicators.errors import N_
from services import courses
from services.answers import Answer, Course, Line, Question
from services.checkups import Checkup, Checkups, Health
from services.health import Scored, Signs
from services.panels import Maker, PanelWish
from services.query import Query
from services.scenes import Scene, published
from services.sign_views import (
    BenchmarkRow,
    BenchmarkView,
    BrokenSign,
    ChangeRow,
    ChangesView,
    HeatRow,
    HeatView,
    IndexRow,
    IndexView,
    LackingSign,
    Leaning,
    LimitPoint,
    LimitSign,
    LimitSpan,
    LimitsView,
    MethodView,
    RobustRow,
    SensitivityView,
)
from services.views import Face, Point

DECIMALS: Final = 2
"""To how many digits what moved an index is printed."""
SEED: Final = 20260301
"""The same draws on every screen, every day."""
LIMIT_MONTHS: Final = 34
MONTH_DAYS: Final = 31
LIMIT_DAYS: Final = 60
BREAK_DAYS: Final = 670
"""How far back a course goes: nearly three years of months; days for two months, or across a break of nearly two years."""
UNMOVED: Final = 0.005
"""A part that prints as zero is not listed."""
MOST_ROWS: Final = 10
"""How many of the parts of a change are listed; the others are added up in one line."""

NO_INDEX = N_("有分数的体征不足，暂不出指数")
NO_COMPARISON = N_("对比期有分数的体征不足，不能比较")
NO_LIMITS = N_("本级没有带法定限值的体征数据")
NO_BENCHMARKS = N_("上级没有体征的真实数据，无从对标")


class SignPanels:
    """Makes the views of the panels of the signs."""

    def __init__(self, query: Query, signs: Signs, checkups: Checkups, zone: timedelta) -> None:
        self._query = query
        self._catalog = signs.catalog
        self._signs = signs
        self._checkups = checkups
        self._zone = zone

    def panels(self) -> dict[str, Maker]:
        """The makers by the names of their panels."""
        return {
            "signs.index": self.index,
            "signs.domains": self.index,
            "signs.heat": self.heat,
            "signs.changes": self.changes,
            "signs.sensitivity": self.sensitivity,
            "signs.limits": self.limits,
            "signs.benchmark": self.benchmark,
        }

    # ---- the index

    def index(self, wish: PanelWish) -> IndexView | Face:
        """The index of a region with its domains and themes, and all that is missing."""
        checkup, scene = self._checkups.of(wish), wish.scene
        health = checkup.now[scene.region]
        if not health.scored:
            return Face("empty", NO_INDEX, {})
        whole = health.whole
        lacking = [one for one in health.scored.values() if one.score is None]
        counted = [health.scored[code] for code in whole.weights]
        return IndexView(
            place=scene.place(scene.region),
            whole=self._row(health, "city", scene, checkup.before),
            domains=tuple(
                (
                    self._row(health, domain.key, scene, checkup.before),
                    tuple(self._row(health, theme.key, scene, checkup.before) for theme in domain.parts),
                )
                for domain in health.branch.parts
            ),
            newest=checkup.newest,
            since=checkup.since if checkup.before and checkup.before.whole.value is not None else None,
            against=checkup.against,
            lacking=tuple(self._lacking(one, scene) for one in lacking if self._here(one.code, scene)),
            left_out=tuple(
                (self._catalog.get(code).name(scene.language), reason)
                for code, reason in self._signs.left_out.items()
            ),
            method=MethodView(
                least=self._signs.method.least,
                equal=self._signs.method.equal,
                weights=tuple(
                    (
                        self._name(key.replace("domains:", "domain:").replace("themes:", "theme:"), scene),
                        weight,
                    )
                    for key, weight in self._signs.method.weights.items()
                ),
                by_history=sum(one.by == "history" for one in counted),
                by_level=sum(one.by == "level" for one in counted),
            ),
        )

    def heat(self, wish: PanelWish) -> HeatView | Face:
        """Every theme in every region that the reader may see."""
        checkup, scene = self._checkups.of(wish), wish.scene
        own = checkup.now[scene.region]
        if all(health.whole.value is None for health in checkup.now.values()):
            return Face("empty", NO_INDEX, {})

        def row(key: str) -> HeatRow:
            cells = (self._row(checkup.now[region], key, scene) for region in checkup.regions)
            return HeatRow(key, self._name(key, scene), tuple(cells))

        return HeatView(
            regions=tuple(scene.place(region) for region in checkup.regions),
            whole=row("city"),
            domains=tuple(
                (self._name(domain.key, scene), tuple(row(theme.key) for theme in domain.parts))
                for domain in own.branch.parts
            ),
            newest=checkup.newest,
            hidden=checkup.hidden,
        )

    def _row(self, health: Health, key: str, scene: Scene, before: Health | None = None) -> IndexRow:
        index = health.indices.get(key)
        name = self._name(key, scene)
        if index is None:  # a theme of which this level publishes nothing
            return IndexRow(key, name, None, 0, 0, 0, 0.0)
        earlier = before.indices[key].value if before is not None and key in before.indices else None
        moved = None if index.value is None or earlier is None else index.value - earlier
        share = sum(health.whole.weights.get(sign, 0.0) for sign in index.weights)
        return IndexRow(
            key, name, index.value, index.there, index.expected, health.simulated(key), share, moved
        )

    def _name(self, key: str, scene: Scene) -> str:
        """The name of a part of the index: the region, a domain, a theme or a sign."""
        kind, _, name = key.rpartition(":")
        system = self._signs.method.system
        if kind == "domain":
            domain = next(one for one in self._catalog.systems[system].domains if one.id == name)
            return domain.name_en if scene.language == "en" else domain.name_zh
        if kind == "theme":
            theme = self._catalog.themes[system, name]
            return theme.name_en if scene.language == "en" else theme.name_zh
        return self._catalog.get(name).name(scene.language) if "." in name else scene.name(scene.region)

    def _theme_of(self, code: str, scene: Scene) -> str:
        return self._name(f"theme:{self._catalog.get(code).theme}", scene)

    def _here(self, code: str, scene: Scene) -> bool:
        """Whether a sign is published at the level of the region shown."""
        return published(self._catalog, code, scene.tree.get(scene.region).level)

    def _lacking(self, one: Scored, scene: Scene) -> LackingSign:
        return LackingSign(
            one.code,
            self._name(one.code, scene),
            self._theme_of(one.code, scene),
            courses.figure(one.line),
            one.reason,
        )

    # ---- what moved it, how firm it is

    def changes(self, wish: PanelWish) -> ChangesView | Face:
        """What each sign did to the index since the comparison period; as printed, the parts add up."""
        checkup, scene = self._checkups.of(wish), wish.scene
        health, before = checkup.now[scene.region], checkup.before
        if health.whole.value is None:
            return Face("empty", NO_INDEX, {})
        moved = None if before is None else change(before.whole, health.whole)
        if before is None or moved is None or checkup.since is None:
            return Face("empty", NO_COMPARISON, {})
        codes = [code for code, part in moved.signs.items() if abs(part) >= UNMOVED]
        codes = sorted(codes, key=lambda code: -abs(moved.signs[code]))[:MOST_ROWS]
        first, last = round(moved.before, DECIMALS), round(moved.after, DECIMALS)
        others = sum(part for code, part in moved.signs.items() if code not in codes)
        wanted = [*(moved.signs[code] for code in codes), others, moved.coverage]
        parts = rounded(wanted, DECIMALS, round(last - first, DECIMALS))
        return ChangesView(
            place=scene.place(scene.region),
            before=first,
            after=last,
            since=checkup.since,
            against=checkup.against,
            rows=tuple(
                self._moved(before.scored[code], health.scored[code], part, scene)
                for code, part in zip(codes, parts, strict=False)
            ),
            others=parts[-2],
            coverage=parts[-1],
            joined=tuple(self._name(code, scene) for code in moved.joined),
            left=tuple(self._name(code, scene) for code in moved.left),
            unlisted=len(moved.signs) - len(codes),
            simulated=health.simulated("city"),
        )

    def _moved(self, before: Scored, after: Scored, part: float, scene: Scene) -> ChangeRow:
        return ChangeRow(
            code=after.code,
            name=self._name(after.code, scene),
            theme=self._theme_of(after.code, scene),
            before=courses.figure(before.line),
            after=courses.figure(after.line),
            score_before=before.score or 0.0,
            score_after=after.score or 0.0,
            part=part,
        )

    def sensitivity(self, wish: PanelWish) -> SensitivityView | Face:
        """The index, and the ranks below it, under many sets of weights."""
        checkup, scene, method = self._checkups.of(wish), wish.scene, self._signs.method
        own = checkup.now[scene.region]
        if own.whole.value is None:
            return Face("empty", NO_INDEX, {})
        names = dict.fromkeys(key for health in checkup.now.values() for key in keys(health.branch))
        chance = np.random.default_rng(SEED)
        draws = {key: chance.uniform(1 - method.spread, 1 + method.spread, method.draws) for key in names}
        below = checkup.regions[1:]
        spread = {
            region: drawn(health.branch, health.indices, draws) for region, health in checkup.now.items()
        }
        firm = robustness([spread[region] for region in below])
        alone = robustness([spread[scene.region]])[0]
        assert alone is not None
        order = sorted(
            (value for region in below if (value := checkup.now[region].whole.value) is not None),
            reverse=True,
        )
        return SensitivityView(
            own=_robust(scene, checkup, scene.region, alone, order),
            regions=tuple(
                _robust(scene, checkup, region, one, order)
                for region, one in zip(below, firm, strict=True) if one is not None
            ),
            leanings=self._leanings(own, scene),
            spread=method.spread,
            draws=method.draws,
        )  # fmt: skip

    def _leanings(self, health: Health, scene: Scene) -> tuple[Leaning, ...]:
        """What the index would be if one domain weighed less, or more, than it does."""
        spread = self._signs.method.spread
        scores = health.whole.scores
        found = []
        for domain in health.branch.parts:
            if health.indices[domain.key].value is None:
                continue
            less, more = (
                compose(weighed(health.branch, {domain.key: factor}), scores, 0.0)["city"].value
                for factor in (1 - spread, 1 + spread)
            )
            found.append(Leaning(self._name(domain.key, scene), less or 0.0, more or 0.0))
        return tuple(found)

    # ---- limits

    def limits(self, wish: PanelWish) -> LimitsView | Face:
        """Legal limits with their validity, each figure judged by the limit of its own day; what has a break."""
        scene = wish.scene
        today = (wish.moment + self._zone).date()
        what_if = wish.choice.filters.get("limit") == "today"
        here = [
            one for one in self._catalog.headline(self._signs.method.system) if self._here(one.code, scene)
        ]
        limited = [one for one in here if one.limit_versions]
        broken = [one for one in here if one.calibre_breaks]
        found = [self._limited(scene, one, today if what_if else None) for one in limited]
        found = [one for one in found if one.points]
        breaks = [self._broken(scene, one, today) for one in broken]
        shown = [one for one in breaks if one is not None]
        if not found and not shown:
            return Face("empty", NO_LIMITS, {})
        return LimitsView(scene.place(scene.region), today, what_if, tuple(found), tuple(shown))

    def _limited(self, scene: Scene, indicator: Indicator, by: date | None) -> LimitSign:
        """A sign with a limit; ``by`` judges everything by the limit of one day."""
        history = LIMIT_DAYS if _fine(indicator) else LIMIT_MONTHS
        answer = self._course(scene, indicator.code, history)
        line, course = answer.row(indicator.code, scene.region), answer.series(indicator.code, scene.region)
        assert line is not None
        longest = timedelta(days=LIMIT_DAYS if _fine(indicator) else MONTH_DAYS * LIMIT_MONTHS)
        points = [
            LimitPoint(
                int(period),
                float(value),
                indicator.limit(by or periods.Period(int(period)).end),
                int(status) == DataStatus.SIMULATED,
            )
            for period, value, status in (
                zip(course.periods, course.value, course.status, strict=True) if course else ()
            )
            if np.isfinite(value) and _age(int(period), line.period) <= longest
        ]
        return LimitSign(
            indicator.code,
            indicator.name(scene.language),
            indicator.unit,
            str(indicator.frequency),
            courses.figure(line),
            tuple(
                LimitSpan(one.limit, one.valid_from, one.valid_to, one.source)
                for one in indicator.limit_versions
            ),
            tuple(points),
        )

    def _course(self, scene: Scene, code: str, history: int) -> Answer:
        question = Question((code,), (scene.region,), until=scene.until, history=history, as_of=scene.as_of)
        return self._query.ask(scene.actor, question)

    def _broken(self, scene: Scene, indicator: Indicator, today: date) -> BrokenSign | None:
        """A sign whose calibre changed: its course in two pieces; services/query withholds growth across the break."""
        found = [one for one in indicator.calibre_breaks if one.date <= today]
        answer = self._course(scene, indicator.code, BREAK_DAYS if _fine(indicator) else LIMIT_MONTHS)
        line, course = answer.row(indicator.code, scene.region), answer.series(indicator.code, scene.region)
        if not found or line is None or line.value is None or course is None:
            return None
        return BrokenSign(
            code=indicator.code,
            name=indicator.name(scene.language),
            unit=indicator.unit,
            frequency=str(indicator.frequency),
            figure=courses.figure(line),
            day=found[-1].date,
            reason=found[-1].reason_zh,
            points=_month_ends(course),
            growth=line.yoy,
            withheld=line.note is Note.CALIBRE_BREAK,
        )

    # ---- benchmark

    def benchmark(self, wish: PanelWish) -> BenchmarkView | Face:
        """Signs beside the regions above, on the same period, where both have real figures."""
        scene = wish.scene
        above, codes = scene.tree.ancestors(scene.region), self._signs.codes
        outside = tuple(region for region in above if region in scene.tree.ancestors(scene.tree.root))
        theirs = self._query.ask(scene.actor, Question(codes, outside, until=scene.until, as_of=scene.as_of))
        real = [line for line in theirs if _real(line)]
        if not real:
            return Face("empty", NO_BENCHMARKS, {})
        named = tuple(dict.fromkeys(line.indicator for line in real))
        spans = tuple({key for line in real for key in (line.period, _month_of(line.period))})
        asked = Question(named, (scene.region, *above), periods=spans, as_of=scene.as_of)
        both = [line for line in self._query.ask(scene.actor, asked) if _real(line)]
        rows = [self._beside(scene, [line for line in both if line.indicator == code]) for code in named]
        return BenchmarkView(
            place=scene.place(scene.region),
            above=tuple(scene.place(region) for region in above),
            rows=tuple(rows),
            without=len(codes) - len(rows),
        )

    def _beside(self, scene: Scene, lines: Sequence[Line]) -> BenchmarkRow:
        """One sign on the last period of which the region, and most of those above it, have a real figure."""
        indicator = self._catalog.get(lines[0].indicator)
        own = {line.period: line for line in lines if line.region == scene.region}
        theirs = [line for line in lines if line.region != scene.region]
        beside = Counter(line.period for line in theirs)
        period = max(beside, key=lambda one: (one in own, beside[one], one))
        figure = courses.figure(own[period]) if period in own else courses.nothing(indicator, period)
        return BenchmarkRow(
            indicator.code,
            indicator.name(scene.language),
            period,
            str(indicator.frequency),
            figure,
            tuple(
                (scene.place(line.region), courses.figure(line)) for line in theirs if line.period == period
            ),
        )


def _real(line: Line) -> bool:
    """Whether a figure is there and no sample figure."""
    return line.value is not None and not line.simulated


def _month_of(period: int) -> int:
    """The single month in which a period ends."""
    end = periods.Period(period).end
    return periods.months_key(end.year, end.month, 1)


def _age(period: int, last: int) -> timedelta:
    """How long before the last period one ended; a course may hold the year before with a hole between."""
    return periods.Period(last).end - periods.Period(period).end


def _fine(indicator: Indicator) -> bool:
    """Whether figures come every day or oftener."""
    return indicator.frequency in (Frequency.DAILY, Frequency.HOURLY, Frequency.REALTIME)


def _month_ends(course: Course) -> tuple[Point, ...]:
    """The last figure of every month."""
    last: dict[int, Point] = {}
    for key, value, status in zip(course.periods.tolist(), course.value, course.status, strict=True):
        if np.isfinite(value):
            last[key // 10**9] = Point(key, float(value), "ok", STATUS[int(status)])
    return tuple(last.values())


def _robust(
    scene: Scene, checkup: Checkup, region: int, one: Robustness, order: Sequence[float]
) -> RobustRow:
    """One region under many weights; ``order`` holds the indices of the regions that are ranked together."""
    value = checkup.now[region].whole.value
    assert value is not None
    rank = None if one.best_rank is None else 1 + sum(other > value for other in order)
    return RobustRow(scene.place(region), value, one.low, one.high, rank, one.best_rank, one.worst_rank)
