"""The simulated registry of a pack: systems, resources of the themes of the catalogue, a source for nearly every figure.

The same seed gives the same registry; every entry is marked as simulated.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from data_access.registry import Report, Resource, Supply, System
from indicators.catalog import Catalog
from indicators.definition import Indicator
from indicators.regions import Level, RegionTree
from services.recorded import is_of_records

BEGUN = date(2021, 3, 1)
"""Before this day nothing was surveyed."""

ACTOR = "模拟"


@dataclass(frozen=True)
class Sample:
    """Everything that is made up."""

    systems: tuple[System, ...]
    resources: tuple[Resource, ...]
    supplies: tuple[Supply, ...]
    reports: tuple[Report, ...]


def made_up(
    spec: Mapping[str, Any], catalog: Catalog, tree: RegionTree, digests: Mapping[str, str], seed: int, today: date, at: int
) -> Sample:  # fmt: skip
    """The registry that a spec describes.

    digests  of the loads that brought the figures, by code: those of records come from records
    at       the moment at which it is made
    """
    systems = tuple(_systems(spec, tree, seed, today, at))
    by_department = defaultdict(list)
    for one in systems:
        if one.region == tree.root and not one.cleared_on:
            by_department[one.department].append(one.id)
    resources = tuple(_resources(spec, catalog, tree, by_department, seed, today, at))
    supplies = tuple(_supplies(spec, catalog, tree, by_department, digests, seed, at))
    holders: list[System | Resource] = [*systems, *resources]
    departments = sorted({one.department for one in holders if one.region == tree.root})
    return Sample(systems, resources, supplies, tuple(_reports(spec, tree, departments, seed, today)))


def _systems(spec: Mapping[str, Any], tree: RegionTree, seed: int, today: date, at: int) -> Iterator[System]:
    number = 0
    kept: dict[str, Any] = {"simulated": True, "version": 1, "changed_by": ACTOR, "changed_at": at}
    for department, name, since in spec["systems"]:
        number += 1
        chance = _chance(seed, name)
        unused = name in spec["unused"]
        yield System(
            number, name, department, tree.root, _int(since), users=20 + int(chance * 400),
            used_on=_int(today - timedelta(days=260 if unused else 1 + int(chance * 20))),
            connected_on=_int(max(since, BEGUN) + timedelta(days=int(chance * 300))), **kept,
        )  # fmt: skip
    for department, name, since, reason, found, cleared in spec["idle"]:
        number += 1
        yield System(
            number, name, department, tree.root, _int(since), idle_reason=reason, found_on=_int(found),
            cleared_on=_int(cleared), used_on=_int(found - timedelta(days=400)),
            connected_on=_int(BEGUN), **kept,
        )  # fmt: skip
    for county in spec["counties"]:
        region = tree.parse(county)
        for department, name in spec["county_systems"]:
            number += 1
            chance = _chance(seed, f"{county}{name}")
            since = date(2019, 1, 1) + timedelta(days=int(chance * 1200))
            yield System(
                number, f"{tree.name(region)}{name}", department, region, _int(since), users=5 + int(chance * 90),
                used_on=_int(today - timedelta(days=1 + int(chance * 25))),
                connected_on=_int(max(since, BEGUN) + timedelta(days=int(chance * 300))), **kept,
            )  # fmt: skip


def _resources(
    spec: Mapping[str, Any], catalog: Catalog, tree: RegionTree, systems: Mapping[str, Sequence[int]], seed: int,
    today: date, at: int,
) -> Iterator[Resource]:  # fmt: skip
    """One for each theme of a department in the city, and of some departments in every county."""
    number = 0
    groups: dict[tuple[str, str], list[Indicator]] = defaultdict(list)
    for one in _collected(catalog):
        groups[one.department, ".".join(one.code.split(".")[:2])].append(one)
    places = [(tree.root, "", None)] + [
        (tree.parse(county), tree.name(tree.parse(county)), set(spec["county_departments"]))
        for county in spec["counties"]
    ]
    for region, prefix, only in places:
        for (department, _), ones in groups.items():
            if only is not None and (department not in only or not _below_city(ones)):
                continue
            number += 1
            first = ones[0]
            drawn = _chance(seed, f"{region}{first.code}")
            share = _drawn(spec["shares"], drawn)
            needed = BEGUN + timedelta(days=int(drawn * 500))
            catalogued = needed + timedelta(days=30 + int(drawn * 200))
            shared = catalogued + timedelta(days=30 + int(_chance(seed, first.code) * 1300))
            offered = share != "none" and shared < today
            yield Resource(
                number, f"{prefix}{first.name_zh}等{len(ones)}项数据", department, region, _int(needed),
                system=next(iter(systems.get(department, ())), None) if not prefix else None,
                content="、".join(one.name_zh for one in ones[:8]), share=share, basis=spec["bases"].get(share, ""),
                cycle=str(first.frequency) if str(first.frequency) != "hourly" else "daily",
                codes=" ".join(one.code for one in ones) if not prefix else "",
                catalogued_on=_int(catalogued) if catalogued < today else None,
                shared_on=_int(shared) if offered else None,
                opened_on=_int(shared) if offered and drawn < spec["opened"] else None,
                updated_on=_int(today - timedelta(days=1 + int(drawn * 20))) if offered else None,
                simulated=True, version=1, changed_by=ACTOR, changed_at=at,
            )  # fmt: skip


def _supplies(
    spec: Mapping[str, Any], catalog: Catalog, tree: RegionTree, systems: Mapping[str, Sequence[int]],
    digests: Mapping[str, str], seed: int, at: int,
) -> Iterator[Supply]:  # fmt: skip
    number = 0
    for one in _collected(catalog):
        if _chance(seed, one.code) < spec["unregistered"]:
            continue
        number += 1
        own = systems.get(one.department, ())
        system = own[int(_chance(seed, one.code + "system") * len(own))] if own else None
        way = "records" if is_of_records(digests.get(one.code, "")) else "desk"
        yield Supply(
            number, one.code, tree.root, one.department, _int(date(2023, 1, 1)), system, way,
            simulated=True, version=1, changed_by=ACTOR, changed_at=at,
        )  # fmt: skip


def _reports(
    spec: Mapping[str, Any], tree: RegionTree, departments: Sequence[str], seed: int, today: date
) -> Iterator[Report]:
    for year in spec["reports"]:
        if date(year + 1, 1, 10) >= today:
            continue
        for department in departments:
            day = 3 + int(_chance(seed, f"{year}{department}") * 7)
            at = int(datetime(year + 1, 1, day, 2, tzinfo=UTC).timestamp())
            yield Report(0, year, department, tree.root, at, ACTOR, "", {}, simulated=True)


def _collected(catalog: Catalog) -> list[Indicator]:
    return [one for one in catalog.newest() if not one.derived and one.system != "ops"]


def _below_city(ones: Sequence[Indicator]) -> bool:
    return any(Level.parse(one.lowest_level) >= Level.COUNTY for one in ones)


def _chance(seed: int, text: str) -> float:
    """A number from 0 to 1, the same for the same text and seed."""
    return int.from_bytes(sha256(f"{seed}:{text}".encode()).digest()[:4]) / 2**32


def _drawn(shares: Mapping[str, float], chance: float) -> str:
    for name, share in shares.items():
        chance -= share
        if chance < 0:
            return name
    return next(iter(shares))


def _int(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
