"""What is done about warnings, kept: taken, silenced, noted, answered, told."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from data_access import accounts
from data_access import engine as engines
from data_access.alerts import StoredAlert, alert_events, alert_rules, alerts
from data_access.handling_tables import acks, answers, courses, notes, silences, told
from data_access.schema import versions
from indicators.alerts import Event, EventKind, standing
from indicators.handling import Course, Instance, Silence

COUNTER = "handling"
"""The name in `versions` of the counter that rises with everything that a person does about warnings."""

Alert = tuple[str, int, int]
"""Rule, region, and the period in which it opened: what a warning is known by."""


class Who(NamedTuple):
    """Who did something, and when."""

    at: int
    actor: str
    display: str


class StoredAck(NamedTuple):
    """An acknowledgement; ``given`` false takes the one before back."""

    rule: str
    region: int
    opened: int
    version: int
    at: int
    actor: str
    display: str
    note: str
    given: bool


class StoredSilence(NamedTuple):
    """A silence as it was written, and how it ended; the fields are the columns of `alert_silences`."""

    id: int
    rule: str
    indicator: str
    region: int
    level: int
    starts: int
    ends: int
    reason: str
    at: int
    actor: str
    display: str
    lifted_at: int | None
    lifted_by: str
    over_at: int | None

    @property
    def plain(self) -> Silence:
        """What of it matters for the warnings that it covers: one that was lifted ends before that moment."""
        ends = self.ends if self.lifted_at is None else min(self.ends, self.lifted_at - 1)
        return Silence(self.id, self.rule, self.indicator, self.region, self.level, self.starts, ends)


class StoredNote(NamedTuple):
    """A note on a warning."""

    id: int
    rule: str
    region: int
    opened: int
    at: int
    actor: str
    display: str
    text: str


class StoredAnswer(NamedTuple):
    """An answer to a warning; the fields are the columns of `alert_answers`."""

    id: int
    rule: str
    region: int
    opened: int
    at: int
    actor: str
    display: str
    department: str
    kind: str
    reason: str
    text: str
    cause: str
    expected: str
    item: int | None


class StoredTold(NamedTuple):
    """Something that was told about a warning; the fields are the columns of `alert_told` but for the id."""

    rule: str
    region: int
    opened: int
    kind: str
    version: int
    step: int
    level: int
    at: int
    notice: str


class Turn(NamedTuple):
    """The newest opening or upgrade of an open warning: the version of the warning.

    kind  an `EventKind`; `period` in which it happened, `at` when it was recorded
    """

    version: int
    kind: int
    period: int
    at: int


class HandlingStore:
    """Reads and writes what is done about warnings; every act of a person leaves an entry in the audit log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counter = engines.question(
            engine, sa.select(versions.c.value).where(versions.c.name == sa.bindparam("name"))
        )

    def version(self) -> int:
        """Rises with everything that a person does about warnings, and when a silence is over."""
        rows = self._counter.rows(self._engine, name=COUNTER)
        return int(rows[0][0]) if rows else 0

    # ---- the warnings themselves

    def turns(
        self, connection: Connection | None = None, rules: Iterable[str] | None = None
    ) -> dict[Instance, Turn]:
        """The newest opening or upgrade of every open warning; `rules` narrows, `connection` looks from inside."""
        e, a = alert_events.c, alerts.c
        newest = (
            sa.select(sa.func.max(e.id))
            .join_from(
                alerts,
                alert_events,
                (e.rule == a.rule) & (e.region == a.region) & (e.item == a.item) & (e.alert == a.opened),
            )
            .where(a.level > sa.literal_column("0"), e.kind.in_((EventKind.OPEN, EventKind.UPGRADE)))
            .group_by(a.rule, a.region, a.item)
        )
        if rules is not None:
            newest = newest.where(a.rule.in_(list(rules)))
        wanted = sa.select(e.rule, e.region, e.item, e.id, e.kind, e.period, e.at).where(e.id.in_(newest))
        with self._reading(connection) as reading:
            return {Instance(*row[:3]): Turn(*row[3:]) for row in reading.execute(wanted)}

    def open(self, connection: Connection | None, rules: Iterable[str] | None = None) -> list[StoredAlert]:
        """The open warnings; `rules` narrows."""
        wanted = sa.select(*_ALERT).where(alerts.c.level > sa.literal_column("0"))
        if rules is not None:
            wanted = wanted.where(alerts.c.rule.in_(list(rules)))
        with self._reading(connection) as reading:
            return [StoredAlert._make(row) for row in reading.execute(wanted)]

    def ended(self, connection: Connection | None, rules: Iterable[str]) -> list[StoredAlert]:
        """The instances of some rules without an open warning."""
        closed = alerts.c.level == sa.literal_column("0")
        wanted = sa.select(*_ALERT).where(closed, alerts.c.rule.in_(list(rules)))
        with self._reading(connection) as reading:
            return [StoredAlert._make(row) for row in reading.execute(wanted)]

    def turning(
        self, connection: Connection, rules: Iterable[str], first: int, most: int
    ) -> dict[Instance, list[int]]:
        """The periods since `first` in which instances opened or closed, of those that did so `most` times or more."""
        e = alert_events.c
        about = (e.rule.in_(list(rules)), e.period >= first, e.kind.in_((EventKind.OPEN, EventKind.RESOLVE)))
        busy = sa.select(e.rule, e.region, e.item).where(*about).group_by(e.rule, e.region, e.item)
        often = busy.having(sa.func.count() >= most).subquery()
        wanted = sa.select(e.rule, e.region, e.item, e.alert, e.period, e.kind).join_from(
            often,
            alert_events,
            (e.rule == often.c.rule) & (e.region == often.c.region) & (e.item == often.c.item),
        )
        found: dict[Instance, list[Event]] = defaultdict(list)
        for rule, region, item, alert, period, kind in connection.execute(wanted.order_by(e.id)):
            found[Instance(rule, region, item)].append(Event(0, alert, period, EventKind(kind), 0, 0))
        return {instance: _turns(history, first) for instance, history in found.items()}

    def happened(self, alert: Alert) -> bool:
        """Whether there is, or was, such a warning."""
        e = alert_events.c
        rule, region, opened = alert
        wanted = sa.select(e.id).where(e.rule == rule, e.region == region, e.alert == opened).limit(1)
        with self._engine.connect() as connection:
            return connection.execute(wanted).first() is not None

    def rules(self, connection: Connection) -> dict[str, int]:
        """The health of every rule as a whole, as it stands inside a transaction."""
        return {str(rule): int(health) for rule, health in connection.execute(_HEALTH)}

    # ---- acknowledgements

    def acks(self, connection: Connection | None = None) -> dict[Alert, StoredAck]:
        """The last word about every warning that somebody took, or took and gave back."""
        c = acks.c
        last = sa.select(sa.func.max(c.id)).group_by(c.rule, c.region, c.opened)
        wanted = sa.select(*(c[name] for name in StoredAck._fields)).where(c.id.in_(last))
        with self._reading(connection) as reading:
            found = (StoredAck._make((*row[:-1], bool(row[-1]))) for row in reading.execute(wanted))
            return {(one.rule, one.region, one.opened): one for one in found}

    def add_acks(self, given: Sequence[StoredAck], connection: Connection) -> None:
        """Write acknowledgements down, or that they were taken back."""
        engines.append(connection, acks, given, StoredAck._fields)
        for one in given:
            act = "alert.ack" if one.given else "alert.unack"
            detail = {"version": one.version, "note": one.note}
            self._record(connection, one.at, one.actor, act, (one.rule, one.region, one.opened), detail)
        engines.raise_counter(connection, versions, COUNTER)

    # ---- silences

    def silences(self, ended_after: int = 0, connection: Connection | None = None) -> list[StoredSilence]:
        """Silences that end, or ended, after a moment: the newest first."""
        c = silences.c
        wanted = (
            sa.select(*(c[name] for name in StoredSilence._fields))
            .where(c.ends >= ended_after)
            .order_by(c.id.desc())
        )
        with self._reading(connection) as reading:
            return [StoredSilence._make(row) for row in reading.execute(wanted)]

    def unsettled(self, connection: Connection | None = None) -> list[StoredSilence]:
        """Silences whose end has not been noticed yet."""
        c = silences.c
        wanted = sa.select(*(c[name] for name in StoredSilence._fields)).where(c.over_at.is_(None))
        with self._reading(connection) as reading:
            return [StoredSilence._make(row) for row in reading.execute(wanted.order_by(c.id))]

    def add_silence(self, wish: Silence, reason: str, who: Who, connection: Connection) -> int:
        """Write a silence down; its number."""
        values = {
            "rule": wish.rule,
            "indicator": wish.indicator,
            "region": wish.region,
            "level": wish.level,
            "starts": wish.starts,
            "ends": wish.ends,
            "reason": reason,
            "lifted_by": "",
        } | who._asdict()
        insert = sa.insert(silences).values(values).returning(silences.c.id)
        number = int(connection.execute(insert).scalar_one())
        accounts.record(
            connection,
            at=who.at,
            actor=who.actor,
            act="silence.add",
            subject=f"silence {number}",
            detail=values,
        )
        engines.raise_counter(connection, versions, COUNTER)
        return number

    def lift(self, number: int, who: Who, connection: Connection) -> bool:
        """End a silence before its time; False where it was lifted before, or is over."""
        c = silences.c
        still = (c.id == number, c.lifted_at.is_(None), c.ends >= who.at)
        done = connection.execute(
            sa.update(silences).where(*still).values(lifted_at=who.at, lifted_by=who.actor)
        )
        if done.rowcount == 0:
            return False
        accounts.record(
            connection, at=who.at, actor=who.actor, act="silence.lift", subject=f"silence {number}"
        )
        engines.raise_counter(connection, versions, COUNTER)
        return True

    def settle(self, numbers: Sequence[int], at: int, connection: Connection) -> None:
        """Remember that the end of some silences was noticed."""
        if numbers:
            ended = silences.c.id.in_(list(numbers))
            connection.execute(sa.update(silences).where(ended).values(over_at=at))
            engines.raise_counter(connection, versions, COUNTER)

    # ---- notes and answers

    def notes(self, alert: Alert) -> list[StoredNote]:
        """The notes on a warning, the oldest first."""
        wanted = _of(notes, StoredNote._fields, alert)
        with self._engine.connect() as connection:
            return [StoredNote._make(row) for row in connection.execute(wanted)]

    def add_note(self, alert: Alert, text: str, who: Who, connection: Connection) -> int:
        """Write a note down; its number."""
        values = _alert(alert) | who._asdict() | {"text": text}
        number = int(connection.execute(sa.insert(notes).values(values).returning(notes.c.id)).scalar_one())
        self._record(connection, who.at, who.actor, "alert.note", alert, {"text": text})
        engines.raise_counter(connection, versions, COUNTER)
        return number

    def answers(self, alert: Alert | None = None) -> list[StoredAnswer]:
        """The answers to a warning, or all there are, the oldest first."""
        wanted = _of(answers, StoredAnswer._fields, alert)
        with self._engine.connect() as connection:
            return [StoredAnswer._make(row) for row in connection.execute(wanted)]

    def add_answer(self, alert: Alert, answer: Mapping[str, Any], who: Who, connection: Connection) -> int:
        """Write an answer down; its number. `answer` has the columns that say what was answered."""
        values = _alert(alert) | who._asdict() | dict(answer)
        insert = sa.insert(answers).values(values).returning(answers.c.id)
        number = int(connection.execute(insert).scalar_one())
        self._record(connection, who.at, who.actor, "alert.answer", alert, answer)
        engines.raise_counter(connection, versions, COUNTER)
        return number

    def seed_answers(self, given: Sequence[StoredAnswer], connection: Connection) -> None:
        """Write simulated answers down, in the order in which they were given; the log has one entry for all."""
        if not given:
            return
        engines.append(connection, answers, [one[1:] for one in given], StoredAnswer._fields[1:])
        accounts.record(
            connection, at=given[-1].at, actor=given[-1].actor, act="alert.answer", subject="sample",
            detail={"answers": len(given)},
        )  # fmt: skip
        engines.raise_counter(connection, versions, COUNTER)

    # ---- what was told

    def courses(
        self, connection: Connection | None = None, rules: Iterable[str] | None = None
    ) -> dict[Instance, Course]:
        """What every followed instance still waits for; `rules` narrows."""
        wanted = sa.select(*(courses.c[name] for name in _COURSE))
        if rules is not None:
            wanted = wanted.where(courses.c.rule.in_(list(rules)))
        with self._reading(connection) as reading:
            rows = reading.execute(wanted).all()
        return {Instance(*row[:3]): Course(*row[3:]) for row in rows}

    def write(
        self,
        changed: Mapping[Instance, Course],
        ended: Iterable[Instance],
        said: Sequence[StoredTold],
        connection: Connection,
    ) -> None:
        """Store what was told, and what is waited for after that."""
        engines.delete(connection, courses, [tuple(one) for one in ended])
        engines.upsert(
            connection,
            courses,
            [
                (*instance, *(getattr(course, name) for name in _COURSE[3:]))
                for instance, course in changed.items()
            ],
        )
        engines.append(connection, told, said, StoredTold._fields)

    def told(self, alert: Alert | None = None, connection: Connection | None = None) -> list[StoredTold]:
        """What was told about a warning, or about all, in the order it was told."""
        wanted = _of(told, StoredTold._fields, alert)
        with self._reading(connection) as reading:
            return [StoredTold._make(row) for row in reading.execute(wanted)]

    @contextmanager
    def _reading(self, connection: Connection | None) -> Iterator[Connection]:
        """The caller's transaction where there is one, else a look from outside."""
        if connection is not None:
            yield connection
            return
        with self._engine.connect() as own:
            yield own

    @staticmethod
    def _record(
        connection: Connection, at: int, actor: str, act: str, alert: Alert, detail: Mapping[str, object]
    ) -> None:
        subject = ":".join(map(str, alert))
        accounts.record(connection, at=at, actor=actor, act=act, subject=subject, detail=detail)


_ALERT = tuple(alerts.c[name] for name in StoredAlert._fields)
_HEALTH = sa.select(alert_rules.c.rule, alert_rules.c.health)
_COURSE = (*Instance._fields, *(field.name for field in fields(Course)))


def _turns(history: Sequence[Event], first: int) -> list[int]:
    """When an instance opened and closed, as far as today's figures still say so."""
    kinds = (EventKind.OPEN, EventKind.RESOLVE)
    return [event.period for event in standing(history) if event.kind in kinds and event.period >= first]


def _alert(alert: Alert) -> dict[str, Any]:
    rule, region, opened = alert
    return {"rule": rule, "region": region, "opened": opened}


def _of(table: sa.Table, columns: Sequence[str], alert: Alert | None) -> Any:
    """The rows of a table that are about a warning, or all of them, in the order they were written."""
    wanted = sa.select(*(table.c[name] for name in columns)).order_by(table.c.id)
    if alert is None:
        return wanted
    return wanted.where(*(table.c[name] == value for name, value in _alert(alert).items()))
