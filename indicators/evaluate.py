"""Definitions and observations to values with a state: roll-ups, formulas, spans of time, in that order.

Figures stand in panels. All indicators of one rhythm (frequency, basis, merged release) share a panel: a cube of
series × regions × periods, so that one step of arithmetic serves a whole board.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from indicators import formula as formula_language
from indicators import periods
from indicators.aggregation import TOTAL, over_regions, over_time, refusal
from indicators.comparison import difference_within_year
from indicators.definition import Basis, DataStatus, Frequency, Indicator, RegionAggregation
from indicators.periods import MONTHS
from indicators.regions import Level, Region, RegionTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Small = NDArray[np.int8]
Counts = NDArray[np.int32]
Flags = NDArray[np.bool_]
Series = tuple[str, int]
"""An indicator and the item of its breakdown."""

Way = tuple[RegionAggregation, str | None, date | None, date | None]
"""How the figures of children are put together: how, by which weight, from which day, to which day."""

CARRY_MONTHS = 24
"""How long a stock of a slower rhythm (a population) stands in for one that is not out yet (docs/methods.md)."""


CUMULATIVE = (Basis.YTD,)
"""The bases whose periods begin with the year; a cohort stands on the month in which its batch began."""


class Origin(IntEnum):
    """Where a value comes from."""

    NONE = 0
    PUBLISHED = 1
    ROLLED_UP = 2
    FORMULA = 3
    OVER_TIME = 4
    BACK_CAST = 5
    RESTATED = 6


HELD = "held"
"""The reason of a stored figure that is held back: nothing takes its place, neither a sum nor a formula."""


class Observed(Protocol):
    """Rows from a store, by column (``data_access.observations``)."""

    def __len__(self) -> int: ...
    def column(self, name: str) -> NDArray[np.generic]: ...


class Shape(NamedTuple):
    """The rhythm of an indicator: the periods on which its figures stand."""

    frequency: Frequency
    basis: Basis
    merged: bool


_CERTAINTY = np.zeros(len(DataStatus), np.int8)
for _place, _status in enumerate(
    (
        DataStatus.MISSING,
        DataStatus.FINAL,
        DataStatus.REVISED,
        DataStatus.COMPUTED,
        DataStatus.UNSTATED,
        DataStatus.INITIAL,
        DataStatus.PRELIMINARY,
        DataStatus.SIMULATED,
    )
):
    _CERTAINTY[_status] = _place
_BY_CERTAINTY = np.argsort(_CERTAINTY).astype(np.int8)

_RHYTHM = {frequency: place for place, frequency in enumerate(Frequency)}
"""Frequencies from the finest to the slowest."""


OBSERVED = (
    "indicator",
    "item",
    "region",
    "period",
    "value",
    "yoy",
    "status",
    "reason",
    "source",
    "known_at",
)
"""What is read of a stored observation."""


def shape_of(indicator: Indicator) -> Shape:
    """The rhythm of an indicator."""
    return Shape(indicator.frequency, indicator.basis, indicator.jan_feb)


def least_certain(statuses: Iterable[Small]) -> Small:
    """The status of a figure made of others: computed, or less certain if one of its parts is (simulated taints).

    source  docs/methods.md, "数据状态"
    """
    worst = np.int8(_CERTAINTY[DataStatus.COMPUTED])
    rank = np.maximum.reduce([_CERTAINTY[status] for status in statuses])
    result: Small = _BY_CERTAINTY[np.maximum(rank, worst)]
    return result


@dataclass
class Slice:
    """The figures of one series: regions × periods."""

    value: Floats
    status: Small
    reported: Counts
    expected: Counts


@dataclass(frozen=True)
class Bridge:
    """From periods asked for to those of a panel.

    keys    what the panel calls the periods asked for
    column  where they are; ``there`` says which of them are
    odd     the places of those that are not of the panel's rhythm
    """

    keys: Ints
    column: Ints
    there: Flags
    odd: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    @staticmethod
    def between(panel: "Panel", keys: Ints) -> "Bridge":
        """The bridge from some periods to a panel."""
        own = own_keys(keys, panel.shape)
        odd = np.flatnonzero(~belongs(own, panel.shape) & (own != periods.NO_PERIOD))
        return Bridge(own, *panel.find(own), odd)


class Panel:
    """A cube of figures of one rhythm.

    keys      the period keys, in order
    regular   which keys belong to the rhythm (a yearly figure of a monthly indicator does not)
    value     series × regions × periods; NaN where there is none
    row       the position of the stored row behind the value, −1 where there is none
    other     the computed value where a published one wins
    thin      no value, since it would rest on too small a sample
    held      no value, since the stored one, or one that it is made of, is held back
    unmapped  no value, since the stored one is of other boundaries and cannot be put on those of today
    """

    def __init__(
        self, shape: Shape, series: Sequence[Series], regions: int, keys: Ints, regular: Flags
    ) -> None:
        size = (len(series), regions, len(keys))
        self.shape = shape
        self.series = tuple(series)
        self.place = {one: place for place, one in enumerate(series)}
        self.keys = keys
        self.regular = regular
        self.value: Floats = np.full(size, np.nan)
        self.status: Small = np.full(size, DataStatus.MISSING, np.int8)
        self.row = np.full(size, -1, np.int32)
        self.origin: Small = np.zeros(size, np.int8)
        self.reported = np.zeros(size, np.int32)
        self.expected = np.ones(size, np.int32)
        self.other: Floats = np.full(size, np.nan)
        self.thin: Flags = np.zeros(size, bool)
        self.held: Flags = np.zeros(size, bool)
        self.unmapped: Flags = np.zeros(size, bool)

    @cached_property
    def ends(self) -> NDArray[np.datetime64]:
        """The last day of each period."""
        return periods.end_days(self.keys)

    @cached_property
    def year_before(self) -> Ints:
        """The key of the same period of the year before."""
        return periods.year_before(self.keys)

    @cached_property
    def progress(self) -> Floats:
        """How much of the year has passed at the end of each period, in percent."""
        return periods.elapsed_share(self.keys)

    @cached_property
    def steps(self) -> Ints:
        """The columns of the rhythm itself, in order."""
        return np.flatnonzero(self.regular)

    def find(self, keys: Ints) -> tuple[Ints, Flags]:
        """The positions of some keys, and which of them are there."""
        return find(self.keys, keys)


def find(among: Ints, keys: Ints) -> tuple[Ints, Flags]:
    """The positions of keys in a sorted array, and which of them are there; the others point to 0."""
    if not len(among):
        return np.zeros(keys.shape, np.int64), np.zeros(keys.shape, bool)
    place = np.minimum(np.searchsorted(among, keys), len(among) - 1)
    there = among[place] == keys
    return np.where(there, place, 0), there


class Figures:
    """Everything that one question needs, laid out in panels and completed.

    regions   the asked ones and those whose figures they are made of
    window    for each rhythm the regular period keys of the question
    ground    for each region the days on which its territory changed
    versions  of the indicators that have had several: how a figure is put together is a matter of its day
    """

    def __init__(
        self,
        indicators: Mapping[str, Indicator],
        series: Sequence[Series],
        regions: Sequence[int],
        tree: RegionTree,
        window: Mapping[Shape, Ints],
        observed: Sequence[Observed],
        ground: Mapping[int, tuple[date, ...]] = MappingProxyType({}),
        versions: Mapping[str, Sequence[Indicator]] = MappingProxyType({}),
    ) -> None:
        self.indicators = indicators
        self.versions = versions
        self.tree = tree
        self.regions = tuple(regions)
        self.region_place = {code: place for place, code in enumerate(self.regions)}
        self.columns = _joined(observed)
        self.shapes = {code: shape_of(indicator) for code, indicator in indicators.items()}
        self._bridges: dict[tuple[Shape, Shape], Bridge] = {}
        self.panels: dict[Shape, Panel] = {}
        self.ground = ground
        self._series_home: dict[Series, Panel] = {}
        self._fill(series, window)

    # -- laying out --------------------------------------------------------------------------------------------

    def _fill(self, asked: Sequence[Series], window: Mapping[Shape, Ints]) -> None:
        columns = self.columns
        numbers, known = self._numbered(asked)
        by_shape: dict[Shape, dict[Series, int]] = {}
        spots = np.zeros((max(len(known), 1), 2), np.int64)
        for number, one in enumerate(known):
            shape = self.shapes[one[0]]
            places = by_shape.setdefault(shape, {})
            spots[number] = list(by_shape).index(shape), len(places)
            places[one] = len(places)
        home, place = spots[numbers].T
        region = _positions(np.array(self.regions, np.int64), columns["region"].astype(np.int64))
        period = columns["period"].astype(np.int64)
        for number, (shape, places) in enumerate(by_shape.items()):
            rows = np.flatnonzero((home == number) & (region >= 0))
            grid = window.get(shape, np.zeros(0, np.int64))
            keys = np.unique(np.concatenate([grid, period[rows]]))
            if not len(keys):
                keys = np.zeros(1, np.int64)
            panel = Panel(shape, tuple(places), len(self.regions), keys, belongs(keys, shape))
            at = (place[rows], region[rows], np.searchsorted(keys, period[rows]))
            panel.value[at] = columns["value"][rows]
            panel.row[at] = rows
            panel.status[at] = columns["status"][rows]
            panel.held[at] = _held_back(columns, rows)
            there = np.isfinite(panel.value)
            panel.reported[...] = there
            panel.origin[there] = Origin.PUBLISHED
            self.panels[shape] = panel
            self._series_home.update(dict.fromkeys(places, panel))

    def _numbered(self, asked: Sequence[Series]) -> tuple[Ints, list[Series]]:
        """For each stored row the number of its series, and the series by their numbers: asked ones, then found ones."""
        codes, items = self.columns["indicator"].tolist(), self.columns["item"]
        number = {one: place for place, one in enumerate(dict.fromkeys(asked))}
        if items.any():
            rows: list[Series] = list(zip(codes, items.tolist(), strict=True))
            for one in rows:
                number.setdefault(one, len(number))
            found = [number[one] for one in rows]
        else:
            for code in set(codes):
                number.setdefault((code, TOTAL), len(number))
            total = {code: place for (code, item), place in number.items() if item == TOTAL}
            found = [total[code] for code in codes]
        return np.array(found, np.int64), list(number)

    def panel(self, code: str) -> Panel:
        """The panel of an indicator."""
        return self.panels[self.shapes[code]]

    def breaks(self, code: str) -> tuple[date, ...]:
        """The days on which the meaning of an indicator, or of a figure that it is made of, changed."""
        indicator = self.indicators[code]
        own = [broken.date for broken in indicator.calibre_breaks]
        inputs = compiled(indicator.formula).inputs if indicator.formula else ()
        return tuple(own + [day for name in inputs for day in self.breaks(name)])

    def absent(self, panel: Panel) -> Flags | None:
        """Regions × periods: at the end of which period nobody bore the code of a region; None where all did always."""
        dated = [code for code in self.regions if any(one.edges for one in self.tree.versions(code))]
        if not dated:
            return None
        found = np.zeros((len(self.regions), len(panel.keys)), bool)
        for code in dated:
            there = [standing(version, panel.ends) for version in self.tree.versions(code)]
            found[self.region_place[code]] = ~np.logical_or.reduce(there)
        return found

    def back_cast(self, code: str) -> None:
        """Put a linked series in the place of the figures from before the newest break: as they would be counted now.

        Older breaks of which the linked series says nothing stay what they are.
        """
        linked = [one for one in self.indicators[code].calibre_breaks if one.backcast in self.indicators]
        if not linked:
            return
        newest = max(linked, key=lambda one: one.date)
        panel = self.panel(code)
        before = panel.ends < np.datetime64(newest.date, "D")
        for series in [one for one in panel.series if one[0] == code]:
            place = panel.place[series]
            other = self.at((newest.backcast, series[1]), panel)
            there = np.isfinite(other.value) & before
            panel.value[place][there] = other.value[there]
            panel.status[place][there] = other.status[there]
            panel.reported[place][there] = other.reported[there]
            panel.expected[place][there] = other.expected[there]
            panel.row[place][there] = -1
            panel.origin[place][there] = Origin.BACK_CAST

    def place_above(self, region: int) -> int:
        """The position of the region above; −1 if it is not here."""
        parent = self.tree.get(region).parent
        return -1 if parent is None else self.region_place.get(parent, -1)

    # -- regions -----------------------------------------------------------------------------------------------

    def roll_up(self, read: Mapping[Shape, Flags] | None = None) -> None:
        """Fill the gaps of every region from its children, lowest regions first; collected figures win.

        A child counts while it stands below the region and down to the level at which the indicator is collected;
        reporting units count where they report, unless their figures lie inside those of their siblings; a child of
        which nothing is known counts as one place.

        read    by rhythm, of which cells it is known whether there is a figure: what is made only of those children
                that happened to be read is no figure of their parent; None where all was read
        source  docs/methods.md, "地区汇总"
        """
        parents = _families(self.tree, self.regions)
        for shape, panel in self.panels.items():
            kinds = self._kinds(panel)
            for parent, children in parents if kinds else ():
                if read is None or not set(self.tree.kin(parent)).difference(children):
                    self._roll_up_one(panel, kinds, parent, children, None if read is None else read[shape])

    def definition(self, code: str, day: date) -> Indicator:
        """The definition of an indicator in force on a day; outside all of its days the newest."""
        held = (one for one in self.versions.get(code, ()) if one.holds(day))
        return next(held, self.indicators[code])

    def _kinds(self, panel: Panel) -> dict[Way, list[int]]:
        """The positions of the series that can be rolled up, by how and by weight, and on which days so."""
        kinds: dict[Way, list[int]] = {}
        for place, (code, _) in enumerate(panel.series):
            for one in self._ways(code):
                if can_roll_up(one):
                    days = (one.valid_from, one.valid_to) if code in self.versions else (None, None)
                    kinds.setdefault((one.agg_region, weight_of(one), *days), []).append(place)
        return kinds

    def _ways(self, code: str) -> Sequence[Indicator]:
        """The definitions by which a figure is put together: every version, the first also before its days."""
        known = self.versions.get(code, ())
        if not known:
            return (self.indicators[code],)
        return (replace(known[0], valid_from=None), *known[1:])

    def _roll_up_one(
        self,
        panel: Panel,
        kinds: Mapping[Way, list[int]],
        parent: int,
        children: tuple[int, ...],
        read: Flags | None,
    ) -> None:
        home = self.region_place[parent]
        kids = np.array([self.region_place[child] for child in children])
        lacking = ~np.isfinite(panel.value[:, home])
        open_at: Flags = np.any(lacking, axis=1) & np.any(np.isfinite(panel.value[:, kids]), axis=(1, 2))
        if not open_at.any():
            return
        nodes = [self.tree.get(child) for child in children]
        territory = np.array([not node.reporting_unit for node in nodes])
        level = np.array([int(node.level) for node in nodes])
        alive = _counted(self.tree, parent, nodes, panel.ends)
        for (how, weight, first, last), places in kinds.items():
            at = np.array(places)
            at = at[open_at[at]]
            if not len(at):
                continue
            gap = ~np.isfinite(panel.value[at, home]) & ~panel.held[at, home]
            if read is not None:
                gap &= read[np.ix_(at, kids)].all(axis=1)
            if first is not None:
                gap &= panel.ends >= np.datetime64(first, "D")
            if last is not None:
                gap &= panel.ends <= np.datetime64(last, "D")
            lowest = np.array([_level(self.indicators[panel.series[place][0]].lowest_level) for place in at])
            counted = (level[:, None] <= lowest[None, :])[:, :, None] & alive[:, None, :]
            cube = np.ix_(at, kids)
            value = np.where(counted, panel.value[cube].swapaxes(0, 1), np.nan)
            there = np.isfinite(value)
            due = np.where(there | territory[:, None, None], panel.expected[cube].swapaxes(0, 1), 0)
            heavy = None
            if weight is not None:
                block = self.at((weight, TOTAL), panel, known=True).value[kids]
                heavy = np.broadcast_to(block[:, None, :], value.shape)
            total = over_regions(
                how,
                value,
                reported=panel.reported[cube].swapaxes(0, 1),
                expected=np.where(counted, due, 0),
                weight=heavy,
            )
            status = least_certain(np.where(there, panel.status[cube].swapaxes(0, 1), DataStatus.MISSING))
            filled = gap & np.isfinite(total.value)
            spot, column = np.nonzero(filled)
            target = (at[spot], home, column)
            panel.value[target] = total.value[filled]
            panel.status[target] = status[filled]
            panel.reported[target] = total.reported[filled]
            panel.expected[target] = total.expected[filled]
            panel.origin[target] = Origin.ROLLED_UP

    # -- time --------------------------------------------------------------------------------------------------

    def at(self, one: Series, asker: Panel, *, known: bool = False) -> Slice:
        """The figures of a series on the periods of a panel, which may have another rhythm; not to be changed.

        In this order: the figure stored for that very period; the difference of two cumulative figures of the
        year; the shorter periods inside, put together as the indicator says; a stock of a slower rhythm: under a
        cumulative figure that of its own year (a plan), else, and where ``known`` is asked, the last one known.
        source  docs/methods.md, "公式中不同频率的数"
        """
        panel = self._series_home.get(one)
        if panel is None:
            return self._nothing(len(asker.keys))
        place = panel.place[one]
        if panel is asker:
            return Slice(
                panel.value[place], panel.status[place], panel.reported[place], panel.expected[place]
            )
        bridge = self._bridges.get((panel.shape, asker.shape))
        if bridge is None:
            bridge = self._bridges[panel.shape, asker.shape] = Bridge.between(panel, asker.keys)
        found = self._stored(panel, place, bridge)
        if np.isfinite(found.value).all():
            return found
        self._put_together(found, one, bridge)
        if _RHYTHM[panel.shape.frequency] > _RHYTHM[asker.shape.frequency]:
            carried = self._of_the_year if asker.shape.basis in CUMULATIVE and not known else self._last_known
            _complete(found, carried(panel, place, asker), np.arange(len(asker.keys)))
        return found

    def _put_together(self, found: Slice, one: Series, bridge: "Bridge") -> None:
        """Fill what is not of the rhythm of a series: differences of cumulative figures, then shorter periods."""
        panel, odd = self._series_home[one], bridge.odd
        if len(odd) and panel.shape.basis in CUMULATIVE:
            _complete(found, self._difference(panel, panel.place[one], bridge.keys[odd]), odd)
        if len(odd):
            _complete(found, self._over_time(panel, one, bridge.keys[odd]), odd)

    def _nothing(self, count: int) -> Slice:
        shape = (len(self.regions), count)
        return Slice(
            np.full(shape, np.nan),
            np.full(shape, DataStatus.MISSING, np.int8),
            np.zeros(shape, np.int32),
            np.ones(shape, np.int32),
        )

    def _stored(self, panel: Panel, place: int, bridge: "Bridge") -> Slice:
        column, there = bridge.column, bridge.there
        return Slice(
            np.where(there, panel.value[place][:, column], np.nan),
            np.where(there, panel.status[place][:, column], np.int8(DataStatus.MISSING)),
            np.where(there, panel.reported[place][:, column], 0),
            np.where(there, panel.expected[place][:, column], 1),
        )

    def _difference(self, panel: Panel, place: int, keys: Ints) -> Slice:
        """Months out of cumulative figures: January to June less January to May is June."""
        count, month = periods.months(keys), periods.end_months(keys)
        inside = (count > 0) & (count < month)
        longer = np.where(inside, keys - count + month, 0)
        shorter = np.where(inside, periods.shift_months(keys, -count) - count + month - count, 0)
        one, other = (
            self._stored(panel, place, Bridge(ends, *panel.find(ends))) for ends in (longer, shorter)
        )
        value, _ = difference_within_year(one.value, other.value)
        weaker = other.reported * one.expected < one.reported * other.expected
        return Slice(
            value,
            least_certain([one.status, other.status]),
            np.where(weaker, other.reported, one.reported),
            np.where(weaker, other.expected, one.expected),
        )

    def _over_time(self, panel: Panel, one: Series, keys: Ints) -> Slice:
        """Shorter periods put together; only where the question reaches back to the beginning of the span."""
        indicator = self.indicators[one[0]]
        place = panel.place[one]
        result = self._nothing(len(keys))
        steps = panel.steps
        if not len(steps) or refusal(str(indicator.agg_time), weighted=False):
            return result
        first, last = periods.start_days(panel.keys[steps]), panel.ends[steps]
        start, end = periods.start_days(keys), periods.end_days(keys)
        low, high = np.searchsorted(first, start), np.searchsorted(last, end, "right")
        for column in np.flatnonzero((low < high) & (start >= first[0])).tolist():
            inside = steps[low[column] : high[column]]
            total = over_time(indicator.agg_time, panel.value[place][:, inside].T)
            result.value[:, column] = total.value
            result.status[:, column] = least_certain(panel.status[place][:, inside].T)
            result.reported[:, column] = total.reported
            result.expected[:, column] = total.expected
        return result

    def _of_the_year(self, panel: Panel, place: int, asker: Panel) -> Slice:
        """The stock at the end of the year of each period: a plan stands there from the beginning."""
        years = panel.ends[panel.steps].astype("datetime64[Y]").astype(np.int64)
        spot, there = find(years, asker.ends.astype("datetime64[Y]").astype(np.int64))
        column = panel.steps[spot] if len(panel.steps) else spot
        return self._stored(panel, place, Bridge(asker.keys, column, there))

    def _last_known(self, panel: Panel, place: int, asker: Panel) -> Slice:
        """The last stock at or before the end of each period, region by region, carried on for CARRY_MONTHS."""
        if not len(panel.steps):
            return self._nothing(len(asker.keys))
        ends = panel.ends[panel.steps]
        known = np.isfinite(panel.value[place][:, panel.steps])
        latest = np.maximum.accumulate(np.where(known, np.arange(len(ends)), -1), axis=1)
        before = np.searchsorted(ends, asker.ends, "right") - 1
        pick = np.where(before >= 0, latest[:, before], -1)
        age = (asker.ends[None, :] - ends[pick]).astype("timedelta64[D]").astype(np.int64)
        there = (pick >= 0) & (age <= CARRY_MONTHS * 31)
        cell = (np.arange(len(self.regions))[:, None], panel.steps[pick])
        return Slice(
            np.where(there, panel.value[place][cell], np.nan),
            np.where(there, panel.status[place][cell], np.int8(DataStatus.MISSING)),
            np.where(there, panel.reported[place][cell], 0),
            np.where(there, panel.expected[place][cell], 1),
        )

    def complete(self) -> None:
        """Put together the asked periods that are not of an indicator's own rhythm: a quarter out of months."""
        for panel in self.panels.values():
            odd = np.flatnonzero(~panel.regular)
            if not len(odd):
                continue
            bridge = Bridge.between(panel, panel.keys[odd])
            for one in panel.series:
                if self.indicators[one[0]].derived:
                    continue
                place = panel.place[one]
                gap = ~np.isfinite(panel.value[place][:, odd]) & ~panel.held[place][:, odd]
                if not gap.any():
                    continue
                found = self._stored(panel, place, bridge)
                self._put_together(found, one, bridge)
                row, column = np.nonzero(gap & np.isfinite(found.value))
                cell = (place, row, odd[column])
                panel.value[cell] = found.value[row, column]
                panel.status[cell] = found.status[row, column]
                panel.reported[cell] = found.reported[row, column]
                panel.expected[cell] = found.expected[row, column]
                panel.origin[cell] = Origin.OVER_TIME

    # -- formulas ----------------------------------------------------------------------------------------------

    def compute(self, indicator: Indicator, on: Flags | None = None) -> None:
        """Apply a formula to its inputs, after they were put together, at every region and period at once.

        A published figure wins; the computed one is kept beside it. Where an input is only partly reported, the
        formula is applied to the children that reported every input, so that a ratio compares like with like.

        on      the periods in which this version of the definition is in force; None for all
        source  docs/methods.md, "公式指标"
        """
        formula = compiled(indicator.formula or "")
        panel = self.panel(indicator.code)
        for one in [series for series in panel.series if series[0] == indicator.code]:
            place = panel.place[one]
            parts = {name: self.at((name, one[1]), panel) for name in formula.inputs}
            size = panel.value[place].shape
            value = np.broadcast_to(
                formula.apply(panel, {name: part.value for name, part in parts.items()}), size
            )
            value = np.where(True if on is None else on, value, np.nan)
            reported, expected = _weakest(list(parts.values()), value)
            status = least_certain([part.status for part in parts.values()] or [np.zeros(size, np.int8)])
            if ((reported < expected) & np.isfinite(value)).any():
                self._match(parts, value, reported, expected, panel, formula)
            published = panel.origin[place] == Origin.PUBLISHED
            thin = self._thin(indicator, parts, value) & ~published
            panel.thin[place] |= thin
            value = np.where(thin, np.nan, value)
            value = np.where(panel.held[place], np.nan, value)
            _hold_with_inputs(
                panel, place, [(name, one[1]) for name in formula.inputs], published | ~np.isnan(value)
            )
            there = np.isfinite(value)
            panel.other[place] = np.where(published & there, value, panel.other[place])
            fill = there & ~published
            panel.value[place][fill] = value[fill]
            panel.status[place][fill] = status[fill]
            panel.origin[place][fill] = Origin.FORMULA
            panel.reported[place][fill] = reported[fill]
            told = ~published & (True if on is None else on)
            panel.expected[place][told] = expected[told]

    def _thin(self, indicator: Indicator, parts: Mapping[str, Slice], value: Floats) -> Flags:
        """Where a ratio rests on fewer than its definition asks for: it is not published there.

        source  docs/methods.md, "样本过少"
        """
        least = indicator.rule.mapping.get("min_denominator") if indicator.rule else None
        if least is None:
            return np.zeros(value.shape, bool)
        below = [
            part.value < float(str(least))
            for name, part in parts.items()
            if any(
                related.type == "denominator_of" and related.code == indicator.code
                for related in self.indicators[name].related
            )
        ]
        return np.isfinite(value) & np.logical_or.reduce(below) if below else np.zeros(value.shape, bool)

    def _match(
        self,
        parts: Mapping[str, Slice],
        value: Floats,
        reported: Counts,
        expected: Counts,
        panel: Panel,
        formula: "Formula",
    ) -> None:
        """Replace ratios of unevenly reported inputs by those over the children that reported all of them."""
        summed = all(self.indicators[name].agg_region is RegionAggregation.SUM for name in parts)
        for parent, children in _families(self.tree, self.regions):
            home = self.region_place[parent]
            torn = (reported[home] < expected[home]) & np.isfinite(value[home])
            if not torn.any():
                continue
            kids = np.array([self.region_place[child] for child in children])
            whole = np.logical_and.reduce([np.isfinite(part.value[kids]) for part in parts.values()])
            sums = {
                name: np.where(whole, part.value[kids], 0.0).sum(axis=0)[None, :]
                for name, part in parts.items()
            }
            matched = np.broadcast_to(formula.apply(panel, sums), (1, len(panel.keys)))[0]
            sound = whole.any(axis=0) & summed
            value[home, torn] = np.where(sound, matched, np.nan)[torn]
            reported[home, torn] = whole.sum(axis=0)[torn]


@dataclass(frozen=True)
class Formula:
    """A formula ready for arithmetic, and the codes that it needs."""

    tree: formula_language.Node
    inputs: tuple[str, ...]
    look_back: int

    def apply(self, panel: Panel, values: Mapping[str, Floats]) -> Floats:
        """The figures of the formula on the periods of a panel; one that looks back skips odd periods."""
        progress = panel.progress
        if not self.look_back:
            return formula_language.evaluate(self.tree, values, progress)
        steps = panel.steps
        found = formula_language.evaluate(
            self.tree, {name: array[:, steps] for name, array in values.items()}, progress[steps]
        )
        result = np.full((*found.shape[:-1], len(panel.keys)), np.nan)
        result[..., steps] = found
        return result


@lru_cache(maxsize=4096)
def compiled(text: str) -> Formula:
    """The formula of a text; parsed once."""
    tree = formula_language.parse(text)
    return Formula(tree, formula_language.references(tree), formula_language.look_back(tree))


def _weakest(parts: Sequence[Slice], value: Floats) -> tuple[Counts, Counts]:
    """The coverage of the input that is covered least, cell by cell."""
    if not parts:
        return np.ones(value.shape, np.int32), np.ones(value.shape, np.int32)
    reported, expected = parts[0].reported, parts[0].expected
    for part in parts[1:]:
        weaker = part.reported * expected < reported * part.expected
        reported = np.where(weaker, part.reported, reported)
        expected = np.where(weaker, part.expected, expected)
    return np.where(np.isfinite(value), reported, 0), expected.copy()


def _complete(found: Slice, more: Slice, columns: Ints) -> None:
    """Fill the gaps of one slice, in some columns, from another that has only these."""
    row, column = np.nonzero(~np.isfinite(found.value[:, columns]) & np.isfinite(more.value))
    for name in ("value", "status", "reported", "expected"):
        getattr(found, name)[row, columns[column]] = getattr(more, name)[row, column]


def _joined(observed: Sequence[Observed]) -> dict[str, NDArray[np.generic]]:
    """The rows of several answers of the store as one set of columns."""
    if len(observed) == 1:
        return {name: observed[0].column(name) for name in OBSERVED}
    return {name: np.concatenate([rows.column(name) for rows in observed]) for name in OBSERVED}


def _held_back(columns: Mapping[str, NDArray[np.generic]], rows: Ints) -> Flags:
    """Which of some rows are held back: of those that have no figure, the ones that say so."""
    held: Flags = columns["status"][rows] == DataStatus.MISSING
    missing = np.flatnonzero(held)
    held[missing] = columns["reason"][rows[missing]] == HELD
    return held


def _hold_with_inputs(panel: Panel, place: int, inputs: Iterable[Series], there: Flags) -> None:
    """A figure that cannot be made since an input of the same rhythm is held back is held back itself."""
    for one in inputs:
        other = panel.place.get(one)
        if other is not None and panel.held[other].any():
            panel.held[place] |= panel.held[other] & ~there


def _positions(among: Ints, wanted: Ints) -> Ints:
    """The place of each code in a tuple of codes; −1 where it is not among them."""
    order = np.argsort(among)
    spot, there = find(among[order], wanted)
    return np.where(there, order[spot], -1)


def _families(tree: RegionTree, regions: Sequence[int]) -> list[tuple[int, tuple[int, ...]]]:
    """Every region with those of its children, of today and of earlier days, that are here, lowest regions first."""
    children: dict[int, list[int]] = {}
    here = set(regions)
    above = set(
        tree.ancestors(tree.root)
    )  # their other children are not here: province and nation are never sums
    for code in regions:
        for parent in dict.fromkeys(version.parent for version in tree.versions(code)):
            if parent in here and parent is not None and parent not in above:
                children.setdefault(parent, []).append(code)
    lowest_first = sorted(children, key=lambda code: -int(tree.get(code).level))
    return [(parent, tuple(children[parent])) for parent in lowest_first]


def _counted(tree: RegionTree, parent: int, nodes: Sequence[Region], ends: NDArray[np.datetime64]) -> Flags:
    """Which region is part of the sum of another at the end of which period."""
    counted = np.ones((len(nodes), len(ends)), bool)
    for place, node in enumerate(nodes):
        versions = tree.versions(node.code)
        if len(versions) > 1 or versions[0].edges or node.inside:
            counted[place] = False
            for version in versions:
                if version.parent == parent and not version.inside:
                    counted[place] |= standing(version, ends)
    return counted


def standing(region: Region, ends: NDArray[np.datetime64]) -> Flags:
    """At the end of which periods a stretch of validity holds."""
    first, last = region.valid_from or date.min, region.valid_to or date.max
    held: Flags = (ends >= np.datetime64(first)) & (ends <= np.datetime64(last))
    return held


def can_roll_up(indicator: Indicator) -> bool:
    """Whether the figure of a region can be made from those of its children."""
    return not indicator.derived and _adds_up(indicator.agg_region, weight_of(indicator) is not None)


@lru_cache(maxsize=64)
def _level(word: str) -> int:
    return int(Level.parse(word))


@lru_cache(maxsize=64)
def _adds_up(how: RegionAggregation, weighted: bool) -> bool:
    return refusal(str(how), weighted=weighted) is None


def weight_of(indicator: Indicator) -> str | None:
    """The code of the weights of a mean over regions; None where there are none in the store.

    ``reported`` weights travel with the records of a survey, which the store of figures does not hold.
    """
    if indicator.agg_region is RegionAggregation.POP_WEIGHTED_MEAN:
        return indicator.weight or "econ.pop.resident"
    if indicator.agg_region is RegionAggregation.WEIGHTED_MEAN and indicator.weight != "reported":
        return indicator.weight
    return None


def belongs(keys: Ints, shape: Shape) -> Flags:
    """Which keys are periods of a rhythm."""
    span, month = periods.spans(keys), periods.end_months(keys)
    step = periods.MONTHS_OF.get(shape.frequency)
    cumulative = shape.basis in CUMULATIVE
    if shape.basis is Basis.POINT:
        due: Flags = span == periods.INSTANT
    elif step is None:
        due = span == (periods.YEAR_TO_DAY if cumulative else SHORT_SPANS[shape.frequency])
    elif cumulative:
        due = span == MONTHS + month
    else:
        merged = shape.merged & (step == 1) & (month == 2)
        due = span == np.where(merged, MONTHS + 2, MONTHS + step)
    belonging: Flags = due & (month % (step or 1) == 0)
    return belonging


SHORT_SPANS = {
    Frequency.REALTIME: periods.MINUTE,
    Frequency.HOURLY: periods.HOUR,
    Frequency.DAILY: periods.DAY,
    Frequency.WEEKLY: periods.WEEK,
}
"""The spans of the frequencies that are finer than a month."""


def own_keys(keys: Ints, shape: Shape) -> Ints:
    """The periods of a rhythm that answer to those of another: June of stocks is the instant at its end."""
    end, span, month = keys - keys % 1000, periods.spans(keys), periods.end_months(keys)
    if shape.basis is Basis.POINT:
        return end
    if shape.basis in CUMULATIVE:
        return np.where(span == periods.INSTANT, end + MONTHS + month, keys)
    step = periods.MONTHS_OF.get(shape.frequency)
    return np.where(
        span == periods.INSTANT, end + (MONTHS + step if step else SHORT_SPANS[shape.frequency]), keys
    )
