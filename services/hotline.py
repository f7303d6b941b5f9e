"""The hotline: who registers and moves cases, and the counts that follow from it in the same transaction.

A case goes round its loop; every step stays readable, returns and repeats among them. No field asks whose case it is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from data_access.hotline import SUBJECT, Case, HotlineStore, Step
from data_access.registers import Stretch
from indicators import periods
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from services import access, hotline_figures
from services.access import SYSTEM, Actor
from services.hotline_book import (
    ACCEPTED,
    ANSWERED,
    CHANNELS,
    CLASSES,
    CLOSED,
    DEPARTMENTS,
    DISPATCHED,
    HANDLED,
    NEXT,
    RATED,
    RATINGS,
    REPEAT_DAYS,
    STAGES,
)
from services.hotline_sample import Drawn
from services.projects_forms import Reader
from services.promotion_forms import placed
from services.recorded import Recorded

SYSTEM_CODE = "sign"
DAY = 86_400
MOST_LIMIT = 60
"""Days; no case is given longer to answer."""

MOST_DELAY = 30
Given = Mapping[str, str]

LABELS = {
    "number": N_("工单号"),
    "region": N_("镇街"),
    "appeal_class": N_("诉求类别"),
    "channel": N_("渠道"),
    "department": N_("承办部门"),
    "matter": N_("诉求摘要"),
    "day": N_("受理日期"),
    "limit": N_("办理时限"),
    "repeat_of": N_("原工单号"),
    "stage": N_("下一环节"),
    "note": N_("说明"),
    "rating": N_("评价"),
    "solved": N_("是否解决"),
    "days": N_("延期天数"),
    "county": N_("县区"),
    "until": N_("报齐至"),
}
"""What every field is called, on the screen and in a file."""

CLASS_TABLES: Mapping[str, tuple[str, ...]] = {
    "appeal_class": tuple(CLASSES), "channel": tuple(CHANNELS), "department": DEPARTMENTS,
}  # fmt: skip


class Judge(Protocol):
    """Who judges the rules of what changed."""

    def evaluate_pending(self, now: datetime) -> Any:
        """Judge what waits."""
        ...


@dataclass(frozen=True)
class NewCase:
    """A case as it was written down."""

    number: str
    county: int
    town: int
    appeal_class: str
    channel: str
    department: str
    matter: str
    accepted_at: int
    limit: int
    repeat_of: int | None


class Hotline:
    """The use cases of cases.

    begin  opens a transaction that writes; ``zone`` makes UTC local; ``departments``: names by code
    """

    def __init__(
        self,
        store: HotlineStore,
        begin: Callable[[], AbstractContextManager[Any]],
        tree: RegionTree,
        recorded: Recorded,
        alerts: Judge,
        departments: Callable[[], Mapping[str, str]],
        clock: Callable[[], datetime],
        zone: timedelta,
    ) -> None:
        self.store, self._begin, self.tree = store, begin, tree
        self._recorded, self._alerts = recorded, alerts
        self._departments = departments
        self.clock, self.zone = clock, zone

    # ---- reading

    def today(self) -> date:
        """The day on the city's clock."""
        return (self.clock() + self.zone).date()

    def departments(self) -> dict[str, str]:
        """Those that handle appeals, with their names."""
        names = self._departments()
        return {code: names.get(code, code) for code in DEPARTMENTS}

    def case(self, actor: Actor, number: str) -> tuple[Case, list[Step]]:
        """One case with its loop.

        raises  CockpitError ``unknown_case``, ``forbidden`` for one of another county
        """
        access.require(actor, "view", system=SYSTEM_CODE)
        found = self.store.case(number)
        if found is None:
            raise CockpitError(Issue("unknown_case", N_("没有这个工单：{number}"), N_("请从清单中选择。"),
                                     params={"number": number}))  # fmt: skip
        if access.scope(actor, self.tree, found.town) != "own":
            access.require(actor, "view", self.tree, found.town)
            raise CockpitError(Issue("forbidden", N_("{place}不在您的职责范围内"),
                                     params={"place": self.tree.name(found.county)}))  # fmt: skip
        return found, self.store.steps(found.id)

    def may_record(self, actor: Actor, county: int) -> bool:
        """Whether the actor may change the cases of a county."""
        return access.may(actor, "record", self.tree, county, SYSTEM_CODE)

    def counties(self, actor: Actor) -> tuple[int, ...]:
        """The counties whose cases the actor may change."""
        return tuple(code for code in self.territories() if self.may_record(actor, code))

    def territories(self) -> tuple[int, ...]:
        """The counties of the city."""
        inside = (
            code for code in self.tree.at_level(Level.COUNTY) if self.tree.contains(self.tree.root, code)
        )
        return tuple(code for code in inside if not self.tree.get(code).reporting_unit)

    def towns(self, county: int) -> tuple[int, ...]:
        """The townships of a county."""
        return self.tree.children(county, territories_only=True)

    # ---- changing

    def add(self, actor: Actor, given: Given) -> str:
        """Register a case; its number."""
        reader = Reader(given, LABELS)
        new = self.read(reader)
        reader.done()
        assert new is not None
        return self.add_all(actor, [new])[0]

    def read(self, reader: Reader) -> NewCase | None:
        """A case from the fields of a form or a row; None where something is wrong (the reader says what)."""
        before = len(reader.issues)
        county, town = placed(self.tree, reader.region("region", self.tree, self.tree.root))
        if reader.has("region") and town is None and len(reader.issues) == before:
            reader.fail("region", "town_needed", N_("请填写到镇（街道）。"))
        day = reader.day("day", required=True)
        reader.not_after("day", day, self.today())
        number = reader.text("number", longest=24)
        if number and self.store.case(number) is not None:
            reader.fail("number", "case_known", N_("工单 {number} 已经登记过。"), number=number)
        about = reader.choice("appeal_class", CLASSES, required=True)
        accepted = self._moment(day) if day else 0
        new = NewCase(
            number, county or 0, town or 0, about,
            reader.choice("channel", CHANNELS, default="phone"),
            reader.choice("department", self.departments(), required=True),
            reader.text("matter", required=True, longest=120), accepted,
            reader.whole("limit", 0, MOST_LIMIT, required=True) or 0,
            self._repeated(reader, about, accepted),
        )  # fmt: skip
        return new if len(reader.issues) == before else None

    def _repeated(self, reader: Reader, about: str, accepted: int) -> int | None:
        """The earlier case of the same person and matter, closed within a month before."""
        number = reader.text("repeat_of", longest=24)
        if not number:
            return None
        earlier = self.store.case(number)
        if earlier is None:
            reader.fail("repeat_of", "unknown_case", N_("没有这个工单：{number}"), number=number)
            return None
        if earlier.appeal_class != about:
            reader.fail("repeat_of", "other_matter", N_("原工单不是同一类诉求。"))
        if (
            earlier.closed_at is None
            or not 0 <= accepted - earlier.closed_at + DAY <= (REPEAT_DAYS + 1) * DAY
        ):
            reader.fail("repeat_of", "not_a_repeat", N_("原工单没有在受理前一个月内办结，不算重复。"))
        return earlier.id

    def add_all(self, actor: Actor, new: Sequence[NewCase]) -> list[str]:
        """Register several cases, all of them or none; their numbers."""
        for county in dict.fromkeys(one.county for one in new):
            access.require(actor, "record", self.tree, county, SYSTEM_CODE)

        def work(connection: Any, at: int) -> list[str]:
            numbers = []
            for one in new:
                made = self._made(one, self.store.next_id(connection))
                self.store.add(connection, made, "hotline", at=at, actor=actor.name)
                numbers.append(made.number)
            return numbers

        touched = [(one.county, day) for one in new for day in self._days_of(self._made(one, 0))]
        numbers: list[str] = self._change(actor, touched, work)
        return numbers

    def _made(self, one: NewCase, identity: int) -> Case:
        due = one.accepted_at + one.limit * DAY if one.limit else None
        return Case(
            identity, one.number or f"HL{self._day(one.accepted_at)}{identity:06d}", one.county, one.town,
            one.appeal_class, one.channel, one.department, one.matter, self._day(one.accepted_at), one.accepted_at,
            self._day(due) if due else None, due, 0, ACCEPTED, one.accepted_at, None, None, None, False, None,
            one.repeat_of, False,
        )  # fmt: skip

    def advance(self, actor: Actor, number: str, given: Given) -> None:
        """Move a case to its next stage; going back to 派单 is a return and wants a reason."""
        one, _ = self._mine(actor, number)
        reader = Reader(given, LABELS)
        offered = {str(stage): STAGES[stage] for stage in NEXT[one.stage]}
        stage = int(reader.choice("stage", offered, required=True) or 0)
        back = stage == DISPATCHED and one.stage != ACCEPTED
        note = reader.text("note", required=back, longest=200)
        department = reader.choice("department", self.departments(), default=one.department)
        rating = reader.choice(
            "rating", {str(key): word for key, word in RATINGS.items()}, required=stage == RATED
        )
        solved = reader.choice("solved", {"yes": N_("已解决"), "no": N_("未解决")}, required=stage == RATED)
        reader.done()
        now = int(self.clock().timestamp())
        changes: dict[str, Any] = {"stage": stage, "stage_at": now, "department": department}
        if stage == CLOSED:
            changes["closed_at"] = now
        if back:
            changes["closed_at"] = None
        if stage == RATED:
            changes |= {
                "rated_on": self._day(now),
                "rating": int(rating),
                "valid": True,
                "solved": solved == "yes",
            }
        unit = department if stage in (HANDLED, ANSWERED) else "hotline"
        step = Step(one.id, 0, stage, now, None, unit, note)
        after = replace(one, **{name: changes[name] for name in ("rated_on", "closed_at") if name in changes})
        self._change(actor, [(one.county, day) for day in (*self._days_of(one), *self._days_of(after))],
                     lambda connection, at: self.store.advance(
                         connection, one, step, changes, at=at, actor=actor.name))  # fmt: skip

    def extend(self, actor: Actor, number: str, given: Given) -> None:
        """Approve a delay: the due time moves; until it is approved the old one holds."""
        one, _ = self._mine(actor, number)
        reader = Reader(given, LABELS)
        days = reader.whole("days", 1, MOST_DELAY)
        reader.text("note", required=True, longest=200)
        if one.due_at is None or one.closed_at is not None:
            reader.fail("days", "nothing_to_extend", N_("这个工单没有在办的时限。"))
        elif one.due_at < int(self.clock().timestamp()):
            reader.fail("days", "due_passed", N_("时限已过，不能再批准延期。"))
        reader.done()
        assert one.due_at is not None
        assert days is not None
        due = one.due_at + days * DAY
        changes = {"due_at": due, "due_on": self._day(due), "extended": one.extended + days}
        touched = [(one.county, day) for day in (*self._days_of(one), self._day(due))]
        self._change(actor, touched, lambda connection, at: self.store.revise(
            connection, one, changes, at=at, actor=actor.name))  # fmt: skip

    def complete(self, actor: Actor, given: Given) -> None:
        """Confirm that the cases of a county are complete up to a day: from then on its figures are told."""
        reader = Reader(given, LABELS)
        county = reader.region("county", self.tree, self.tree.root)
        day = reader.day("until", required=True)
        reader.not_after("until", day, self.today())
        if county is not None and county not in self.territories():
            reader.fail("county", "county_needed", N_("请填写到县（市、区）。"))
        stood = self.store.ends().get(county or 0)
        key = periods.day_key(day) if day else 0
        if stood is not None and key < stood.until:
            reader.fail("until", "complete_before_day", N_("已经确认到更后的日期。"))
        reader.done()
        assert county is not None
        assert day is not None
        access.require(actor, "record", self.tree, county, SYSTEM_CODE)
        told = (
            Stretch(stood.since, key, stood.fine)
            if stood
            else Stretch(periods.day_key(day.replace(day=1)), key)
        )
        first = periods.Period(stood.until if stood else told.since).end
        touched = [(county, _int(first)), (county, _int(day))]
        self._change(actor, touched, lambda connection, at: self.store.complete(
            connection, {county: told}, at=at, actor=actor.name))  # fmt: skip

    def seed(self, drawn: Drawn) -> int:
        """Put simulated cases into an empty register; how many."""
        if self.store.any():
            return 0

        def work(connection: Any, at: int) -> None:
            self.store.seed(connection, drawn.cases, drawn.steps, at=at, actor=SYSTEM.name)
            self.store.complete(connection, drawn.stretches, at=at, actor=SYSTEM.name)

        ends = [(county, _int(periods.Period(key).end)) for county, told in drawn.stretches.items()
                for key in (told.since, told.until)]  # fmt: skip
        self._change(SYSTEM, ends, work, seed=True)
        return len(drawn.cases)

    # ---- how

    def _mine(self, actor: Actor, number: str) -> tuple[Case, list[Step]]:
        found = self.case(actor, number)
        access.require(actor, "record", self.tree, found[0].county, SYSTEM_CODE)
        return found

    def _moment(self, day: date) -> int:
        """Noon of a day on the city's clock, or now where the day is today and noon is still to come."""
        noon = int(
            (datetime(day.year, day.month, day.day, 12, tzinfo=self.clock().tzinfo) - self.zone).timestamp()
        )
        return min(noon, int(self.clock().timestamp()))

    def _day(self, at: int) -> int:
        local = datetime.fromtimestamp(at, self.clock().tzinfo) + self.zone
        return _int(local.date())

    def _days_of(self, one: Case) -> tuple[int, ...]:
        """The days on which a case is counted."""
        return tuple(day for day in (one.accepted_on, one.due_on, one.rated_on) if day is not None)

    def _change(
        self,
        actor: Actor,
        touched: Iterable[tuple[int, int]],
        work: Callable[[Any, int], Any],
        *,
        seed: bool = False,
    ) -> Any:
        """Records and the counts that follow from them, in one transaction; then the rules are judged.

        touched  (county, day) of all that is counted otherwise afterwards
        """
        now = self.clock()
        days: dict[int, list[int]] = {}
        for county, day in touched:
            days.setdefault(county, []).append(day)
        with self._begin() as connection:
            done = work(connection, int(now.timestamp()))
            ends = self.store.ends(connection)
            for county in days.keys() & ends.keys():
                span = (_date(min(days[county])), _date(max(days[county])))
                found = hotline_figures.figures(
                    self.store, county, ends[county], self.towns(county), CLASS_TABLES, span, connection
                )
                if found is not None:
                    self._recorded.settle(SUBJECT, actor, found, connection, now, seed=seed)
        if not seed:
            self._alerts.evaluate_pending(self.clock())
        return done


def _int(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day


def _date(day: int) -> date:
    return date(day // 10000, day // 100 % 100, day % 100)
