"""Supervised items, their steps and what was frozen with them; and the corrections of the working calendar.

Every change is one transaction: the head, a step that is never changed, what was frozen with it, a row of the audit
log, and the counter that screens ask for. A head is moved only on top of the version that whoever acts has seen.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from data_access import engine as engines
from data_access import supervision_tables as tables
from data_access.accounts import record
from data_access.schema import versions
from indicators.supervision import OPEN, State

COUNTER = "supervision"
"""The name in `versions` of the counter that rises with every step of an item."""


class Item(NamedTuple):
    """The head of an item; the fields are the columns of `supervision_items`."""

    id: int
    origin: str | None
    kind: str
    subject: str
    matter: str
    title_zh: str
    title_en: str
    region: int
    system: str
    level: int
    department: str
    unit: str
    instruction: str
    state: str
    version: int
    round: int
    dispatched_at: int
    dispatched_by: str
    reviewer: str
    sign_due: int
    due_on: int
    due_at: int
    review_due: int | None
    signed_at: int | None
    answered_at: int | None
    late: bool
    closed_at: int | None
    recovered_at: int | None
    repeat_of: int | None
    simulated: bool

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return State(self.state) in OPEN

    def title(self, language: str) -> str:
        """What it is about, in a language."""
        return self.title_en if language.startswith("en") else self.title_zh


class Step(NamedTuple):
    """One thing that happened to an item; the fields are the columns of `supervision_steps`."""

    item: int
    number: int
    act: str
    state: str
    round: int
    at: int
    actor: str
    shown: str
    text: str = ""
    cause: str = ""
    measure: str = ""
    expected_on: int | None = None
    reason: str = ""
    due_on: int | None = None


class Frozen(NamedTuple):
    """One line of what was seen when a step was taken: a figure, or a fact in words."""

    item: int
    number: int
    place: int
    role: str
    code: str
    name_zh: str
    name_en: str
    region: int
    period: int | None = None
    value: float | None = None
    unit: str = ""
    unit_en: str = ""
    status: str = ""
    text_zh: str = ""
    text_en: str = ""


class Correction(NamedTuple):
    """A day that is worked, or not, whatever the calendar of the library says."""

    day: int
    works: bool
    reason: str
    at: int
    actor: str


class SupervisionStore:
    """Reads and writes supervised items on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that writes; the methods that change something take it."""
        return engines.transaction(self.engine)

    # ---- reading

    def items(
        self,
        regions: Iterable[int] | None = None,
        *,
        ids: Iterable[int] | None = None,
        department: str | None = None,
        kind: str | None = None,
        subjects: Collection[str] | None = None,
        matter: str | None = None,
        open_only: bool = False,
        connection: Connection | None = None,
    ) -> list[Item]:
        """Items, the newest first; None asks for all."""
        i = tables.items.c
        wanted = sa.select(tables.items).order_by(i.dispatched_at.desc(), i.id.desc())
        if ids is not None:
            wanted = wanted.where(i.id.in_(sorted(set(ids))))
        if regions is not None:
            wanted = wanted.where(i.region.in_(sorted(set(regions))))
        if department is not None:
            wanted = wanted.where(i.department == department)
        if kind is not None:
            wanted = wanted.where(i.kind == kind)
        if subjects is not None:
            wanted = wanted.where(i.subject.in_(sorted(subjects)))
        if matter is not None:
            wanted = wanted.where(i.matter == matter)
        if open_only:
            wanted = wanted.where(i.state.in_([state.value for state in OPEN]))
        with self._reading(connection) as reading:
            return [Item._make(row) for row in reading.execute(wanted)]

    def item(self, number: int, connection: Connection | None = None) -> Item | None:
        """One item."""
        return next(iter(self.items(ids=[number], connection=connection)), None)

    def steps(self, ids: Collection[int], connection: Connection | None = None) -> list[Step]:
        """What happened to some items, in the order in which it did."""
        s = tables.steps.c
        wanted = sa.select(tables.steps).where(s.item.in_(sorted(set(ids)))).order_by(s.item, s.number)
        with self._reading(connection) as reading:
            return [Step._make(row) for row in reading.execute(wanted)]

    def frozen(self, item: int, connection: Connection | None = None) -> list[Frozen]:
        """What was seen at the steps of an item."""
        f = tables.frozen.c
        wanted = sa.select(tables.frozen).where(f.item == item).order_by(f.number, f.place)
        with self._reading(connection) as reading:
            return [Frozen._make(row) for row in reading.execute(wanted)]

    def corrections(self) -> list[Correction]:
        """The corrections of the calendar in the order in which they were made."""
        c = tables.calendar.c
        wanted = sa.select(*(c[name] for name in Correction._fields)).order_by(c.id)
        with self.engine.connect() as connection:
            return [Correction._make(row) for row in connection.execute(wanted)]

    def any(self) -> bool:
        """Whether there is an item at all."""
        with self.engine.connect() as connection:
            return connection.execute(sa.select(tables.items.c.id).limit(1)).first() is not None

    def version(self) -> int:
        """How often something was done with an item."""
        wanted = sa.select(versions.c.value).where(versions.c.name == COUNTER)
        with self.engine.connect() as connection:
            return int(connection.scalar(wanted) or 0)

    # ---- writing

    def open(
        self, connection: Connection, item: Item, step: Step, frozen: Sequence[Frozen], *, actor: str
    ) -> int:
        """Enter a dispatched item with its first step and what was seen; its number."""
        told = item._asdict()
        del told["id"]
        key = connection.execute(sa.insert(tables.items).values(**told)).inserted_primary_key
        assert key is not None
        number = int(key[0])
        self._write(connection, step._replace(item=number), [one._replace(item=number) for one in frozen])
        detail = {
            "kind": item.kind, "subject": item.subject, "region": item.region, "department": item.department,
            "due": item.due_on,
        }  # fmt: skip
        self._audit(connection, step.at, actor, "dispatch", number, detail)
        return number

    def step(
        self,
        connection: Connection,
        before: Item,
        step: Step,
        frozen: Sequence[Frozen] = (),
        *,
        actor: str,
        **changes: object,
    ) -> bool:
        """Add a step and move the head; False, and nothing written, where the head is not `before` any more."""
        i = tables.items.c
        moved = connection.execute(
            sa.update(tables.items)
            .where(i.id == before.id, i.version == before.version)
            .values(version=step.number, state=step.state, **changes)
        )
        if not moved.rowcount:
            return False
        self._write(connection, step, frozen)
        told = {name: value for name, value in step._asdict().items() if value not in ("", None)}
        detail: dict[str, object] = {
            name: value for name, value in told.items() if name in ("state", "round", "reason", "due_on")
        }
        self._audit(connection, step.at, actor, step.act, before.id, detail)
        return True

    def load(
        self,
        connection: Connection,
        items: Sequence[Item],
        steps: Sequence[Step],
        frozen: Sequence[Frozen],
        *,
        at: int,
        actor: str,
    ) -> None:
        """Enter many items that carry their own numbers, with one audit row for all of them."""
        engines.append(connection, tables.items, [tuple(one) for one in items], Item._fields)
        engines.number_on(connection, tables.items)
        engines.append(connection, tables.steps, [tuple(one) for one in steps], Step._fields)
        engines.append(connection, tables.frozen, [tuple(one) for one in frozen], Frozen._fields)
        record(connection, at=at, actor=actor, act="supervision.load", detail={"items": len(items)})
        engines.raise_counter(connection, versions, COUNTER)

    def correct_day(self, connection: Connection, correction: Correction) -> None:
        """Say that a day is worked, or is not."""
        connection.execute(sa.insert(tables.calendar).values(**correction._asdict()))
        detail = {"works": correction.works, "reason": correction.reason}
        record(connection, at=correction.at, actor=correction.actor, act="workday.correct",
               subject=str(correction.day), detail=detail)  # fmt: skip
        engines.raise_counter(connection, versions, COUNTER)

    # ---- below

    def _write(self, connection: Connection, step: Step, frozen: Sequence[Frozen]) -> None:
        connection.execute(sa.insert(tables.steps).values(**step._asdict()))
        engines.append(connection, tables.frozen, [tuple(one) for one in frozen], Frozen._fields)

    def _audit(
        self, connection: Connection, at: int, actor: str, act: str, item: int, detail: Mapping[str, object]
    ) -> None:
        record(connection, at=at, actor=actor, act=f"supervision.{act}", subject=str(item), detail=detail)
        engines.raise_counter(connection, versions, COUNTER)

    @contextmanager
    def _reading(self, connection: Connection | None) -> Iterator[Connection]:
        if connection is not None:
            yield connection
            return
        with self.engine.connect() as own:
            yield own
