"""The tables of incidents: the head of each, and what is only ever added to it.

A stage, a level, a report, an entry of the log is a row of its own; nothing of it is deleted, and what was wrong is
followed by a row that corrects it. Instants are epoch seconds, regions the integers of the house.
"""

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    event,
)

from data_access.schema import metadata


def _of_incident() -> list[Column[int]]:
    """The number of a row and the incident that it belongs to."""
    return [
        Column("id", Integer, primary_key=True),
        Column("incident", Integer, ForeignKey("incidents.id"), nullable=False, index=True),
    ]


incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "origin", String(120), unique=True, comment="where a loaded incident comes from; none: typed here"
    ),
    Column("title", String(200), nullable=False),
    Column("category", String(20), nullable=False, comment="natural, accident, health, security"),
    Column("kind", String(80), nullable=False, comment="what it is, in words: typhoon, road accident"),
    Column("code", String(40), nullable=False, comment="class code, of the code system beside it"),
    Column("code_system", String(80), nullable=False),
    Column("level", SmallInteger, nullable=False, comment="1 特别重大 … 4 一般; 0: not graded"),
    Column("region", BigInteger, nullable=False, index=True),
    Column("place", String(200), nullable=False, comment="where, in words; empty: no place yet"),
    Column("lon", Double),
    Column("lat", Double),
    Column("occurred_at", BigInteger, index=True),
    Column("reported_at", BigInteger, comment="the stamp of the first report"),
    Column("reported_by", String(120), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("confidentiality", String(20), nullable=False, comment="internal, restricted"),
    Column("reportable", Boolean, nullable=False, comment="whether the rules of reporting ask for it"),
    Column("sensitive", Boolean, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("terminated_at", BigInteger, comment="the end of the response; none: open"),
    Column("merged_into", Integer, ForeignKey("incidents.id")),
    Column("registered_at", BigInteger, nullable=False),
    Column("registered_by", String(64), nullable=False),
    comment="one row per incident; what is corrected in it stands in its log",
)

stages = Table(
    "incident_stages",
    metadata,
    *_of_incident(),
    Column("stage", String(8), nullable=False, comment="接报 响应 指挥 研判 会商 评估"),
    Column("began_at", BigInteger, nullable=False),
    Column("begun_by", String(64), nullable=False),
    Column("ended_at", BigInteger),
    Column("ended_by", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("corrects", Integer, comment="the row that this one corrects; both stay"),
    Column("recorded_at", BigInteger, nullable=False),
    comment="never deleted; the end is set once",
)

warning_levels = Table(
    "incident_warning_levels",
    metadata,
    *_of_incident(),
    Column("level", SmallInteger, nullable=False, comment="4 red … 1 blue; 0: lifted"),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    comment="append-only; says nothing about the response level",
)

response_levels = Table(
    "incident_response_levels",
    metadata,
    *_of_incident(),
    Column("kind", String(40), nullable=False, comment="of which response: 防风, 防汛 …; may be empty"),
    Column("level", SmallInteger, nullable=False, comment="1 is Ⅰ, the highest, to 4; 0: ended"),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    comment="append-only; says nothing about the warning level",
)

reports = Table(
    "incident_reports",
    metadata,
    *_of_incident(),
    Column("kind", String(10), nullable=False, comment="initial, followup, final"),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
)

figures = Table(
    "incident_figures",
    metadata,
    *_of_incident(),
    Column("report", Integer, ForeignKey("incident_reports.id"), nullable=False),
    Column("metric", String(20), nullable=False, comment="death, missing, affected, relocated, houses, loss"),
    Column("value", Double, nullable=False),
    Column("note", String(80), nullable=False, comment="how the source qualifies it: 多, 近"),
    comment="a figure of a report; the latest report that has one counts, the earlier ones stay",
)

facts = Table(
    "incident_facts",
    metadata,
    *_of_incident(),
    Column("kind", String(20), nullable=False, comment="impact, resource, response, rain_gauge"),
    Column("at", BigInteger, nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("metric", String(80), nullable=False),
    Column("value", String(40), nullable=False, comment="as printed"),
    Column("unit", String(40), nullable=False),
    Column("note", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("quality", String(8), nullable=False),
    comment="what a published source says of an incident, as printed",
)

tasks = Table(
    "incident_tasks",
    metadata,
    *_of_incident(),
    Column("unit", String(120), nullable=False),
    Column("task", Text, nullable=False),
    Column("rescue", Boolean, nullable=False, comment="a team is sent and has to arrive"),
    Column("urban", Boolean, nullable=False, comment="which standard of arrival holds"),
    Column("site", Boolean, nullable=False, comment="sound or picture of the site must be connected"),
    Column("issued_at", BigInteger, nullable=False),
    Column("issued_by", String(64), nullable=False),
    Column("ack_due", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("acknowledged_at", BigInteger),
    Column("arrived_at", BigInteger),
    Column("connected_at", BigInteger),
    Column("answered_at", BigInteger),
    Column("answer", Text, nullable=False),
    Column("done_at", BigInteger),
    comment="orders to units; every stamp is set once",
)

log = Table(
    "incident_log",
    metadata,
    *_of_incident(),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("act", String(20), nullable=False),
    Column("note", Text, nullable=False),
    comment="append-only",
)

consultations = Table(
    "incident_consultations",
    metadata,
    *_of_incident(),
    Column("at", BigInteger, nullable=False),
    Column("form", String(20), nullable=False, comment="video, site"),
    Column("members", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("actor", String(64), nullable=False),
)

actions = Table(
    "incident_actions",
    metadata,
    *_of_incident(),
    Column(
        "purpose", String(10), nullable=False, comment="consult: agreed in a consultation; fix: by assessment"
    ),
    Column("task", Text, nullable=False),
    Column("owner", String(120), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("done_by", String(64), nullable=False),
)

assessments = Table(
    "incident_assessments",
    metadata,
    Column("incident", Integer, ForeignKey("incidents.id"), primary_key=True, autoincrement=False),
    Column("due_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("actor", String(64), nullable=False),
    Column("findings", Text, nullable=False),
)

contacts = Table(
    "incident_contacts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("region", BigInteger, nullable=False, index=True),
    Column("name", String(64), nullable=False),
    Column("post", String(120), nullable=False),
    Column("phone", String(40), nullable=False),
    Column("simulated", Boolean, nullable=False),
)

duties = Table(
    "incident_duties",
    metadata,
    Column("region", BigInteger, primary_key=True, autoincrement=False),
    Column("begins_at", BigInteger, primary_key=True, autoincrement=False),
    Column("role", String(20), primary_key=True, comment="leader, officer"),
    Column("ends_at", BigInteger, nullable=False),
    Column("shift", String(10), nullable=False, comment="day, night"),
    Column("contact", Integer, ForeignKey("incident_contacts.id"), nullable=False),
    comment="who is on duty where and when",
)

Index("ix_incidents_open", incidents.c.terminated_at, incidents.c.merged_into)

KEPT = (stages, warning_levels, response_levels, log)
"""Of these no row is ever deleted; all but the stages, whose end is set later, never change either."""

_ENDED = "WHEN (OLD.ended_at IS NOT NULL OR NEW.began_at <> OLD.began_at OR NEW.stage <> OLD.stage) "
_SAID = "the history of an incident is kept"


def _guards(table: Table) -> dict[str, tuple[str, ...]]:
    """Statements by dialect that keep a table from losing what was written."""
    acts = (("DELETE", ""), ("UPDATE", _ENDED if table is stages else ""))
    function = (
        "CREATE OR REPLACE FUNCTION incident_history_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_SAID}'; END $$"
    )
    before = [
        f"CREATE TRIGGER {table.name}_no_{act.lower()} BEFORE {act} ON {table.name} FOR EACH ROW {when}"
        for act, when in acts
    ]
    return {
        "sqlite": tuple(f"{one}BEGIN SELECT RAISE(ABORT, '{_SAID}'); END" for one in before),
        "postgresql": (function, *(f"{one}EXECUTE FUNCTION incident_history_is_kept()" for one in before)),
    }


GUARDS: dict[str, tuple[str, ...]] = {"sqlite": (), "postgresql": ()}
"""Statements that keep the history, by dialect; also run by the migration that creates the tables."""

for _table in KEPT:
    for _dialect, _statements in _guards(_table).items():
        GUARDS[_dialect] += _statements
        for _statement in _statements:
            _make = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
            event.listen(_table, "after_create", _make)
