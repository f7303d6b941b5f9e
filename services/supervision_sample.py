"""Simulated supervised items, drawn for the same seed the same: on warnings of the sample, the hotline and projects.

An item on a warning begins when its figure came out and takes the values that the history of warnings tells: what was
measured when it opened, and when it resolved. The open ones begin in the days before the first start.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from random import Random
from typing import Any

from data_access.supervision import Frozen, Item, Step
from indicators.alerts import EventKind
from indicators.catalog import Catalog
from indicators.definition import Indicator
from indicators.periods import Period
from indicators.regions import RegionTree
from indicators.supervision import Act, State
from services.alerts import EventView
from services.hotline_book import CLASSES
from services.supervision_reading import as_number
from services.texts import Texts
from services.workdays import Workdays

ORIGIN = "sample:"

STANDING = (State.DISPATCHED, State.SIGNED, State.ANSWERED, State.RETURNED)
"""The states that open items are in, in turn."""

RELEASE = timedelta(days=16)
"""So long after the end of its period an item on a figure is dispatched."""


@dataclass(frozen=True)
class Matter:
    """What an item is about, and when it could begin.

    figures    (role, code, period, value) at dispatch, the figure warned of first
    recovered  the same at the recovery, and its day; none where it has not recovered
    """

    kind: str
    subject: str
    matter: str
    title_zh: str
    title_en: str
    region: int
    system: str
    department: str
    day: date
    level: int = 0
    figures: tuple[tuple[str, str, int, float], ...] = ()
    recovered: tuple[tuple[str, str, int, float], ...] = ()
    recovered_on: date | None = None
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Drawn:
    """Rows for the store."""

    items: tuple[Item, ...]
    steps: tuple[Step, ...]
    frozen: tuple[Frozen, ...]


class Drawing:
    """Draws items.

    spec  the pack's description; zone  from UTC to local time
    """

    def __init__(
        self, spec: Mapping[str, Any], seed: int, workdays: Workdays, catalog: Catalog, tree: RegionTree, now: int,
        zone: timedelta,
    ) -> None:  # fmt: skip
        self._spec = spec
        self._random = Random(seed)  # noqa: S311  a sample, not a secret
        self._workdays = workdays
        self._catalog = catalog
        self._tree = tree
        self._now = now
        self._zone = timezone(zone)
        self._today = datetime.fromtimestamp(now, self._zone).date()
        self._items: list[Item] = []
        self._matters: dict[int, Matter] = {}
        self._steps: list[Step] = []
        self._frozen: list[Frozen] = []

    def draw(self, past: Sequence[Matter], standing: Sequence[Matter]) -> Drawn:
        """Items that were closed, some of them taken up again, and items that are open."""
        ordered = sorted(past, key=lambda one: (one.day, one.subject))
        for matter in ordered:
            self._closed(matter, None)
        again = [one for one in self._items if one.kind == "alert"][: 3 * self._spec["repeated"] : 3]
        for earlier in again:
            assert earlier.closed_at is not None
            begins = self._day(earlier.closed_at) + timedelta(days=self._random.randint(20, 50))
            self._closed(replace(self._matters[earlier.id], day=begins), earlier.id)
        for place, matter in enumerate(standing):
            self._open(matter, STANDING[place % len(STANDING)])
        return Drawn(tuple(self._items), tuple(self._steps), tuple(self._frozen))

    # ---- one item

    def _closed(self, matter: Matter, repeat_of: int | None) -> None:
        """An item with its whole course, all of it in the past; one that would not end by now is left out."""
        head, at = self._dispatched(matter, repeat_of)
        rows = [self._first(head)]
        at, late = self._sign(head, rows, at), False
        rounds = 2 if self._random.random() < self._spec["returned"] else 1
        due = head.due_at
        for round_ in range(1, rounds + 1):
            at, missed = self._answer(head, rows, at, due, round_)
            late |= missed
            if round_ < rounds:
                at = self._after(at, 1, 2)
                day = self._workdays.after(self._day(at), 5)
                due = self._end(day)
                rows.append(self._row(head, rows, Act.RETURN, State.RETURNED, at, round_ + 1, self._spec["people"]["leader"],
                                      text=self._one("returns"), due_on=as_number(day)))  # fmt: skip
                head = head._replace(due_on=as_number(day), due_at=due)
        at = self._after(at, 1, 3)
        if at >= self._now:
            return
        rows.append(self._row(head, rows, Act.CLOSE, State.CLOSED, at, rounds, self._spec["people"]["leader"],
                              text=self._one("closings")))  # fmt: skip
        head = head._replace(state=State.CLOSED.value, round=rounds, late=late, closed_at=at, signed_at=rows[1].at,
                             answered_at=next(one.at for one in reversed(rows) if one.act == Act.ANSWER))  # fmt: skip
        self._keep(head, rows, matter)

    def _open(self, matter: Matter, state: State) -> None:
        """An item that was dispatched lately and has come as far as a state."""
        begins = self._today - timedelta(days={State.DISPATCHED: 1, State.SIGNED: 4}.get(state, 7))
        head, at = self._dispatched(replace(matter, day=begins), None)
        rows = [self._first(head)]
        if state is not State.DISPATCHED:
            at = self._sign(head, rows, at)
            head = head._replace(signed_at=at, state=State.SIGNED.value)
        if state in (State.ANSWERED, State.RETURNED):
            at, late = self._answer(head, rows, at, at + 3 * 86400, 1)
            review = self._workdays.after(self._day(at), 3)
            head = head._replace(
                state=State.ANSWERED.value, answered_at=at, review_due=self._end(review), late=late
            )
        if state is State.RETURNED:
            at = min(self._after(at, 1, 1), self._now - 3600)
            day = self._workdays.after(self._today, 4)
            rows.append(self._row(head, rows, Act.RETURN, state, at, 2, self._spec["people"]["leader"],
                                  text=self._one("returns"), due_on=as_number(day)))  # fmt: skip
            head = head._replace(
                state=state.value, round=2, due_on=as_number(day), due_at=self._end(day), review_due=None
            )
        self._keep(head, [one for one in rows if one.at < self._now], matter)

    def _dispatched(self, matter: Matter, repeat_of: int | None) -> tuple[Item, int]:
        at = self._moment(matter.day)
        days = self._random.choice(self._spec["days"])
        due, sign = self._workdays.after(matter.day, days), self._workdays.after(matter.day, 1)
        who, _ = self._random.choice([self._spec["people"]["leader"], self._spec["people"]["duty"]])
        reviewer = self._spec["people"]["leader"][0]
        number = len(self._items) + 1
        head = Item(
            number, f"{ORIGIN}{number}", matter.kind, matter.subject, matter.matter, matter.title_zh, matter.title_en,
            matter.region, matter.system, matter.level, matter.department, "", self._one("instructions"),
            State.DISPATCHED.value, 1, 1, at, who, reviewer, self._end(sign), as_number(due), self._end(due), None, None,
            None, False, None, None, repeat_of, True,
        )  # fmt: skip
        return head, at

    def _first(self, head: Item) -> Step:
        people = self._spec["people"]
        shown = next(
            name for account, name in (people["leader"], people["duty"]) if account == head.dispatched_by
        )
        return Step(head.id, 1, Act.DISPATCH.value, State.DISPATCHED.value, 1, head.dispatched_at, head.dispatched_by,
                    shown, head.instruction, due_on=head.due_on)  # fmt: skip

    def _sign(self, head: Item, rows: list[Step], at: int) -> int:
        late = self._random.random() < self._spec["signed_late"]
        at = self._after(at, 2, 3) if late else at + self._random.randint(1800, 5 * 3600)
        rows.append(self._row(head, rows, Act.SIGN, State.SIGNED, at, 1, self._unit()))
        return at

    def _answer(self, head: Item, rows: list[Step], at: int, due: int, round_: int) -> tuple[int, bool]:
        """An answer, in time or after its deadline; the second one is in time."""
        late = (
            round_ == 1
            and head.state == State.DISPATCHED
            and self._random.random() < self._spec["answered_late"]
        )
        span = max(3600, due - at - 9 * 3600)
        moment = at + int(span * self._random.uniform(0.35, 0.9))
        if late:
            rows.append(Step(head.id, len(rows) + 1, Act.OVERDUE.value, State.SIGNED.value, round_, due, "system", "system",
                             reason="answer", due_on=head.due_on))  # fmt: skip
            moment = due + self._random.randint(9, 60) * 3600
        told: dict[str, Any] = {}
        if round_ == 1 and self._random.random() < self._spec["no_action"]:
            reason = self._random.choice(sorted(self._spec["no_actions"]))
            told = {"reason": reason, "text": self._spec["no_actions"][reason]}
        else:
            expected = self._day(moment) + timedelta(days=self._random.randint(20, 60))
            told = {
                "cause": self._one("causes"),
                "measure": self._one("measures"),
                "expected_on": as_number(expected),
            }
        rows.append(self._row(head, rows, Act.ANSWER, State.ANSWERED, moment, round_, self._unit(), **told))
        return moment, late

    def _row(
        self, head: Item, rows: Sequence[Step], act: Act, state: State, at: int, round_: int, who: Sequence[str],
        **told: Any,
    ) -> Step:  # fmt: skip
        return Step(head.id, len(rows) + 1, act.value, state.value, round_, at, who[0], who[1], **told)

    # ---- what is kept

    def _keep(self, head: Item, rows: list[Step], matter: Matter) -> None:
        frozen = [*self._figures(head, 1, matter.figures), *self._facts(head, matter.facts)]
        recovered = self._moment(matter.recovered_on) if matter.recovered_on is not None else None
        closed = next((one for one in rows if one.act == Act.CLOSE), None)
        if closed is not None:
            back = recovered is not None and recovered <= closed.at
            frozen += self._figures(head, closed.number, matter.recovered if back else matter.figures)
        if recovered is not None and head.dispatched_at < recovered < self._now:
            rows = self._with_recovery(head, rows, recovered)
            number = next(one.number for one in rows if one.act == Act.RECOVER)
            moved = {one.at: one.number for one in rows if one.act == Act.CLOSE}
            frozen = [one._replace(number=moved[closed.at]) if closed and one.number == closed.number else one
                      for one in frozen]  # fmt: skip
            frozen += self._figures(head, number, matter.recovered)
            head = head._replace(recovered_at=recovered)
        self._matters[head.id] = matter
        self._items.append(head._replace(version=len(rows)))
        self._steps += rows
        self._frozen += frozen

    def _with_recovery(self, head: Item, rows: Sequence[Step], at: int) -> list[Step]:
        """The steps with the recovery where it belongs in time."""
        before = [one for one in rows if one.at <= at]
        step = Step(head.id, 0, Act.RECOVER.value, before[-1].state, before[-1].round, at, "system", "system")
        ordered = [*before, step, *rows[len(before) :]]
        return [one._replace(number=number) for number, one in enumerate(ordered, start=1)]

    def _figures(
        self, head: Item, number: int, figures: Sequence[tuple[str, str, int, float]]
    ) -> list[Frozen]:
        subject = next((code for role, code, _, _ in figures if role == "subject"), None)
        known = self._catalog.get(subject) if subject is not None and subject in self._catalog else None
        names = (known.name_zh, known.name_en) if known is not None else ("", "")
        units = (known.unit, known.unit_en) if known is not None else ("", "")
        return [
            Frozen(head.id, number, place, role, code, *(names if role == "subject" else ("", "")), head.region, period,
                   value, *units, "simulated")
            for place, (role, code, period, value) in enumerate(figures)
        ]  # fmt: skip

    def _facts(self, head: Item, facts: Iterable[tuple[str, str]]) -> list[Frozen]:
        english = Texts("en")
        return [
            Frozen(head.id, 1, 90 + place, "fact", "", name, english.t(name), head.region, text_zh=text,
                   text_en=english.t(text))
            for place, (name, text) in enumerate(facts)
        ]  # fmt: skip

    # ---- time and words

    def _unit(self) -> tuple[str, str]:
        return "unit", self._spec["people"]["unit"]

    def _one(self, name: str) -> str:
        return str(self._random.choice(self._spec[name]))

    def _moment(self, day: date) -> int:
        """A moment of the working hours of a day; of today not later than now."""
        clock = time(self._random.randint(9, 16), self._random.randint(0, 59))
        return min(int(datetime.combine(day, clock, self._zone).timestamp()), self._now - 6 * 3600)

    def _after(self, at: int, least: int, most: int) -> int:
        day = self._workdays.after(self._day(at), self._random.randint(least, most))
        return int(datetime.combine(day, time(self._random.randint(9, 16), 20), self._zone).timestamp())

    def _day(self, at: int) -> date:
        return datetime.fromtimestamp(at, self._zone).date()

    def _end(self, day: date) -> int:
        return int(datetime.combine(day + timedelta(days=1), time(), self._zone).timestamp())


def matters_of_alerts(
    events: Iterable[EventView], catalog: Catalog, tree: RegionTree, least: int, since: date
) -> tuple[list[Matter], list[Matter]]:
    """The warnings of a history as matters, those that resolved and those that stand open; one for a rule and region.

    events  newest first
    """
    ends: dict[str, EventView] = {}
    resolved: dict[str, Matter] = {}
    standing: dict[str, Matter] = {}
    for event in events:
        if event.kind is EventKind.RESOLVE:
            ends.setdefault(event.alert, event)
        begins = Period(event.period).end + RELEASE
        if (
            event.kind is not EventKind.OPEN
            or event.level < least
            or begins < since
            or event.indicator not in catalog
        ):
            continue
        matter = _matter(event, ends.get(event.alert), begins, catalog, tree)
        kept = resolved if matter.recovered_on is not None else standing
        kept.setdefault(matter.matter, matter)
    return list(resolved.values()), list(standing.values())


def _matter(
    event: EventView, end: EventView | None, begins: date, catalog: Catalog, tree: RegionTree
) -> Matter:
    indicator, place = catalog.get(event.indicator), tree.get(event.region)
    return Matter(
        "alert", event.alert, event.alert.rpartition(":")[0], f"{place.name} {indicator.name_zh}",
        f"{place.name_en or place.name}: {indicator.name_en}", event.region, indicator.system, indicator.department, begins,
        int(event.level), _told(event, indicator), _told(end, indicator) if end is not None else (),
        Period(end.period).end + RELEASE if end is not None else None,
    )  # fmt: skip


def _told(event: EventView, indicator: Indicator) -> tuple[tuple[str, str, int, float], ...]:
    """The figure of an event, and what was compared with which bound."""
    measure = str(indicator.rule.mapping.get("measure") or "value") if indicator.rule is not None else "value"
    told = (
        ("subject", event.indicator, event.value),
        ("measure", measure, event.measured),
        ("threshold", measure, event.threshold),
    )
    return tuple((role, code, event.period, value) for role, code, value in told if value is not None)


def matters_of_classes(counties: Sequence[int], tree: RegionTree, days: Sequence[date]) -> list[Matter]:
    """Classes of appeals as matters, one for each day, in turn in the counties."""
    english = Texts("en")
    found = []
    for place, (about, day) in enumerate(zip(CLASSES, days, strict=False)):
        region = tree.get(counties[place % len(counties)])
        key = f"{about}-{region.code:012d}"
        found.append(
            Matter(
                "hotline", key, key, f"{region.name} 12345热线：{CLASSES[about]}",
                f"{region.name_en or region.name}: hotline, {english.t(CLASSES[about])}", region.code, "sign", "hotline", day,
            )
        )  # fmt: skip
    return found
