"""A simulated portfolio of key projects: ``packs/<city>/sample/projects.yaml`` and a seed in, records out.

Pure: the same spec, regions and seed give the same records. All of them are marked as simulated.
"""

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import yaml

from indicators.errors import N_
from indicators.projects import (
    FUNDS,
    PERMITS,
    PROBLEM_CLASSES,
    Listing,
    Milestone,
    Month,
    Part,
    Permit,
    Plan,
    Problem,
    Project,
    Total,
)
from indicators.regions import RegionTree
from services.projects_course import month_end, months_between, own_schedule

SOURCE = N_("模拟数据")
SLOW_IN_A_COUNTY = 2
QUIET_DAYS = 4
"""No problem of a township is registered in the last days, so that all of them are solved by the end."""

Spec = Mapping[str, Any]
Point = tuple[float, float]


def read(path: Path) -> Spec:
    """The spec of a pack."""
    spec: Spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    return spec


@dataclass
class Portfolio:
    """Projects and their records, by kind of record."""

    projects: list[Project] = field(default_factory=list)
    parts: dict[str, list[Part]] = field(default_factory=dict)

    def add(self, name: str, *records: Part) -> None:
        """Records of one kind."""
        self.parts.setdefault(name, []).extend(records)


@dataclass(frozen=True)
class _Draft:
    """A project on its way: its plan of each year, and what is planted in it."""

    project: Project
    county: int
    start: date
    finish: date
    plans: Mapping[int, float]
    lead: float
    stuck: float | None = None
    late: bool = False


def draw(
    spec: Spec, tree: RegionTree, centers: Mapping[int, Point], seed: int, first_id: int = 1
) -> Portfolio:
    """The whole portfolio."""
    return _Drawing(spec, tree, centers, seed).run(first_id)


class _Drawing:
    """One drawing, with its chance."""

    def __init__(self, spec: Spec, tree: RegionTree, centers: Mapping[int, Point], seed: int) -> None:
        self._spec = spec
        self._tree = tree
        self._centers = centers
        self._chance = np.random.default_rng([seed, crc32(b"projects")])
        self._last = date.fromisoformat(spec["last"])
        self._year = self._last.year
        self._used: set[str] = set()
        self._planted = 0
        self._stuck = spec["episodes"]["gaozhou-projects"]
        self._overdue = spec["episodes"]["start-overdue"]

    def run(self, first_id: int) -> Portfolio:
        made = Portfolio()
        drafts = self._plant(self._sized(list(self._drafts())))
        for number, draft in enumerate(drafts, first_id):
            draft = replace(draft, project=replace(draft.project, id=number))
            made.projects.append(self._settled(draft))
            for name, records in self._records(draft):
                made.add(name, *records)
        return made

    # ---- which projects

    def _drafts(self) -> Iterator[_Draft]:
        starts = [month for month, count in self._spec["starts"].items() for _ in range(count)]
        total = sum(one["projects"] for one in self._spec["counties"].values())
        fresh = self._chance.permutation(total)[: len(starts)]
        month_of = dict(zip(fresh.tolist(), starts, strict=True))
        number = 0
        for code, county in self._spec["counties"].items():
            for _ in range(county["projects"]):
                start = self._start(month_of.get(number))
                yield self._draft(self._tree.parse(code), start, self._finish(start))
                number += 1
            for _ in range(round(self._spec["reserve"] * county["projects"] / total)):
                start = self._day(self._year + 1, int(self._chance.integers(1, 13)))
                yield self._draft(self._tree.parse(code), start, self._finish(start))
            gone = round(self._spec["finished_before"] * county["projects"] / total)
            for _ in range(gone):
                start = self._day(self._year - 3, int(self._chance.integers(1, 13)))
                finish = self._day(self._year - 1, int(self._chance.integers(3, 9)))
                yield self._draft(self._tree.parse(code), start, finish, wide=True)

    def _start(self, month: int | None) -> date:
        """In this year for the new ones; the others began in the three years before."""
        if month is not None:
            return self._day(self._year, month)
        back = int(self._chance.integers(1, 30))
        index = self._year * 12 - back
        return self._day(index // 12, index % 12 + 1)

    def _finish(self, start: date) -> date:
        """After two to four years; of those that would be due, most in the last months of this year."""
        months = int(self._chance.integers(24, 48))
        earliest = 2 if self._chance.random() < self._spec["finish_early"] else 10
        index = max(start.year * 12 + start.month - 1 + months, self._year * 12 + earliest)
        return self._day(index // 12, index % 12 + 1)

    def _day(self, year: int, month: int) -> date:
        return date(year, month, int(self._chance.integers(5, calendar.monthrange(year, month)[1] + 1)))

    def _draft(self, county: int, start: date, finish: date, wide: bool = False) -> _Draft:
        towns = [
            code
            for code in self._tree.children(county, territories_only=True)
            if self._tree.get(code).kind != "farm_or_zone"
        ]
        wide = wide or self._chance.random() < self._spec["county_share"]
        region = county if wide or not towns else int(self._chance.choice(towns))
        kind = self._kind(region)
        lon, lat = self._position(region, towns)
        industry, public = kind["industry"], kind["type"] != "industry"
        scopes = tuple(
            name
            for name, share in (("province", 0.22), ("city", 0.62), ("county", 0.9))
            if self._chance.random() < share
        )
        project = Project(
            id=0,
            name=f"{self._place(region)}{kind['name']}",
            region=region,
            code=self._code(county, start),
            lon=lon,
            lat=lat,
            type=kind["type"],
            industry=industry,
            owner=self._owner(county, public),
            department=self._spec["departments"][industry],
            scopes=scopes or ("city",),
            planned_start=start,
            planned_finish=finish,
            simulated=True,
            source=SOURCE,
            quality="S",
        )
        lead = float(self._spec["lead"] + self._chance.normal(0, 1.0))
        return _Draft(project, county, start, finish, {}, lead)

    def _kind(self, region: int) -> Mapping[str, Any]:
        kinds = self._spec["kinds"]
        order = self._chance.permutation(len(kinds))
        place = self._place(region)
        free = next(
            (kinds[spot] for spot in order if f"{place}{kinds[spot]['name']}" not in self._used), None
        )
        chosen: Mapping[str, Any] = free if free is not None else kinds[order[0]]
        self._used.add(f"{place}{chosen['name']}")
        return chosen

    def _place(self, region: int) -> str:
        return self._tree.name(region)

    def _code(self, county: int, start: date) -> str:
        serial = int(self._chance.integers(100000, 999999))
        return f"M{start:%y%m}-{county // 10**6}-04-01-{serial}"

    def _owner(self, county: int, public: bool) -> str:
        if public:
            return str(self._chance.choice(self._spec["owners"]["public"])).format(
                county=self._tree.name(county)
            )
        name = str(self._chance.choice(self._spec["owners"]["names"]))
        return str(self._chance.choice(self._spec["owners"]["industry"])).format(n=name)

    def _position(self, region: int, towns: Sequence[int]) -> tuple[float | None, float | None]:
        """Near the middle of the township; of one that spans several, near the middle of them."""
        known = [
            self._centers[code]
            for code in ([region] if region in self._centers else towns)
            if code in self._centers
        ]
        if not known:
            return None, None
        lon, lat = np.mean(known, axis=0)
        shift = self._chance.normal(0, 0.012, 2)
        return round(float(lon + shift[0]), 5), round(float(lat + shift[1]), 5)

    # ---- how much

    def _sized(self, drafts: list[_Draft]) -> list[_Draft]:
        """Plans and totals, so that the city and the counties have their size."""
        weights = {self._tree.parse(code): one["weight"] for code, one in self._spec["counties"].items()}
        sizes = self._chance.lognormal(0, 0.8, len(drafts))
        plans: list[dict[int, float]] = [{} for _ in drafts]
        for year, amount in self._spec["year_plan"].items():
            for county, weight in weights.items():
                share = amount * weight / sum(weights.values())
                own = [
                    n
                    for n, draft in enumerate(drafts)
                    if draft.county == county and draft.start.year <= year <= draft.finish.year
                ]
                part = {n: sizes[n] * self._part_of_year(drafts[n], year) for n in own}
                for n in own:
                    plans[n][year] = max(0.05, round(share * part[n] / sum(part.values()), 2))
        scale = self._spec["total"] / sum(
            sizes[n] * self._years(drafts[n]) for n in range(len(drafts)) if self._year in plans[n]
        )
        return [
            replace(
                draft,
                plans=plans[n],
                project=replace(
                    draft.project,
                    total=max(
                        round(sum(plans[n].values()) * 1.25, 2),
                        round(float(scale * sizes[n] * self._years(draft)), 2),
                    ),
                ),
            )
            for n, draft in enumerate(drafts)
        ]

    def _part_of_year(self, draft: _Draft, year: int) -> float:
        """The part of a year in which there is work."""
        first = draft.start.month if draft.start.year == year else 1
        last = draft.finish.month if draft.finish.year == year else 12
        return max(1, last - first + 1) / 12

    def _years(self, draft: _Draft) -> float:
        return max(0.5, (draft.finish - draft.start).days / 365)

    # ---- what is planted

    def _plant(self, drafts: list[_Draft]) -> list[_Draft]:
        region = self._tree.parse(self._stuck["region"])
        own = sorted(
            (n for n, draft in enumerate(drafts) if draft.county == region and self._year in draft.plans),
            key=lambda n: -drafts[n].plans[self._year],
        )
        count = 0
        for n in own:
            began = drafts[n].start < date(self._year, 4, 1)
            stuck = began and count < self._stuck["stuck"]
            count += stuck
            pace = self._stuck["stuck_pace"] if stuck else self._stuck["other_pace"]
            drafts[n] = replace(drafts[n], stuck=float(pace))
        self._plant_overdue(drafts)
        self._plant_slow(drafts)
        return drafts

    def _plant_overdue(self, drafts: list[_Draft]) -> None:
        region = self._tree.parse(self._overdue["region"])
        fresh = [
            n
            for n, draft in enumerate(drafts)
            if draft.county == region and draft.start.year == self._year
        ]  # fmt: skip
        chosen = sorted(fresh, key=lambda n: drafts[n].plans[self._year])[: self._overdue["projects"]]
        for n in chosen:
            start, found = date.fromisoformat(self._overdue["planned"]), drafts[n].project
            kind = self._kind(region)
            name = f"{self._place(region)}{kind['name']}"
            project = replace(
                found,
                planned_start=start,
                region=region,
                name=name,
                type=kind["type"],
                industry=kind["industry"],
            )
            small = {self._year: min(drafts[n].plans[self._year], 0.6)}
            drafts[n] = replace(drafts[n], project=project, start=start, plans=small, late=True)

    def _plant_slow(self, drafts: list[_Draft]) -> None:
        steady = [
            n for n, draft in enumerate(drafts)
            if draft.stuck is None and not draft.late and self._year in draft.plans and draft.start.year < self._year < draft.finish.year and draft.project.region != draft.county
        ]  # fmt: skip
        chosen: list[int] = []
        for n in sorted(steady, key=lambda n: drafts[n].plans[self._year]):
            if sum(drafts[n].county == drafts[other].county for other in chosen) < SLOW_IN_A_COUNTY:
                chosen.append(n)
        del chosen[self._spec["slow"]["projects"] :]
        for n in chosen:
            drafts[n] = replace(drafts[n], lead=-float(self._spec["slow"]["points"]))

    # ---- the course of each

    def _settled(self, draft: _Draft) -> Project:
        """The project as it stands at the end: its actual days and its stage."""
        project = draft.project
        start = draft.start - timedelta(days=int(self._chance.integers(0, draft.start.day)))
        finish = draft.finish - timedelta(days=int(self._chance.integers(0, draft.finish.day)))
        started = start <= self._last and not draft.late
        finished = finish <= self._last and started
        stage = "early" if draft.plans or self._chance.random() < 0.4 else "reserve"
        if finished:
            stage = (
                "producing" if project.type == "industry" and (self._last - finish).days > 90 else "finished"
            )
        elif started:
            stage = "started" if (self._last - start).days < 60 else "building"
        return replace(
            project,
            stage=stage,
            actual_start=start if started else None,
            actual_finish=finish if finished else None,
        )

    def _records(self, draft: _Draft) -> Iterator[tuple[str, list[Part]]]:
        project = draft.project
        yield "total", self._totals(draft)
        if not draft.plans:
            return
        yield "listing", [Listing(project.id, year, date(year, 1, 1)) for year in draft.plans]
        yield "plan", [Plan(project.id, year, date(year, 1, 1), plan) for year, plan in draft.plans.items()]
        yield "month", list(self._months(draft))
        yield "milestone", list(self._milestones(draft))
        yield "permit", list(self._permits(draft))
        yield "problem", list(self._problems(draft))

    def _totals(self, draft: _Draft) -> list[Part]:
        """The total, and for some an earlier version before the estimate was adjusted."""
        project, total = draft.project, draft.project.total or 0.0
        first = date(min(draft.plans, default=self._year), 1, 1)
        if draft.plans and self._chance.random() < 0.08:
            before = round(total * float(self._chance.uniform(0.88, 0.97)), 2)
            later = date(self._year, int(self._chance.integers(2, 9)), 15)
            return [Total(project.id, first, before), Total(project.id, later, total, N_("概算调整"))]
        return [Total(project.id, first, total)]

    def _schedule(self, _region: int, _year: int, month: int) -> float:
        return float(self._spec["season"][month - 1]) if month else 0.0

    def _months(self, draft: _Draft) -> Iterator[Month]:
        funds, bonds, land = self._spec["funds"], self._spec["bonds"], self._spec["land"]
        public = draft.project.type in ("infrastructure", "livelihood")
        bond = self._amount(bonds) if public else 0.0
        area = self._amount(land)
        supplied = float(np.clip(land["done"] + self._chance.normal(0, 0.012), 0.91, 1.0))
        for year, plan in draft.plans.items():
            done, arrived, paid, noise = 0.0, 0.0, 0.0, 0.0
            for _, month in months_between((year, 1), min((year, 12), (self._last.year, self._last.month))):
                noise = 0.6 * noise + float(self._chance.normal(0, 0.5))
                share = self._share(draft, year, month, noise)
                target = plan * share / 100
                grown = max(target - self._target_before(draft, year, month, plan), 0.0)
                pace = self._pace(draft, year, month)
                done = max(done, target) if pace is None else done + grown * pace
                asked = plan * funds["of_plan"] * self._schedule(0, year, month) / 100
                before = plan * funds["of_plan"] * self._schedule(0, year, month - 1) / 100
                arrived += (
                    (asked - before)
                    * funds["arrived"]
                    * (self._stuck["fund_pace"] if pace is not None else 1)
                )
                paid = arrived * funds["paid"]
                used = min(1.0, month / 12 + bonds["ahead"] / 100)
                parts = {f"fund_{name}": round(arrived * funds["shares"][name], 4) for name in FUNDS}
                yield Month(
                    draft.project.id, year, month, round(done, 4), round(asked, 4), **parts, paid=round(paid, 4),
                    bond_issued=round(bond, 4), bond_used=round(bond * used, 4),
                    land_need=round(area), land_done=round(area * supplied),
                    registered=not draft.late and self._begun(draft, year, month),
                )  # fmt: skip

    def _amount(self, spec: Mapping[str, float]) -> float:
        """About so much for a share of the projects, nothing for the others."""
        size = spec["each"] * float(self._chance.uniform(0.5, 1.5))
        return size if self._chance.random() < spec["share"] else 0.0

    def _begun(self, draft: _Draft, year: int, month: int) -> bool:
        start = draft.start
        return start is not None and (start.year, start.month) <= (year, month)

    def _share(self, draft: _Draft, year: int, month: int, noise: float) -> float:
        """Percent of the year's plan that is done by the end of a month, without what is planted."""
        due = own_schedule(self._schedule, draft.project, year, month)
        if due is None or draft.late:
            return 0.0
        if due >= 100:
            return 100.0
        return float(np.clip(due + (draft.lead + noise) * min(1.0, due / 12), 0, 104))

    def _target_before(self, draft: _Draft, year: int, month: int, plan: float) -> float:
        return plan * self._share(draft, year, month - 1, 0.0) / 100 if month > 1 else 0.0

    def _pace(self, draft: _Draft, year: int, month: int) -> float | None:
        begins = self._stuck["from"]
        return draft.stuck if draft.stuck is not None and f"{year}-{month:02d}" >= begins else None

    def _milestones(self, draft: _Draft) -> Iterator[Milestone]:
        project = draft.project
        span = (draft.finish - draft.start).days
        names = self._spec["milestones"]
        for step, name in enumerate(names):
            due = draft.start + timedelta(days=round(span * step / (len(names) - 1)))
            actual: date | None = due - timedelta(days=int(self._chance.integers(0, min(20, due.day))))
            approved, reason = None, ""
            if draft.late or self._missed(draft, due):
                actual = None
            elif self._chance.random() < self._spec["milestones_late"] and due < self._last - timedelta(
                days=90
            ):
                actual = due + timedelta(days=9)
            elif self._chance.random() < 0.02 and due < self._last:
                approved, reason = due + timedelta(days=45), N_("雨季停工，报经批准延期")
                actual = approved - timedelta(days=3)
            actual = actual if actual is not None and actual <= self._last else None
            yield Milestone(0, project.id, name, due, approved, reason, actual)

    def _missed(self, draft: _Draft, due: date) -> bool:
        held = draft.stuck is not None and f"{due:%Y-%m}" >= self._stuck["milestones_from"]
        return held and bool(self._chance.random() < self._stuck["milestones_missed"])

    def _permits(self, draft: _Draft) -> Iterator[Permit]:
        start = draft.start
        assert start is not None
        for step, category in enumerate(PERMITS):
            due = start - timedelta(days=20 * (len(PERMITS) - step))
            work = max(4, round(float(self._chance.normal(self._spec["permits"]["days"], 3))))
            granted = due - timedelta(days=int(self._chance.integers(0, 6)))
            accepted = date.fromisoformat(
                str(np.busday_offset(np.datetime64(granted), -work, roll="forward"))
            )
            held = draft.late and category in ("land", "construction")
            there = granted <= self._last and not held
            yield Permit(0, draft.project.id, category, due, accepted if accepted <= self._last else None,
                         granted if there else None)  # fmt: skip

    def _problems(self, draft: _Draft) -> Iterator[Problem]:
        spec, project = self._spec["problems"], draft.project
        first = date(min(draft.plans), 1, 1)
        last = min(month_end(max(draft.plans), 12), self._last)
        rate = spec["a_year"] / 150 / 365
        day = first + timedelta(days=int(self._chance.exponential(1 / rate)))
        quiet = timedelta(0 if project.region == draft.county else QUIET_DAYS)
        while day <= last - quiet:
            days = max(3, round(float(self._chance.normal(spec["days"], 4))))
            confirmed: date | None = day + timedelta(days=days)
            if confirmed is not None and confirmed > self._last:
                confirmed = None if project.region == draft.county else self._last
            yield self._problem(draft, str(self._chance.choice(list(PROBLEM_CLASSES))), day, day + timedelta(days=spec["limit"]),
                                confirmed)  # fmt: skip
            day += timedelta(days=1 + int(self._chance.exponential(1 / rate)))
        yield from self._planted_problems(draft)

    def _planted_problems(self, draft: _Draft) -> Iterator[Problem]:
        """What holds up the projects that stand still, one for each until there are enough."""
        planted = self._stuck["problems"]
        if draft.stuck != self._stuck["stuck_pace"] or self._planted == planted["count"]:
            return
        category = self._stuck["problem_classes"][self._planted]
        self._planted += 1
        registered = date.fromisoformat(planted["registered"])
        yield self._problem(draft, category, registered, date.fromisoformat(planted["deadline"]), None)

    def _problem(
        self, draft: _Draft, category: str, registered: date, deadline: date, confirmed: date | None
    ) -> Problem:
        owner = {
            "land": "natres", "planning": "natres", "assessment": "env", "relocation": "housing",
            "fund": "finance", "utilities": "energy", "labour": "hrss", "other": draft.project.department,
        }[category]  # fmt: skip
        title = str(self._chance.choice(self._spec["problem_titles"][category]))
        reported = confirmed - timedelta(days=1) if confirmed and confirmed > registered else confirmed
        return Problem(0, draft.project.id, category, title, owner, registered, deadline, reported, confirmed,
                       draft.project.owner if confirmed else "")  # fmt: skip
