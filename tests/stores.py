"""Empty stores for tests: a copy of a file on SQLite, and on PostgreSQL one database a worker that is emptied again.

Making a database takes half a second there, emptying one a few milliseconds. One whose shape a test has changed is
dropped and made anew.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tests.postgres import Server

TEMPLATE = "store"
"""The database with an empty store, of which the others are copies."""

SHAPE = """
SELECT md5(string_agg(one, ',' ORDER BY one)) FROM (
    SELECT concat_ws(' ', 'table', oid, relname, relkind) AS one FROM pg_class
     WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'column', attrelid, attname, atttypid, attnotnull) FROM pg_attribute
     WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid, tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', 'function', oid, proname, md5(prosrc)) FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace
) AS all_of_it
"""
"""Changes when anything but rows has changed."""


def command(server: Server, text: str) -> None:
    """Run one statement on the server, outside any of the stores."""
    with _connected(server, "postgres") as connection:
        connection.exec_driver_sql(text)


def _connected(server: Server, database: str) -> sa.Connection:
    url = server.url(database).replace("postgresql:", "postgresql+psycopg:")
    return sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool).connect()


@dataclass
class Database:
    """The database of one worker; ``fresh`` gives its address with an empty store in it."""

    server: Server
    name: str = f"t{os.getpid()}"
    shape: str | None = None
    tables: Sequence[str] = ()
    begins_with: Mapping[str, Sequence[sa.Row[tuple[object, ...]]]] | None = None

    def fresh(self) -> str:
        """The address of an empty store; whoever is still connected to it is sent away."""
        if self.shape is None or not self._emptied():
            self._made()
        return self.server.url(self.name)

    def _made(self) -> None:
        command(self.server, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        command(self.server, f"CREATE DATABASE {self.name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        with _connected(self.server, self.name) as connection:
            self.shape = connection.exec_driver_sql(SHAPE).scalar_one()
            self.tables = list(
                connection.exec_driver_sql(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                ).scalars()
            )
            self.begins_with = {
                table: connection.exec_driver_sql(f'SELECT * FROM "{table}"').all()
                for table in self._filled(connection)
            }

    def _emptied(self) -> bool:
        """Take out all rows but those that an empty store begins with; whether that was all there was to do."""
        with _connected(self.server, self.name) as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if connection.exec_driver_sql(SHAPE).scalar_one() != self.shape:
                return False
            connection.exec_driver_sql(
                "SET session_replication_role = replica"
            )  # logs are guarded by triggers
            if filled := self._filled(connection):
                connection.exec_driver_sql(
                    "TRUNCATE " + ", ".join(f'"{table}"' for table in filled) + " CASCADE"
                )
            connection.exec_driver_sql(
                "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)"
                " FROM pg_sequences WHERE last_value IS NOT NULL".replace("%", "%%")
            )
            for table, rows in (self.begins_with or {}).items():
                for row in rows:
                    columns = ", ".join(f'"{column}"' for column in row._fields)
                    connection.exec_driver_sql(
                        f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join(["%s"] * len(row))})',
                        tuple(row),
                    )
        return True

    def _filled(self, connection: sa.Connection) -> list[str]:
        """The tables that hold rows."""
        asked = " UNION ALL ".join(
            f"SELECT '{table}' AS name WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in self.tables
        )
        return list(connection.exec_driver_sql(asked).scalars())
