"""The health of regions at two moments: the figures of all signs, scored and composed, once for all panels of a board.

A board asks twice for its own region and those below it (the signs judged by their own history reach back further
than the rest), and as often for the moment it is compared with. What was composed is kept for the panels beside.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Lock
from typing import Final

from indicators import periods
from indicators.composite import Branch, Index, compose
from indicators.regions import Level
from services import access
from services.answers import Answer, Line, Question
from services.health import Scored, Sheet, Signs, score
from services.panels import PanelWish
from services.query import Query
from services.scenes import Scene

MONTH, YEAR = "month", "year"
SINCE: Final = (MONTH, YEAR)
"""What an index is compared with: the month before, or the same month of the year before."""

_KEPT = 24
_MONTHS_BACK = {MONTH: 1, YEAR: 12}
_NAN = float("nan")


@dataclass(frozen=True)
class Health:
    """One region at one moment: the tree of its signs, what each branch came to, what each sign scored."""

    branch: Branch
    indices: Mapping[str, Index]
    scored: Mapping[str, Scored]

    @property
    def whole(self) -> Index:
        """The index of the region."""
        return self.indices[self.branch.key]

    def simulated(self, key: str) -> int:
        """How many of the signs that count in a branch are sample figures."""
        return sum(self.scored[sign].line.simulated for sign in self.indices[key].weights)


@dataclass(frozen=True)
class Checkup:
    """All that the panels of the signs show.

    regions  the board's own region first, then those below it that the reader may see
    hidden   how many below it the reader may not see
    now      by region
    before   of the own region at the comparison period; None where nothing was asked for
    newest   the newest period among the figures of the own region
    since    the comparison period
    """

    regions: tuple[int, ...]
    hidden: int
    now: Mapping[int, Health]
    before: Health | None
    newest: int | None
    since: int | None
    against: str


class Checkups:
    """Makes check-ups and keeps the last few; a change of the data makes new ones.

    version  of the data
    zone     makes the moment of a wish local
    """

    def __init__(self, query: Query, signs: Signs, version: Callable[[], object], zone: timedelta) -> None:
        self._query = query
        self._signs = signs
        self._version = version
        self._zone = zone
        self._kept: OrderedDict[object, Checkup] = OrderedDict()
        self._trees: dict[Level, Branch] = {}
        self._lock = Lock()

    def of(self, wish: PanelWish) -> Checkup:
        """The check-up that a wish asks for."""
        scene = wish.scene
        against = wish.choice.filters.get("since", MONTH)
        against = against if against in SINCE else MONTH
        scope = "all" if scene.actor.role == "system" else (scene.actor.regions, scene.actor.systems)
        version = self._version(), self._query.catalog.version
        key = (version, f"{wish.moment:%Y%m%d%H}", scope, scene.region, scene.until, scene.as_of, against)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = self._made(scene, (wish.moment + self._zone).date(), against)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made

    def _made(self, scene: Scene, today: date, against: str) -> Checkup:
        below = scene.tree.children(scene.region, territories_only=True) if scene.own else ()
        seen = access.narrow(scene.actor, scene.tree, below)
        regions = (scene.region, *seen)
        now = self._healths(scene, regions, scene.until, _day(scene.until, today))
        newest = _newest(now[scene.region])
        since = None if newest is None else _earlier(newest, _MONTHS_BACK[against])
        before = None
        if since is not None:
            day = periods.Period(since).end
            before = self._healths(scene, (scene.region,), since, day)[scene.region]
        return Checkup(regions, len(below) - len(seen), now, before, newest, since, against)

    def _healths(
        self, scene: Scene, regions: Sequence[int], until: int | None, day: date
    ) -> dict[int, Health]:
        """Some regions at one moment."""
        signs = self._signs
        answers = [self._ask(scene, codes, regions, until) for codes in self._groups()]
        levels = [scene.tree.get(region).level for region in regions]
        scored: dict[int, dict[str, Scored]] = {region: {} for region in regions}
        for codes, answer in zip(self._groups(), answers, strict=True):
            lines = {(line.indicator, line.region): line for line in answer}
            for code in codes:
                own = [(region, lines[code, region]) for region in regions if (code, region) in lines]
                sheet = Sheet(
                    [line for _, line in own],
                    [scene.tree.get(region).level for region, _ in own],
                    [_value(lines.get((signs.denominators.get(code, ""), region))) for region, _ in own],
                    day,
                )
                for (region, _), one in zip(own, score(signs, code, sheet), strict=True):
                    scored[region][code] = one
        return {
            region: self._health(self._tree(level), scored[region])
            for region, level in zip(regions, levels, strict=True)
        }

    def _tree(self, level: Level) -> Branch:
        """The tree of the index at a level, made once."""
        if level not in self._trees:
            self._trees[level] = self._signs.branch(level)
        return self._trees[level]

    def _health(self, branch: Branch, scored: Mapping[str, Scored]) -> Health:
        scores = {code: one.score for code, one in scored.items() if one.score is not None}
        return Health(branch, compose(branch, scores, self._signs.method.least), scored)

    def _groups(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The signs that need their own history, and the others."""
        far = self._signs.by_history
        return tuple(code for code in self._signs.codes if code not in far), far

    def _ask(self, scene: Scene, codes: tuple[str, ...], regions: Sequence[int], until: int | None) -> Answer:
        rules = [self._signs.rules[code] for code in codes]
        far = codes == self._signs.by_history
        measures = dict.fromkeys(
            measure for rule in rules if (measure := rule.measure) not in (None, "value")
        )
        wanted = tuple(str(measure) for measure in measures) + (
            ("baseline_z",) if far and "baseline_z" not in measures else ()
        )
        beside = tuple(self._signs.denominators[code] for code in codes if code in self._signs.denominators)
        question = Question(
            (*codes, *beside), tuple(regions), until=until, measures=wanted, as_of=scene.as_of
        )
        return self._query.ask(scene.actor, question)


def _value(line: Line | None) -> float:
    return _NAN if line is None or line.value is None else line.value


def _day(until: int | None, today: date) -> date:
    """The day by which figures must be fresh: the end of the period chosen, else today."""
    return min(today, periods.Period(until).end) if until else today


def _newest(health: Health) -> int | None:
    """The period that ends last among the figures that count."""
    counted = [health.scored[sign].line.period for sign in health.whole.weights]
    return max(counted, default=None)


def _earlier(newest: int, months: int) -> int:
    """The month so many months before the one in which a period ends."""
    end = periods.Period(newest).end
    return int(periods.shift_months(periods.months_key(end.year, end.month, 1), -months))
