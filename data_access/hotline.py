"""Hotline (12345): cases, the steps of their loop, and their counts by place, class and department.

A case says what it is about and where it stands; nothing says whose it is. Its steps are kept as they happened,
repeats and returns among them. Days are integers YYYYMMDD on the city's clock, instants epoch seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    and_,
    case,
    func,
    insert,
    select,
    update,
)

from data_access import engine as engines
from data_access import registers
from data_access.schema import metadata

SUBJECT = "hotline"

cases = Table(
    "hotline_cases",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", String(24), nullable=False, unique=True),
    Column("county", BigInteger, nullable=False),
    Column("town", BigInteger, nullable=False),
    Column("appeal_class", String(24), nullable=False),
    Column("channel", String(12), nullable=False),
    Column("department", String(24), nullable=False, comment="who handles it; the hotline where it answers itself"),
    Column("matter", String(120), nullable=False, comment="what it is about, without personal data"),
    Column("accepted_on", Integer, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("due_on", Integer, comment="none: answered at once"),
    Column("due_at", BigInteger),
    Column("extended", SmallInteger, nullable=False, comment="days of delay that were approved"),
    Column("stage", SmallInteger, nullable=False, comment="1 accepted … 8 rated"),
    Column("stage_at", BigInteger, nullable=False, comment="since when it stands there"),
    Column("closed_at", BigInteger, comment="when it was closed; a return opens it again"),
    Column("rated_on", Integer),
    Column("rating", SmallInteger, comment="1 very dissatisfied … 5 very satisfied"),
    Column("valid", Boolean, nullable=False, comment="the rating counts: reached, and willing to rate"),
    Column("solved", Boolean, comment="by the caller's word"),
    Column("repeat_of", Integer, comment="the case of the same person and matter closed within a month before"),
    Column("simulated", Boolean, nullable=False),
    Index("ix_hotline_cases_county_accepted", "county", "accepted_on"),
    Index("ix_hotline_cases_county_due", "county", "due_on"),
    Index("ix_hotline_cases_county_rated", "county", "rated_on"),
    Index("ix_hotline_cases_closed", "closed_at", "county"),
)  # fmt: skip

steps = Table(
    "hotline_steps",
    metadata,
    Column("case", Integer, primary_key=True, autoincrement=False),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("stage", SmallInteger, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, comment="none: it is there now"),
    Column("unit", String(24), nullable=False, comment="a department, or a region as twelve digits"),
    Column("note", String(200), nullable=False),
    sqlite_with_rowid=False,
)

CASE_COLUMNS = tuple(cases.c.keys())
STEP_COLUMNS = tuple(steps.c.keys())

COUNTS = ("total", "due", "ok", "rated", "satisfied", "solved", "repeat")
"""What is counted of cases, each on a day of its own: of acceptance, of falling due, of rating."""

SATISFIED = 4
"""Ratings from here on are satisfied ones (4 基本满意, 5 满意 of the five steps)."""


@dataclass(frozen=True)
class Case:
    """One case; see the table for what the columns mean."""

    id: int
    number: str
    county: int
    town: int
    appeal_class: str
    channel: str
    department: str
    matter: str
    accepted_on: int
    accepted_at: int
    due_on: int | None
    due_at: int | None
    extended: int
    stage: int
    stage_at: int
    closed_at: int | None
    rated_on: int | None
    rating: int | None
    valid: bool
    solved: bool | None
    repeat_of: int | None
    simulated: bool


@dataclass(frozen=True)
class Step:
    """One step of the loop of a case."""

    case: int
    number: int
    stage: int
    begun_at: int
    ended_at: int | None
    unit: str
    note: str


class HotlineStore:
    """Cases and their steps, on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    # ---- reading

    def case(self, number: str, connection: Connection | None = None) -> Case | None:
        """The case of a number."""
        wanted = select(cases).where(cases.c.number == number)
        rows = self._rows(wanted, connection)
        return Case(*rows[0]) if rows else None

    def by_id(self, identity: int) -> Case | None:
        """The case behind an earlier one's number."""
        rows = self._rows(select(cases).where(cases.c.id == identity), None)
        return Case(*rows[0]) if rows else None

    def steps(self, identity: int, connection: Connection | None = None) -> list[Step]:
        """The loop of one case, in the order in which it was walked."""
        wanted = select(steps).where(steps.c.case == identity).order_by(steps.c.number)
        return [Step(*row) for row in self._rows(wanted, connection)]

    def count(
        self, what: str, by: str, counties: Sequence[int], first: int, last: int, monthly: bool,
        connection: Connection | None = None,
    ) -> list[tuple[Any, ...]]:  # fmt: skip
        """How many cases there are by place or class, and day or month: rows (``by``, day, count, simulated).

        what         one of COUNTS
        by           a column: county, town, appeal_class, channel, department
        first, last  days, both included
        monthly      months as YYYYMM instead of days
        """
        day = cases.c[_DAYS[what]]
        told = day.op("/")(100) if monthly else day
        wanted = (
            select(cases.c[by], told, func.count(), func.max(case((cases.c.simulated, 1), else_=0)))
            .where(cases.c.county.in_(counties), day.between(first, last), *_CONDITIONS[what])
            .group_by(cases.c[by], told)
        )
        return self._rows(wanted, connection)

    def open_stages(self, within: Sequence[int], by: str) -> list[tuple[Any, ...]]:
        """Open cases as (stage, due_at, stage_at), of some counties (``by`` county) or townships (town)."""
        wanted = select(cases.c.stage, cases.c.due_at, cases.c.stage_at).where(
            cases.c[by].in_(within), cases.c.closed_at.is_(None)
        )
        return self._rows(wanted, None)

    def found(
        self, within: Sequence[int], by: str, conditions: Mapping[str, Any], now: int, limit: int, offset: int
    ) -> tuple[list[Case], int]:
        """A page of the cases of some counties or townships, overdue and then due first; and how many there are.

        conditions  by column, and ``state``: open, overdue, closed, repeat
        """
        where = [cases.c[by].in_(within), *_narrowed(conditions, now)]
        total = self._rows(select(func.count()).select_from(cases).where(*where), None)[0][0]
        is_open = case((cases.c.closed_at.is_(None), 0), else_=1)
        due = func.coalesce(cases.c.due_at, cases.c.accepted_at)
        order = (is_open, case((cases.c.closed_at.is_(None), due), else_=-cases.c.accepted_at), cases.c.id)
        rows = self._rows(select(cases).where(*where).order_by(*order).limit(limit).offset(offset), None)
        return [Case(*row) for row in rows], int(total)

    def any(self) -> bool:
        """Whether there is any case."""
        return bool(self._rows(select(cases.c.id).limit(1), None))

    def ends(self, connection: Connection | None = None) -> dict[int, registers.Stretch]:
        """From which to which day the cases of each county are complete."""
        return registers.ends(connection or self.engine, SUBJECT)

    def first_day(self, connection: Connection) -> int | None:
        """The day of the first case."""
        found = connection.scalar(select(func.min(cases.c.accepted_on)))
        return int(found) if found is not None else None

    def _rows(self, wanted: Any, connection: Connection | None) -> list[tuple[Any, ...]]:
        if connection is not None:
            return [tuple(row) for row in connection.execute(wanted).all()]
        with self.engine.connect() as own:
            return [tuple(row) for row in own.execute(wanted).all()]

    # ---- changing

    def next_id(self, connection: Connection) -> int:
        """The number of the next case."""
        return int(connection.scalar(select(func.coalesce(func.max(cases.c.id), 0))) or 0) + 1

    def add(self, connection: Connection, one: Case, unit: str, *, at: int, actor: str) -> None:
        """Register a case; its loop begins where it stands."""
        connection.execute(insert(cases).values(vars(one)))
        first = Step(one.id, 1, one.stage, one.stage_at, None, unit, "")
        connection.execute(insert(steps).values(vars(first)))
        self._changed(connection, "case.add", one.number, {"class": one.appeal_class}, at, actor)

    def advance(
        self,
        connection: Connection,
        one: Case,
        step: Step,
        changes: Mapping[str, Any],
        *,
        at: int,
        actor: str,
    ) -> None:
        """End the step where a case stands and begin the next; ``step`` numbers itself."""
        last = connection.scalar(select(func.max(steps.c.number)).where(steps.c.case == one.id)) or 0
        begun = step.begun_at
        connection.execute(
            update(steps)
            .where(and_(steps.c.case == one.id, steps.c.number == last, steps.c.ended_at.is_(None)))
            .values(ended_at=begun)
        )
        connection.execute(insert(steps).values({**vars(step), "number": int(last) + 1}))
        connection.execute(update(cases).where(cases.c.id == one.id).values(dict(changes)))
        self._changed(
            connection, "case.advance", one.number, {"stage": step.stage, "note": step.note}, at, actor
        )

    def revise(
        self, connection: Connection, one: Case, changes: Mapping[str, Any], *, at: int, actor: str
    ) -> None:
        """Change what stands on a case: an approved delay moves its due time."""
        connection.execute(update(cases).where(cases.c.id == one.id).values(dict(changes)))
        detail = {name: [getattr(one, name), value] for name, value in changes.items()}
        self._changed(connection, "case.revise", one.number, detail, at, actor)

    def complete(
        self, connection: Connection, told: Mapping[int, registers.Stretch], *, at: int, actor: str
    ) -> None:
        """Say up to which day the cases of some counties are complete."""
        registers.settle_ends(connection, SUBJECT, told, at=at, actor=actor)

    def seed(
        self,
        connection: Connection,
        case_rows: Sequence[tuple[Any, ...]],
        step_rows: Sequence[tuple[Any, ...]],
        *,
        at: int,
        actor: str,
    ) -> None:
        """Put many cases into the store at once: tuples in the order of the tables."""
        engines.append(connection, cases, case_rows, CASE_COLUMNS)
        engines.append(connection, steps, step_rows, STEP_COLUMNS)
        self._changed(connection, "case.seed", SUBJECT, {"cases": len(case_rows)}, at, actor)

    def _changed(
        self, connection: Connection, act: str, number: str, detail: Mapping[str, Any], at: int, actor: str
    ) -> None:
        registers.changed(connection, at=at, actor=actor, act=act, subject=number, detail=detail)


_DAYS = {
    "total": "accepted_on", "due": "due_on", "ok": "due_on", "rated": "rated_on", "satisfied": "rated_on",
    "solved": "rated_on", "repeat": "accepted_on",
}  # fmt: skip

_CONDITIONS: dict[str, tuple[Any, ...]] = {
    "total": (),
    "due": (),
    "ok": (cases.c.closed_at <= cases.c.due_at,),
    "rated": (cases.c.valid,),
    "satisfied": (cases.c.valid, cases.c.rating >= SATISFIED),
    "solved": (cases.c.valid, cases.c.solved),
    "repeat": (cases.c.repeat_of.is_not(None),),
}


def _narrowed(conditions: Mapping[str, Any], now: int) -> list[Any]:
    found: list[Any] = []
    for name, value in conditions.items():
        if name == "state":
            found += [*_STATES[value], *([cases.c.due_at < now] if value == OVERDUE else [])]
        elif name in ("first", "last"):
            found.append(cases.c.accepted_on >= value if name == "first" else cases.c.accepted_on <= value)
        else:
            found.append(cases.c[name] == value)
    return found


OVERDUE = "overdue"

_STATES: dict[str, tuple[Any, ...]] = {
    "open": (cases.c.closed_at.is_(None),),
    OVERDUE: (cases.c.closed_at.is_(None),),
    "closed": (cases.c.closed_at.is_not(None),),
    "repeat": (cases.c.repeat_of.is_not(None),),
}
"""The states by which cases are listed; what is overdue depends on the moment as well."""
