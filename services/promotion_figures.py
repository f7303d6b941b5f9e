"""The figures of investment promotion, computed from the deals of each county and of the whole city.

source  docs/promotion.md
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import nan
from typing import Any

from data_access.registers import Stretch
from indicators import periods
from indicators.errors import N_
from services.promotion_book import (
    LANDED,
    PRODUCING,
    SIGNED,
    STARTED,
    DealRecord,
    month_end,
    month_key,
    month_of,
    month_of_key,
)
from services.recorded import RecordFigures

ADDED = ("sign_count", "sign_amount", "big_count", "land_count", "start_count", "prod_count", "fund_actual")
"""What counties add up to the city; the query adds them, and says which of them have not reported."""

COHORTS = {"land_rate": 6, "start_rate": 6, "prod_rate": 18, "fund_rate": 12}
"""Rates of a batch, and after how many months it is judged (``min_age_months`` of the catalogue)."""

FIGURES: tuple[str, ...] = tuple(
    f"proj.promo.{name}" for name in ("lead_count", *ADDED, *COHORTS, "stalled", "sign_to_start")
)
"""The indicators of the catalogue that the deals give."""

LATE = N_("有县区未报齐")
NO_MEMBERS = N_("本批次没有项目")
NONE_STARTED = N_("本期没有项目开工")
TOO_YOUNG = {
    6: N_("批次未满6个月，尚不评价"),
    12: N_("批次未满12个月，尚不评价"),
    18: N_("批次未满18个月，尚不评价"),
}

Rows = Iterator[tuple[str, tuple[str, str], int, int, float, bool, str]]
TOTAL = ("", "")


@dataclass(frozen=True)
class Ground:
    """The deals of one region and how far they are known.

    observed  the month up to which the register of each county is complete
    last      the last month that is told; ``whole``: the last month of which every county has reported
    """

    region: int
    deals: tuple[DealRecord, ...]
    observed: Mapping[int, int]
    last: int
    whole: int
    adds: bool


def figures(
    deals: Sequence[DealRecord], root: int, ends: Mapping[int, Stretch], counties: Iterable[int]
) -> RecordFigures | None:
    """The figures of some counties and of the city above them, over the whole time of the registers.

    ends      from which to which month each county's register is complete
    counties  those whose deals changed
    returns   None where no county keeps a register
    """
    if not ends or not deals:
        return None
    observed = {county: month_of_key(told.until) for county, told in ends.items()}
    known = [one for one in deals if one.deal.county in observed]
    first = min(month_of_key(told.since) for told in ends.values())
    last, whole = max(observed.values()), min(observed.values())
    grounds = [
        Ground(county, tuple(one for one in known if one.deal.county == county),
               {county: observed[county]}, observed[county], observed[county], adds=False)
        for county in sorted(set(counties) & observed.keys())
    ]  # fmt: skip
    city = Ground(root, tuple(known), observed, last, whole, adds=True)
    names = ("indicator", "item", "region", "period", "value", "simulated", "reason")
    rows = [row for ground in (*grounds, city) for row in _ground(ground, first)]
    columns: dict[str, Sequence[Any]] = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return RecordFigures(
        FIGURES,
        tuple(ground.region for ground in (*grounds, city)),
        periods.instant_key(first // 12, first % 12 + 1),
        month_key(last) // 1000 * 1000 + 999,
        columns,
    )


def _ground(ground: Ground, first: int) -> Rows:
    months = range(first, ground.last + 1)
    if not ground.adds:
        yield from _added(ground, months)
        yield from _stalled(ground, months)
    yield from _leads(ground, months)
    yield from _waits(ground, months)
    for name, age in COHORTS.items():
        yield from _batches(ground, months, name, age)


def _cell(name: str, region: int, period: int, value: float, simulated: bool, reason: str = "",
          item: tuple[str, str] = TOTAL) -> tuple[str, tuple[str, str], int, int, float, bool, str]:  # fmt: skip
    return (f"proj.promo.{name}", item, region, period, round(value, 6), simulated, reason)


def _added(ground: Ground, months: range) -> Rows:
    """Counts and amounts since January, and the signed ones by industry and origin."""
    simulated = _simulated(ground.deals)
    deals = [one for one in ground.deals if one.counted]
    for name, events in _events(deals).items():
        items: dict[tuple[str, str], dict[int, float]] = {TOTAL: {}}
        for one, month, amount in events:
            keys = [TOTAL]
            if name in ("sign_count", "sign_amount"):
                keys += [(f"industry={one.deal.industry}", ""), (f"origin={one.deal.origin}", "")]
            for key in keys:
                sums = items.setdefault(key, {})
                sums[month] = sums.get(month, 0.0) + amount
        for item, sums in items.items():
            running = 0.0
            for month in months:
                running = sums.get(month, 0.0) + (running if month % 12 else 0.0)
                period = periods.months_key(month // 12, month % 12 + 1, month % 12 + 1)
                yield _cell(name, ground.region, period, running, simulated, item=item)


def _events(deals: Sequence[DealRecord]) -> dict[str, list[tuple[DealRecord, int, float]]]:
    """What is counted, each in the month in which it happened."""
    signed = [(one, month_of(one.reached[SIGNED])) for one in deals]
    reached = {
        name: [(one, month_of(one.reached[stage]), 1.0) for one in deals if stage in one.reached]
        for name, stage in (("land_count", LANDED), ("start_count", STARTED), ("prod_count", PRODUCING))
    }
    return {
        "sign_count": [(one, month, 1.0) for one, month in signed],
        "sign_amount": [(one, month, one.amount) for one, month in signed],
        "big_count": [(one, month, 1.0) for one, month in signed if one.amount >= 1],
        **reached,
        "fund_actual": [
            (one, month // 100 * 12 + month % 100 - 1, amount)
            for one in deals
            for month, amount in one.money.items()
        ],
    }


def _stalled(ground: Ground, months: range) -> Rows:
    for month in months:
        count = sum(one.stalled(month_end(month)) for one in ground.deals)
        yield _cell("stalled", ground.region, periods.instant_key(month // 12, month % 12 + 1), count,
                    _simulated(ground.deals))  # fmt: skip


def _leads(ground: Ground, months: range) -> Rows:
    """Companies in talk: one that talks with two counties is one company to the city."""
    for month in months:
        key = periods.instant_key(month // 12, month % 12 + 1)
        if month > ground.whole:
            yield _cell("lead_count", ground.region, key, nan, False, LATE)
            continue
        talking = {one.who for one in ground.deals if one.active_lead(month_end(month))}
        yield _cell("lead_count", ground.region, key, len(talking), _simulated(ground.deals))


def _waits(ground: Ground, months: range) -> Rows:
    """Mean days from signing to the start of those that started in the month."""
    started: dict[int, list[DealRecord]] = {}
    for one in ground.deals:
        if one.counted and STARTED in one.reached:
            started.setdefault(month_of(one.reached[STARTED]), []).append(one)
    for month in months:
        key, found = month_key(month), started.get(month, [])
        if month > ground.whole or not found:
            reason = LATE if month > ground.whole else NONE_STARTED
            yield _cell("sign_to_start", ground.region, key, nan, False, reason)
            continue
        days = [_days(one.reached[SIGNED], one.reached[STARTED]) for one in found]
        yield _cell("sign_to_start", ground.region, key, sum(days) / len(days), _simulated(found))


def _batches(ground: Ground, months: range, name: str, age: int) -> Rows:
    """The rate of every monthly batch, followed to the last complete month; none while it is too young."""
    entry = {"land_rate": SIGNED, "fund_rate": SIGNED, "start_rate": LANDED, "prod_rate": STARTED}[name]
    batches: dict[int, list[DealRecord]] = {}
    for one in ground.deals:
        if one.counted and entry in one.reached:
            batches.setdefault(month_of(one.reached[entry]), []).append(one)
    for month in months:
        members = batches.get(month, [])
        if ground.whole - month < age:
            value, reason = nan, TOO_YOUNG[age]
        elif not members:
            value, reason = nan, NO_MEMBERS
        else:
            value, reason = _rate(ground, name, members), ""
        yield _cell(name, ground.region, month_key(month), value, bool(reason == "" and _simulated(members)),
                    reason)  # fmt: skip


def _rate(ground: Ground, name: str, members: Sequence[DealRecord]) -> float:
    """What of a batch has come to pass by the last month known of each county, in percent."""
    last = {one.deal.id: month_end(ground.observed[one.deal.county]) for one in members}
    if name == "fund_rate":
        contracted = sum(one.amount for one in members)
        arrived = sum(one.arrived(last[one.deal.id]) for one in members)
        return 100 * arrived / contracted if contracted else nan
    stage = {"land_rate": LANDED, "start_rate": STARTED, "prod_rate": PRODUCING}[name]
    return 100 * sum(one.by(stage, last[one.deal.id]) for one in members) / len(members)


def _simulated(deals: Sequence[DealRecord]) -> bool:
    return any(one.deal.simulated for one in deals)


def _days(first: int, last: int) -> int:
    return (_date(last) - _date(first)).days


def _date(day: int) -> date:
    return date(day // 10000, day // 100 % 100, day % 100)
