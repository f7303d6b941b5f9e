"""Tables that are written once: triggers that refuse every change, on both engines."""

from collections.abc import Sequence

from sqlalchemy import DDL, Table, event

Statements = dict[str, tuple[str, ...]]


def keep(*tables: Table) -> Statements:
    """Let nobody change or delete rows of these tables; the statements by dialect, for the migration that makes them."""
    made: Statements = {"sqlite": (), "postgresql": ()}
    for table in tables:
        for dialect, statements in _guards(table.name).items():
            made[dialect] += tuple(statements)
            for statement in statements:
                make = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
                event.listen(table, "after_create", make)
    return made


def _guards(name: str) -> dict[str, Sequence[str]]:
    refuse = f"'{name} is append-only'"
    return {
        "sqlite": [
            f"CREATE TRIGGER {name}_no_{act.lower()} BEFORE {act} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, {refuse}); END"
            for act in ("UPDATE", "DELETE")
        ],
        "postgresql": [
            f"CREATE OR REPLACE FUNCTION {name}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION {refuse}; END $$",
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}_append_only()",
        ],
    }
