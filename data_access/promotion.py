"""Investment promotion: deals, the date of every stage that each reached, money arrived by month, what was said of
those that stand still.

Nothing is overwritten: a corrected date, amount or mark is a further row, and the last one counts. Days are
integers YYYYMMDD, months YYYYMM, amounts in hundred millions (亿) of their currency, money arrived in 亿元.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Engine,
    ForeignKey,
    Integer,
    SmallInteger,
    String,
    Table,
    func,
    insert,
    select,
    update,
)

from data_access import engine as engines
from data_access import registers
from data_access.schema import metadata

SUBJECT = "promotion"

deals = Table(
    "promotion_deals",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("code", String(24), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("company", String(120), nullable=False),
    Column("credit_code", String(18), nullable=False, comment="unified social credit code; empty: none yet"),
    Column("industry", String(40), nullable=False),
    Column("origin", String(40), nullable=False),
    Column("county", BigInteger, nullable=False, index=True),
    Column("town", BigInteger),
    Column("kind", String(12), nullable=False, comment="formal, framework, intent"),
    Column("currency", String(3), nullable=False),
    Column("amount", Double, comment="contract amount, hundred millions of the currency"),
    Column("rate", Double, nullable=False, comment="yuan for one unit of the currency on the day of signing"),
    Column("talked_on", Integer, comment="the last talk of substance, YYYYMMDD"),
    Column("withdrawn_on", Integer, comment="YYYYMMDD"),
    Column("withdrawn_class", String(12), nullable=False, comment="left: it stays in its batch; void: never counted"),
    Column("withdrawn_reason", String(200), nullable=False),
    Column("note", String(400), nullable=False),
    Column("simulated", Boolean, nullable=False),
)  # fmt: skip

deal_stages = Table(
    "promotion_stages",
    metadata,
    Column("deal", ForeignKey("promotion_deals.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("stage", SmallInteger, nullable=False, comment="1 lead … 6 in production"),
    Column("reached_on", Integer, nullable=False, comment="YYYYMMDD"),
    Column("note", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
)

deal_money = Table(
    "promotion_money",
    metadata,
    Column("deal", ForeignKey("promotion_deals.id"), primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False, comment="YYYYMM"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("amount", Double, nullable=False, comment="亿元 that arrived in the month"),
    Column("note", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
)

deal_marks = Table(
    "promotion_marks",
    metadata,
    Column("deal", ForeignKey("promotion_deals.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("reason_class", String(20), nullable=False, comment="a class of problems (issue_classes)"),
    Column("mark", String(12), nullable=False, comment="stalled, revive (盘活), end (终止)"),
    Column("marked_on", Integer, nullable=False, comment="YYYYMMDD"),
    Column("note", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
)


@dataclass(frozen=True)
class Deal:
    """One deal as it stands; see the table for what the columns mean."""

    id: int
    code: str
    name: str
    company: str
    credit_code: str
    industry: str
    origin: str
    county: int
    town: int | None
    kind: str
    currency: str
    amount: float | None
    rate: float
    talked_on: int | None
    withdrawn_on: int | None
    withdrawn_class: str
    withdrawn_reason: str
    note: str
    simulated: bool


@dataclass(frozen=True)
class StageRow:
    """A stage that a deal reached, or the correction of its date."""

    deal: int
    number: int
    stage: int
    reached_on: int
    note: str
    at: int
    actor: str


@dataclass(frozen=True)
class MoneyRow:
    """Money that arrived in a month, or its correction."""

    deal: int
    month: int
    number: int
    amount: float
    note: str
    at: int
    actor: str


@dataclass(frozen=True)
class MarkRow:
    """Why a deal stands still, and what is to become of it."""

    deal: int
    number: int
    reason_class: str
    mark: str
    marked_on: int
    note: str
    at: int
    actor: str


@dataclass(frozen=True)
class Register:
    """All deals with their history, in the order in which it was recorded."""

    deals: tuple[Deal, ...]
    stages: tuple[StageRow, ...]
    money: tuple[MoneyRow, ...]
    marks: tuple[MarkRow, ...]


class PromotionStore:
    """Deals with their history, on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def read(self, connection: Connection | None = None) -> Register:
        """Everything that is registered."""
        if connection is None:
            with self.engine.connect() as own:
                return self.read(own)
        return Register(
            tuple(Deal(*row) for row in connection.execute(_ordered(deals))),
            tuple(StageRow(*row) for row in connection.execute(_ordered(deal_stages))),
            tuple(MoneyRow(*row) for row in connection.execute(_ordered(deal_money))),
            tuple(MarkRow(*row) for row in connection.execute(_ordered(deal_marks))),
        )

    def version(self) -> int:
        """Rises with every change of records of any subject."""
        return registers.version(self.engine)

    def ends(self, connection: Connection | None = None) -> dict[int, registers.Stretch]:
        """From which to which month the register of each county is complete."""
        return registers.ends(connection or self.engine, SUBJECT)

    def complete(
        self, connection: Connection, told: Mapping[int, registers.Stretch], *, at: int, actor: str
    ) -> None:
        """Say up to which month the registers of some counties are complete."""
        registers.settle_ends(connection, SUBJECT, told, at=at, actor=actor)

    def add(
        self,
        connection: Connection,
        values: Mapping[str, Any],
        reached: Sequence[tuple[int, int]],
        *,
        at: int,
        actor: str,
    ) -> int:
        """Register a deal with the stages that it has reached so far, (stage, day) in order; its number.

        A deal that comes without a code gets one, by the year in which it was first heard of.
        """
        number = int(connection.scalar(select(func.coalesce(func.max(deals.c.id), 0))) or 0) + 1
        code = str(values["code"]) or f"MN{reached[0][1] // 10000}{number:05d}"
        connection.execute(insert(deals).values({**values, "code": code, "id": number}))
        for place, (stage, day) in enumerate(reached, 1):
            row = StageRow(number, place, stage, day, "", at, actor)
            connection.execute(insert(deal_stages).values(vars(row)))
        self._changed(connection, "deal.add", code, dict(values), at, actor)
        return number

    def revise(
        self, connection: Connection, deal: Deal, changes: Mapping[str, Any], *, at: int, actor: str
    ) -> None:
        """Change what a deal says of itself; the audit log keeps what it said before."""
        connection.execute(update(deals).where(deals.c.id == deal.id).values(dict(changes)))
        detail = {name: [getattr(deal, name), value] for name, value in changes.items()}
        self._changed(connection, "deal.revise", deal.code, detail, at, actor)

    def reach(
        self, connection: Connection, deal: Deal, stage: int, day: int, note: str, *, at: int, actor: str
    ) -> None:
        """Record that a deal reached a stage on a day, or another day for a stage that it reached before."""
        number = self._next(connection, deal_stages, deal.id)
        row = StageRow(deal.id, number, stage, day, note, at, actor)
        connection.execute(insert(deal_stages).values(vars(row)))
        self._changed(
            connection, "deal.stage", deal.code, {"stage": stage, "day": day, "note": note}, at, actor
        )

    def arrive(
        self, connection: Connection, deal: Deal, month: int, amount: float, note: str, *, at: int, actor: str
    ) -> None:
        """Record the money of a month, or its correction."""
        number = self._next(connection, deal_money, deal.id)
        row = MoneyRow(deal.id, month, number, amount, note, at, actor)
        connection.execute(insert(deal_money).values(vars(row)))
        detail = {"month": month, "amount": amount, "note": note}
        self._changed(connection, "deal.money", deal.code, detail, at, actor)

    def mark(self, connection: Connection, deal: Deal, row: MarkRow) -> None:
        """Record why a deal stands still and what is to become of it."""
        number = self._next(connection, deal_marks, deal.id)
        connection.execute(insert(deal_marks).values({**vars(row), "number": number}))
        detail = {"class": row.reason_class, "mark": row.mark, "note": row.note}
        self._changed(connection, "deal.mark", deal.code, detail, row.at, row.actor)

    def seed(self, connection: Connection, register: Register, *, at: int, actor: str) -> None:
        """Put a whole register into an empty store."""
        for table, rows in (
            (deals, register.deals),
            (deal_stages, register.stages),
            (deal_money, register.money),
            (deal_marks, register.marks),
        ):
            if rows:
                names = [field.name for field in fields(rows[0])]
                engines.append(connection, table, [tuple(vars(row).values()) for row in rows], names)
        self._changed(connection, "deal.seed", SUBJECT, {"deals": len(register.deals)}, at, actor)

    def _next(self, connection: Connection, table: Table, deal: int) -> int:
        wanted = select(func.coalesce(func.max(table.c.number), 0)).where(table.c.deal == deal)
        return int(connection.scalar(wanted) or 0) + 1

    def _changed(
        self, connection: Connection, act: str, code: str, detail: Mapping[str, Any], at: int, actor: str
    ) -> None:
        registers.changed(connection, at=at, actor=actor, act=act, subject=code, detail=detail)


def _ordered(table: Table) -> Any:
    return select(table).order_by(*table.primary_key)
