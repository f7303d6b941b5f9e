"""Incidents as they stand and all that was said and done in them.

Every change is one transaction: the rows, an entry of the incident's log, one of the audit log, and the counter
``records`` that screens ask for. The head of an incident can be corrected; what it said before is in its log.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Table

from data_access import engine as engines
from data_access import incident_tables as tables
from data_access.accounts import record
from data_access.schema import versions

COUNTER = "records"
"""The name in `versions` of the counter that rises with every change of a business record."""


PUBLISHED = "published:"
"""The origin of an incident that was loaded from published sources begins with this."""


class Incident(NamedTuple):
    """The head of an incident; the fields are the columns of `incidents`."""

    id: int
    origin: str | None
    title: str
    category: str
    kind: str
    code: str
    code_system: str
    level: int
    region: int
    place: str
    lon: float | None
    lat: float | None
    occurred_at: int | None
    reported_at: int | None
    reported_by: str
    channel: str
    confidentiality: str
    reportable: bool
    sensitive: bool
    simulated: bool
    terminated_at: int | None
    merged_into: int | None
    registered_at: int
    registered_by: str

    @property
    def open(self) -> bool:
        """Whether its response goes on: not ended, no duplicate of another, not from a printed source."""
        return self.terminated_at is None and self.merged_into is None and not self.published

    @property
    def published(self) -> bool:
        """Whether it was loaded from published sources: real, but not from a register that was kept."""
        return self.origin is not None and self.origin.startswith(PUBLISHED)

    @property
    def moment(self) -> int:
        """When it occurred; where that is not known, when it was reported, else entered."""
        return next(at for at in (self.occurred_at, self.reported_at, self.registered_at) if at is not None)


class Stage(NamedTuple):
    """One stretch of one stage; ``corrects`` names the row that it sets right."""

    id: int
    incident: int
    stage: str
    began_at: int
    begun_by: str
    ended_at: int | None
    ended_by: str
    note: str
    corrects: int | None
    recorded_at: int


class WarningLevel(NamedTuple):
    """The warning level of an incident from a moment on: 4 red to 1 blue, 0 lifted."""

    id: int
    incident: int
    level: int
    at: int
    actor: str
    note: str
    recorded_at: int


class ResponseLevel(NamedTuple):
    """The level of a response from a moment on: 1 is Ⅰ, the highest, to 4; 0 ended."""

    id: int
    incident: int
    kind: str
    level: int
    at: int
    actor: str
    note: str
    recorded_at: int


class Report(NamedTuple):
    """A report on an incident: initial, followup or final."""

    id: int
    incident: int
    kind: str
    at: int
    actor: str
    note: str
    recorded_at: int


class Count(NamedTuple):
    """One casualty or loss figure of a report."""

    id: int
    incident: int
    report: int
    metric: str
    value: float
    note: str


class Fact(NamedTuple):
    """What a published source says of an incident, as printed."""

    id: int
    incident: int
    kind: str
    at: int
    region: int
    metric: str
    value: str
    unit: str
    note: str
    source: str
    quality: str


class Task(NamedTuple):
    """An order to a unit, with the stamps that it has."""

    id: int
    incident: int
    unit: str
    task: str
    rescue: bool
    urban: bool
    site: bool
    issued_at: int
    issued_by: str
    ack_due: int
    due_at: int
    acknowledged_at: int | None
    arrived_at: int | None
    connected_at: int | None
    answered_at: int | None
    answer: str
    done_at: int | None


class Entry(NamedTuple):
    """One entry of the log of an incident."""

    id: int
    incident: int
    at: int
    actor: str
    act: str
    note: str


class Consultation(NamedTuple):
    """One consultation: when, how, who, with what outcome."""

    id: int
    incident: int
    at: int
    form: str
    members: str
    outcome: str
    actor: str


class Action(NamedTuple):
    """What a consultation agreed, or an assessment asks to be put right."""

    id: int
    incident: int
    purpose: str
    task: str
    owner: str
    due_at: int
    done_at: int | None
    done_by: str


class Assessment(NamedTuple):
    """The assessment that is due after the end of a response."""

    incident: int
    due_at: int
    done_at: int | None
    actor: str
    findings: str


class Contact(NamedTuple):
    """Somebody who can be called."""

    id: int
    region: int
    name: str
    post: str
    phone: str
    simulated: bool


class Duty(NamedTuple):
    """One turn of duty."""

    region: int
    begins_at: int
    role: str
    ends_at: int
    shift: str
    contact: int


TABLES: Mapping[type, Table] = {
    Incident: tables.incidents,
    Stage: tables.stages,
    WarningLevel: tables.warning_levels,
    ResponseLevel: tables.response_levels,
    Report: tables.reports,
    Count: tables.figures,
    Fact: tables.facts,
    Task: tables.tasks,
    Entry: tables.log,
    Consultation: tables.consultations,
    Action: tables.actions,
    Assessment: tables.assessments,
    Contact: tables.contacts,
    Duty: tables.duties,
}
"""Which table the rows of a type stand in."""


@dataclass(frozen=True)
class File:
    """Everything of some incidents, each kind in the order in which it was written."""

    incidents: tuple[Incident, ...]
    stages: tuple[Stage, ...] = ()
    warnings: tuple[WarningLevel, ...] = ()
    responses: tuple[ResponseLevel, ...] = ()
    reports: tuple[Report, ...] = ()
    counts: tuple[Count, ...] = ()
    facts: tuple[Fact, ...] = ()
    tasks: tuple[Task, ...] = ()
    log: tuple[Entry, ...] = ()
    consultations: tuple[Consultation, ...] = ()
    actions: tuple[Action, ...] = ()
    assessments: tuple[Assessment, ...] = ()


_MOST_LISTED = 500

PARTS: Mapping[str, type] = {
    "stages": Stage,
    "warnings": WarningLevel,
    "responses": ResponseLevel,
    "reports": Report,
    "counts": Count,
    "facts": Fact,
    "tasks": Task,
    "log": Entry,
    "consultations": Consultation,
    "actions": Action,
    "assessments": Assessment,
}
"""The fields of a file beside the heads, and what each holds."""


class IncidentStore:
    """Reads and writes incidents on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that writes; the methods that change something take it."""
        return engines.transaction(self.engine)

    # ---- reading

    def heads(
        self,
        regions: Iterable[int] | None = None,
        *,
        open_only: bool = False,
        since: int | None = None,
        until: int | None = None,
        ids: Iterable[int] | None = None,
        connection: Connection | None = None,
    ) -> list[Incident]:
        """Incidents, the newest first; merged duplicates only where they are asked for by number.

        regions       every region that an incident may lie in; None: all
        since, until  the first and last moment at which it occurred (where that is not known: was reported, or
                      entered)
        """
        i = tables.incidents.c
        moment = sa.func.coalesce(i.occurred_at, i.reported_at, i.registered_at)
        wanted = sa.select(tables.incidents)
        if ids is not None:
            wanted = wanted.where(i.id.in_(sorted(set(ids))))
        else:
            wanted = wanted.where(i.merged_into.is_(None))
        if regions is not None:
            wanted = wanted.where(i.region.in_(sorted(set(regions))))
        if open_only:
            printed = sa.func.coalesce(i.origin, "").like(f"{PUBLISHED}%")
            wanted = wanted.where(i.terminated_at.is_(None), i.merged_into.is_(None), ~printed)
        if since is not None:
            wanted = wanted.where(moment >= since)
        if until is not None:
            wanted = wanted.where(moment <= until)
        return self._rows(wanted.order_by(moment.desc(), i.id.desc()), Incident, connection)

    def file(
        self,
        heads: Sequence[Incident],
        parts: Iterable[str] = tuple(PARTS),
        connection: Connection | None = None,
    ) -> File:
        """What stands under some incidents, as many kinds as are asked for."""
        ids = [one.id for one in heads]
        found: dict[str, Any] = {}
        for name in parts:
            table = TABLES[PARTS[name]]
            wanted = sa.select(table).order_by(*table.primary_key)
            # A long list of numbers is asked for as a range: the caller's incidents are a stretch of time.
            if len(ids) > _MOST_LISTED:
                wanted = wanted.where(table.c.incident.between(min(ids), max(ids)))
            else:
                wanted = wanted.where(table.c.incident.in_(ids))
            kept = set(ids)
            found[name] = tuple(
                row for row in self._rows(wanted, PARTS[name], connection) if row.incident in kept
            )
        return File(tuple(heads), **found)

    def newest(self, regions: Iterable[int]) -> int | None:
        """When the newest incident of some regions occurred; printed ones are of another time."""
        i = tables.incidents.c
        printed = sa.func.coalesce(i.origin, "").like(f"{PUBLISHED}%")
        wanted = sa.select(sa.func.max(i.occurred_at)).where(i.region.in_(sorted(set(regions))), ~printed)
        found = self._plain(wanted)[0][0]
        return None if found is None else int(found)

    def pending(self, regions: Iterable[int]) -> File:
        """The incidents of some regions of which an assessment or an action is not done, with those alone."""
        kinds = (Assessment, Action)
        i = tables.incidents.c
        found: list[list[Any]] = []
        for kind in kinds:
            table = TABLES[kind]
            wanted = (
                sa.select(table)
                .join(tables.incidents, i.id == table.c.incident)
                .where(table.c.done_at.is_(None), i.merged_into.is_(None), i.region.in_(sorted(set(regions))))
                .order_by(table.c.due_at)
            )
            found.append(self._rows(wanted, kind, None))
        heads = self.heads(ids={row.incident for rows in found for row in rows})
        return File(tuple(heads), assessments=tuple(found[0]), actions=tuple(found[1]))

    def by_origin(self, origins: Iterable[str], connection: Connection | None = None) -> dict[str, int]:
        """The numbers of loaded incidents by where they came from."""
        i = tables.incidents.c
        wanted = sa.select(i.origin, i.id).where(i.origin.in_(list(origins)))
        with self._reading(connection) as reading:
            return {row[0]: row[1] for row in reading.execute(wanted)}

    def contacts(self, regions: Iterable[int]) -> list[Contact]:
        """The contacts of some regions."""
        table = tables.contacts
        wanted = sa.select(table).where(table.c.region.in_(sorted(set(regions)))).order_by(table.c.id)
        return [Contact._make(row) for row in self._plain(wanted)]

    def on_duty(self, regions: Iterable[int], since: int, until: int) -> list[tuple[Duty, Contact]]:
        """The turns of duty of some regions that touch a stretch of time, with who has them."""
        duty, contact = tables.duties, tables.contacts
        wanted = (
            sa.select(duty, contact)
            .join(contact, contact.c.id == duty.c.contact)
            .where(duty.c.region.in_(sorted(set(regions))))
            .where(duty.c.begins_at <= until, duty.c.ends_at > since)
            .order_by(duty.c.region, duty.c.begins_at, duty.c.role)
        )
        return [(Duty._make(row[:6]), Contact._make(row[6:])) for row in self._plain(wanted)]

    def version(self) -> int:
        """How often a business record has changed."""
        wanted = sa.select(versions.c.value).where(versions.c.name == COUNTER)
        found = self._plain(wanted)
        return int(found[0][0]) if found else 0

    # ---- writing

    def add(self, connection: Connection, row: Any, **values: object) -> int:
        """Add one row; its number is given by the store. ``values`` replace fields of the row."""
        table = TABLES[type(row)]
        told = row._asdict() | values
        if "id" in told:
            del told["id"]
        key = connection.execute(sa.insert(table).values(**told)).inserted_primary_key
        return int(key[0]) if key is not None else 0

    def put(self, connection: Connection, row: Assessment | Duty) -> None:
        """Add a row, or put it in the place of the one with its key."""
        engines.upsert(connection, TABLES[type(row)], [tuple(row)])

    def change(self, connection: Connection, incident: int, **values: object) -> None:
        """Correct the head of an incident."""
        connection.execute(
            sa.update(tables.incidents).where(tables.incidents.c.id == incident).values(**values)
        )

    def stamp(self, connection: Connection, kind: type, number: int, **values: object) -> bool:
        """Set stamps of a row that are still empty; False where the first of them was set before."""
        table = TABLES[kind]
        first = next(iter(values))
        key = next(iter(table.primary_key))
        statement = sa.update(table).where(key == number, table.c[first].is_(None)).values(**values)
        return bool(connection.execute(statement).rowcount)

    def note(
        self, connection: Connection, incident: int, *, at: int, actor: str, act: str, note: str = "",
        detail: Mapping[str, object] | None = None,
    ) -> None:  # fmt: skip
        """Say in the log of the incident and in the audit log what was done, and raise the counter."""
        self.add(connection, Entry(0, incident, at, actor, act, note))
        self.audit(connection, at=at, actor=actor, act=act, subject=str(incident), detail=detail)

    def audit(
        self, connection: Connection, *, at: int, actor: str, act: str, subject: str,
        detail: Mapping[str, object] | None = None,
    ) -> None:  # fmt: skip
        """The audit row of a change, and the counter that screens ask for."""
        record(connection, at=at, actor=actor, act=f"incident_{act}", subject=subject, detail=detail)
        engines.raise_counter(connection, versions, COUNTER)

    def load(
        self, connection: Connection, rows: Mapping[type, Sequence[Any]], *, at: int, actor: str, subject: str
    ) -> None:
        """Add many rows that carry their own numbers, with one audit row for all of them."""
        for kind, listed in rows.items():
            engines.append(connection, TABLES[kind], [tuple(row) for row in listed], kind._fields)  # type: ignore[attr-defined]
            if "id" in TABLES[kind].c:
                engines.number_on(connection, TABLES[kind])
        count = {TABLES[kind].name: len(listed) for kind, listed in rows.items()}
        self.audit(connection, at=at, actor=actor, act="load", subject=subject, detail=count)

    def next_numbers(self, connection: Connection) -> dict[type, int]:
        """The first free number of every table that numbers its rows."""
        return {
            kind: int(connection.scalar(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))) or 0) + 1
            for kind, table in TABLES.items()
            if "id" in table.c
        }

    # ---- below

    def _reading(self, connection: Connection | None) -> AbstractContextManager[Connection]:
        return nullcontext(connection) if connection is not None else self.engine.connect()

    def _plain(self, wanted: sa.Select[Any]) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(wanted).all())

    def _rows(self, wanted: sa.Select[Any], kind: type, connection: Connection | None) -> list[Any]:
        made = kind._make  # type: ignore[attr-defined]
        with self._reading(connection) as reading:
            return [made(row) for row in reading.execute(wanted)]
