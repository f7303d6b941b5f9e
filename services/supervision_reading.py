"""What may be seen of supervised items, and by whom: leaders their regions, a unit's person the own items only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from data_access.config import SupervisionSettings
from data_access.supervision import Frozen, Item, Step, SupervisionStore
from indicators.catalog import Catalog
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from indicators.supervision import MOVES, OPEN, WITH_UNIT, Act, Course, Rates, State, rates
from services import access
from services.access import Actor
from services.scenes import level_of, name_of
from services.supervision_sources import Source, Sources
from services.supervision_views import (
    DispatchView,
    ItemLine,
    ItemView,
    RateLine,
    RatesView,
    Seen,
)
from services.views import Place
from services.workdays import Workdays

DEADLINES = (1, 2, 3, 5, 7, 10, 15, 20, 30, 60)
"""Working days that a form offers for the answer."""

YEAR = 365
"""The rates speak of so many days."""

BY_UNIT = frozenset({Act.SIGN, Act.ANSWER})
BY_REVIEWER = frozenset({Act.RETURN, Act.CLOSE})
BY_LEADER = frozenset({Act.WITHDRAW, Act.URGE, Act.TAKE_OVER})


class SupervisionReading:
    """Answers questions about items, narrowed to who asks."""

    def __init__(
        self, store: SupervisionStore, sources: Sources, workdays: Workdays, catalog: Catalog, tree: RegionTree,
        settings: SupervisionSettings, clock: Callable[[], datetime], zone: timedelta,
    ) -> None:  # fmt: skip
        self.store = store
        self.workdays = workdays
        self._sources = sources
        self.catalog = catalog
        self.tree = tree
        self.zone = zone
        self._settings = settings
        self._clock = clock

    def now(self) -> int:
        """This moment, in epoch seconds."""
        return int(self._clock().timestamp())

    # ---- who sees and may what

    def supervises(self, actor: Actor, region: int, system: str = "") -> bool:
        """Whether the actor may dispatch, return and close there."""
        return access.may(actor, "supervise", self.tree, region, system or None)

    def answers(self, actor: Actor, item: Item) -> bool:
        """Whether it is the actor's to answer: of the department, or head of the county, not who dispatched it."""
        if not access.may(actor, "answer", self.tree, item.region, item.system or None):
            return False
        if actor.department:
            return actor.department == item.department
        return actor.role != "unit" and actor.name != item.dispatched_by

    def sees(self, actor: Actor, item: Item) -> bool:
        """Whether the actor may know of an item at all."""
        if access.may(actor, "view", system=item.system or None):
            return access.scope(actor, self.tree, item.region) == "own"
        return self.answers(actor, item)

    def reads(self, actor: Actor, item: Item) -> bool:
        """Whether the actor may also see what the item is about, and not only the item."""
        return access.may(actor, "view", system=item.system or None)

    def within(self, actor: Actor, regions: Iterable[int] = ()) -> set[int]:
        """All regions in the subtrees of some regions (none: the actor's own) that the actor answers for."""
        roots = tuple(regions) or actor.regions or ((self.tree.root,) if actor.role == "system" else ())
        below = {code for root in roots if self.tree.has(root) for code in self.tree.subtree(root)}
        return {code for code in below if access.scope(actor, self.tree, code) == "own"}

    def items(
        self, actor: Actor, regions: Iterable[int] = (), *, kind: str | None = None,
        subjects: Sequence[str] | None = None, matter: str | None = None, open_only: bool = False,
    ) -> list[Item]:  # fmt: skip
        """The items that the actor may see in some regions, the newest first."""
        places = self.within(actor, regions)
        if not places:
            return []
        found = self.store.items(places, kind=kind, subjects=subjects, matter=matter, open_only=open_only)
        return [item for item in found if self.sees(actor, item)]

    def item(self, actor: Actor, number: int) -> Item:
        """One item.

        raises  CockpitError ``unknown_item``; the same for one that the actor may not know of
        """
        found = self.store.item(number)
        if found is None or not self.sees(actor, found):
            raise CockpitError(
                Issue("unknown_item", N_("没有编号为 {id} 的督办事项，或您无权查看。"), N_("请从督办清单进入。"),
                      params={"id": str(number)})
            )  # fmt: skip
        return found

    # ---- lines

    def of_alert(self, actor: Actor, alert: str, language: str = "zh") -> tuple[ItemLine, ...]:
        """The items on a warning, and on earlier warnings of the same rule in the same region; newest first."""
        return self.lines(actor, self.items(actor, kind="alert", matter=alert.rpartition(":")[0]), language)

    def of_alerts(self, actor: Actor, alerts: Iterable[str]) -> frozenset[str]:
        """Those of some warnings that are supervised now."""
        wanted = list(alerts)
        return frozenset(
            one.subject for one in self.items(actor, kind="alert", subjects=wanted, open_only=True)
        )

    def of_classes(self, actor: Actor, region: int) -> Mapping[str, tuple[int, int]]:
        """How many items there are on each class of appeals in a region, and how many of them are open."""
        found: dict[str, tuple[int, int]] = {}
        for one in self.items(actor, (region,), kind="hotline"):
            about = one.subject.rpartition("-")[0]
            total, standing = found.get(about, (0, 0))
            found[about] = (total + 1, standing + one.open)
        return found

    def of_source(self, actor: Actor, name: str, language: str = "zh") -> tuple[ItemLine, ...]:
        """The items on a source: ``incident:12``."""
        kind, _, key = name.partition(":")
        if kind == "alert":
            return self.of_alert(actor, key, language)
        return self.lines(actor, self.items(actor, kind=kind, subjects=[key]), language)

    def lines(self, actor: Actor, items: Iterable[Item], language: str) -> tuple[ItemLine, ...]:
        """Items as lines of a list, in the order given."""
        now = self.now()
        return tuple(self._line(actor, item, language, now) for item in items)

    def _line(self, actor: Actor, item: Item, language: str, now: int) -> ItemLine:
        may = self.may(actor, item)
        return ItemLine(
            id=item.id,
            title=item.title(language),
            kind=item.kind,
            subject=item.subject,
            place=self._place(item.region, language),
            department_code=item.department,
            department=self.departments(language).get(item.department, item.department),
            unit=item.unit,
            state=State(item.state),
            round=item.round,
            level=item.level,
            dispatched_at=item.dispatched_at,
            due_on=as_date(item.due_on),
            lateness=lateness(item, now),
            late=item.late,
            closed_at=item.closed_at,
            recovered_at=item.recovered_at,
            repeat_of=item.repeat_of,
            simulated=item.simulated,
            mine=bool(may & (BY_UNIT if State(item.state) in WITH_UNIT else BY_REVIEWER)),
            answered=item.answered_at is not None,
        )

    def may(self, actor: Actor, item: Item) -> frozenset[Act]:
        """What the actor may do with an item now."""
        state = State(item.state)
        can: set[Act] = set()
        if self.answers(actor, item):
            can |= BY_UNIT
        if self.supervises(actor, item.region, item.system):
            can |= BY_LEADER
            can |= BY_REVIEWER if item.reviewer == actor.name else set()
        if item.reviewer == actor.name:
            can.discard(Act.TAKE_OVER)
        return frozenset(act for act in can if (state, act) in MOVES)

    # ---- one item

    def page(self, actor: Actor, number: int, language: str) -> ItemView:
        """Everything of one item.

        raises  CockpitError ``unknown_item``
        """
        item = self.item(actor, number)
        steps = tuple(self.store.steps([number]))
        frozen = self.store.frozen(number)
        seen, told = self._frozen(steps, frozen, language)
        earlier = self.store.item(item.repeat_of) if item.repeat_of is not None else None
        names = {step.actor: step.shown for step in steps}
        return ItemView(
            line=self._line(actor, item, language, self.now()),
            item=item,
            steps=steps,
            seen=seen,
            told=told,
            may=self.may(actor, item),
            reviewer=names.get(item.reviewer, item.reviewer),
            reviews=item.reviewer == actor.name,
            deadlines=self.deadlines(),
            sign_day=self.day(item.sign_due - 1),
            review_day=self.day(item.review_due - 1) if item.review_due is not None else None,
            earlier=self._line(actor, earlier, language, self.now())
            if earlier is not None and self.sees(actor, earlier)
            else None,
            at=self.now(),
        )

    def _frozen(
        self, steps: Sequence[Step], frozen: Sequence[Frozen], language: str
    ) -> tuple[tuple[Seen, ...], tuple[tuple[str, str], ...]]:
        """The frozen copy, and beside each of its figures what it was at the closing and at the recovery."""
        english = language.startswith("en")
        acts = {step.number: Act(step.act) for step in steps}
        later: dict[tuple[Act, str, str, int], Frozen] = {
            (acts[one.number], one.role, one.code, one.region): one for one in frozen if one.number in acts
        }
        first = [one for one in frozen if acts.get(one.number) is Act.DISPATCH]
        seen = []
        for one in first:
            if one.role == "fact":
                continue
            closed = later.get((Act.CLOSE, one.role, one.code, one.region))
            back = later.get((Act.RECOVER, one.role, one.code, one.region))
            seen.append(
                Seen(
                    one.role, one.code, one.name_en if english else one.name_zh,
                    name_of(self.tree, one.region, language), one.unit_en if english else one.unit, one.period,
                    one.value, one.status == "simulated", one.text_zh if one.role == "threshold" else "",
                    closed.value if closed else None, closed.period if closed else None,
                    back.value if back else None, back.period if back else None,
                )
            )  # fmt: skip
        told = [
            (one.name_en if english else one.name_zh, one.text_en if english else one.text_zh)
            for one in first
            if one.role == "fact"
        ]
        return tuple(seen), tuple(told)

    # ---- the form of a dispatch

    def dispatch_form(self, actor: Actor, name: str, language: str) -> DispatchView | None:
        """What the form of a dispatch needs; None where the actor may not dispatch there, or there is no source."""
        try:
            source = self._sources.find(actor, name)
        except CockpitError:
            return None
        if not self.supervises(actor, source.region, source.system):
            return None
        departments = tuple(self.departments(language).items())
        deadlines = self.deadlines()
        return DispatchView(
            name=source.name,
            kind=source.kind,
            title=source.title(language),
            departments=departments,
            department=source.department,
            deadlines=deadlines,
            days=self._settings.answer_days,
            regions=tuple(
                (f"{code:012d}", name_of(self.tree, code, language)) for code in self._regions(actor, source)
            ),
            region=f"{source.region:012d}",
            items=() if source.kind == "hand" else self.of_source(actor, name, language),
            announced=all(self.workdays.announced(day.year) for _, day in deadlines),
        )

    def _regions(self, actor: Actor, source: Source) -> list[int]:
        """Where a matter may be put: what is given by hand anywhere in the actor's own regions."""
        if source.kind != "hand":
            return [source.region]
        own = [code for code in self.within(actor) if not self.tree.get(code).reporting_unit]
        return sorted(own, key=lambda code: (*reversed(self.tree.ancestors(code)), code))

    def deadlines(self) -> tuple[tuple[int, date], ...]:
        """The deadlines that a form offers: working days, and the day on which they end."""
        today = self.day(self.now())
        offered = sorted({*DEADLINES, self._settings.answer_days})
        return tuple((count, self.workdays.after(today, count)) for count in offered)

    def departments(self, language: str) -> dict[str, str]:
        """The departments of the catalogue by their codes."""
        return {
            one.id: one.name_en if language.startswith("en") else one.name_zh
            for one in self.catalog.departments.values()
        }

    # ---- rates

    def boards(self, actor: Actor, region: int, language: str) -> RatesView:
        """How items of a region's last year were handled: in all, by department, by county."""
        now = self.now()
        since = now - YEAR * 86400
        items = [one for one in self.items(actor, (region,)) if one.dispatched_at >= since]
        departments = self.departments(language)
        counties = {one.id: self._county(one.region, region) for one in items}
        return RatesView(
            place=self._place(region, language),
            since=self.day(since),
            until=self.day(now),
            whole=self._rates(items, now),
            departments=self._broken(items, lambda one: one.department, now, departments.get),
            regions=self._broken(
                items, lambda one: f"{counties[one.id]:012d}", now,
                lambda code: name_of(self.tree, int(code), language),
            ),
            simulated=any(one.simulated for one in items),
        )  # fmt: skip

    def _broken(
        self, items: Sequence[Item], by: Callable[[Item], str], now: int, name: Callable[[str], str | None]
    ) -> tuple[RateLine, ...]:
        """The rates of groups of items, the group with most overdue and open items first."""
        groups = groupby(sorted(items, key=by), key=by)
        lines = [RateLine(code, name(code) or code, self._rates(list(group), now)) for code, group in groups]
        return tuple(
            sorted(lines, key=lambda one: (-one.rates.overdue, -one.rates.open, -one.rates.total, one.code))
        )

    def _rates(self, items: Iterable[Item], now: int) -> Rates:
        return rates(map(course, items), now)

    def _county(self, region: int, shown: int) -> int:
        """The region one level below the one shown in which another lies, or the one shown itself."""
        line = [region, *self.tree.ancestors(region)]
        place = line.index(shown) if shown in line else 0
        wanted = line[place - 1] if place else shown
        return wanted if self.tree.get(wanted).level >= Level.CITY else shown

    # ---- below

    def day(self, at: int) -> date:
        """The local day of a moment."""
        return (datetime.fromtimestamp(at, UTC) + self.zone).date()

    def end_of(self, day: date) -> int:
        """The first moment after a local day."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) - self.zone
        return int(midnight.timestamp())

    def _place(self, region: int, language: str) -> Place:
        return Place(region, name_of(self.tree, region, language), level_of(self.tree, region), False)


def as_date(day: int) -> date:
    """A day as stored."""
    return date(day // 10000, day // 100 % 100, day % 100)


def as_number(day: date) -> int:
    """A day as it is stored."""
    return day.year * 10000 + day.month * 100 + day.day


def lateness(item: Item, now: int) -> str:
    """What of an item is overdue now: ``sign``, ``answer``, ``review``, or nothing."""
    if State(item.state) not in OPEN:
        return ""
    if State(item.state) is State.ANSWERED:
        return "review" if item.review_due is not None and now >= item.review_due else ""
    if now >= item.due_at:
        return "answer"
    return "sign" if item.state == State.DISPATCHED and now >= item.sign_due else ""


def course(item: Item) -> Course:
    """What the rates need to know of an item."""
    return Course(
        State(item.state),
        item.answered_at is not None,
        bool(item.late),
        item.due_at,
        item.repeat_of is not None,
    )
