"""Warnings as they stand and their history: what is remembered between two evaluations.

`alerts` has one row per instance (rule, region, item) with all that the next step needs (a rule is named by the code
of the indicator that it judges, and a further rule of it by ``code~name``); `alert_events` is written
once and never changed. An evaluation is recorded in one transaction, together with the change notes that it
answers, and only on top of the state that it started from.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Engine,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    event,
)

from data_access import engine as engines
from data_access.schema import metadata, versions

COUNTER = "alerts"
"""The name in `versions` of the counter that rises with every recorded evaluation."""

alerts = Table(
    "alerts",
    metadata,
    Column("rule", String(160), primary_key=True, comment="the code of the indicator that is judged"),
    Column("region", BigInteger, primary_key=True, autoincrement=False),
    Column("item", Integer, primary_key=True, autoincrement=False),
    Column("level", SmallInteger, nullable=False, comment="0 none, 1 blue, 2 yellow, 3 orange, 4 red"),
    Column("opened", BigInteger, nullable=False, comment="the period in which it opened; 0 if none is open"),
    Column("opened_at", BigInteger, nullable=False, comment="when the opening was recorded"),
    Column("lasted", Integer, nullable=False, comment="observed periods since it opened, the first included"),
    Column("period", BigInteger, nullable=False, comment="the period last judged"),
    Column("value", Double),
    Column("measure", Double, comment="what was compared with the threshold"),
    Column("threshold", Double),
    Column("data_period", BigInteger, nullable=False, comment="the period of the value; 0 if none was seen"),
    Column("status", SmallInteger, nullable=False, comment="where the value stands in its life"),
    Column("reason", SmallInteger, nullable=False, comment="why the last period was not judged; 0 if it was"),
    Column("health", SmallInteger, nullable=False, comment="0 ok, 1 stale, 2 no data, 3 error"),
    Column("version", Integer, nullable=False, comment="of the definition under which the warning opened"),
    Column("judged_by", Integer, nullable=False, comment="the version of the definition that judged last"),
    Column("latches", String(200), nullable=False, comment="state and count of every latch; empty: all idle"),
    comment="one row per instance of a rule",
    sqlite_with_rowid=False,
)
Index("ix_alerts_open", alerts.c.level, sqlite_where=alerts.c.level > 0, postgresql_where=alerts.c.level > 0)

alert_events = Table(
    "alert_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rule", String(160), nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("item", Integer, nullable=False),
    Column("alert", BigInteger, nullable=False, comment="the period in which the warning opened"),
    Column("period", BigInteger, nullable=False),
    Column(
        "kind", SmallInteger, nullable=False, comment="1 open, 2 upgrade, 3 downgrade, 4 resolve, 5 revised"
    ),
    Column("level", SmallInteger, nullable=False),
    Column("previous", SmallInteger, nullable=False),
    Column("cause", SmallInteger, nullable=False),
    Column("value", Double),
    Column("measure", Double),
    Column("threshold", Double),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False, comment="when it was recorded"),
    Column("back_dated", Boolean, nullable=False, comment="entered later, for a time that is past"),
    Index("ix_alert_events_instance", "rule", "region", "item", "id"),
    comment="append-only: triggers refuse every change",
)

alert_rules = Table(
    "alert_rules",
    metadata,
    Column("rule", String(160), primary_key=True),
    Column("version", Integer, nullable=False),
    Column(
        "health",
        SmallInteger,
        nullable=False,
        comment="of the rule as a whole: all its regions silent, an error",
    ),
    Column("period", BigInteger, nullable=False, comment="the newest period judged"),
    Column("since", BigInteger, nullable=False, comment="the first period that this version judged; 0: all"),
    Column("at", BigInteger, nullable=False, comment="when it was last evaluated"),
)

APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER alert_events_no_{act.lower()} BEFORE {act} ON alert_events "
        "BEGIN SELECT RAISE(ABORT, 'the history of warnings is append-only'); END"
        for act in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION alert_events_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the history of warnings is append-only'; END $$",
        "CREATE TRIGGER alert_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON alert_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION alert_events_append_only()",
    ),
}
"""Statements that make the history append-only, by dialect; also run by the migration that creates the table."""

for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        _make = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        event.listen(alert_events, "after_create", _make)


class StoredAlert(NamedTuple):
    """An instance as stored; the fields are the columns of `alerts`."""

    rule: str
    region: int
    item: int
    level: int
    opened: int
    opened_at: int
    lasted: int
    period: int
    value: float | None
    measure: float | None
    threshold: float | None
    data_period: int
    status: int
    reason: int
    health: int
    version: int
    judged_by: int
    latches: str


class StoredEvent(NamedTuple):
    """An event as stored; the fields are the columns of `alert_events` but for the id."""

    rule: str
    region: int
    item: int
    alert: int
    period: int
    kind: int
    level: int
    previous: int
    cause: int
    value: float | None
    measure: float | None
    threshold: float | None
    version: int
    at: int
    back_dated: bool


class StoredRule(NamedTuple):
    """What is remembered of a rule as a whole; the fields are the columns of `alert_rules`."""

    rule: str
    version: int
    health: int
    period: int
    since: int
    at: int


@dataclass(frozen=True)
class Outcome:
    """What an evaluation found.

    based_on  the version of the stored state that it started from
    gone      keys (rule, region, item) of instances that are no more
    removed   rules that are no more
    """

    based_on: int
    alerts: Sequence[StoredAlert] = ()
    events: Sequence[StoredEvent] = ()
    rules: Sequence[StoredRule] = ()
    gone: Sequence[tuple[str, int, int]] = ()
    removed: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.alerts or self.events or self.rules or self.gone or self.removed)


class OvertakenError(Exception):
    """Another evaluation was recorded since this one began: it must begin again from what stands now."""


class AlertStore:
    """Reads and records warnings on one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._version = engines.question(
            engine, sa.select(versions.c.value).where(versions.c.name == sa.bindparam("name"))
        )
        columns = [alerts.c[name] for name in StoredAlert._fields]
        self._of_rules = engines.question(
            engine, sa.select(*columns).where(engines.among(engine, alerts.c.rule, "rules"))
        )
        self._of_regions = engines.question(
            engine, sa.select(*columns).where(engines.among(engine, alerts.c.region, "regions"))
        )
        self._open = engines.question(
            engine,
            sa.select(*columns)
            .where(alerts.c.level > sa.literal_column("0"))
            .order_by(alerts.c.level.desc(), alerts.c.opened.desc(), alerts.c.rule, alerts.c.region),
        )
        self._rules = engines.question(
            engine, sa.select(*(alert_rules.c[name] for name in StoredRule._fields))
        )
        told = [alert_events.c[name] for name in StoredEvent._fields]
        self._events_of_rules = engines.question(
            engine,
            sa.select(*told)
            .where(
                engines.among(engine, alert_events.c.rule, "rules"),
                engines.among(engine, alert_events.c.region, "regions"),
            )
            .order_by(alert_events.c.id),
        )
        latest = (
            sa.select(alert_events.c.id, *told)
            .where(
                alert_events.c.id < sa.bindparam("before"),
                engines.among(engine, alert_events.c.region, "regions"),
            )
            .order_by(alert_events.c.id.desc())
            .limit(sa.bindparam("limit"))
            .offset(sa.literal_column("0"))
        )
        self._latest = engines.question(engine, latest)
        of_rules = engines.among(engine, alert_events.c.rule, "rules")
        self._latest_of_rules = engines.question(engine, latest.where(of_rules))

    def version(self) -> int:
        """How many evaluations have been recorded; part of every key under which warnings are cached."""
        found = self._version.rows(self._engine, name=COUNTER)
        return int(found[0][0]) if found else 0

    def of_rules(self, rules: Iterable[str]) -> list[StoredAlert]:
        """All instances of some rules."""
        return list(map(StoredAlert._make, self._of_rules.rows(self._engine, rules=list(rules))))

    def open(self) -> list[StoredAlert]:
        """All open warnings, the most severe first, then the newest."""
        return list(map(StoredAlert._make, self._open.rows(self._engine)))

    def of_regions(self, regions: Sequence[int]) -> list[StoredAlert]:
        """All instances in some regions."""
        if not regions:
            return []
        return list(map(StoredAlert._make, self._of_regions.rows(self._engine, regions=list(regions))))

    def rules(self) -> dict[str, StoredRule]:
        """What is remembered of every rule."""
        return {row[0]: StoredRule._make(row) for row in self._rules.rows(self._engine)}

    def events(self, rules: Iterable[str], regions: Iterable[int]) -> list[StoredEvent]:
        """The whole history of some rules in some regions, in the order it was written."""
        rows = self._events_of_rules.rows(self._engine, rules=list(rules), regions=list(regions))
        return [StoredEvent._make((*row[:-1], bool(row[-1]))) for row in rows]

    def latest_events(
        self, regions: Iterable[int], limit: int, before: int = 2**31 - 1, rules: Iterable[str] | None = None
    ) -> list[tuple[int, StoredEvent]]:
        """The newest events of some regions with their ids, newest first; `before` an id, to read on."""
        asked = {"regions": list(regions), "limit": limit, "before": before}
        rows = (
            self._latest.rows(self._engine, **asked)
            if rules is None
            else self._latest_of_rules.rows(self._engine, **asked, rules=list(rules))
        )
        return [(int(row[0]), StoredEvent._make((*row[1:-1], bool(row[-1])))) for row in rows]

    def record(self, outcome: Outcome, settle: Callable[[Connection], None] | None = None) -> int:
        """Write an evaluation: all of it, with the notes that it answers, or nothing.

        settle   marks the change notes as answered, in the same transaction
        returns  the new version
        raises   OvertakenError when another evaluation was recorded since `outcome.based_on`
        """
        with engines.transaction(self._engine) as connection:
            version = engines.raise_counter(connection, versions, COUNTER)
            if version != outcome.based_on + 1:
                raise OvertakenError
            engines.delete(connection, alerts, outcome.gone)
            engines.delete(connection, alert_rules, [(rule,) for rule in outcome.removed])
            engines.upsert(connection, alerts, outcome.alerts)
            engines.upsert(connection, alert_rules, outcome.rules)
            engines.append(connection, alert_events, outcome.events, StoredEvent._fields)
            if settle is not None:
                settle(connection)
        return version
