"""The figures of emergency.yaml that incidents give, computed from the records of each region itself.

Counts and sums of a region are those of all incidents in it; medians and P90 are taken over its records, so that the
figure of a city is never put together from figures of its counties. A published incident enters no figure: what was
printed of one typhoon does not tell how many incidents there were.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
from numpy.typing import NDArray

from data_access.incidents import File, Incident
from indicators import periods
from indicators.errors import N_
from indicators.regions import Level, RegionTree
from services.incident_rules import (
    CATEGORIES,
    HOUR,
    MINUTE,
    Grouped,
    Limits,
    delay_of,
    highest_response,
    is_late,
    latest_counts,
    standing_stages,
)
from services.recorded import RecordFigures

DAILY_SUMS = (
    "emerg.event.count", "emerg.event.natural", "emerg.event.accident", "emerg.event.health", "emerg.event.security",
    "emerg.event.major", "emerg.event.reportable", "emerg.report.ontime", "emerg.report.late", "emerg.event.death",
    "emerg.event.affected", "emerg.event.relocated", "emerg.event.houses", "emerg.event.loss",
    "emerg.response.dispatch", "emerg.response.arrive_ok", "emerg.response.active", "emerg.command.orders",
    "emerg.command.ack_ok", "emerg.command.done_ok", "emerg.command.link_need", "emerg.command.link_ok",
    "emerg.analysis.need", "emerg.analysis.done", "emerg.consult.count",
)  # fmt: skip
DAILY_RECORDS = ("emerg.report.delay", "emerg.report.followup_rate")
MONTHLY_SUMS = ("emerg.consult.action", "emerg.consult.action_done")
MONTHLY_RECORDS = ("emerg.event.duration", "emerg.response.start_delay", "emerg.response.arrival_p90")
QUARTERLY_SUMS = ("emerg.review.need", "emerg.review.done", "emerg.review.fix", "emerg.review.fix_done")
REALTIME = ("emerg.event.open", "emerg.response.level")

FIGURES: tuple[str, ...] = (
    *DAILY_SUMS, *DAILY_RECORDS, *MONTHLY_SUMS, *MONTHLY_RECORDS, *QUARTERLY_SUMS, *REALTIME,
)  # fmt: skip
"""The indicators that incidents own; drills and spot checks of duty are not kept here."""

DOWN_TO_COUNTY = frozenset({
    "emerg.event.major", "emerg.response.active", "emerg.command.link_need", "emerg.command.link_ok",
    "emerg.analysis.need", "emerg.analysis.done", "emerg.consult.count", *MONTHLY_SUMS, "emerg.event.duration",
    "emerg.response.start_delay", *QUARTERLY_SUMS, "emerg.response.level",
})  # fmt: skip
"""Those that townships do not publish."""

NONE_OF_IT = N_("期内没有这样的记录")
P90 = 90.0

RHYTHMS = ("daily", "monthly", "quarterly")

Event = tuple[str, int, float]
"""Something that counts: the indicator, the moment, how much."""


@dataclass(frozen=True)
class Frame:
    """What is to be computed: for these regions, from the first to the last local day, as of ``now``.

    simulated_until  the last local day whose register is simulated as a whole; its empty days are so too
    ended_only       leave out the month and the quarter that have not ended by the last day
    """

    regions: tuple[int, ...]
    first: date
    last: date
    now: int
    zone: timedelta
    simulated_until: date | None = None
    ended_only: bool = False

    def day(self, at: int) -> date:
        """The local day of a moment."""
        return (datetime.fromtimestamp(at, UTC) + self.zone).date()


@dataclass
class _Cells:
    """Sums and records of one rhythm: by indicator, region and period."""

    frame: Frame
    tree: RegionTree
    keys: NDArray[np.int64]
    sums: tuple[str, ...]
    records: tuple[str, ...]
    place: dict[int, int] = field(init=False)
    totals: NDArray[np.float64] = field(init=False)
    lists: dict[tuple[str, int, int], list[float]] = field(default_factory=dict)
    drawn: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.place = {int(key): number for number, key in enumerate(self.keys)}
        shape = (len(self.sums), len(self.frame.regions), len(self.keys))
        self.totals = np.zeros(shape)
        self.drawn = np.zeros(shape[1:], bool)
        if self.frame.simulated_until is not None:
            self.drawn |= periods.end_days(self.keys) <= np.datetime64(self.frame.simulated_until, "D")

    def add(self, head: Incident, where: Sequence[int], code: str, key: int, value: float) -> None:
        spot = self.place.get(key)
        if spot is None:
            return
        for region in where:
            self.drawn[region, spot] |= head.simulated
            if code in self.records:
                self.lists.setdefault((code, region, spot), []).append(value)
            else:
                self.totals[self.sums.index(code), region, spot] += value

    def told(self) -> RecordFigures:
        """All cells of the regions that publish them."""
        codes, regions, keys, values, drawn = [], [], [], [], []
        for number, region in enumerate(self.frame.regions):
            town = self.tree.get(region).level >= Level.TOWN
            for code in (*self.sums, *self.records):
                if town and code in DOWN_TO_COUNTY:
                    continue
                if code in self.records:
                    value = self._summaries(code, number)
                else:
                    value = self.totals[self.sums.index(code), number]
                codes += [code] * len(self.keys)
                regions.append(np.full(len(self.keys), region))
                keys.append(self.keys)
                values.append(value)
                drawn.append(self.drawn[number])
        count = len(codes)
        return RecordFigures(
            (*self.sums, *self.records), self.frame.regions, int(self.keys[0]), int(self.keys[-1]),
            {
                "indicator": codes, "region": _joined(regions, np.int64), "period": _joined(keys, np.int64),
                "value": _joined(values, np.float64), "simulated": _joined(drawn, bool),
                "reason": [NONE_OF_IT] * count,
            },
        )  # fmt: skip

    def _summaries(self, code: str, region: int) -> NDArray[np.float64]:
        found = np.full(len(self.keys), np.nan)
        for spot in range(len(self.keys)):
            listed = self.lists.get((code, region, spot))
            if listed:
                found[spot] = summary(code, listed)
        return found


def _joined(arrays: Sequence[NDArray[np.generic]], kind: type) -> NDArray[np.generic]:
    return np.concatenate(arrays) if arrays else np.zeros(0, kind)


def summary(code: str, listed: Sequence[float]) -> float:
    """One figure from the records of a region: the median, the 90th percentile, a share in percent."""
    if code == "emerg.response.arrival_p90":
        return round(float(np.percentile(listed, P90)), 1)
    if code == "emerg.report.followup_rate":
        return round(100 * float(np.mean(listed)), 1)
    return round(float(np.median(listed)), 1)


def figures_of(
    file: File, tree: RegionTree, limits: Limits, frame: Frame, rhythms: Collection[str] = RHYTHMS
) -> list[RecordFigures]:
    """The figures of the days, months and quarters of a frame, from all incidents of its regions.

    file  every incident that may bear on them, with its parts
    """
    days = periods.calendar_keys(frame.first, frame.last, "daily", "period")
    daily = _Cells(frame, tree, days, DAILY_SUMS, DAILY_RECORDS)
    monthly = _Cells(frame, tree, _months(frame, 1), MONTHLY_SUMS, MONTHLY_RECORDS)
    quarterly = _Cells(frame, tree, _months(frame, 3), QUARTERLY_SUMS, ())
    spots = {region: number for number, region in enumerate(frame.regions)}
    grouped = Grouped(file)
    for head in file.incidents:
        if head.published or head.merged_into is not None:
            continue
        where = [spots[code] for code in (head.region, *tree.ancestors(head.region)) if code in spots]
        if not where:
            continue
        own = grouped.one(head)
        for code, at, value in events(own, limits, frame.now):
            day = frame.day(at)
            if code in DAILY_SUMS or code in DAILY_RECORDS:
                daily.add(head, where, code, periods.day_key(day), value)
            elif code in QUARTERLY_SUMS:
                quarterly.add(
                    head, where, code, periods.months_key(day.year, (day.month + 2) // 3 * 3, 3), value
                )
            else:
                monthly.add(head, where, code, periods.months_key(day.year, day.month, 1), value)
    made = zip(RHYTHMS, (daily, monthly, quarterly), strict=True)
    return [cells.told() for name, cells in made if name in rhythms and len(cells.keys)]


def _months(frame: Frame, step: int) -> NDArray[np.int64]:
    """The months or quarters that the frame touches, the last one begun included."""
    first = frame.first.year * 12 + frame.first.month - 1
    last = frame.last.year * 12 + frame.last.month - 1
    ends = sorted({(month // step + 1) * step for month in range(first, last + 1)})
    keys = [periods.months_key((end - 1) // 12, (end - 1) % 12 + 1, step) for end in ends]
    if frame.ended_only:
        keys = [key for key in keys if periods.Period(key).end <= frame.last]
    return np.array(keys, np.int64)


# ---- what one incident gives


def events(file: File, limits: Limits, now: int) -> Iterator[Event]:
    """Everything in one incident that counts for a figure: the indicator, the moment, how much."""
    head = file.incidents[0]
    yield from _of_head(file, head, limits, now)
    yield from _of_responses(file, head)
    yield from _of_tasks(file, limits)
    yield from _of_analysis(file, head, limits, now)
    for held in file.consultations:
        yield "emerg.consult.count", held.at, 1
    for action in file.actions:
        if action.due_at > now:
            continue
        name = "emerg.consult.action" if action.purpose == "consult" else "emerg.review.fix"
        yield name, action.due_at, 1
        yield (
            name + "_done",
            action.due_at,
            float(action.done_at is not None and action.done_at <= action.due_at),
        )
    for review in file.assessments:
        if review.due_at > now and review.done_at is None:
            continue
        yield "emerg.review.need", review.due_at, 1
        yield (
            "emerg.review.done",
            review.due_at,
            float(review.done_at is not None and review.done_at <= review.due_at),
        )
    yield from _of_followups(file, head, limits, now)


def _of_head(file: File, head: Incident, limits: Limits, now: int) -> Iterator[Event]:
    at = head.moment
    yield "emerg.event.count", at, 1
    for name in CATEGORIES:
        if head.category == name:
            yield f"emerg.event.{name}", at, 1
    yield "emerg.event.major", at, float(1 <= head.level <= 3)
    for metric, count in latest_counts(file).items():
        yield "emerg.event.death" if metric == "missing" else f"emerg.event.{metric}", at, count.value
    delay = delay_of(head)
    if delay is not None:
        yield "emerg.report.delay", at, delay / MINUTE
    if head.reportable:
        late = is_late(head, limits, now)
        yield "emerg.event.reportable", at, 1
        yield "emerg.report.ontime", at, float(delay is not None and not late)
        yield "emerg.report.late", at, float(late)
    if head.terminated_at is not None and head.reported_at is not None:
        yield "emerg.event.duration", head.terminated_at, (head.terminated_at - head.reported_at) / HOUR


def _of_responses(file: File, head: Incident) -> Iterator[Event]:
    """A response counts when it is started; what is raised or lowered later is the same response."""
    running: set[str] = set()
    started = []
    for one in sorted(file.responses, key=lambda one: (one.at, one.id)):
        if one.level and one.kind not in running:
            running.add(one.kind)
            started.append(one.at)
            yield "emerg.response.active", one.at, 1
        elif not one.level:
            running.discard(one.kind)
    begun = [one.began_at for one in standing_stages(file.stages) if one.stage in ("响应", "指挥")]
    if head.reported_at is not None and (started or begun):
        wait = min(started + begun) - head.reported_at
        yield "emerg.response.start_delay", head.reported_at, max(wait, 0) / MINUTE


def _of_tasks(file: File, limits: Limits) -> Iterator[Event]:
    for one in file.tasks:
        at = one.issued_at
        yield "emerg.command.orders", at, 1
        yield "emerg.command.ack_ok", at, float(_within(one.acknowledged_at, one.ack_due))
        yield "emerg.command.done_ok", at, float(_within(one.answered_at, one.due_at))
        if one.site:
            yield "emerg.command.link_need", at, 1
            yield "emerg.command.link_ok", at, float(one.connected_at is not None)
        if one.rescue:
            yield "emerg.response.dispatch", at, 1
            yield (
                "emerg.response.arrive_ok",
                at,
                float(_within(one.arrived_at, at + limits.arrival_seconds(one.urban))),
            )
            if one.arrived_at is not None:
                yield "emerg.response.arrival_p90", at, (one.arrived_at - at) / MINUTE


def _of_analysis(file: File, head: Incident, limits: Limits, now: int) -> Iterator[Event]:
    if not (head.sensitive or 1 <= head.level <= 3):
        return
    bound = head.moment + limits.analysis_hours * HOUR
    done = any(_within(one.ended_at, bound) for one in standing_stages(file.stages) if one.stage == "研判")
    if done or bound <= now:
        yield "emerg.analysis.need", head.moment, 1
        yield "emerg.analysis.done", head.moment, float(done)


def _of_followups(file: File, head: Incident, limits: Limits, now: int) -> Iterator[Event]:
    """Each follow-up report that was due while the incident was open: whether it came in time."""
    told = sorted(one.at for one in file.reports)
    last = head.reported_at if head.reported_at is not None else (told[0] if told else None)
    if last is None:
        return
    end = head.terminated_at if head.terminated_at is not None else now
    wait = limits.followup_seconds(head.level)
    while last + wait < end:
        due = last + wait
        came = [at for at in told if last < at <= due]
        yield "emerg.report.followup_rate", due, float(bool(came))
        last = came[-1] if came else due


def _within(at: int | None, bound: int) -> bool:
    return at is not None and at <= bound


# ---- the state at moments


def states(file: File, tree: RegionTree, frame: Frame, moments: Iterable[int]) -> RecordFigures:
    """How many incidents were open and which response was in force, at some moments: ``realtime`` figures."""
    stamps = sorted(set(moments))
    keys = [_instant(at, frame.zone) for at in stamps]
    spots = {region: number for number, region in enumerate(frame.regions)}
    shape = (len(frame.regions), len(stamps))
    count, level, drawn = np.zeros(shape), np.zeros(shape), np.zeros(shape, bool)
    if frame.simulated_until is not None:
        days = np.array([frame.day(at) <= frame.simulated_until for at in stamps])
        drawn |= days[None, :]
    clock = np.array(stamps)
    grouped = Grouped(file)
    for head in file.incidents:
        if head.published or head.merged_into is not None:
            continue
        where = [spots[code] for code in (head.region, *tree.ancestors(head.region)) if code in spots]
        begun = head.reported_at if head.reported_at is not None else head.registered_at
        there = (clock >= begun) & (
            clock < (head.terminated_at if head.terminated_at is not None else np.inf)
        )
        if not where or not there.any():
            continue
        force = np.array([_severity(grouped.of("responses", head.id), at) for at in stamps]) * there
        for spot in where:
            count[spot] += there
            level[spot] = np.maximum(level[spot], force)
            drawn[spot] |= there & head.simulated
    return _as_figures(tree, frame, keys, {"emerg.event.open": count, "emerg.response.level": level}, drawn)


def _severity(levels: Sequence[object], at: int) -> float:
    """The response level as the catalogue counts it: Ⅰ is 4, Ⅳ is 1, none is 0."""
    highest = highest_response(levels, at)  # type: ignore[arg-type]
    return float(5 - highest) if highest else 0.0


def _as_figures(
    tree: RegionTree, frame: Frame, keys: Sequence[int], found: Mapping[str, NDArray[np.float64]],
    drawn: NDArray[np.bool_],
) -> RecordFigures:  # fmt: skip
    rows = [
        (code, region, key, value, bool(drawn[number, place]))
        for code, grid in found.items()
        for number, region in enumerate(frame.regions)
        if code not in DOWN_TO_COUNTY or tree.get(region).level < Level.TOWN
        for place, (key, value) in enumerate(zip(keys, grid[number].tolist(), strict=True))
    ]
    columns = dict(
        zip(("indicator", "region", "period", "value", "simulated"), zip(*rows, strict=True), strict=True)
    )
    return RecordFigures(REALTIME, frame.regions, keys[0], keys[-1], columns)


def _instant(at: int, zone: timedelta) -> int:
    return periods.moment_key(datetime.fromtimestamp(at, timezone(zone)), periods.INSTANT)
