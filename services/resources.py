"""Resources and what is near: who can be where in how many minutes, and how many people live within a radius.

Everything here is an estimate and says so: roads are distance times a detour, people are spread evenly over their
county. A reader is told of resources and people of the own regions only.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from data_access.resources import Resource, ResourceStore, Stock
from data_access.terrain import Position, Terrain
from indicators import periods
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from services import access
from services.access import Actor
from services.answers import Question
from services.query import Query
from services.recorded import Recorded, RecordFigures

SYSTEM = "emerg"
POPULATION = "econ.pop.resident"
PER_UNIT = 10_000
"""The population stands in 万人."""

KINDS = {
    "team": N_("救援队伍"),
    "shelter": N_("避难场所"),
    "store": N_("物资仓库"),
    "hospital": N_("医疗机构"),
    "video": N_("视频点位"),
    "grid": N_("网格单元"),
}
"""What a resource can be. The last two are points of the map: a link, and a unit of the grid."""

HELPERS = ("team", "shelter", "store", "hospital")
"""The kinds that help in an emergency, hence those that are looked for near a place."""

DETOUR = 1.4
"""How much longer a road is than the straight line, usually."""

FIGURES = ("emerg.res.supply_items", "emerg.res.supply_ok", "emerg.res.shelter_m2")
"""The figures of the catalogue that the records of resources give."""


@dataclass(frozen=True)
class Travel:
    """How a kind of resource gets to a place, or people to it: kilometres an hour, and minutes before the start."""

    speed: float
    turnout: float


TRAVEL: Mapping[str, Travel] = {
    "team": Travel(45, 5),
    "store": Travel(35, 20),
    "hospital": Travel(50, 3),
    "shelter": Travel(25, 0),
    "video": Travel(45, 0),
    "grid": Travel(20, 5),
}
"""Assumed; docs/situation_map.md tells why."""


@dataclass(frozen=True)
class Nearby:
    """A resource seen from a place: straight line and road in metres, minutes until it can be there. Estimates."""

    resource: Resource
    distance_m: float
    route_m: float
    minutes: float


@dataclass(frozen=True)
class PeoplePart:
    """The people of one region within a radius."""

    region: int
    people: float
    share: float


@dataclass(frozen=True)
class Affected:
    """How many people live within a radius, about.

    people       None where the population is not known
    parts        by township (or county), most people first; only regions of the reader's own
    period       of the population
    approximate  the boundaries are not administrative ones
    outside      part of the circle lies where this reader is told nothing, or beyond what is drawn
    unknown      the population of a county within it is not known, and not counted
    """

    people: float | None
    radius_m: float
    parts: tuple[PeoplePart, ...]
    period: int | None
    simulated: bool
    approximate: bool
    outside: bool
    unknown: bool = False


class Resources:
    """Answers what is where, what is near, and who is affected; keeps the records and their figures."""

    def __init__(
        self,
        store: ResourceStore,
        terrain: Terrain,
        tree: RegionTree,
        query: Query,
        recorded: Recorded,
        begin: Callable[[], AbstractContextManager[Any]],
        clock: Callable[[], datetime],
        zone: timedelta = timedelta(hours=8),
    ) -> None:
        self._store = store
        self._terrain = terrain
        self._tree = tree
        self._query = query
        self._recorded = recorded
        self._begin = begin
        self._clock = clock
        self._zone = timezone(zone)
        self._kept: tuple[int, tuple[Resource, ...], Any] | None = None

    # ---- telling

    def version(self) -> int:
        """Rises with every change of a resource."""
        return self._store.version()

    def here(self, actor: Actor, region: int, kinds: Sequence[str] = tuple(KINDS)) -> tuple[Resource, ...]:
        """The resources of these kinds in a region that the actor may see."""
        if not access.may(actor, "view", system=SYSTEM):
            return ()
        wanted = set(kinds)
        return tuple(
            one for one in self._all()[0]
            if one.kind in wanted and self._tree.contains(region, one.region) and self._own(actor, one.region)
        )  # fmt: skip

    def near(
        self, actor: Actor, position: Position, kinds: Sequence[str] = HELPERS, limit: int = 10
    ) -> tuple[Nearby, ...]:
        """The resources that can be there soonest, in the order in which they can.

        position  latitude and longitude in degrees
        """
        if not access.may(actor, "view", system=SYSTEM):
            return ()
        known, metres = self._all()
        wanted = [at for at, one in enumerate(known) if one.kind in kinds and self._own(actor, one.region)]
        if not wanted:
            return ()
        here = self._terrain.metres([position])[0]
        lengths = np.hypot(*(metres[wanted] - here).T)
        found = [self._nearby(known[at], float(length)) for at, length in zip(wanted, lengths, strict=True)]
        return tuple(sorted(found, key=lambda one: (one.minutes, one.distance_m))[:limit])

    @staticmethod
    def _nearby(resource: Resource, distance: float) -> Nearby:
        route, travel = distance * DETOUR, TRAVEL[resource.kind]
        return Nearby(resource, distance, route, travel.turnout + route / 1000 / travel.speed * 60)

    def affected(self, actor: Actor, position: Position, radius_m: float) -> Affected:
        """How many people live within a radius: the population of each county by the share of its area."""
        shares = self._terrain.within(position, radius_m)
        own = [share for share in shares if self._own(actor, share.region)]
        counties = tuple(dict.fromkeys(share.county for share in own))
        lines = {}
        if counties:
            answer = self._query.ask(actor, Question((POPULATION,), counties))
            lines = {county: answer.row(POPULATION, county) for county in counties}
        parts, unknown = [], False
        for share in own:
            line = lines.get(share.county)
            if line is None or line.value is None:
                unknown = True
                continue
            people = line.value * PER_UNIT * share.of_county
            parts.append(PeoplePart(share.region, people, share.of_cell))
        told = [line for line in lines.values() if line is not None and line.value is not None]
        return Affected(
            people=sum(part.people for part in parts) if parts else None,
            radius_m=radius_m,
            parts=tuple(sorted(parts, key=lambda part: -part.people)),
            period=max((line.period for line in told if line.period), default=None),
            simulated=any(line.status == "simulated" for line in told),
            approximate=self._terrain.approximate,
            outside=len(own) < len(shares) or self._beyond(position, radius_m),
            unknown=unknown,
        )

    def _beyond(self, position: Position, radius_m: float) -> bool:
        """Whether the circle reaches over the edge of what is drawn."""
        lat, lon = position
        west, south, east, north = self._terrain.bounds
        high = radius_m / 111_320
        wide = high / max(np.cos(np.radians(lat)), 0.01)
        return not (west <= lon - wide and lon + wide <= east and south <= lat - high and lat + high <= north)

    def centre(self, region: int) -> Position | None:
        """A point that stands for a region."""
        return self._terrain.centre(region)

    def region_at(self, position: Position) -> int | None:
        """The township (or county) that a point lies in."""
        return self._terrain.region_at(position)

    def _own(self, actor: Actor, region: int) -> bool:
        return access.scope(actor, self._tree, region) == "own"

    def _all(self) -> tuple[tuple[Resource, ...], Any]:
        """The resources that are there, with their points in metres; read again when something changed."""
        version = self._store.version()
        if self._kept is None or self._kept[0] != version:
            known = tuple(one for one in self._store.all() if one.withdrawn_at is None)
            metres = (
                self._terrain.metres([(one.lat, one.lon) for one in known]) if known else np.zeros((0, 2))
            )
            self._kept = version, known, metres
        return self._kept[1], self._kept[2]

    # ---- keeping

    def add(self, actor: Actor, found: Sequence[Resource]) -> tuple[int, ...]:
        """Store new resources, all or none; their figures follow in the same transaction.

        raises  CockpitError with every issue of every one of them
        """
        self._check(actor, found)
        now = self._clock()
        found = [replace(one, since=one.since or int(now.timestamp())) for one in found]
        with self._begin() as connection:
            numbers = self._store.add(found, int(now.timestamp()), actor.name, connection)
            self._settle(actor, now, connection)
        return numbers

    def change(self, actor: Actor, changed: Resource) -> None:
        """Put other facts in the place of those that were known of a resource."""
        before = self._known(changed.id)
        access.require(actor, "record", self._tree, before.region, SYSTEM)
        changed = replace(changed, since=before.since, simulated=before.simulated)
        self._check(actor, [changed])
        now = self._clock()
        with self._begin() as connection:
            if not self._store.change(changed, int(now.timestamp()), actor.name, connection):
                raise _unknown(changed.id)
            self._settle(actor, now, connection)

    def withdraw(self, actor: Actor, number: int, why: str) -> None:
        """Say that a resource is no longer there, and why; it is kept."""
        before = self._known(number)
        access.require(actor, "record", self._tree, before.region, SYSTEM)
        if not why.strip():
            raise CockpitError(Issue("reason_missing", N_("没有写停用的原因。"), N_("请写明原因。"), "why"))
        now = self._clock()
        with self._begin() as connection:
            self._store.withdraw(number, why.strip()[:200], int(now.timestamp()), actor.name, connection)
            self._settle(actor, now, connection)

    def seed(self, actor: Actor, found: Sequence[Resource], now: datetime) -> int:
        """Store a pack's or the sample's resources where there are none yet; how many."""
        if self._store.all() or not found:
            return 0
        self._check(actor, found)
        with self._begin() as connection:
            made = self._store.add(found, int(now.timestamp()), actor.name, connection)
            self._settle(actor, now, connection, seed=True)
        return len(made)

    def _known(self, number: int) -> Resource:
        found = next((one for one in self._store.all() if one.id == number), None)
        if found is None or found.withdrawn_at is not None:
            raise _unknown(number)
        return found

    def _check(self, actor: Actor, found: Sequence[Resource]) -> None:
        issues = [issue for one in found for issue in self._issues(one)]
        if issues:
            raise CockpitError(issues)
        for region in {one.region for one in found}:
            access.require(actor, "record", self._tree, region, SYSTEM)

    def _issues(self, one: Resource) -> list[Issue]:
        """Everything that is wrong with a resource; ``where`` is the field of the form."""
        found = []
        if one.kind not in KINDS:
            found.append(Issue("resource_kind", N_("没有“{kind}”这一类资源。"), N_("可用的是：{allowed}"), "kind",
                               params={"kind": one.kind, "allowed": "、".join(KINDS)}))  # fmt: skip
        if not one.name.strip() or len(one.name) > 120:
            found.append(Issue("resource_name", N_("资源名称应为1到120个字。"), N_("请改正名称。"), "name"))
        if not self._tree.has(one.region) or self._tree.get(one.region).level < Level.COUNTY:
            found.append(
                Issue(
                    "resource_region", N_("没有写明资源所在的县区或乡镇。"), N_("请选择所在区划。"), "region"
                )
            )
        if not (-90 <= one.lat <= 90 and -180 <= one.lon <= 180):
            found.append(Issue("resource_position", N_("经纬度 {lat}, {lon} 不在地球上。"), N_("请核对经纬度的顺序。"),
                               "position", params={"lat": one.lat, "lon": one.lon}))  # fmt: skip
        if one.capacity is not None and not (np.isfinite(one.capacity) and one.capacity >= 0):
            found.append(
                Issue("resource_capacity", N_("容量应为不小于零的数。"), N_("请改正容量。"), "capacity")
            )
        if one.link and not web_address(one.link):
            found.append(Issue("resource_link", N_("“{link}”不是 http 或 https 地址。"), N_("请写完整的网址。"), "link",
                               params={"link": one.link[:80]}))  # fmt: skip
        if one.kind == "video" and not one.link:
            found.append(
                Issue("resource_link_missing", N_("视频点位没有网址。"), N_("请写完整的网址。"), "link")
            )
        return found

    # ---- figures

    def tick(self, now: datetime) -> None:
        """Write the figures of quarters and years that have ended meanwhile."""
        with self._begin() as connection:
            self._settle(access.SYSTEM, now, connection)

    def _settle(self, actor: Actor, now: datetime, connection: Any, seed: bool = False) -> None:
        """The figures of stores and shelters, for every quarter and year that ended since the records began."""
        known = [one for one in self._store.all(connection) if one.kind in ("store", "shelter")]
        if not known:
            return
        regions, first = self._levels(), min(one.since for one in known)
        for codes, step in ((FIGURES[:2], _QUARTER), (FIGURES[2:], _YEAR)):
            keys = self._calendar(first, now, step)
            if keys:
                figures = RecordFigures(
                    codes, regions, keys[0][0], keys[-1][0], _columns(codes, regions, keys, known, self._tree)
                )
                self._recorded.settle("resources", actor, figures, connection, now, seed=seed)

    def _levels(self) -> tuple[int, ...]:
        root = self._tree.root
        return (root, *(c for c in self._tree.at_level(Level.COUNTY) if c != root))

    def _calendar(self, first: int, now: datetime, step: int) -> list[tuple[int, int]]:
        """The quarters or years that ended between ``first`` and now: (key, epoch second of the end)."""
        start, today = datetime.fromtimestamp(first, self._zone), now.astimezone(self._zone)
        ends = [
            (
                periods.instant_key(year, month),
                datetime(year + month // 12, month % 12 + 1, 1, tzinfo=self._zone),
            )
            for year in range(start.year, today.year + 1)
            for month in range(step, 13, step)
        ]
        return [(key, int(end.timestamp())) for key, end in ends if start <= end <= today]


_QUARTER, _YEAR = 3, 12


def _columns(
    codes: Sequence[str], regions: Sequence[int], keys: Sequence[tuple[int, int]], known: Sequence[Resource],
    tree: RegionTree,
) -> dict[str, list[Any]]:  # fmt: skip
    rows = []
    for region in regions:
        inside = [one for one in known if tree.contains(region, one.region)]
        for key, moment in keys:
            there = [
                one for one in inside
                if one.since <= moment and (one.withdrawn_at is None or one.withdrawn_at > moment)
            ]  # fmt: skip
            simulated = any(one.simulated for one in there)
            rows += [(code, region, key, _value(code, there), simulated) for code in codes]
    names = ("indicator", "region", "period", "value", "simulated")
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def _value(code: str, there: Sequence[Resource]) -> float:
    if code == "emerg.res.shelter_m2":
        return sum(one.capacity or 0.0 for one in there if one.kind == "shelter")
    items = [item for one in there if one.kind == "store" for item in one.stock if item.standard is not None]
    return float(len(items) if code == "emerg.res.supply_items" else sum(item.enough for item in items))


def web_address(text: str) -> bool:
    """Whether a text is an address that a browser may be led to: http or https, with a host, and no more tricks."""
    if len(text) > 500 or any(not c.isprintable() or c.isspace() for c in text) or "\\" in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _unknown(number: int) -> CockpitError:
    return CockpitError(Issue("resource_unknown", N_("没有编号 {id} 的资源，或已停用。"), N_("请刷新后再试。"),
                              params={"id": number}))  # fmt: skip


__all__ = [
    "FIGURES",
    "HELPERS",
    "KINDS",
    "Affected",
    "Nearby",
    "PeoplePart",
    "Resource",
    "Resources",
    "Stock",
]
