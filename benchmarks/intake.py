"""What a load costs: with all checks against the bare driver's upsert of the same rows, and its memory."""

import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks import Row, interleaved, median_ratio
from data_access import engine as engines
from data_access import packs
from data_access.config import IntakeSettings, StoreSettings
from data_access.definitions import LIBRARY
from data_access.migrations import create_schema
from data_access.observations import ObservationStore
from data_access.sources import files
from data_access.targets import TargetStore
from indicators import periods
from indicators.catalog import Catalog, assemble, entries, layered
from indicators.definition import Frequency, RegionAggregation
from indicators.regions import Level, RegionTree
from services.access import SYSTEM
from services.definitions import files_of
from services.intake import Intake

ROOT = Path(__file__).resolve().parents[1]
RATIO_ROWS = 1_000_000
MEMORY_ROWS = 5_000_000
NOW = datetime(2026, 11, 21, tzinfo=UTC)

UPSERT = (
    "INSERT INTO observation VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (indicator, item, region, period) "
    "DO UPDATE SET value=excluded.value, yoy=excluded.yoy, status=excluded.status, source=excluded.source, "
    "known_at=excluded.known_at, load=excluded.load"
)
TABLE = (
    "CREATE TABLE observation (indicator INTEGER, item INTEGER, region INTEGER, period INTEGER, value REAL, yoy REAL, "
    "status INTEGER, reason TEXT, source INTEGER, known_at INTEGER, load INTEGER, "
    "PRIMARY KEY (indicator, item, region, period)) WITHOUT ROWID"
)


class NoWarnings:
    """Warnings are measured elsewhere (rules.py)."""

    def evaluate_pending(self, now: datetime) -> None:
        """Nothing."""


def run() -> list[Row]:
    """The ratio of a load to the bare upsert, and the memory of a large one."""
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "half_a_million.csv"
        write_csv(small, RATIO_ROWS)
        ours, theirs = interleaved(
            2, partial(load_into_new_store, small, Path(folder)), partial(bare_upsert, small)
        )
        ratio = 1 / median_ratio(ours, theirs)
        large = Path(folder) / "five_million.csv"
        write_csv(large, MEMORY_ROWS)
        size = large.stat().st_size // 10**6
        megabytes, seconds = measured_alone(large)
    rate = RATIO_ROWS / min(ours)
    return [
        Row("load with all checks, against the bare driver's sorted upsert", ratio, 0.5, at_least=True,
            note=f"{RATIO_ROWS:,} rows, CSV in random order, {rate:,.0f} rows/s"),
        Row("memory of a load of five million rows", megabytes, 1000, "MB",
            note=f"{size} MB of CSV, {seconds:.0f} s"),
    ]  # fmt: skip


def rows(count: int) -> Iterator[tuple[str, int, int, str, float]]:
    """Sound figures of 茂名 and its regions in random order: code, region, key, period as printed, value."""
    tree = tree_of_maoming()
    regions = tree.subtree(tree.root)
    weights = {region: max(1, len(tree.at_level(Level.TOWN, within=region))) for region in regions}
    months = [(year, month) for year in range(1986, 2026) for month in range(1, 13)]
    codes = sound_codes()[: count * 5 // 4 // len(regions) // len(months) + 1]
    step = random.Random(7)
    for number in step.sample(range(len(codes) * len(regions) * len(months)), count):
        series, month = divmod(number, len(months))
        code, region = divmod(series, len(regions))
        year, of_year = months[month]
        value = round(weights[regions[region]] * (100 + month / 10), 2)
        yield (
            codes[code],
            regions[region],
            periods.months_key(year, of_year, 1),
            f"{year}-{of_year:02d}",
            value,
        )


@cache
def tree_of_maoming() -> RegionTree:
    """The regions of the pack of 茂名."""
    return packs.load_pack(ROOT / "packs" / "440900").tree


@cache
def library() -> Catalog:
    """The definitions of the library."""
    return assemble(layered(entries(files_of((), LIBRARY).sources())), 1)


def sound_codes() -> list[str]:
    """Figures that are added up and bound by no formula or identity; those known in townships come first."""
    bound = {code for rule in library().identities for code in (rule.total, *rule.parts)}
    sound = [
        one
        for one in library().newest()
        if one.agg_region is RegionAggregation.SUM and not one.derived and one.code not in bound
        and one.frequency is not Frequency.DAILY
    ]  # fmt: skip
    return [one.code for one in sorted(sound, key=lambda one: -Level.parse(one.lowest_level))]


def write_csv(path: Path, count: int) -> None:
    """A delivery in catalogue terms."""
    with path.open("w", encoding="utf-8") as file:
        file.write("indicator,region,period,value\n")
        for code, region, _, period, value in rows(count):
            file.write(f"{code},{region},{period},{value}\n")


def load_into_new_store(path: Path, folder: Path) -> None:
    """The load of the product, into an empty SQLite store."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        engine = engines.create_engine(StoreSettings(url=f"sqlite:///{place}/store.db"))
        create_schema(engine)
        report = intake_of(engine).load(SYSTEM, files.from_path(path, 10**9))
        engine.dispose()
    if report.state != "stored":
        raise RuntimeError(report.issues[:3])


def intake_of(engine: object) -> Intake:
    """Intake on an engine, as the services wire it, with the pack of 茂名."""
    return Intake(
        ObservationStore(engine), partial(engines.transaction, engine), library, tree_of_maoming(),
        TargetStore(engine), NoWarnings(), settings=IntakeSettings(), clock=lambda: NOW,
        zone=ZoneInfo("Asia/Shanghai"),
    )  # fmt: skip


_BARE: dict[Path, list[tuple[object, ...]]] = {}


def bare_upsert(path: Path) -> None:
    """The same rows, as tuples that are ready and sorted, through the driver alone."""
    if path not in _BARE:
        numbers: dict[str, int] = {}
        _BARE[path] = sorted(
            (numbers.setdefault(code, len(numbers)), 0, region, key, value, None, 4, None, 1, 0, 1)
            for code, region, key, _, value in rows(RATIO_ROWS)
        )
    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        connection = sqlite3.connect(f"{place}/bare.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=normal")
        connection.execute(TABLE)
        connection.execute("BEGIN")
        connection.executemany(UPSERT, _BARE[path])
        connection.execute("COMMIT")
        connection.close()


def measured_alone(path: Path) -> tuple[float, float]:
    """The most memory (MB) and the seconds of a load in a process of its own."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.intake", str(path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.split()[-1]), time.perf_counter() - start


if __name__ == "__main__":
    load_into_new_store(Path(sys.argv[1]), Path(sys.argv[1]).parent)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 10**6)
