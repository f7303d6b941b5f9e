"""The tables of supervision (督办): the head of each item, its steps, what was frozen with them, and the calendar.

A step is a row of its own and is never changed, and neither is what was frozen with it: the figures that whoever
dispatched, closed or looked back had before them. Days are integers YYYYMMDD on the city's clock, instants epoch
seconds.
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

items = Table(
    "supervision_items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "origin", String(120), unique=True, comment="where a loaded item comes from; none: dispatched here"
    ),
    Column("kind", String(20), nullable=False, comment="alert, incident, project, hotline, hand"),
    Column(
        "subject", String(240), nullable=False, comment="what it is about: the key of a warning, a number"
    ),
    Column(
        "matter", String(240), nullable=False, comment="the lasting matter: a rule in a region, a project"
    ),
    Column("title_zh", String(240), nullable=False),
    Column("title_en", String(240), nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("system", String(16), nullable=False, comment="whose right to see it needs; empty: none"),
    Column("level", SmallInteger, nullable=False, comment="of the warning at dispatch; 0: none"),
    Column("department", String(32), nullable=False),
    Column("unit", String(120), nullable=False, comment="the unit or person in the department; may be empty"),
    Column("instruction", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False, comment="how many steps it has: the last one's number"),
    Column("round", SmallInteger, nullable=False, comment="1, and one more with every return"),
    Column("dispatched_at", BigInteger, nullable=False),
    Column("dispatched_by", String(64), nullable=False),
    Column("reviewer", String(64), nullable=False),
    Column("sign_due", BigInteger, nullable=False, comment="the first moment at which signing is overdue"),
    Column("due_on", Integer, nullable=False, comment="the last day for the answer"),
    Column("due_at", BigInteger, nullable=False, comment="the first moment at which the answer is overdue"),
    Column(
        "review_due", BigInteger, comment="the first moment at which the review is overdue; none: no answer"
    ),
    Column("signed_at", BigInteger),
    Column("answered_at", BigInteger, comment="when it was answered last"),
    Column("late", Boolean, nullable=False, comment="an answer came after its deadline"),
    Column("closed_at", BigInteger, comment="when it was closed or withdrawn"),
    Column("recovered_at", BigInteger, comment="when the warning resolved"),
    Column("repeat_of", Integer, ForeignKey("supervision_items.id")),
    Column("simulated", Boolean, nullable=False),
    Index("ix_supervision_items_subject", "kind", "subject"),
    Index("ix_supervision_items_matter", "kind", "matter"),
    Index("ix_supervision_items_state", "state"),
    comment="one row per item; what happened to it stands in its steps",
)

steps = Table(
    "supervision_steps",
    metadata,
    Column("item", ForeignKey("supervision_items.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("act", String(12), nullable=False),
    Column("state", String(12), nullable=False, comment="after it"),
    Column("round", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("shown", String(64), nullable=False, comment="the actor's name as a screen says it"),
    Column("text", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("expected_on", Integer, comment="the day by which the unit expects recovery"),
    Column(
        "reason",
        String(12),
        nullable=False,
        comment="the class why nothing needs to be done; empty: a measure",
    ),
    Column("due_on", Integer, comment="a deadline set with this step"),
    comment="append-only: triggers refuse every change",
    sqlite_with_rowid=False,
)

frozen = Table(
    "supervision_frozen",
    metadata,
    Column("item", ForeignKey("supervision_items.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False, comment="the step"),
    Column("place", SmallInteger, primary_key=True, autoincrement=False),
    Column("role", String(12), nullable=False, comment="subject, part, leading, below, fact"),
    Column("code", String(160), nullable=False, comment="of an indicator; empty for a fact in words"),
    Column("name_zh", String(240), nullable=False),
    Column("name_en", String(240), nullable=False),
    Column("region", BigInteger, nullable=False),
    Column("period", BigInteger, comment="none for a fact in words"),
    Column("value", Double),
    Column("unit", String(40), nullable=False),
    Column("unit_en", String(80), nullable=False),
    Column("status", String(12), nullable=False),
    Column("text_zh", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    comment="append-only: what was seen when a step was taken",
    sqlite_with_rowid=False,
)

calendar = Table(
    "workday_corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Integer, nullable=False, index=True, comment="YYYYMMDD"),
    Column("works", Boolean, nullable=False),
    Column("reason", String(120), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    comment="append-only; of two rows of a day the later holds",
)

KEPT = (steps, frozen, calendar)
"""Tables that are written once."""


def _guards(table: Table) -> dict[str, tuple[str, ...]]:
    name = table.name
    refuse = f"'{name} is append-only'"
    return {
        "sqlite": tuple(
            f"CREATE TRIGGER {name}_no_{act.lower()} BEFORE {act} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, {refuse}); END"
            for act in ("UPDATE", "DELETE")
        ),
        "postgresql": (
            f"CREATE OR REPLACE FUNCTION {name}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION {refuse}; END $$",
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}_append_only()",
        ),
    }


GUARDS: dict[str, tuple[str, ...]] = {"sqlite": (), "postgresql": ()}
"""Statements that keep the history, by dialect; also run by the migration that creates the tables."""

for _table in KEPT:
    for _dialect, _statements in _guards(_table).items():
        GUARDS[_dialect] += _statements
        for _statement in _statements:
            _make = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
            event.listen(_table, "after_create", _make)
