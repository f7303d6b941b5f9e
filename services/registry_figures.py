"""What the registry comes to, as figures of the digital government: catalogued, connected, idle, shared, reported.

A region without any entry has no figure: what nobody registered is not known and not zero.
source  docs/registry.md, "数字"
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol, TypeVar

from data_access.registry import Report, Resource, Supply, System
from indicators import periods
from indicators.catalog import Catalog
from indicators.regions import Level, RegionTree
from services.access import SYSTEM
from services.ops_figures import months_before
from services.recorded import Recorded, RecordFigures

CATALOG_NEED, CATALOG_DONE = "dgov.share.catalog_need", "dgov.share.catalog_done"
SYS_NEED, SYS_IN = "dgov.share.sys_need", "dgov.share.sys_in"
ZOMBIE_FOUND, ZOMBIE_CLEARED = "dgov.share.zombie_found", "dgov.share.zombie_cleared"
PROVIDED, DELAY = "dgov.share.provide_count", "dgov.share.report_delay"

FIGURES = (CATALOG_NEED, CATALOG_DONE, SYS_NEED, SYS_IN, ZOMBIE_FOUND, ZOMBIE_CLEARED, PROVIDED, DELAY)
"""The indicators of the catalogue that the registry gives."""

SUBJECT = "registry"

MONTHS = 60
"""So far back the registry is told."""

Row = tuple[str, str, int, int, float]
Entry = TypeVar("Entry", System, Resource, Supply)


class Kept(Protocol):
    """The registry as it is stored (``data_access.registry``)."""

    def all(self, kind: type[Entry]) -> dict[int, Entry]: ...
    def reports(self) -> list[Report]: ...


class RegistryFigures:
    """Keeps the figures of the registry in the store."""

    def __init__(
        self, store: Kept, recorded: Recorded, catalog: Catalog, tree: RegionTree,
        begin: Callable[[], AbstractContextManager[Any]], zone: timedelta,
    ) -> None:  # fmt: skip
        self._store, self._recorded, self._catalog, self._tree = store, recorded, catalog, tree
        self._begin, self._zone = begin, zone

    def settle(self, now: datetime, *, seed: bool = False) -> None:
        """Bring the figures up to date: quarters, months and years that have ended."""
        today = (now + self._zone).date()
        systems, resources = list(self._store.all(System).values()), list(self._store.all(Resource).values())
        simulated = any(one.simulated for one in systems) or any(one.simulated for one in resources)
        rows = [row for row in self._rows(systems, resources, today) if row[0] in self._catalog]
        if not rows:
            return
        figures = RecordFigures(
            tuple(dict.fromkeys(row[0] for row in rows)), tuple(dict.fromkeys(row[2] for row in rows)),
            min(row[3] for row in rows), max(row[3] for row in rows),
            {
                "indicator": [row[0] for row in rows],
                "item": [(row[1], "") for row in rows],
                "region": [row[2] for row in rows],
                "period": [row[3] for row in rows],
                "value": [row[4] for row in rows],
                "simulated": [simulated] * len(rows),
            },
        )  # fmt: skip
        with self._begin() as connection:
            self._recorded.settle(SUBJECT, SYSTEM, figures, connection, now, seed=seed)

    def _rows(self, systems: Sequence[System], resources: Sequence[Resource], today: date) -> Iterator[Row]:
        root = self._tree.root
        places = [
            one.code for one in self._tree
            if one.level <= Level.COUNTY and self._tree.contains(root, one.code) and not one.reporting_unit
        ]  # fmt: skip
        reports = self._store.reports()
        for region in places:
            inside = set(self._tree.subtree(region))
            own = [one for one in systems if one.region in inside]
            has = [one for one in resources if one.region in inside]
            if own or has:
                yield from _of_region(region, own, has, today)
                yield from self._delays(region, own, has, reports, today)

    def _delays(
        self, region: int, systems: Sequence[System], resources: Sequence[Resource], reports: Sequence[Report],
        today: date,
    ) -> Iterator[Row]:  # fmt: skip
        """By how many days the last report of a year came late, in the year in which it was due."""
        entries: list[System | Resource] = [*systems, *resources]
        entries = [one for one in entries if one.region == region]
        handed = [one for one in reports if one.region == region]
        for year in range(today.year - 2, today.year + 1):
            due = date(year, 1, 10)
            made = [one for one in entries if one.simulated or self._day(one.changed_at) <= due]
            departments = {one.department for one in made if _begun(one) < year * 10_000}
            first = {one.department: self._day(one.at) for one in reversed(handed) if one.year == year - 1}
            if departments and due < today and handed:
                late = max(((first.get(name) or today) - due).days for name in departments)
                yield DELAY, "", region, periods.instant_key(year, 12), float(max(late, 0))

    def _day(self, at: int) -> date:
        return (datetime.fromtimestamp(at, tz=UTC) + self._zone).date()


def _of_region(
    region: int, systems: Sequence[System], resources: Sequence[Resource], today: date
) -> Iterator[Row]:
    for back in range(MONTHS, 0, -1):
        month = months_before(today, back)
        end = months_before(month, -1) - timedelta(days=1)
        day, key = _int(end), periods.instant_key(month.year, month.month)
        shared = [one for one in resources if _by(one.shared_on, day)]
        if any(one.needed_on <= day for one in resources):
            yield PROVIDED, "", region, key, float(len(shared))
            for department in sorted({one.department for one in shared}):
                mine = sum(one.department == department for one in shared)
                yield PROVIDED, f"department={department}", region, key, float(mine)
        if month.month % 3 == 0:
            yield from _quarter(region, systems, resources, day, key)
        if month.month == 12:
            found = [one for one in systems if _by(one.found_on, day)]
            yield ZOMBIE_FOUND, "", region, key, float(len(found))
            yield ZOMBIE_CLEARED, "", region, key, float(_count(found, "cleared_on", day))


def _quarter(
    region: int, systems: Sequence[System], resources: Sequence[Resource], day: int, key: int
) -> Iterator[Row]:
    need = [
        one for one in systems if not one.classified and one.since <= day and not _by(one.cleared_on, day)
    ]
    if need:
        yield SYS_NEED, "", region, key, float(len(need))
        yield SYS_IN, "", region, key, float(_count(need, "connected_on", day))
    known = [one for one in resources if one.needed_on <= day]
    if known:
        yield CATALOG_NEED, "", region, key, float(len(known))
        yield CATALOG_DONE, "", region, key, float(_count(known, "catalogued_on", day))


def _begun(one: System | Resource) -> int:
    return one.since if isinstance(one, System) else one.needed_on


def _by(day: int | None, end: int) -> bool:
    return bool(day and day <= end)


def _count(entries: Iterable[System | Resource], name: str, day: int) -> int:
    return sum(_by(getattr(one, name), day) for one in entries)


def _int(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
