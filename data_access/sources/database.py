"""Figures that lie in a table or view of another database: read only, for so long and so many rows and no more.

Nothing is typed as SQL: the name of a table or view is all that is asked for, quoted by the library. A session reads
only, where the database knows such sessions; every statement has an end.
"""

import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from data_access.guard import guarded
from data_access.sources import http, table
from data_access.sources.http import Limits
from indicators.errors import N_, CockpitError, Issue

BATCH = 5000

OPTIONS = frozenset({"sslmode", "charset", "encrypt", "TrustServerCertificate", "service_name"})
"""What an address may say behind its question mark; everything else could lead somewhere else."""

PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "mssql": 1433, "oracle": 1521, "dm": 5236}


@dataclass(frozen=True)
class Wish:
    """What to read.

    url      without a password; ``secret`` is the password
    folder   the only folder in which an SQLite file may lie; None: none may
    own      the address of the product's own store, which is no source
    """

    url: str
    name: str
    folder: Path | None = None
    own: str = ""
    secret: str = field(default="", repr=False)


def address(text: str) -> URL:
    """The address of a database, without regard to who may be asked.

    raises  CockpitError ``bad_database`` for what is none, ``database_option`` for one that says too much
    """
    try:
        url = make_url(text)
        dialect = url.get_backend_name()
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError, AttributeError) as error:
        raise _wrong("bad_database", N_("这不是数据库的地址。"),
                     N_("写法如 postgresql://账号@主机:端口/库名；口令另填。")) from error  # fmt: skip
    unknown = sorted(set(url.query) - OPTIONS)
    if unknown:
        raise _wrong("database_option", N_("地址里不能带参数 {names}。"), N_("可用的有：{allowed}。"),
                     names=", ".join(unknown), allowed=", ".join(sorted(OPTIONS)))  # fmt: skip
    if not url.database or (dialect != "sqlite" and not url.host):
        raise _wrong("bad_database", N_("这不是数据库的地址。"),
                     N_("写法如 postgresql://账号@主机:端口/库名；口令另填。"))  # fmt: skip
    return url


def fetch(wish: Wish, target: Path, limits: Limits) -> Path:
    """Read the table or view, and lay it down as a file that intake reads: its path.

    The rows are put in order, since a database has none of its own: the same content is the same file.

    raises  CockpitError that says what is wrong with the source, without what opens it
    """
    url = address(wish.url)
    place = _checked(url, wish, limits)
    path = target.with_suffix(".csv")
    try:
        with guarded(limits.allowed, url.host or "", limits.total_seconds):
            engine = _engine(url, wish, place, limits)
            try:
                header, rows = _read(engine, wish.name, limits)
            finally:
                engine.dispose()
    except CockpitError:
        raise
    except Exception as error:  # whatever a driver raises is told in words that hold no secret
        raise _failure(error) from None
    rows.sort()
    table.write(path, header, rows)
    return path


def _checked(url: URL, wish: Wish, limits: Limits) -> str:
    """The file or the network address that is really opened.

    raises  CockpitError where it may not be
    """
    if url.get_backend_name() == "sqlite":
        file = Path(str(url.database)).resolve()
        own = make_url(wish.own) if wish.own else None
        is_own = own is not None and own.database is not None and file == Path(own.database).resolve()
        if wish.folder is None or is_own or not file.is_relative_to(wish.folder.resolve()):
            raise _wrong("database_place", N_("SQLite 文件只能放在接入文件夹里。"),
                         N_("请把文件放到设置 feeds.folder 所指的文件夹，地址写它的完整路径。"))  # fmt: skip
        if not file.is_file():
            raise _wrong("database_missing", N_("没有这个数据库文件。"), N_("请核对路径。"))
        return str(file)
    host, port = str(url.host), url.port or PORTS.get(url.get_backend_name(), 0)
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise http.failure(error) from None
    for one in found:
        if not limits.allowed.opens(one, host):
            raise http.refused_address(one)
    return found[0]


def _engine(url: URL, wish: Wish, place: str, limits: Limits) -> sa.Engine:
    """An engine of one connection that reads only and ends in time."""
    seconds = int(limits.total_seconds)
    if url.get_backend_name() == "sqlite":
        return sa.create_engine(
            URL.create("sqlite", database=f"file:{place}", query={"mode": "ro", "uri": "true"}),
            poolclass=sa.pool.NullPool,
        )
    url = url.set(password=wish.secret or None)
    arguments: dict[str, Any] = {}
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
        arguments = {
            "connect_timeout": max(int(limits.connect_seconds), 2),
            "options": f"-c statement_timeout={seconds * 1000} -c default_transaction_read_only=on -c lock_timeout=2000",
            "application_name": "chengmai",
            "hostaddr": place,  # what was judged is what is connected to
        }
    try:
        return sa.create_engine(url, connect_args=arguments, poolclass=sa.pool.NullPool)
    except ModuleNotFoundError as error:
        raise _wrong("no_driver", N_("本机没有安装 {kind} 的驱动程序。"),
                     N_("请运维人员安装它（docs/feeds.md），或请对方改用文件或接口。"),
                     kind=url.get_backend_name()) from error  # fmt: skip


def _read(engine: sa.Engine, name: str, limits: Limits) -> tuple[list[str], list[tuple[str, ...]]]:
    """The header and the rows of a table or view, as texts."""
    schema, _, bare = name.rpartition(".")
    quoted = engine.dialect.identifier_preparer.quote_identifier
    source = ".".join(quoted(part) for part in (schema, bare) if part)
    wanted = sa.text(f"SELECT * FROM {source}")  # noqa: S608  quoted by the dialect; no colon gets past the form
    until = time.monotonic() + limits.total_seconds
    with engine.connect() as connection:
        _hold_to_time(connection, until)
        try:
            result = connection.execution_options(stream_results=True, yield_per=BATCH).execute(wanted)
        except (sa.exc.ProgrammingError, sa.exc.OperationalError) as error:
            if _is_absent(error):
                raise _wrong("no_table", N_("库里没有表或视图 {name}，或没有读取它的权限。"),
                             N_("请核对名称，如 schema.view。"), name=name) from None  # fmt: skip
            raise
        header = list(result.keys())
        rows: list[tuple[str, ...]] = []
        for batch in _batches(result, until):
            rows += [tuple(table.shown(value) for value in row) for row in batch]
            if len(rows) > limits.rows:
                raise _wrong("feed_too_long", N_("记录超过 {most} 行。"), N_("请在对方库里建一个只含所需各期的视图。"),
                             most=limits.rows)  # fmt: skip
        connection.rollback()
    return header, rows


def _batches(result: Any, until: float) -> Iterator[Any]:
    for batch in result.partitions():
        if time.monotonic() > until:
            raise TimeoutError
        yield batch


def _hold_to_time(connection: sa.Connection, until: float) -> None:
    """End a statement of SQLite in time; other databases were told at the connection."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)


def _is_absent(error: sa.exc.DBAPIError) -> bool:
    """Whether an error says that there is no such table, or none that may be read."""
    state = str(getattr(error.orig, "sqlstate", ""))
    return state in ("42P01", "42501", "3F000") or "no such table" in str(error.orig)


WRONG: Mapping[str, tuple[str, str]] = {
    "28": (N_("对方拒绝访问。"), N_("请核对账号和口令。")),
    "3D": (N_("没有这个库。"), N_("请核对库名。")),
    "57": (N_("对方没有在时限内回答。"), N_("请稍后再试，或在对方库里建一个更小的视图。")),
}
"""The classes of SQLSTATE that people can do something about."""


def _failure(error: Exception) -> CockpitError:
    origin = getattr(error, "orig", error)
    state = str(getattr(origin, "sqlstate", "") or "")
    text = str(origin)
    if "interrupted" in text:
        state = "57"
    elif "password authentication failed" in text or "no password supplied" in text:
        state = "28"
    elif "does not exist" in text and "database" in text:
        state = "3D"
    if state[:2] in WRONG:
        return _wrong("feed_database", *WRONG[state[:2]])
    return http.failure(error)


def _wrong(key: str, what: str, do: str, **params: object) -> CockpitError:
    return CockpitError(Issue(key, what, do, params=params))
