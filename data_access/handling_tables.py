"""The tables of what is done about warnings: taken, silenced, noted, answered, told.

Acknowledgements, notes, answers and what was told are written once and never changed; a silence may be lifted. What
an open warning still waits for (`alert_courses`) is working state: it can go when the warning has ended.
"""

from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from data_access.schema import metadata


def _of_alert() -> list[Column[Any]]:
    """The warning that a row is about."""
    return [
        Column("rule", String(160), nullable=False),
        Column("region", BigInteger, nullable=False),
        Column("opened", BigInteger, nullable=False, comment="the period in which the warning opened"),
    ]


def _by_whom() -> list[Column[Any]]:
    return [
        Column("at", BigInteger, nullable=False),
        Column("actor", String(64), nullable=False, comment="the name that is typed at sign-in"),
        Column("display", String(64), nullable=False, comment="what a screen calls the person"),
    ]


acks = Table(
    "alert_acks",
    metadata,
    Column("id", Integer, primary_key=True),
    *_of_alert(),
    Column("version", Integer, nullable=False, comment="the newest opening or upgrade that was seen"),
    *_by_whom(),
    Column("note", Text, nullable=False),
    Column("given", Boolean, nullable=False, comment="false: taken back"),
    Index("ix_alert_acks_alert", "rule", "region", "opened"),
    comment="append-only; it holds while its version is the newest of an open warning",
)

silences = Table(
    "alert_silences",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("rule", String(160), nullable=False, comment="empty: every rule"),
    Column("indicator", String(160), nullable=False, comment="empty: every indicator"),
    Column("region", BigInteger, nullable=False, comment="with all that lies in it"),
    Column("level", SmallInteger, nullable=False, comment="the highest level that is silenced"),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False, comment="the last second, included"),
    Column("reason", Text, nullable=False),
    *_by_whom(),
    Column("lifted_at", BigInteger),
    Column("lifted_by", String(64), nullable=False),
    Column("over_at", BigInteger, comment="when its end was noticed and what still stands was told"),
    comment="never deleted",
)

notes = Table(
    "alert_notes",
    metadata,
    Column("id", Integer, primary_key=True),
    *_of_alert(),
    *_by_whom(),
    Column("text", Text, nullable=False),
    Index("ix_alert_notes_alert", "rule", "region", "opened"),
    comment="append-only",
)

answers = Table(
    "alert_answers",
    metadata,
    Column("id", Integer, primary_key=True),
    *_of_alert(),
    *_by_whom(),
    Column("department", String(64), nullable=False, comment="whose answer it is; may be empty"),
    Column("kind", String(12), nullable=False, comment="measure or no_action"),
    Column("reason", String(24), nullable=False, comment="the class of the reason; of no_action only"),
    Column("text", Text, nullable=False, comment="the reason, or what is done"),
    Column("cause", Text, nullable=False),
    Column("expected", String(10), nullable=False, comment="the day on which it should be well again"),
    Column("item", Integer, comment="the supervised item that was answered; none: the warning itself"),
    Index("ix_alert_answers_alert", "rule", "region", "opened"),
    comment="append-only",
)

told = Table(
    "alert_told",
    metadata,
    Column("id", Integer, primary_key=True),
    *_of_alert(),
    Column("kind", String(24), nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", SmallInteger, nullable=False, comment="of an escalation, counted from 1; else 0"),
    Column("level", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("notice", String(200), nullable=False, comment="the key of the notice that said it"),
    Index("ix_alert_told_alert", "rule", "region", "opened"),
    UniqueConstraint("rule", "region", "opened", "kind", "version", "step", "at"),
    comment="append-only: what was said about which warning",
)

courses = Table(
    "alert_courses",
    metadata,
    Column("rule", String(160), primary_key=True),
    Column("region", BigInteger, primary_key=True, autoincrement=False),
    Column("item", Integer, primary_key=True, autoincrement=False),
    Column("opened", BigInteger, nullable=False, comment="the warning that is followed"),
    Column("version", Integer, nullable=False, comment="its newest opening or upgrade; 0: none is followed"),
    Column("since", BigInteger, nullable=False, comment="from when its escalation counts"),
    Column("told", Integer, nullable=False, comment="the version that was last told"),
    Column("told_at", BigInteger, nullable=False, comment="when anything was last told of it"),
    Column(
        "believed", BigInteger, nullable=False, comment="the warning that people take to be open; 0: none"
    ),
    Column("level", SmallInteger, nullable=False, comment="that was last told"),
    Column("spared", BigInteger, nullable=False, comment="who answers for this region did not hear of it"),
    Column("unheard", BigInteger, nullable=False, comment="and who answers for this one of nothing before"),
    Column("step", SmallInteger, nullable=False, comment="steps of the escalation that were taken"),
    Column("flapping", Boolean, nullable=False),
    Column("silent", SmallInteger, nullable=False, comment="the health that its owner was told of"),
    comment="what an instance still waits for; region 0 is a rule as a whole",
    sqlite_with_rowid=False,
)

WRITTEN_ONCE = (acks, notes, answers, told)


def _guard(name: str) -> dict[str, tuple[str, ...]]:
    """Statements that refuse every change of a table that is only added to, by dialect."""
    refusal = "what was done about a warning stays as it was written"
    return {
        "sqlite": tuple(
            f"CREATE TRIGGER {name}_no_{act.lower()} BEFORE {act} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            for act in ("UPDATE", "DELETE")
        ),
        "postgresql": (
            f"CREATE OR REPLACE FUNCTION {name}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$",
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}_append_only()",
        ),
    }


GUARDS: dict[str, tuple[str, ...]] = {"sqlite": (), "postgresql": ()}
"""All guards by dialect; also run by the migration that creates the tables."""

for _table in WRITTEN_ONCE:
    for _dialect, _statements in _guard(_table.name).items():
        GUARDS[_dialect] += _statements
        for _statement in _statements:
            _make = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
            event.listen(_table, "after_create", _make)
