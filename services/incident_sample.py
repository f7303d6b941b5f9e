"""Simulated incidents: as many as a city has, with the traces that handling leaves, and some still open at the end.

``generate`` is a pure function of the spec of the pack, the regions, their centres and a seed. Everything it makes is
marked simulated. Counts, shares and what was planted stand in ``sample/incidents.yaml`` (docs/emergency.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from data_access.incidents import (
    Action,
    Assessment,
    Consultation,
    Contact,
    Count,
    Duty,
    Entry,
    Incident,
    Report,
    ResponseLevel,
    Stage,
    Task,
    WarningLevel,
)
from indicators.regions import Level, RegionTree
from services.incident_rules import CHANNELS, DAY, HOUR, METRICS, MINUTE, STAGES, Rules

Rows = dict[type, list[Any]]
Centres = Mapping[int, tuple[float, float]]

DESK = "指挥中心"
UNITS = (
    "公安局",
    "交通运输局",
    "卫生健康局",
    "应急管理局",
    "城市管理局",
    "镇（街）人民政府",
    "供电局",
    "水务局",
)
ORDERS = (
    "现场警戒和疏导",
    "核实伤亡和原因并续报",
    "组织救治",
    "排查次生风险",
    "发布信息、回应关切",
    "抢通道路和电力",
)
TEAMS = ("消防救援队", "应急救援队伍", "急救中心", "民兵应急分队")
SURNAMES = "陈梁黄李张林吴刘杨何邓周"
POSTS = (
    ("leader", "带班领导"),
    ("leader", "副主任"),
    ("officer", "值班员"),
    ("officer", "值班员"),
    ("officer", "值班员"),
)


@dataclass
class Maker:
    """Draws incidents one after the other and keeps their rows."""

    spec: Mapping[str, Any]
    tree: RegionTree
    rules: Rules
    weights: Sequence[float]
    seasons: Mapping[str, NDArray[np.float64]]
    centres: Centres
    seed: int
    zone: timedelta
    numbers: dict[type, int]
    rows: Rows = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = np.random.default_rng([self.seed, crc32(b"incidents")])
        self.first, self.last = (date.fromisoformat(self.spec[name]) for name in ("first", "last"))
        self.end = self.at(self.last + timedelta(days=1))
        self.counties = self.tree.at_level(Level.COUNTY, self.tree.root)
        self.towns = {
            county: [
                code for code in self.tree.children(county)
                if self.tree.get(code).kind in ("subdistrict", "town", "township")
            ]
            for county in self.counties
        }  # fmt: skip

    # ---- small things

    def at(self, day: date, minutes: float = 0) -> int:
        """The instant at so many minutes after local midnight."""
        local = datetime.combine(day, time()) + timedelta(minutes=minutes)
        return int((local - self.zone).replace(tzinfo=UTC).timestamp())

    def put(self, row: Any) -> int:
        """Keep a row under its next number; the number."""
        kind = type(row)
        number = 0
        if "id" in row._fields:
            number = self.numbers[kind]
            self.numbers[kind] = number + 1
            row = row._replace(id=number)
        self.rows.setdefault(kind, []).append(row)
        return number

    def quiet(self, at: int) -> bool:
        """Whether nothing is missed any more at that time."""
        return at > self.end - int(self.spec["quiet_days"]) * DAY

    def hit(self, share: float) -> bool:
        """By chance, so often."""
        return bool(self.chance.random() < share)

    def missed(self, what: str, at: int) -> bool:
        """Whether a bound is missed by chance."""
        return not self.quiet(at) and self.hit(self.spec["missed"][what])

    def between(self, low: float, high: float) -> float:
        """Any number from low to high."""
        return float(self.chance.uniform(low, high))

    # ---- all of it

    def make(self) -> Rows:
        """Every row, by type."""
        for category, profile in self.spec["classes"].items():
            self._ordinary(category, profile)
        for planted in self.spec["typhoon"]:
            self._typhoon(planted)
        for told in self.spec["open"]:
            self._open(told)
        self._people()
        return self.rows

    def _ordinary(self, category: str, profile: Mapping[str, Any]) -> None:
        days = (self.last - self.first).days + 1
        share = np.array(self.weights) / sum(self.weights)
        season = self.seasons[profile.get("season", "flat")]
        dates = [self.first + timedelta(days=n) for n in range(days)]
        rate = np.array([
            profile["count"] / 365 * season[day.month - 1]
            * (1 + profile.get("grow", 0) / 100) ** (day.year - self.spec["year"] + (day.month - 6.5) / 12)
            for day in dates
        ])  # fmt: skip
        drawn: NDArray[np.int64] = self.chance.poisson(rate[None, :] * share[:, None])
        for spot, county in enumerate(self.counties):
            for number in np.flatnonzero(drawn[spot]):
                for _ in range(int(drawn[spot, number])):
                    self._one(category, county, self.at(dates[number], self.between(0, 1439)))

    def _one(
        self,
        category: str,
        county: int,
        occurred: int,
        harm: Mapping[str, float] | None = None,
        kind: str = "",
    ) -> None:
        """An incident that was handled in some hours."""
        spec, chance = self.spec, self.chance
        occurred -= max(0, occurred - (self.end - 3 * HOUR))
        towns = self.towns[county]
        town = towns[int(chance.integers(len(towns)))]
        kinds = self.rules.kinds[category]
        kind = kind or kinds[int(chance.integers(1 if category == "natural" else 0, len(kinds)))]
        late = not self.quiet(occurred) and self.hit(spec["late"])
        delay = self.between(130, 190) if late else float(np.clip(chance.lognormal(2.68, 0.25), 5, 27))
        reported = occurred + int(delay) * MINUTE
        ended = reported + int(float(np.clip(chance.lognormal(1.22, 0.42), 0.7, 9)) * HOUR)
        ended = min(ended, self.end - HOUR)
        sensitive = self.hit(spec["sensitive"])
        lon, lat = self._near(town)
        number = self.put(
            Incident(
                0, f"sample:{self.seed}:{self.numbers[Incident]}", f"{self.tree.name(town)}{kind}", category, kind, "",
                self.rules.code_system, 4, town, self.tree.name(town) if lon is not None else "", lon, lat, occurred,
                reported, f"{self.tree.name(town)}值班室", CHANNELS[int(chance.integers(len(CHANNELS)))],
                "restricted" if category == "security" else "internal", late or self.hit(spec["reportable"]), sensitive,
                True, ended, None, reported, DESK,
            )
        )  # fmt: skip
        report = self.put(Report(0, number, "initial", reported, DESK, "", reported))
        for metric, value in (harm or self._harm(category, occurred)).items():
            if value:
                self.put(Count(0, number, report, metric, value, ""))
        self._handling(number, occurred, reported, ended, sensitive, category)

    def _harm(self, category: str, occurred: int) -> dict[str, float]:
        found: dict[str, float] = {}
        if occurred > self.end - int(self.spec["harm_quiet_days"]) * DAY:
            return found
        for metric, told in self.spec["harm"].items():
            if category in told["classes"] and self.hit(told["share"]):
                among = sum(self.spec["classes"][name]["count"] for name in told["classes"]) * told["share"]
                found[metric] = float(max(1, self.chance.poisson(told["year"] / among)))
        return found

    def _near(self, town: int) -> tuple[float | None, float | None]:
        centre = self.centres.get(town)
        if centre is None:
            return None, None
        away = self.chance.normal(0, 0.01, 2)
        return round(centre[0] + float(away[0]), 5), round(centre[1] + float(away[1]), 5)

    # ---- what handling leaves

    def _handling(
        self, number: int, occurred: int, reported: int, ended: int, sensitive: bool, category: str
    ) -> None:  # fmt: skip
        start = reported + int(np.clip(self.chance.normal(10, 1.6), 5, 14)) * MINUTE
        self._stage(number, STAGES[0], reported, start)
        self._stage(number, STAGES[1], start, start + 20 * MINUTE)
        self._stage(number, STAGES[2], start + 5 * MINUTE, ended)
        if sensitive:
            self._stage(number, STAGES[3], start + 15 * MINUTE, start + int(self.between(40, 110)) * MINUTE)
        self._tasks(number, start)
        if self.hit(self.spec["consulted"]):
            self._consult(number, start + 30 * MINUTE)
        responded = category == "natural" and self.hit(self.spec["response"]) and not self.quiet(occurred)
        if responded:
            self.put(ResponseLevel(0, number, "救灾", 4, start, DESK, "", start))
            self.put(ResponseLevel(0, number, "救灾", 0, ended, DESK, "", ended))
        if responded or self.hit(self.spec["reviewed"]):
            self._review(number, ended)
        self.put(Entry(0, number, ended, DESK, "terminate", "处置完毕"))

    def _stage(self, number: int, stage: str, begun: int, ended: int) -> None:
        over = max(begun, min(ended, self.end - MINUTE))
        self.put(Stage(0, number, stage, begun, DESK, over, DESK, "", None, begun))

    def _tasks(self, number: int, start: int) -> None:
        told = self.spec["tasks"]
        rescue, other = self.chance.poisson(told["rescue"]), self.chance.poisson(told["other"])
        site = self.hit(told["site"])
        for place in range(int(rescue) + int(other)):
            sent = place < rescue
            issued = start + int(self.between(1, 25)) * MINUTE
            wait = int(self.between(60, 240)) * MINUTE
            acked = issued + int(40 if self.missed("ack", issued) else self.between(1, 20)) * MINUTE
            answered = issued + int(
                wait * (1.4 if self.missed("answer", issued) else self.between(0.4, 0.95))
            )
            minutes = (
                34.0
                if self.missed("arrival", issued)
                else float(np.clip(self.chance.lognormal(2.1, 0.26), 3, 14))
            )
            names = TEAMS if sent else UNITS
            linked = issued + 12 * MINUTE if site and place == 0 else None
            self.put(
                Task(
                    0, number, names[int(self.chance.integers(len(names)))],
                    "赶赴现场处置" if sent else ORDERS[int(self.chance.integers(len(ORDERS)))], sent, False,
                    site and place == 0, issued, DESK, issued + self.rules.limits.ack_peace * MINUTE, issued + wait,
                    acked, issued + int(minutes * MINUTE) if sent else None, linked, answered, "已办结", answered,
                )
            )  # fmt: skip

    def _consult(self, number: int, at: int) -> None:
        self._stage(number, STAGES[4], at, at + 40 * MINUTE)
        self.put(
            Consultation(0, number, at, "video", "应急管理局、公安局、卫生健康局", "统一部署，分工处置", DESK)
        )
        for _ in range(int(self.chance.poisson(1.85))):
            due = at + int(self.between(3, 10)) * DAY
            self._action(number, "consult", ORDERS[int(self.chance.integers(len(ORDERS)))], due)

    def _action(self, number: int, purpose: str, task: str, due: int) -> None:
        done = due + int(2 * DAY if self.missed("action", due) else -self.between(0.2, 2) * DAY)
        over = done if done < self.end else None
        owner = UNITS[int(self.chance.integers(len(UNITS)))]
        self.put(Action(0, number, purpose, task, owner, due, over, DESK if over else ""))

    def _review(self, number: int, ended: int) -> None:
        due = ended + self.rules.limits.assessment_days * DAY
        done = ended + int(self.between(10, 28)) * DAY
        over = done if done < self.end else None
        self.put(Assessment(number, due, over, DESK if over else "", "处置及时，职责清楚" if over else ""))
        if over is None:
            return
        self.put(Stage(0, number, STAGES[5], done - DAY, DESK, done, DESK, "", None, done))
        for _ in range(int(self.chance.poisson(3.7))):
            self._action(number, "fix", "完善预案和联动流程", done + int(self.between(20, 60)) * DAY)

    # ---- what was planted

    def _typhoon(self, told: Mapping[str, Any]) -> None:
        county = self.tree.parse(told["region"])
        day, last = date.fromisoformat(told["from"]), date.fromisoformat(told["to"])
        while day <= last:
            harm = {name: float(told[name]) for name in METRICS if name in told}
            count = int(told["count"])
            for part in _parted(harm, max(count, 1)):
                self._one("natural", county, self.at(day, self.between(360, 1200)), part, "台风")
            day += timedelta(days=1)

    def _open(self, told: Mapping[str, Any]) -> None:
        occurred = int(
            (datetime.fromisoformat(told["occurred_at"]) - self.zone).replace(tzinfo=UTC).timestamp()
        )
        reported = self._after(occurred, told["report_minutes"])
        region = self.tree.parse(told["region"])
        number = self.put(
            Incident(
                0, f"sample:{self.seed}:{self.numbers[Incident]}", told["title"], told["category"], told["kind"], "",
                self.rules.code_system, told["level"], region, told["place"], told.get("lon"), told.get("lat"),
                occurred, reported, told["reported_by"], told["channel"], "internal", True, True, True, None, None,
                reported, DESK,
            )
        )  # fmt: skip
        for one in told["stages"]:
            begun = self._after(occurred, one["from"])
            over = self._after(occurred, one["to"]) if "to" in one else None
            self.put(Stage(0, number, one["stage"], begun, DESK, over, DESK if over else "", "", None, begun))
        for one in told.get("warning", ()):
            at = self._after(occurred, one["at"])
            self.put(WarningLevel(0, number, one["level"], at, DESK, "", at))
        for one in told.get("response", ()):
            at = self._after(occurred, one["at"])
            self.put(ResponseLevel(0, number, one["kind"], one["level"], at, DESK, "", at))
        for one in told["reports"]:
            at = self._after(occurred, one["at"])
            report = self.put(Report(0, number, one["kind"], at, DESK, one.get("note", ""), at))
            for metric in METRICS:
                if metric in one:
                    self.put(Count(0, number, report, metric, float(one[metric]), ""))
            self.put(Entry(0, number, at, DESK, "report", one.get("note", "首报")))
        self._told_tasks(number, occurred, told["tasks"])
        if "consultation" in told:
            self._told_consultation(number, occurred, told["consultation"])

    def _told_tasks(self, number: int, occurred: int, tasks: Sequence[Mapping[str, Any]]) -> None:
        for one in tasks:
            issued = self._after(occurred, one["at"])
            stamp = {
                name: self._after(issued, one[name]) if name in one else None
                for name in ("ack", "arrive", "connect", "answer")
            }
            self.put(
                Task(
                    0, number, one["unit"], one["task"], one.get("rescue", False), False, one.get("site", False), issued,
                    DESK, self._after(issued, self.rules.limits.ack_peace), self._after(issued, one["minutes"]),
                    stamp["ack"], stamp["arrive"], stamp["connect"], stamp["answer"],
                    "已落实" if stamp["answer"] else "", stamp["answer"],
                )
            )  # fmt: skip
            self.put(Entry(0, number, issued, DESK, "assign", f"{one['unit']}：{one['task']}"))

    def _told_consultation(self, number: int, occurred: int, told: Mapping[str, Any]) -> None:
        at = self._after(occurred, told["at"])
        self.put(Consultation(0, number, at, "video", told["members"], told["outcome"], DESK))
        self.put(Entry(0, number, at, DESK, "consult", told["outcome"]))
        for line in told["actions"]:
            owner, _, task = line.partition("：")
            self.put(Action(0, number, "consult", task, owner, at + DAY, None, ""))

    def _after(self, at: int, minutes: float) -> int:
        return at + int(minutes) * MINUTE

    # ---- people

    def _people(self) -> None:
        """Contacts of the city and its counties, and the roster up to the day that the spec says."""
        until = self.at(date.fromisoformat(self.spec["duty_until"]) + timedelta(days=1))
        for place, region in enumerate((self.tree.root, *self.counties)):
            found: dict[str, list[int]] = {"leader": [], "officer": []}
            for spot, (role, post) in enumerate(POSTS):
                name = SURNAMES[(place * 5 + spot) % len(SURNAMES)] + "某某"
                phone = f"{self.spec['phones']}{place:02}{spot:02}"
                found[role].append(self.put(Contact(0, region, name, post, phone, True)))
            begins, turn = self.at(self.last, 8 * 60), 0
            while begins < until:
                for role, people in found.items():
                    shift = "night" if turn % 2 else "day"
                    self.put(
                        Duty(
                            region, begins, role, begins + 12 * HOUR, shift, people[(turn // 2) % len(people)]
                        )
                    )
                begins, turn = begins + 12 * HOUR, turn + 1


def _parted(harm: Mapping[str, float], count: int) -> Iterator[dict[str, float]]:
    """Figures shared by so many incidents, to the last digit."""
    for place in range(count):
        yield {name: value // count + (value % count if place == 0 else 0) for name, value in harm.items()}
