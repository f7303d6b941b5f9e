"""Engines and transactions, and everything that differs between SQLite and PostgreSQL.

The other rooms speak SQLAlchemy Core; where one dialect has a better way (COPY, LATERAL, arrays, BEGIN IMMEDIATE)
it is chosen here and nowhere else. Questions are compiled once and read with the bare driver cursor.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlalchemy.schema import CreateTable

from data_access.config import StoreSettings
from indicators.errors import N_, CockpitError, Issue

Row = tuple[Any, ...]

WRITER_LOCK = 0x43484D
"""The advisory lock of PostgreSQL that lets one writer in at a time, as SQLite does by itself."""

GRID = 4
"""Existing cells are sought as a grid of key values while that is at most so many times the cells wanted."""


# --- engines and transactions -------------------------------------------------------------------------------


def create_engine(store: StoreSettings) -> Engine:
    """The engine of the store; nothing is opened before the first question."""
    url = make_url(store.url)
    pool: dict[str, Any] = {
        "poolclass": QueuePool,
        "pool_size": store.pool_size,
        "max_overflow": store.pool_overflow,
        "pool_timeout": store.pool_wait_seconds,
    }
    if url.get_backend_name() == "sqlite":
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(
            url, connect_args={"check_same_thread": False, "cached_statements": 512}, **pool
        )
        _tune_sqlite(engine, store)
        return engine
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"options": "-c jit=off -c timezone=UTC", "application_name": "chengmai"},
        pool_pre_ping=True,
        **pool,
    )


def has_store(store: StoreSettings) -> bool:
    """Whether a store has been made at the address; asking makes none.

    raises  CockpitError ``store_unreachable``, without the password
    """
    url = make_url(store.url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return False
    engine = create_engine(store)
    try:
        return sa.inspect(engine).has_table("versions")
    except sa.exc.DBAPIError as error:
        raise CockpitError(
            Issue(
                "store_unreachable",
                N_("连不上数据库 {url}：{reason}"),
                N_("请核对 store.url 的地址、账号和密码，并确认数据库已经启动。"),
                where="store.url",
                params={"url": url.render_as_string(hide_password=True), "reason": str(error.orig).strip()},
            )
        ) from error
    finally:
        engine.dispose()


def _tune_sqlite(engine: Engine, store: StoreSettings) -> None:
    pragmas = (
        f"PRAGMA busy_timeout={store.busy_seconds * 1000}",
        "PRAGMA journal_mode=WAL",
        f"PRAGMA synchronous={store.synchronous.upper()}",
        "PRAGMA foreign_keys=ON",
        f"PRAGMA cache_size={-1024 * store.cache_mb}",
        f"PRAGMA mmap_size={store.mmap_mb << 20}",
        "PRAGMA temp_store=MEMORY",
        f"PRAGMA journal_size_limit={64 << 20}",
    )

    @event.listens_for(engine, "connect")
    def tune(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin where we say, see `begin`
        for pragma in pragmas:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: all of it or nothing, one writer at a time."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")
        yield connection


@contextmanager
def within(engine: Engine, connection: Connection | None) -> Iterator[Connection]:
    """The caller's transaction where there is one, else one of our own."""
    if connection is not None:
        yield connection
        return
    with transaction(engine) as own:
        yield own


def raise_counter(connection: Connection, table: Table, name: str) -> int:
    """Add one to the counter `name` of a (name, value) table and give the new value."""
    insert = _insert(connection.dialect)(table).values(name=name, value=1)
    statement = insert.on_conflict_do_update(
        index_elements=["name"], set_={"value": table.c.value + 1}
    ).returning(table.c.value)
    return int(connection.execute(statement).scalar_one())


def _insert(dialect: Dialect) -> Any:
    return sqlite.insert if dialect.name == "sqlite" else postgresql.insert


# --- questions: compiled once, read with the bare driver ----------------------------------------------------


@dataclass(frozen=True)
class Question:
    """A statement compiled for one engine; lists of integers go in as one parameter each."""

    text: str
    names: tuple[str, ...]
    dialect: str

    def rows(self, engine: Engine, **values: object) -> list[Row]:
        """All rows of the answer, as the driver gives them."""
        with self._cursor(engine, values) as cursor:
            return list(cursor.fetchall())

    def batches(self, engine: Engine, size: int, **values: object) -> Iterator[list[Row]]:
        """The rows of a large answer, some at a time; until the last one a connection is held."""
        with self._cursor(engine, values) as cursor:
            while rows := cursor.fetchmany(size):
                yield rows

    @contextmanager
    def _cursor(self, engine: Engine, values: Mapping[str, object]) -> Iterator[Any]:
        parameters = self.bound(values)
        pooled = engine.raw_connection()
        try:
            driver: Any = pooled.driver_connection
            if self.dialect == "sqlite":
                yield driver.execute(self.text, parameters)
                return
            driver.autocommit = True  # a question alone needs no transaction of its own
            try:
                yield driver.execute(self.text, parameters)
            finally:
                driver.autocommit = False
        finally:
            pooled.close()

    def bound(self, values: Mapping[str, object]) -> list[object]:
        """The parameters in the order of the text; a list as JSON or as an array."""
        return [self._one(values[name]) for name in self.names]

    def _one(self, value: object) -> object:
        if isinstance(value, Sequence) and not isinstance(value, str):
            return json.dumps(value, default=int) if self.dialect == "sqlite" else list(value)
        return value


def question(engine: Engine | Connection, statement: sa.sql.Executable) -> Question:
    """Compile a statement for the bare driver cursor."""
    name = engine.dialect.name
    dialect: Dialect
    if name == "sqlite":
        dialect = sqlite.dialect(paramstyle="qmark")
    else:
        dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    return Question(str(compiled), tuple(compiled.positiontup or ()), name)


def integers(engine: Engine | Connection, name: str) -> Any:
    """The integers of the list parameter `name` as a table with one column `value`."""
    if engine.dialect.name == "sqlite":
        return sa.func.json_each(sa.bindparam(name)).table_valued("value", name=name)
    array = sa.cast(sa.bindparam(name), postgresql.ARRAY(sa.BigInteger))
    return sa.func.unnest(array).table_valued(sa.column("value", sa.BigInteger), name=name).render_derived()


def among(engine: Engine, column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Whether the column is one of the integers of the list parameter `name`."""
    if engine.dialect.name == "sqlite":
        return column.in_(sa.select(integers(engine, name).c.value))
    return column == sa.any_(sa.cast(sa.bindparam(name), postgresql.ARRAY(column.type)))


def newest(engine: Engine, table: Table, columns: Sequence[str]) -> sa.Executable:
    """The row of the newest period of every series of `table`, not after the parameter ``until``.

    One index seek a series on both engines: a correlated maximum on SQLite, LATERAL … LIMIT 1 on PostgreSQL
    (which at times evaluates the correlated maximum for every row of the table).
    """
    if engine.dialect.name == "sqlite":  # CROSS JOIN, since it keeps the order in which the tables are named
        same = "{0}.indicator = i.value AND {0}.item = t.value AND {0}.region = r.value"
        return sa.text(
            f"SELECT {', '.join(f'c.{name}' for name in columns)} FROM json_each(:indicators) i "  # noqa: S608
            "CROSS JOIN json_each(:items) t CROSS JOIN json_each(:regions) r "
            f"CROSS JOIN {table.name} c ON {same.format('c')} AND c.period = ("
            f"SELECT max(n.period) FROM {table.name} n WHERE {same.format('n')} AND n.period <= :until)"
        )
    series = {name: integers(engine, name + "s") for name in ("indicator", "item", "region")}
    last = (
        sa.select(*(table.c[name] for name in columns))
        .where(*(table.c[name] == listed.c.value for name, listed in series.items()))
        .where(table.c.period <= sa.bindparam("until"))
        .order_by(table.c.period.desc())
        .limit(sa.literal_column("1"))
        .lateral("newest")
    )
    indicator, item, region = series.values()
    joined = indicator.join(item, sa.true()).join(region, sa.true()).join(last, sa.true())
    return sa.select(*last.c).select_from(joined)


# --- bulk ---------------------------------------------------------------------------------------------------


def insert_free(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows (tuples in the order of the table) whose key is free; how many those were."""
    return _merge(connection, table, rows, replace=False)


def upsert(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows, or put them in the place of those that have their key."""
    return _merge(connection, table, rows, replace=True)


def _merge(connection: Connection, table: Table, rows: Sequence[Row], *, replace: bool) -> int:
    if not rows:
        return 0
    statement = _insert(connection.dialect)(table)
    staged: Table | None = None
    if connection.dialect.name == "postgresql":
        staged = stage(connection, table, rows)
        ordered = sa.select(staged).order_by(*(staged.c[column.name] for column in table.primary_key))
        statement = statement.from_select(list(table.c.keys()), ordered)
    keys = [column.name for column in table.primary_key]
    if replace:
        fresh = {
            column.name: statement.excluded[column.name] for column in table.c if column.name not in keys
        }
        statement = statement.on_conflict_do_update(index_elements=keys, set_=fresh)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    if staged is None:
        return _executemany(connection, statement, rows)
    return int(connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount)


def delete(connection: Connection, table: Table, keys: Sequence[Row]) -> int:
    """Delete the rows that have these keys (tuples in the order of the primary key)."""
    if not keys:
        return 0
    if connection.dialect.name == "sqlite":
        condition = [column == sa.bindparam(f"key_{column.name}") for column in table.primary_key]
        return _executemany(connection, sa.delete(table).where(*condition), keys)
    staged = stage(connection, table, keys, tuple(column.name for column in table.primary_key))
    matched = [column == staged.c[column.name] for column in table.primary_key]
    return int(connection.execute(sa.delete(table).where(*matched)).rowcount)


def _executemany(connection: Connection, statement: Any, rows: Sequence[Row]) -> int:
    """One statement for many tuples, past the layers that would look at every row."""
    driver: Any = connection.connection.driver_connection
    return int(driver.executemany(str(statement.compile(dialect=connection.dialect)), rows).rowcount)


def append(connection: Connection, table: Table, rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Add rows to a table that numbers its rows itself."""
    if connection.dialect.name == "sqlite":
        _executemany(
            connection, sa.insert(table).values({name: sa.bindparam(name) for name in columns}), rows
        )
    else:
        _copy(connection, table, rows, columns)


def number_on(connection: Connection, table: Table) -> None:
    """Let a table go on numbering after rows that brought their own numbers; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        highest = sa.select(sa.func.max(table.c.id)).scalar_subquery()
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        connection.execute(sa.select(sa.func.setval(sequence, highest)))


def stage(
    connection: Connection, table: Table, rows: Sequence[Row], columns: tuple[str, ...] | None = None
) -> Table:
    """Put rows into a temporary table with the columns of `table`, or some of them."""
    names = columns or tuple(table.c.keys())
    staged = Table(
        f"staged_{table.name}_{len(names)}",
        sa.MetaData(),
        *(sa.Column(name, table.c[name].type) for name in names),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )
    connection.execute(CreateTable(staged, if_not_exists=True))
    _empty(connection, staged)
    if connection.dialect.name == "sqlite":
        _executemany(connection, sa.insert(staged), rows)
        return staged
    _copy(connection, staged, rows, names)
    return staged


def _empty(connection: Connection, staged: Table) -> None:
    """Empty a staging table; by TRUNCATE on PostgreSQL, where nothing would sweep up deleted rows."""
    if connection.dialect.name == "sqlite":
        connection.execute(sa.delete(staged))
    else:
        connection.exec_driver_sql(f"TRUNCATE {connection.dialect.identifier_preparer.quote(staged.name)}")


def _copy(connection: Connection, table: Table, rows: Sequence[Row], columns: Sequence[str]) -> None:
    quoted = connection.dialect.identifier_preparer.quote
    driver: Any = connection.connection.driver_connection
    into = f"COPY {quoted(table.name)} ({', '.join(map(quoted, columns))}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row)


def cells(
    connection: Connection,
    table: Table,
    keys: NDArray[np.int64],
    columns: Sequence[str],
    *conditions: sa.ColumnElement[bool],
) -> list[Row]:
    """The rows of `table` whose cell is among `keys`, which has one row a cell and the four columns of its key.

    Of the columns the first four are those of the cell.
    """
    if not len(keys):
        return []
    names = columns[:4]
    wanted = sa.select(*(table.c[name] for name in columns)).where(*conditions)
    lists = {name: np.sort(pd.unique(keys[:, place])).tolist() for place, name in enumerate(names)}
    grid = math.prod(map(len, lists.values()))
    if connection.dialect.name == "sqlite" and grid <= GRID * len(keys):
        among_all = (table.c[name].in_(sa.select(integers(connection, name).c.value)) for name in names)
        asked = question(connection, wanted.where(*among_all))
        driver: Any = connection.connection.driver_connection
        rows: list[Row] = driver.execute(asked.text, asked.bound(lists)).fetchall()
        if grid == len(keys):
            return rows
        sought = set(map(tuple, keys.tolist()))
        return [row for row in rows if row[:4] in sought]
    staged = stage(connection, table, keys.tolist(), tuple(names))
    if (
        connection.dialect.name == "postgresql"
    ):  # a seek a key; unsure, the planner would read the whole table
        connection.exec_driver_sql("SET LOCAL enable_hashjoin=off; SET LOCAL enable_mergejoin=off")
    matched = wanted.join_from(staged, table, sa.and_(*(table.c[name] == staged.c[name] for name in names)))
    found: list[Row] = [tuple(row) for row in connection.execute(matched)]
    _empty(connection, staged)
    return found
