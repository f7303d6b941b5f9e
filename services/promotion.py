"""Investment promotion: who registers what of deals, and the figures that follow from it in the same transaction.

A deal is never deleted: it is withdrawn with a reason. A date, an amount or a mark that was wrong is told again, and
what was told before stays readable.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from data_access.promotion import SUBJECT, MarkRow, PromotionStore
from data_access.registers import Stretch
from indicators import periods
from indicators.errors import N_, CockpitError, Issue
from indicators.regions import Level, RegionTree
from services import access, promotion_figures
from services.access import SYSTEM, Actor
from services.projects_forms import Reader
from services.promotion_book import (
    MARKS,
    REASONS,
    SIGNED,
    WITHDRAWN,
    DealRecord,
    day_of,
    month_key,
    month_of,
    records,
)
from services.promotion_forms import LABELS, MOST_AMOUNT, NewDeal, check_stage, duplicate, read_deal
from services.promotion_sample import Drawn
from services.recorded import Recorded

SYSTEM_CODE = "proj"
Given = Mapping[str, str]


class Judge(Protocol):
    """Who judges the rules of what changed."""

    def evaluate_pending(self, now: datetime) -> Any:
        """Judge what waits."""
        ...


class Promotion:
    """The use cases of deals.

    begin  opens a transaction that writes; ``zone`` makes UTC local
    """

    def __init__(
        self,
        store: PromotionStore,
        begin: Callable[[], AbstractContextManager[Any]],
        tree: RegionTree,
        recorded: Recorded,
        alerts: Judge,
        clock: Callable[[], datetime],
        zone: timedelta,
    ) -> None:
        self._store, self._begin, self.tree = store, begin, tree
        self._recorded, self._alerts = recorded, alerts
        self.clock, self._zone = clock, zone
        self._known: tuple[int, tuple[DealRecord, ...], dict[int, Stretch]] | None = None

    # ---- reading

    def today(self) -> date:
        """The day on the city's clock."""
        return (self.clock() + self._zone).date()

    def book(self) -> tuple[tuple[DealRecord, ...], dict[int, Stretch]]:
        """All deals with their history, and how far each county's register is complete; kept until one changes."""
        version = self._store.version()
        if self._known is None or self._known[0] != version:
            self._known = (version, records(self._store.read()), self._store.ends())
        return self._known[1], self._known[2]

    def seen(self, actor: Actor, region: int) -> tuple[DealRecord, ...]:
        """The deals of a region, as far as the actor answers for it."""
        deals, _ = self.book()
        return tuple(
            one for one in deals
            if self._lies_in(one, region) and access.scope(actor, self.tree, self._place(one)) == "own"
        )  # fmt: skip

    def deal(self, actor: Actor, number: int) -> DealRecord:
        """One deal.

        raises  CockpitError ``forbidden`` for another county's, ``unknown_deal``
        """
        access.require(actor, "view", system=SYSTEM_CODE)
        one = next((one for one in self.book()[0] if one.deal.id == number), None)
        if one is None:
            raise CockpitError(Issue("unknown_deal", N_("没有这个招商项目"), N_("请从清单中选择。")))
        if access.scope(actor, self.tree, self._place(one)) != "own":
            access.require(actor, "view", self.tree, self._place(one))
            raise CockpitError(Issue("forbidden", N_("{place}不在您的职责范围内"),
                                     params={"place": self.tree.name(one.deal.county)}))  # fmt: skip
        return one

    def may_record(self, actor: Actor, county: int) -> bool:
        """Whether the actor may change the register of a county."""
        return access.may(actor, "record", self.tree, county, SYSTEM_CODE)

    def counties(self, actor: Actor) -> tuple[int, ...]:
        """The counties whose registers the actor may change."""
        found = self.tree.at_level(Level.COUNTY)
        return tuple(
            code for code in found
            if not self.tree.get(code).reporting_unit and self.tree.contains(self.tree.root, code)
            and self.may_record(actor, code)
        )  # fmt: skip

    def _place(self, one: DealRecord) -> int:
        return one.deal.town or one.deal.county

    def _lies_in(self, one: DealRecord, region: int) -> bool:
        return self.tree.contains(region, self._place(one))

    # ---- changing

    def add(self, actor: Actor, given: Given) -> int:
        """Register a deal; its number."""
        reader = Reader(given, LABELS)
        new = read_deal(reader, self.tree, self.today())
        if new is None:
            reader.done()
            raise AssertionError("a deal that is not read says why")
        self._refuse_known(reader, new)
        reader.done()
        return self.add_all(actor, [new])[0]

    def add_all(self, actor: Actor, deals: Iterable[NewDeal]) -> list[int]:
        """Register several deals, all of them or none; their numbers."""
        deals = list(deals)
        for county in dict.fromkeys(one.county for one in deals):
            access.require(actor, "record", self.tree, county, SYSTEM_CODE)

        def work(connection: Any, at: int) -> list[int]:
            return [
                self._store.add(connection, one.values, one.reached, at=at, actor=actor.name) for one in deals
            ]

        numbers: list[int] = self._change(actor, [one.county for one in deals], work)
        return numbers

    def refuse_known(self, reader: Reader, new: NewDeal, others: Iterable[NewDeal] = ()) -> None:
        """Note a number or a deal that is registered already, or twice in one file."""
        self._refuse_known(reader, new)
        twin = next((one for one in others if _same(one, new)), None)
        if twin is not None:
            reader.fail(
                "name", "deal_twice", N_("文件里同一企业的“{deal}”写了两次。"), deal=new.values["name"]
            )

    def _refuse_known(self, reader: Reader, new: NewDeal) -> None:
        deals = self.book()[0]
        code = new.values["code"]
        if code and any(one.deal.code == code for one in deals):
            reader.fail("code", "code_taken", N_("编号 {code} 已经登记过。"), code=code)
        known = duplicate(deals, new.values)
        if known is not None:
            reader.fail("name", "deal_known", N_("同一企业的这个项目已经登记：{code}"),
                        N_("重复签约不计；请改在原项目上登记进展。"), code=known.deal.code)  # fmt: skip

    def advance(self, actor: Actor, number: int, given: Given) -> None:
        """Record that a deal reached a stage, or correct the day of one."""
        one = self._mine(actor, number)
        reader = Reader(given, LABELS)
        told = check_stage(reader, one, self.today())
        note = reader.text("note", longest=200)
        if told is not None and told[0] in one.reached and not note:
            reader.fail("note", "reason_needed", N_("更正已登记的日期，请写明原因。"))
        reader.done()
        assert told is not None
        self._change_one(actor, one, lambda connection, at: self._store.reach(
            connection, one.deal, *told, note, at=at, actor=actor.name))  # fmt: skip

    def talk(self, actor: Actor, number: int, given: Given) -> None:
        """Record the day of the last talk of substance."""
        one = self._mine(actor, number)
        reader = Reader(given, LABELS)
        day = reader.day("day", required=True)
        reader.not_after("day", day, self.today())
        reader.done()
        assert day is not None
        self._change_one(actor, one, lambda connection, at: self._store.revise(
            connection, one.deal, {"talked_on": day_of(day)}, at=at, actor=actor.name))  # fmt: skip

    def arrive(self, actor: Actor, number: int, given: Given) -> None:
        """Record the money that arrived in a month, or correct it."""
        one = self._mine(actor, number)
        reader = Reader(given, LABELS)
        month = self._month(reader, "month")
        amount = reader.number("money", required=True, most=MOST_AMOUNT)
        note = reader.text("note", longest=200)
        if not one.counted:
            reader.fail("month", "not_signed", N_("只有正式签约的项目才登记到位资金。"))
        if month is not None and one.counted and month < one.reached[SIGNED] // 100:
            reader.fail("month", "before_signing", N_("“{label}”早于签约月份。"))
        if month in one.money and not note:
            reader.fail("note", "reason_needed_money", N_("这个月已登记过，更正请写明原因。"))
        reader.done()
        assert month is not None
        assert amount is not None
        self._change_one(actor, one, lambda connection, at: self._store.arrive(
            connection, one.deal, month, amount, note, at=at, actor=actor.name))  # fmt: skip

    def mark(self, actor: Actor, number: int, given: Given) -> None:
        """Say why a deal stands still, and whether it is to be revived or ended."""
        one = self._mine(actor, number)
        reader = Reader(given, LABELS)
        reason = reader.choice("reason_class", REASONS, required=True)
        mark = reader.choice("mark", MARKS, required=True)
        note = reader.text("note", longest=200, required=mark == "end")
        today = day_of(self.today())
        if not one.counted or one.gone(today):
            reader.fail("mark", "not_standing", N_("只有正式签约、没有退出的项目才标记停滞。"))
        reader.done()
        self._change_one(actor, one, lambda connection, at: self._store.mark(
            connection, one.deal, MarkRow(number, 0, reason, mark, today, note, at, actor.name)))  # fmt: skip

    def withdraw(self, actor: Actor, number: int, given: Given) -> None:
        """Record that a deal is off: the company left, or it was registered by mistake."""
        one = self._mine(actor, number)
        reader = Reader(given, LABELS)
        kind = reader.choice("withdrawn_class", WITHDRAWN, required=True)
        reason = reader.text("reason", required=True, longest=200)
        if one.deal.withdrawn_class:
            reader.fail("withdrawn_class", "withdrawn_before", N_("这个项目已经退出。"))
        reader.done()
        changes = {
            "withdrawn_on": day_of(self.today()), "withdrawn_class": kind, "withdrawn_reason": reason,
        }  # fmt: skip
        self._change_one(actor, one, lambda connection, at: self._store.revise(
            connection, one.deal, changes, at=at, actor=actor.name))  # fmt: skip

    def complete(self, actor: Actor, given: Given) -> None:
        """Confirm that the register of a county is complete up to a month: from then on its figures are told."""
        reader = Reader(given, LABELS)
        county = reader.region("county", self.tree, self.tree.root)
        month = self._month(reader, "month", over=True)
        reader.done()
        assert county is not None
        assert month is not None
        access.require(actor, "record", self.tree, county, SYSTEM_CODE)
        stood = self.book()[1].get(county)
        key = month_key(month // 100 * 12 + month % 100 - 1)
        if stood is not None and key < stood.until:
            reader.fail("month", "complete_before", N_("已经确认到更后的月份。"))
        reader.done()
        since = stood.since if stood else min(key, self._first_month(county, key))
        self._change(actor, [county], lambda connection, at: self._store.complete(
            connection, {county: Stretch(since, key)}, at=at, actor=actor.name))  # fmt: skip

    def seed(self, drawn: Drawn) -> int:
        """Put simulated deals into an empty register; how many."""
        if self.book()[0]:
            return 0

        def work(connection: Any, at: int) -> None:
            self._store.seed(connection, drawn.register, at=at, actor=SYSTEM.name)
            self._store.complete(connection, drawn.ends, at=at, actor=SYSTEM.name)

        self._change(SYSTEM, drawn.ends, work, seed=True)
        return len(drawn.register.deals)

    # ---- how

    def _mine(self, actor: Actor, number: int) -> DealRecord:
        one = self.deal(actor, number)
        access.require(actor, "record", self.tree, one.deal.county, SYSTEM_CODE)
        return one

    def _month(self, reader: Reader, name: str, over: bool = False) -> int | None:
        """A month as YYYYMM; ``over``: it must have ended."""
        text = reader.text(name, required=True)
        if not text:
            return None
        day = text.replace("年", "-").replace("月", "").replace("/", "-")
        parts = day.split("-")[:2]
        if len(parts) == 1 and day.isdigit() and len(day) == 6:
            parts = [day[:4], day[4:]]
        good = len(parts) == 2 and all(part.isdigit() and len(part) <= 4 for part in parts)
        year, month = (int(part) for part in parts) if good else (0, 0)
        if not (1990 <= year <= 2060 and 1 <= month <= 12):
            reader.fail(
                name, "not_a_month", N_("“{label}”不是月份：{text}"), N_("请写成 2026-10。"), text=text[:40]
            )
            return None
        today = self.today()
        if (year, month) > (today.year, today.month) or (over and (year, month) == (today.year, today.month)):
            reader.fail(name, "month_to_come", N_("“{label}”还没有过完。"))
            return None
        return year * 100 + month

    def _first_month(self, county: int, until: int) -> int:
        days = [
            min(one.reached.values()) for one in self.book()[0] if one.deal.county == county and one.reached
        ]
        return min([month_key(month_of(day)) for day in days] or [until])

    def _change_one(self, actor: Actor, one: DealRecord, work: Callable[[Any, int], None]) -> None:
        self._change(actor, [one.deal.county], work)

    def _change(
        self, actor: Actor, counties: Iterable[int], work: Callable[[Any, int], Any], *, seed: bool = False
    ) -> Any:
        """Records and the figures that follow from them, in one transaction; then the rules are judged."""
        now = self.clock()
        with self._begin() as connection:
            done = work(connection, int(now.timestamp()))
            deals = records(self._store.read(connection))
            found = promotion_figures.figures(deals, self.tree.root, self._store.ends(connection), counties)
            if found is not None:
                self._recorded.settle(SUBJECT, actor, found, connection, now, seed=seed)
        if not seed:
            self._alerts.evaluate_pending(self.clock())
        return done


def _same(one: NewDeal, other: NewDeal) -> bool:
    who = [deal.values["credit_code"] or deal.values["company"] for deal in (one, other)]
    return who[0] == who[1] and one.values["name"] == other.values["name"]


def month_text(key: int) -> str:
    """A month's period key as 2026-10."""
    return periods.label(key, "monthly", "period")
