"""Key projects: the register, its yearly lists and plans, monthly reports, milestones, problems, and every change.

A record is never deleted; a project is withdrawn with a reason. Each change of a field is kept with who, when and
why, in the transaction that makes it, together with an entry of the audit log.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, fields, replace
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Double,
    Engine,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
    update,
)

from data_access.accounts import record
from data_access.engine import raise_counter, transaction
from data_access.schema import metadata, versions
from indicators.errors import N_, CockpitError, Issue
from indicators.projects import PARTS, Change, Part, Project, Register, field_names

RECORDS = "records"
"""The counter that rises when a record of any subject changes."""

projects = Table(
    "projects",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(64), unique=True, comment="of the approval platform; none where it is not known"),
    Column("name", String(200), nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("part_of", Integer, ForeignKey("projects.id")),
    Column("lon", Double),
    Column("lat", Double),
    Column("type", String(32), nullable=False),
    Column("industry", String(32), nullable=False),
    Column("owner", String(200), nullable=False),
    Column("department", String(32), nullable=False),
    Column("scopes", String(100), nullable=False, comment="the lists it stands on, separated by spaces"),
    Column("stage", String(16), nullable=False),
    Column("total", Double, comment="the newest version of the total investment, 亿元"),
    Column("planned_start", Date),
    Column("planned_finish", Date),
    Column("actual_start", Date),
    Column("actual_finish", Date),
    Column("simulated", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("citation", Text, nullable=False),
    Column("quality", String(8), nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("note", Text, nullable=False),
    Column("printed_plan", Double),
    Column("printed_done", Double),
    Column("withdrawn", Date),
    Column("withdrawn_reason", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Index("ix_projects_region", "region"),
    comment="key projects and programmes; a programme is never added to anything",
)


def _project(**options: Any) -> Column[int]:
    return Column("project", Integer, ForeignKey("projects.id"), nullable=False, **options)


totals = Table(
    "project_totals",
    metadata,
    _project(primary_key=True, autoincrement=False),
    Column("since", Date, primary_key=True),
    Column("amount", Double, nullable=False),
    Column("reason", Text, nullable=False),
    comment="versions of the planned total investment",
)

listings = Table(
    "project_listings",
    metadata,
    _project(primary_key=True, autoincrement=False),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("entered", Date, nullable=False),
    Column("left", Date),
    Column("reason", Text, nullable=False),
    comment="the yearly lists: when a project came, and when and why it left",
)

plans = Table(
    "project_plans",
    metadata,
    _project(primary_key=True, autoincrement=False),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("since", Date, primary_key=True),
    Column("amount", Double, nullable=False),
    Column("approval", Text, nullable=False),
    comment="the plan of a year and its approved changes, each from a day on",
)

months = Table(
    "project_months",
    metadata,
    _project(primary_key=True, autoincrement=False),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("month", Integer, primary_key=True, autoincrement=False),
    *(
        Column(name, Double, nullable=False)
        for name in (
            "done", "fund_plan", "fund_budget", "fund_bond", "fund_loan", "fund_own", "paid", "bond_issued",
            "bond_used", "land_need", "land_done",
        )
    ),
    Column("registered", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    comment="monthly reports; amounts are cumulative since 1 January",
)  # fmt: skip

milestones = Table(
    "project_milestones",
    metadata,
    Column("id", Integer, primary_key=True),
    _project(index=True),
    Column("name", String(100), nullable=False),
    Column("planned", Date, nullable=False),
    Column("approved", Date, comment="the later day that was approved; the planned one is kept"),
    Column("reason", Text, nullable=False),
    Column("actual", Date),
    UniqueConstraint("project", "name"),
)

problems = Table(
    "project_problems",
    metadata,
    Column("id", Integer, primary_key=True),
    _project(index=True),
    Column("category", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("department", String(32), nullable=False),
    Column("registered", Date, nullable=False),
    Column("deadline", Date, nullable=False),
    Column("reported", Date, comment="when its department said it was solved; that closes nothing"),
    Column("confirmed", Date),
    Column("confirmed_by", String(100), nullable=False),
    Column("note", Text, nullable=False),
)

permits = Table(
    "project_permits",
    metadata,
    Column("id", Integer, primary_key=True),
    _project(index=True),
    Column("category", String(16), nullable=False),
    Column("due", Date, nullable=False),
    Column("accepted", Date),
    Column("granted", Date),
    UniqueConstraint("project", "category"),
)

rulings = Table(
    "project_rulings",
    metadata,
    _project(primary_key=True, autoincrement=False),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("light", String(8), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(64), nullable=False),
    comment="lights that a person set in place of the computed ones",
)

project_changes = Table(
    "project_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    _project(index=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("part", String(16), nullable=False),
    Column("key", String(120), nullable=False),
    Column("field", String(32), nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("reason", Text, nullable=False),
    comment="every change of a field",
)

_TABLES: Mapping[str, Table] = {
    "total": totals,
    "listing": listings,
    "plan": plans,
    "month": months,
    "milestone": milestones,
    "problem": problems,
    "permit": permits,
    "ruling": rulings,
}
_ORDER: Mapping[str, tuple[str, ...]] = {
    "total": ("since",),
    "listing": ("year",),
    "plan": ("year", "since"),
    "month": ("year", "month"),
    "milestone": ("planned", "id"),
    "problem": ("registered", "id"),
    "permit": ("due", "id"),
    "ruling": ("year", "month"),
}
_NUMBERED = ("milestone", "problem", "permit")
"""Parts with a number of their own; the others are known by project and time."""


class ProjectStore:
    """Reads and writes key projects. Whoever writes does it inside ``begin()``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._register = Register(version=-1)

    def begin(self) -> AbstractContextManager[Connection]:
        """A transaction that writes."""
        return transaction(self._engine)

    def current(self) -> Register:
        """The register as it is now; read again only after a record changed."""
        with self._engine.connect() as connection:
            version = _version(connection)
            if version != self._register.version:
                self._register = _read(connection, version)
        return self._register

    def inside(self, connection: Connection) -> Register:
        """The register as a transaction sees it."""
        return _read(connection, _version(connection))

    def history(self, project: int, limit: int = 200) -> tuple[Change, ...]:
        """What changed of a project, newest first."""
        names = [one.name for one in fields(Change)]
        wanted = select(*(project_changes.c[name] for name in names))
        wanted = wanted.where(project_changes.c.project == project).order_by(project_changes.c.id.desc())
        with self._engine.connect() as connection:
            rows = connection.execute(wanted.limit(limit)).all()
        return tuple(Change(**dict(zip(names, row, strict=True))) for row in rows)

    def save(
        self, connection: Connection, given: Project, *, at: int, actor: str, reason: str = ""
    ) -> Project:
        """Add a project (its id is 0) or change one; gives it as it stands now.

        raises  CockpitError ``record_changed`` where somebody else changed it since it was read
        """
        values = _project_values(given)
        if not given.id:
            made = connection.execute(insert(projects).values(**values).returning(projects.c.id)).scalar_one()
            _note(connection, made, at, actor, "project", "", "", "", given.name, reason)
            self._told(connection, at, actor, "project.add", made, {"name": given.name})
            return replace(given, id=int(made))
        old = connection.execute(select(projects).where(projects.c.id == given.id)).one()
        if old.revision != given.revision:
            raise CockpitError(
                Issue(
                    "record_changed",
                    N_("这个项目刚刚被别人改过。"),
                    N_("请核对最新内容，再提交一次；您填的内容还在。"),
                )
            )
        changed = {name: value for name, value in values.items() if getattr(old, name) != value}
        if not changed:
            return given
        revision = given.revision + 1
        connection.execute(
            update(projects).where(projects.c.id == given.id).values(**changed | {"revision": revision})
        )
        for name, value in changed.items():
            _note(connection, given.id, at, actor, "project", "", name, getattr(old, name), value, reason)
        self._told(connection, at, actor, "project.change", given.id, {"fields": sorted(changed)})
        return replace(given, revision=revision)

    def put(self, connection: Connection, part: Part, *, at: int, actor: str, reason: str = "") -> bool:
        """Add or change a record of a project; gives whether anything changed."""
        name = next(name for name, kind in PARTS.items() if isinstance(part, kind))
        table = _TABLES[name]
        values = asdict(part)
        number = values.pop("id", None)
        keys = ["id"] if number is not None else [column.name for column in table.primary_key]
        key = {"id": number} if number is not None else {column: values[column] for column in keys}
        where = [table.c[column] == value for column, value in key.items()]
        old = connection.execute(select(table).where(*where)).one_or_none() if number != 0 else None
        label = str(values.get("name") or values.get("title") or _label(key))[:120]
        if old is None:
            connection.execute(insert(table).values(**values))
            shown = {
                column: value
                for column, value in values.items()
                if column not in (*keys, "project") and value not in (None, "", 0.0, False)
            }
        else:
            shown = {column: value for column, value in values.items() if getattr(old, column) != value}
            if not shown:
                return False
            connection.execute(update(table).where(*where).values(**shown))
        for column, value in shown.items():
            before = "" if old is None else getattr(old, column)
            _note(connection, part.project, at, actor, name, label, column, before, value, reason)
        self._told(
            connection, at, actor, f"project.{name}", part.project, {"key": label, "fields": sorted(shown)}
        )
        return True

    def seed(
        self,
        connection: Connection,
        given: Sequence[Project],
        parts: Mapping[str, Sequence[Part]],
        *,
        at: int,
        actor: str,
    ) -> None:
        """Put many records at once into an empty register, under the numbers that they bear."""
        if not given:
            return
        connection.execute(insert(projects), [{"id": one.id} | _project_values(one) for one in given])
        for name, records in parts.items():
            if records:
                connection.execute(insert(_TABLES[name]), [_seeded(name, one) for one in records])
        self._told(connection, at, actor, "project.seed", 0, {"projects": len(given)})

    def _told(
        self,
        connection: Connection,
        at: int,
        actor: str,
        act: str,
        project: int,
        detail: Mapping[str, object],
    ) -> None:
        raise_counter(connection, versions, RECORDS)
        record(connection, at=at, actor=actor, act=act, subject=str(project), detail=detail)


def _version(connection: Connection) -> int:
    wanted = select(versions.c.value).where(versions.c.name == RECORDS)
    return int(connection.execute(wanted).scalar() or 0)


def _read(connection: Connection, version: int) -> Register:
    names = field_names(Project)
    rows = connection.execute(select(*(projects.c[name] for name in names)).order_by(projects.c.id))
    found = [Project(**dict(zip(names, row, strict=True))) for row in rows]
    by_id = {one.id: replace(one, scopes=tuple(str(one.scopes).split())) for one in found}
    return Register(version, by_id, **{f"{name}s": _parts(connection, name) for name in PARTS})  # type: ignore[arg-type]


def _parts(connection: Connection, name: str) -> dict[int, tuple[Part, ...]]:
    table, kind = _TABLES[name], PARTS[name]
    wanted = select(*(table.c[column] for column in field_names(kind)))
    wanted = wanted.order_by(table.c.project, *(table.c[column] for column in _ORDER[name]))
    found: dict[int, list[Part]] = {}
    for row in connection.execute(wanted):
        part = kind(*row)
        found.setdefault(part.project, []).append(part)
    return {project: tuple(parts) for project, parts in found.items()}


def _project_values(given: Project) -> dict[str, object]:
    values = asdict(given)
    del values["id"]
    return values | {"scopes": " ".join(given.scopes)}


def _seeded(name: str, part: Part) -> dict[str, object]:
    values = asdict(part)
    if name in _NUMBERED:
        del values["id"]
    return values


def _note(
    connection: Connection,
    project: int,
    at: int,
    actor: str,
    part: str,
    key: str,
    field: str,
    old: object,
    new: object,
    reason: str,
) -> None:
    values = {"old": _text(old), "new": _text(new), "reason": reason}
    connection.execute(
        insert(project_changes).values(
            project=project, at=at, actor=actor, part=part, key=key, field=field, **values
        )
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _label(key: Mapping[str, object]) -> str:
    """The key of a record as a person reads it: 2026-09."""
    words = [
        f"{value:02d}" if name == "month" else value.isoformat() if isinstance(value, date) else str(value)
        for name, value in key.items() if name not in ("project", "id") and isinstance(value, int | date)
    ]  # fmt: skip
    return "-".join(words)
