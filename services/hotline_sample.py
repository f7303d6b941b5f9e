"""Simulated hotline cases with their loops, drawn as columns: a pure function of its spec, the regions and a seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_access.registers import Stretch
from indicators import periods
from services.hotline_book import (
    ACCEPTED,
    ANSWERED,
    CLOSED,
    DISPATCHED,
    HANDLED,
    RATED,
    REPEAT_DAYS,
    REVISITED,
    SUPERVISED,
)

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
DAY, HOUR, MINUTE = 86_400, 3_600, 60
NONE = -1


@dataclass(frozen=True)
class Drawn:
    """Rows in the order of the tables, and from when to when each county's register is complete."""

    cases: list[tuple[Any, ...]]
    steps: list[tuple[Any, ...]]
    stretches: Mapping[int, Stretch]


def draw(spec: Mapping[str, Any], towns: Mapping[int, Sequence[int]], seed: int, zone: timedelta) -> Drawn:
    """The simulated cases.

    spec   as in ``packs/<city>/sample/hotline.yaml``
    towns  the townships of every county that has cases
    zone   from UTC to the city's clock
    """
    return _Drawing(spec, towns, np.random.default_rng([seed, 12345]), int(zone.total_seconds())).run()


class _Drawing:
    """Columns of as many cases as there are; a step that did not happen begins at NONE."""

    def __init__(
        self,
        spec: Mapping[str, Any],
        towns: Mapping[int, Sequence[int]],
        chance: np.random.Generator,
        zone: int,
    ) -> None:
        self.spec, self.chance, self.zone = spec, chance, zone
        self.towns = towns
        self.last = _day(spec["last"])
        self.classes = list(spec["classes"])

    def run(self) -> Drawn:
        self._where_and_when()
        self._about()
        self._loop()
        self._cut()
        return Drawn(self._cases(), self._steps(), self._stretches())

    # ---- what comes in

    def _where_and_when(self) -> None:
        spec, chance = self.spec, self.chance
        days = np.arange(_day(spec["first"]), self.last + 1)
        weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
        usual = spec["cases_a_day"] * np.where(weekday >= 5, spec["weekend"], 1.0)
        rising = spec["rising"]
        here = spec["counties"][rising["county"]] / sum(spec["counties"].values())
        surge = here * spec["classes"][rising["class"]][0] * (rising["times"] - 1)
        swollen = usual * np.where(days >= _day(rising["from"]), 1 + surge, 1)
        self.day = np.repeat(days, chance.poisson(swollen))
        self.count = len(self.day)
        hour = chance.choice(24, self.count, p=_hours())
        minute = chance.integers(0, HOUR, self.count)
        self.accepted = np.sort(self.day * DAY + hour * HOUR + minute) - self.zone
        self.day = (self.accepted + self.zone) // DAY
        counties = [int(code.ljust(12, "0")) for code in spec["counties"]]
        shares = np.array(list(spec["counties"].values()))
        which = chance.choice(len(counties), self.count, p=shares / shares.sum())
        self.county = np.array(counties)[which]
        self.town = np.zeros(self.count, np.int64)
        for place, county in enumerate(counties):
            mine = which == place
            weight = np.exp(chance.normal(0, 0.7, len(self.towns[county])))
            self.town[mine] = chance.choice(self.towns[county], int(mine.sum()), p=weight / weight.sum())

    def _about(self) -> None:
        spec, chance, count = self.spec, self.chance, self.count
        rising = spec["rising"]
        shares = np.array([told[0] for told in spec["classes"].values()])
        more = shares * np.where(np.array(self.classes) == rising["class"], rising["times"], 1)
        late = self.day >= _day(rising["from"])
        late &= self.county == int(rising["county"].ljust(12, "0"))
        self.about = np.where(
            late,
            chance.choice(len(shares), count, p=more / more.sum()),
            chance.choice(len(shares), count, p=shares / shares.sum()),
        )
        self.surging = late & (self.about == self.classes.index(rising["class"]))
        self.matter = chance.integers(0, 1 << 20, count)
        channels = spec["channels"]
        self.channel = chance.choice(list(channels), count, p=list(channels.values()))
        self.direct = (chance.random(count) < spec["direct"]) & ~self.surging
        again = chance.random(count) < np.where(self.surging, rising["repeats"], spec["repeats"])
        self.repeat_of = self._earlier(again)

    def _earlier(self, again: Flags) -> Ints:
        """For each repeat the last case before it of the same township and class; none where there was none."""
        found = np.full(self.count, NONE)
        last: dict[tuple[int, int], int] = {}
        for place, key in enumerate(zip(self.town.tolist(), self.about.tolist(), strict=True)):
            if again[place] and key in last and self.accepted[place] - self.accepted[last[key]] < 30 * DAY:
                found[place] = last[key]
            last[key] = place
        return found

    # ---- what is done

    def _loop(self) -> None:
        spec, chance, count = self.spec, self.chance, self.count
        limit = np.array([told[2] for told in spec["classes"].values()])[self.about] * DAY
        self.extended = np.where(~self.direct & (chance.random(count) < spec["extended"]), 5, 0)
        dispatched = self.accepted + chance.integers(10 * MINUTE, 5 * HOUR, count)
        self.due = np.where(self.direct, NONE, dispatched + limit + self.extended * DAY)
        due_day = (self.due + self.zone) // DAY
        late = spec["late"]
        weak = (self.county == int(late["county"].ljust(12, "0"))) & (due_day >= _day(late["from"]))
        ontime = chance.random(count) < np.where(weak, late["on_time"], spec["on_time"])
        used = np.where(ontime, chance.beta(3, 2.2, count), 1 + chance.exponential(0.4, count) + 0.02)
        answered = dispatched + (used * (self.due - dispatched) * 0.94).astype(np.int64)
        answered = np.where(ontime, answered, np.maximum(answered, self.due + HOUR))
        answered = np.where(
            self.direct, self.accepted + chance.integers(2 * MINUTE, 15 * MINUTE, count), answered
        )
        handled = dispatched + ((answered - dispatched) * 0.12).astype(np.int64)
        span = answered - handled
        back = ~self.direct & (chance.random(count) < spec["returned"])
        pressed = ~self.direct & ((chance.random(count) < spec["supervised"]) | ~ontime)
        closed = answered + np.where(self.direct, MINUTE, (span * 0.03).astype(np.int64) + 20 * MINUTE)
        closed = np.where(ontime & ~self.direct, np.minimum(closed, self.due), closed)
        asked = chance.random(count) < 0.8
        revisited = closed + chance.integers(6 * HOUR, 5 * DAY, count)
        rated = revisited + chance.integers(MINUTE, HOUR, count)
        self.valid = asked & (chance.random(count) < spec["rated"] / 0.8)
        no = np.full(count, NONE)

        def when(flags: Flags, at: Ints) -> Ints:
            return np.where(flags, at, no)

        sent = ~self.direct
        self.walked: list[tuple[int, Ints, str]] = [
            (ACCEPTED, self.accepted, "hotline"),
            (DISPATCHED, when(sent, dispatched), "hotline"),
            (HANDLED, when(back, dispatched + (span * 0.03).astype(np.int64)), "department"),
            (DISPATCHED, when(back, dispatched + (span * 0.07).astype(np.int64)), "hotline"),
            (HANDLED, when(sent, handled), "department"),
            (SUPERVISED, when(pressed, handled + (span * 0.7).astype(np.int64)), "hotline"),
            (HANDLED, when(pressed, handled + (span * 0.75).astype(np.int64)), "department"),
            (ANSWERED, answered, "department"),
            (CLOSED, closed, "hotline"),
            (REVISITED, when(asked, revisited), "hotline"),
            (RATED, when(asked & self.valid, rated), "hotline"),
        ]
        self._rate(rated)

    def _rate(self, rated: Ints) -> None:
        spec, chance, count = self.spec, self.chance, self.count
        late = spec["late"]
        weak = self.county == int(late["county"].ljust(12, "0"))
        weak &= (rated + self.zone) // DAY >= _day(late["satisfied_from"])
        pleased = chance.random(count) < np.where(weak, late["satisfied"], spec["satisfied"])
        happy = np.where(chance.random(count) < 0.8, 5, 4)
        sad = chance.choice([3, 2, 1], count, p=[0.5, 0.35, 0.15])
        self.rating = np.where(pleased, happy, sad)
        self.solved = chance.random(count) < np.where(pleased, spec["solved"] / 0.965, 0.25)

    # ---- what is known of it

    def _cut(self) -> None:
        """Leave out what happened after the last day that a county told of."""
        stops = {int(code.ljust(12, "0")): _day(day) for code, day in self.spec["stops"].items()}
        last = np.array([stops.get(county, self.last) for county in self.county.tolist()])
        end = (last + 1) * DAY - self.zone
        self.there = self.accepted < end
        self.walked = [
            (stage, np.where((at != NONE) & (at < end), at, NONE), unit) for stage, at, unit in self.walked
        ]
        self.number = np.where(self.there, np.cumsum(self.there), NONE)
        closed = self.walked[8][1][self.repeat_of]
        since = self.accepted - closed
        real = (self.repeat_of >= 0) & (closed != NONE) & (since > 0) & (since <= REPEAT_DAYS * DAY)
        self.repeat_of = np.where(real, self.repeat_of, NONE)

    def _cases(self) -> list[tuple[Any, ...]]:
        begun = np.array([at for _, at, _ in self.walked])
        stages = np.array([stage for stage, _, _ in self.walked])
        last = len(stages) - 1 - np.argmax(begun[::-1] != NONE, axis=0)
        closed, rated = begun[8], begun[10]
        is_rated = rated != NONE
        names = np.array(self.classes, object)[self.about]
        told = list(self.spec["classes"].values())
        matters = [told[about][3] for about in self.about.tolist()]
        place = np.arange(self.count)
        departments = self._departments()
        columns: list[Any] = [
            self.number,
            [f"SR{day}{number:06d}" for day, number in zip(self._dates(self.accepted), self.number.tolist(), strict=True)],
            self.county,
            self.town,
            names,
            self.channel,
            departments,
            [options[pick % len(options)] for options, pick in zip(matters, self.matter.tolist(), strict=True)],
            self._dates(self.accepted),
            self.accepted,
            self._dates(self.due),
            _or_none(self.due),
            self.extended,
            stages[last],
            begun[last, place],
            _or_none(closed),
            self._dates(rated),
            _or_none(np.where(is_rated, self.rating, NONE)),
            is_rated,
            [bool(solved) if known else None for solved, known in zip(self.solved, is_rated, strict=True)],
            _or_none(np.where(self.repeat_of >= 0, self.number[self.repeat_of], NONE)),
            np.ones(self.count, bool),
        ]  # fmt: skip
        return _rows(columns, self.there)

    def _steps(self) -> list[tuple[Any, ...]]:
        begun = np.array([at for _, at, _ in self.walked])
        stages = np.array([stage for stage, _, _ in self.walked])
        happened = (begun != NONE) & self.there
        case, step = np.nonzero(happened.T)
        at = begun[step, case]
        same = np.append(case[1:] == case[:-1], False)
        number = np.arange(len(case)) - np.searchsorted(case, case) + 1
        departments = np.array(self._departments(), object)
        mine = np.array([unit == "department" for _, _, unit in self.walked])[step]
        columns = [
            self.number[case],
            number,
            stages[step],
            at,
            _or_none(np.where(same, np.append(at[1:], NONE), NONE)),
            np.where(mine, departments[case], "hotline"),
            [""] * len(case),
        ]
        return _rows(columns, np.ones(len(case), bool))

    def _departments(self) -> list[str]:
        names = [told[1] for told in self.spec["classes"].values()]
        return [
            "hotline" if direct else names[about]
            for direct, about in zip(self.direct.tolist(), self.about.tolist(), strict=True)
        ]

    def _stretches(self) -> dict[int, Stretch]:
        stops = {int(code.ljust(12, "0")): day for code, day in self.spec["stops"].items()}
        since, fine = _key(self.spec["figures"]), _key(self.spec["fine"])
        return {
            county: Stretch(since, _key(stops.get(county, self.spec["last"])), fine) for county in self.towns
        }

    def _dates(self, at: Ints) -> list[int | None]:
        """The days of instants on the city's clock, as YYYYMMDD."""
        days = ((at + self.zone) // DAY).astype("datetime64[D]")
        month = days.astype("datetime64[M]").astype(np.int64)
        day = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
        found = ((month // 12 + 1970) * 100 + month % 12 + 1) * 100 + day
        return _or_none(np.where(at == NONE, NONE, found))


def _or_none(column: NDArray[Any]) -> list[Any]:
    return [None if value == NONE else value for value in column.tolist()]


def _rows(columns: Sequence[Any], there: Flags) -> list[tuple[Any, ...]]:
    lists = [column.tolist() if isinstance(column, np.ndarray) else column for column in columns]
    rows = zip(*lists, strict=True)
    return [row for row, kept in zip(rows, there.tolist(), strict=True) if kept]


def _hours() -> NDArray[np.float64]:
    """How calls spread over the day: two working peaks, few at night."""
    hours = np.arange(24)
    load = np.exp(-((hours - 10) ** 2) / 8) + 0.85 * np.exp(-((hours - 16) ** 2) / 9) + 0.06
    shares: NDArray[np.float64] = load / load.sum()
    return shares


def _day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def _key(text: str) -> int:
    return periods.day_key(datetime.fromisoformat(text).date())
