"""The store against SQL written by hand for the bare driver: answers, writing, growth, memory.

``python -m benchmarks.store`` measures a store of 5 million figures on SQLite and the same on PostgreSQL;
``--large`` compares 0.5 million with 50 million (it needs about 15 minutes and 4 GB of disk).
"""

import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import sqlalchemy as sa
from sqlalchemy import Engine

from benchmarks import Row, interleaved, median_ratio, table
from data_access import schema
from data_access.config import StoreSettings
from data_access.engine import append, create_engine, insert_free, transaction
from data_access.migrations import create_schema
from data_access.observations import LoadInfo, ObservationStore, Source
from indicators.aggregation import Demand
from indicators.periods import DAY, months_key
from tests.postgres import NoServer, Server

CITY = 440900000000
COUNTIES = [440902000000, 440904000000, 440981000000, 440982000000, 440983000000, 440923000000]
TOWNS = [county + 1000 * (100 + number) for county in COUNTIES for number in range(19)][:110]
REGIONS = sorted([CITY, *COUNTIES, *TOWNS])
MONTHS = [months_key(year, month, 1) for year in range(2015, 2025) for month in range(1, 13)]
DAYS = [
    ((year * 100 + month) * 100 + day) * 10**7 + 2359 * 1000 + DAY
    for year in range(2015, 2025)
    for month in range(1, 13)
    for day in range(1, 31)
]
RUNS = 40
SERVER_OPTIONS = ("-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB", "-c", "synchronous_commit=off")
ROOT = Path(__file__).resolve().parent.parent
KNOWN_AT = 1_700_000_000
COLUMNS = "indicator, item, region, period, value, yoy, status, reason, source, known_at, load"


@dataclass(frozen=True)
class Size:
    """A store to measure: how many indicators reach townships, how many stay above, how many come daily."""

    name: str
    towns: int
    above: int
    daily: int = 0

    @property
    def codes(self) -> list[str]:
        """The catalogue codes, in the order of their numbers."""
        return [f"bench.indicator_{number:04}" for number in range(1, self.towns + self.above + 1)]


SMALL, MIDDLE, LARGE = Size("0.5 M", 10, 490), Size("5 M", 345, 155), Size("50 M", 1000, 0, daily=84)


def figures(size: Size) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of `current`, in the order of the key, an indicator at a time; some months are absent."""
    chance = np.random.default_rng(1)
    for number in range(1, size.towns + size.above + 1):
        regions = REGIONS if number <= size.towns else sorted([CITY, *COUNTIES])
        daily = number > size.towns + size.above - size.daily
        periods = np.array(sorted(MONTHS + DAYS) if daily else MONTHS)
        region = np.repeat(regions, len(periods))
        period = np.tile(periods, len(regions))
        value = chance.normal(100, 20, len(region)).round(2)
        kept = chance.random(len(region)) > np.where(period == MONTHS[-1], 0.33, 0.01)
        columns = (region[kept].tolist(), period[kept].tolist(), value[kept].tolist())
        yield [
            (number, 0, where, when, amount, None, 2, None, 1, KNOWN_AT, 1)
            for where, when, amount in zip(*columns, strict=True)
        ]


def build(engine: Engine, size: Size) -> int:
    """Fill an empty store past all checks; how many figures it holds."""
    create_schema(engine)
    count = 0
    with transaction(engine) as connection:
        numbered = list(enumerate(size.codes, start=1))
        insert_free(connection, schema.indicator_ids, numbered)
        insert_free(connection, schema.breakdowns, [(number, 0) for number, _ in numbered])
        ObservationStore(engine).source_id(Source("benchmark", "-"), connection)
        loaded = dict.fromkeys(("inserted", "corrected", "unchanged", "late", "refused_simulated"), 0)
        connection.execute(
            sa.insert(schema.loads).values(
                digest="built",
                name="built",
                actor="benchmark",
                at=KNOWN_AT,
                newest=KNOWN_AT,
                undone=False,
                **loaded,
            )
        )
        for rows in figures(size):
            append(connection, schema.current, rows, schema.current.c.keys())
            count += len(rows)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
    return count


# --- questions ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """One question, the way the store is asked and the way SQL is written by hand."""

    name: str
    ours: Callable[[], Any]
    theirs: Callable[[], list[Any]]


def between(
    store: ObservationStore, name: str, fetch: Callable[..., list[Any]], size: Size, **asked: Any
) -> Asked:
    """A Demand and its equal by hand."""
    numbers, regions, (first, last) = asked["indicators"], asked["regions"], asked["periods"]
    demand = Demand(tuple(size.codes[number - 1] for number in numbers), tuple(regions), first, last)
    where = f"indicator IN ({listed(numbers)}) AND item = 0 AND region IN ({listed(regions)})"
    text = f"SELECT {COLUMNS} FROM current WHERE {where} AND period BETWEEN ? AND ?"
    return Asked(
        name, lambda: store.answer(demand).rows, lambda: fetch(text, [*numbers, *regions, first, last])
    )


def listed(values: Sequence[int]) -> str:
    """Place holders for a list."""
    return ", ".join("?" * len(values))


def newest(
    store: ObservationStore, name: str, fetch: Callable[..., list[Any]], size: Size, **asked: Any
) -> Asked:
    """The newest figure of every series, and its best form by hand."""
    numbers, regions = asked["indicators"], asked["regions"]
    codes = [size.codes[number - 1] for number in numbers]
    pairs = [value for number in numbers for region in regions for value in (number, region)]
    series = ", ".join(["(?, ?)"] * (len(pairs) // 2))
    names = ", ".join("c." + column for column in COLUMNS.split(", "))
    if store.engine.dialect.name == "sqlite":
        text = (
            f"WITH series(i, r) AS (VALUES {series}) SELECT {names} FROM series CROSS JOIN current c "
            "ON c.indicator = i AND c.item = 0 AND c.region = r AND c.period = (SELECT max(period) FROM current n "
            "WHERE n.indicator = i AND n.item = 0 AND n.region = r)"
        )
        return Asked(name, lambda: store.latest(codes, regions).rows, lambda: fetch(text, pairs))
    text = (
        f"SELECT {names} FROM unnest(%s::int[], %s::bigint[]) s(i, r) CROSS JOIN LATERAL (SELECT * FROM current "
        "WHERE indicator = i AND item = 0 AND region = r ORDER BY period DESC LIMIT 1) c"
    )
    arrays = [pairs[::2], pairs[1::2]]
    return Asked(name, lambda: store.latest(codes, regions).rows, lambda: fetch(text, arrays))


def questions(store: ObservationStore, fetch: Callable[..., list[Any]], size: Size) -> list[Asked]:
    """What boards ask: tiles, maps, trends, matrices, roll-ups, rankings."""
    chance = random.Random(7)
    towns, some = sorted(chance.sample(range(2, size.towns + 1), 9)), sorted(chance.sample(range(1, 500), 60))
    last, year = MONTHS[-2], (MONTHS[-14], MONTHS[-2])
    ever = (MONTHS[0], MONTHS[-1])

    def asked(name: str, indicators: list[int], regions: list[int], periods: tuple[int, int]) -> Asked:
        return between(store, name, fetch, size, indicators=indicators, regions=regions, periods=periods)

    def latest(name: str, indicators: list[int], regions: list[int]) -> Asked:
        return newest(store, name, fetch, size, indicators=indicators, regions=regions)

    return [
        asked("60 indicators, 1 region, 13 months", some, [CITY], year),
        asked("1 indicator, 110 townships, 1 month", towns[:1], TOWNS, (last, last)),
        asked("1 series, 10 years", towns[:1], [COUNTIES[0]], ever),
        asked("500 indicators, 6 counties, 1 month", list(range(1, 501)), COUNTIES, (last, last)),
        asked("1 indicator, 110 townships, 10 years", towns[:1], TOWNS, ever),
        asked("9 indicators, 110 townships, 1 month", towns, TOWNS, (last, last)),
        latest("newest: 60 indicators, 1 region", some, [CITY]),
        latest("newest: 1 indicator, 110 townships", towns[:1], TOWNS),
        latest("newest: 500 indicators, 6 counties", list(range(1, 501)), COUNTIES),
        latest("newest: 9 indicators, 110 townships", towns, TOWNS),
    ]


def compare(
    engine: Engine, fetch: Callable[..., list[Any]], size: Size, runs: int, limit: float
) -> list[Row]:
    """Each question as a ratio; on SQLite, below 700 rows, as milliseconds more."""
    rows = []
    for asked in questions(ObservationStore(engine), fetch, size):
        ours, theirs = interleaved(runs, asked.ours, asked.theirs)
        count = len(asked.theirs())
        assert len(asked.ours()) == count, f"{asked.name}: {len(asked.ours())} rows instead of {count}"
        name = f"{engine.dialect.name} {size.name}: {asked.name}"
        bare = statistics.median(theirs) * 1000
        note = f"{count} rows, by hand {bare:.2f} ms"
        if count >= 700 or engine.dialect.name == "postgresql":
            rows.append(Row(name, median_ratio(ours, theirs), limit, "×", note))
        else:
            more = statistics.median(mine - other for mine, other in zip(ours, theirs, strict=True)) * 1000
            rows.append(Row(name, more, 0.5, "ms more", note))
    return rows


def bare_sqlite(path: Path) -> sqlite3.Connection:
    """The driver alone, with the pragmas of the store."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-16384"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


# --- writing ------------------------------------------------------------------------------------------------

WRITE_ROWS = 500_000


def deliveries(size: Size, corrected: bool) -> Iterator[dict[str, Any]]:
    """Deliveries for a store of `size`: a new year of monthly figures, or half a year with half a year corrected."""
    chance = np.random.default_rng(2)
    codes, regions = np.array(size.codes), np.array(REGIONS)
    months = WRITE_ROWS // (size.towns * len(REGIONS))
    for year in range(2060 if corrected else 2025, 2100):
        new = [months_key(year, month, 1) for month in range(1, months + 1)]
        periods = np.array(
            [*MONTHS[-1 - len(new) // 2 : -1], *new[: (len(new) + 1) // 2]] if corrected else new
        )
        indicator = np.repeat(codes[: size.towns], len(regions) * len(periods))
        region = np.tile(np.repeat(regions, len(periods)), size.towns)
        yield {
            "indicator": indicator,
            "region": region,
            "period": np.tile(periods, size.towns * len(regions)),
            "value": chance.normal(100, 20, len(region)).round(2),
            "status": np.full(len(region), 2),
            "source": 1,
        }


def writing(engine: Engine, path: Path, size: Size, corrected: bool, runs: int = 3) -> Row:
    """Rows a second of `write` against the sorted executemany upsert of the bare driver, on two like stores."""
    store, bare = ObservationStore(engine), bare_sqlite(path)
    numbers = {code: number for number, code in enumerate(size.codes, start=1)}
    upsert = (
        f"INSERT INTO current VALUES ({listed(range(11))}) ON CONFLICT DO UPDATE SET value = excluded.value, "
        "yoy = excluded.yoy, status = excluded.status, reason = excluded.reason, source = excluded.source, "
        "known_at = excluded.known_at, load = excluded.load"
    )
    source = deliveries(size, corrected)
    waiting: list[dict[str, Any]] = []

    def ours() -> None:
        waiting.append(next(source))
        load = LoadInfo(
            f"{corrected}-{random.random()}", "benchmark", "benchmark", at=1_800_000_000 + len(waiting)
        )
        store.write(waiting[-1], load)

    def theirs() -> None:
        rows = waiting[-1]
        bare.execute("BEGIN IMMEDIATE")
        columns = (rows["region"].tolist(), rows["period"].tolist(), rows["value"].tolist())
        known = 1_800_000_000 + len(waiting)
        bare.executemany(
            upsert,
            [
                (numbers[code], 0, region, period, value, None, 2, None, 1, known, 2)
                for code, region, period, value in zip(rows["indicator"].tolist(), *columns, strict=True)
            ],
        )
        bare.execute("COMMIT")

    mine, other = interleaved(runs, ours, theirs)
    bare.close()
    rate = len(waiting[-1]["value"]) / statistics.median(mine)
    what, limit = ("half of them corrections, kept in the history", None) if corrected else ("all new", 0.5)
    note = f"{rate:,.0f} rows a second"
    ratio = 1 / median_ratio(mine, other)
    return Row(f"sqlite {size.name}: write, {what}", ratio, limit, "× bare upsert", note, at_least=True)


MEMORY = """
import resource, sys
from benchmarks.store import MIDDLE, deliveries
from data_access.config import StoreSettings
from data_access.engine import create_engine
from data_access.migrations import create_schema
from data_access.observations import LoadInfo, ObservationStore
from itertools import islice

engine = create_engine(StoreSettings(url=sys.argv[1]))
create_schema(engine)
report = ObservationStore(engine).write(islice(deliveries(MIDDLE, False), 11), LoadInfo("all", "all", "benchmark", 1))
print(report.inserted, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def memory(folder: Path) -> Row:
    """The most memory that one load of five million rows takes, in batches as intake delivers them."""
    command = [sys.executable, "-c", MEMORY, f"sqlite:///{folder}/memory.db"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    count, kilobytes = map(int, done.stdout.split())
    return Row(
        "sqlite: memory of one load", kilobytes / 1024, 1024, "MB", f"{count:,} rows in one transaction"
    )


# --- what is run --------------------------------------------------------------------------------------------


def on_sqlite(folder: Path) -> list[Row]:
    """Questions, writing and memory on SQLite."""
    path, like = folder / "store.db", folder / "like.db"
    engine = create_engine(StoreSettings(url=f"sqlite:///{path}"))
    build(engine, MIDDLE)
    bare = bare_sqlite(path)
    rows = compare(engine, lambda text, values: bare.execute(text, values).fetchall(), MIDDLE, RUNS, 1.5)
    bare.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    bare.close()
    shutil.copy(path, like)
    rows += [writing(engine, like, MIDDLE, corrected) for corrected in (False, True)]
    engine.dispose()
    return [*rows, memory(folder)]


def on_postgresql(folder: Path) -> list[Row]:
    """The questions on PostgreSQL, against the best form known for it."""
    server = Server(folder, SERVER_OPTIONS)
    try:
        engine = create_engine(StoreSettings(url=server.start().url()))
    except NoServer as reason:
        print(f"PostgreSQL is not measured: {reason}", file=sys.stderr)
        return []
    try:
        build(engine, MIDDLE)
        with psycopg.connect(server.url(), autocommit=True, options="-c jit=off") as bare:

            def fetch(text: str, values: list[Any]) -> list[Any]:
                return bare.execute(text.replace("?", "%s"), values).fetchall()

            return compare(engine, fetch, MIDDLE, RUNS, 3.0)
    finally:
        engine.dispose()
        server.stop()


def growth(small: Engine, large: Engine) -> list[Row]:
    """The same questions to a store of 0.5 and one of 50 million figures, as ratios."""
    for engine, size in ((small, SMALL), (large, LARGE)):
        print(f"{engine.dialect.name}: built {build(engine, size):,} figures", file=sys.stderr)
    rows = []
    asked = (questions(ObservationStore(engine), lambda *_: [], SMALL) for engine in (small, large))
    for few, many in zip(*asked, strict=True):
        mine, other = interleaved(RUNS, many.ours, few.ours)
        fastest = min(mine) / min(other)
        note = f"{min(other) * 1000:.2f} ms → {min(mine) * 1000:.2f} ms"
        rows.append(Row(f"{small.dialect.name} 0.5 → 50 M: {few.name}", fastest, 1.5, "×", note))
    return rows


def run() -> list[Row]:
    """Answers, writing and memory at 5 million figures."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the user that PostgreSQL runs as has to reach its data
        return on_sqlite(Path(folder)) + on_postgresql(Path(folder) / "postgresql")


def run_large() -> list[Row]:
    """Growth from 0.5 to 50 million figures."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = (
            create_engine(StoreSettings(url=f"sqlite:///{folder}/{name}.db")) for name in ("small", "large")
        )
        rows = growth(small, large)
        small.dispose()
        large.dispose()
        return rows


if __name__ == "__main__":
    print(table(run_large() if "--large" in sys.argv else run()))
