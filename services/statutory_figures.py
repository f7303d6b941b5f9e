"""What the mirrored warnings come to as figures: the highest signal, how many are in force, how many were issued.

Figures in force are steps: one value for each moment at which something began or ended where it matters, none in
between. A warning of a county holds in its townships and counts once in the city.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from math import nan
from statistics import median
from typing import Any

from data_access.statutory import StoredWarning
from indicators import periods
from indicators.regions import Level, RegionTree
from services.recorded import RecordFigures

SIGNAL = "sign.meteo.signal"
ACTIVE = {
    4: "emerg.warn.active_red",
    3: "emerg.warn.active_orange",
    2: "emerg.warn.active_yellow",
    1: "emerg.warn.active_blue",
}
TOTAL = "emerg.warn.active"
ISSUED = "emerg.warn.issued"
HIT = "emerg.warn.hit"
LEAD = "emerg.warn.lead_time"
IN_FORCE = (SIGNAL, *ACTIVE.values(), TOTAL)

FIGURES = (*IN_FORCE, ISSUED, HIT, LEAD)
"""The figures of the catalogue that the records of statutory warnings give."""

WEATHER = "Met"


class Steps:
    """The figures of warnings over regions and time.

    zone  from UTC to the city's clock
    """

    def __init__(self, tree: RegionTree, zone: timedelta) -> None:
        self._tree = tree
        self._zone = timezone(zone)
        self._towns = (tree.root, *(code for code in tree.subtree(tree.root) if code != tree.root))
        self._levels = tuple(
            code for code in self._towns
            if not tree.get(code).reporting_unit and tree.get(code).level <= Level.TOWN
        )  # fmt: skip
        self._reach = {code: frozenset((code, *tree.ancestors(code))) for code in self._levels}

    @property
    def regions(self) -> tuple[int, ...]:
        """Every region that has such figures: the city, its counties, their townships."""
        return self._levels

    @property
    def counties(self) -> tuple[int, ...]:
        """The city and its counties."""
        return tuple(code for code in self._levels if self._tree.get(code).level <= Level.COUNTY)

    def touched(self, areas: Iterable[int]) -> tuple[int, ...]:
        """The regions whose figures a warning of these areas changes: within them and above them."""
        named = frozenset(areas)
        above = {code for area in named for code in (area, *self._above(area))}
        return tuple(code for code in self._levels if code in above or self._reach[code] & named)

    def in_force(
        self, warnings: Sequence[StoredWarning], regions: Sequence[int], since: int, until: int,
        base: bool = False,
    ) -> RecordFigures | None:  # fmt: skip
        """The steps between two moments, both included; None where there is none.

        base  also what stands at ``since`` itself
        """
        touches = {one.id: frozenset(self.touched(one.regions)) for one in warnings}
        rows: list[tuple[str, int, int, float, bool]] = []
        for region in regions:
            here = [one for one in warnings if one.warns and region in touches[one.id]]
            moments = {moment for one in here for moment in (one.effective, one.end) if moment is not None}
            told = sorted(
                {moment for moment in moments if since <= moment <= until} | ({since} if base else set())
            )
            by_key = {self._instant(moment): moment for moment in told}
            for key, moment in by_key.items():
                rows += self._values(
                    region, key, [one for one in here if one.in_force(moment)], _drawn(warnings)
                )
        if not rows:
            return None
        keys = [row[2] for row in rows]
        return RecordFigures(IN_FORCE, tuple(regions), min(keys), max(keys), _columns(rows))

    def _values(
        self, region: int, key: int, there: Sequence[StoredWarning], sample: bool
    ) -> Iterable[tuple[str, int, int, float, bool]]:
        """The figures at one moment; a zero is as simulated as the register that it is read from."""
        coloured = [one for one in there if one.level]
        weather = [one for one in coloured if one.category == WEATHER]
        yield (
            SIGNAL,
            region,
            key,
            float(max((one.level for one in weather), default=0)),
            _drawn(weather, sample),
        )
        for level, code in ACTIVE.items():
            some = [one for one in coloured if one.level == level]
            yield code, region, key, float(len(some)), _drawn(some, sample)
        yield TOTAL, region, key, float(len(coloured)), _drawn(coloured, sample)

    def issued(self, warnings: Sequence[StoredWarning], first: int, last: int) -> RecordFigures:
        """How many were issued on each day between two moments; an update is the same warning."""
        start, end = (datetime.fromtimestamp(at, self._zone).date() for at in (first, last))
        days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        counted: dict[tuple[int, int], list[StoredWarning]] = {}
        for one in warnings:
            if one.status == "Actual" and one.kind == "Alert" and one.level:
                key = periods.day_key(datetime.fromtimestamp(one.sent, self._zone).date())
                for region in self.touched(one.regions):
                    counted.setdefault((region, key), []).append(one)
        rows = [
            (ISSUED, region, key, float(len(some)), _drawn(some, _drawn(warnings)))
            for region in self.counties
            for key in map(periods.day_key, days)
            for some in [counted.get((region, key), ())]
        ]
        keys = [row[2] for row in rows]
        return RecordFigures((ISSUED,), self.counties, min(keys), max(keys), _columns(rows))

    def verified(self, warnings: Sequence[StoredWarning], first: int, last: int) -> RecordFigures | None:
        """How many warnings of each month were followed by what they warned of, and how many hours ahead they were.

        Only months that ended between the first moment and the last one; None where there is none.
        """
        start, end = (datetime.fromtimestamp(at, self._zone) for at in (first, last))
        ended = [
            periods.months_key(year, month, 1)
            for year in range(start.year, end.year + 1)
            for month in range(1, 13)
            if (start.year, start.month) <= (year, month)
            and datetime(year + month // 12, month % 12 + 1, 1, tzinfo=self._zone) - timedelta(minutes=1)
            <= end
        ]
        if not ended:
            return None
        hits: dict[tuple[int, int], list[StoredWarning]] = {}
        for one in warnings:
            if one.happened and one.status == "Actual" and one.kind == "Alert" and one.level:
                sent = datetime.fromtimestamp(one.sent, self._zone)
                key = periods.months_key(sent.year, sent.month, 1)
                for region in self.touched(one.regions):
                    hits.setdefault((region, key), []).append(one)
        rows: list[tuple[str, int, int, float, bool]] = []
        for region in self.counties:
            for key in ended:
                some = hits.get((region, key), [])
                drawn = _drawn(some, _drawn(warnings))
                ahead = [
                    (one.happened_at - one.effective) / 3600 for one in some if one.happened_at is not None
                ]
                rows.append((HIT, region, key, float(len(some)), drawn))
                rows.append((LEAD, region, key, round(median(ahead), 2) if ahead else nan, drawn))
        return RecordFigures((HIT, LEAD), self.counties, min(ended), max(ended), _columns(rows))

    def _above(self, area: int) -> tuple[int, ...]:
        return self._tree.ancestors(area) if self._tree.has(area) else ()

    def _instant(self, moment: int) -> int:
        return periods.moment_key(datetime.fromtimestamp(moment, self._zone), periods.INSTANT)


def _drawn(warnings: Sequence[StoredWarning], otherwise: bool = False) -> bool:
    return any(one.simulated for one in warnings) if warnings else otherwise


def _columns(rows: Sequence[tuple[str, int, int, float, bool]]) -> Mapping[str, Any]:
    names = ("indicator", "region", "period", "value", "simulated")
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}
