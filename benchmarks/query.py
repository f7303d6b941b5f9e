"""Asking with meaning and status against SQL written by hand that reads the same facts from the same store.

A figure and the figure of the year before are the facts of an answer; states, growth, coverage and order are what
``services/query`` adds to them. For sums it also fills the gaps of a ragged store from the regions below, which is
measured beside, without a limit. ``python -m benchmarks.query`` measures a store of 5 million figures on SQLite.
"""

import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import Row, interleaved, median_ratio, table
from benchmarks.store import CITY, COLUMNS, COUNTIES, MIDDLE, MONTHS, TOWNS, Size, build, listed
from data_access.config import StoreSettings
from data_access.engine import create_engine
from data_access.observations import ObservationStore
from indicators.catalog import Catalog
from indicators.definition import Indicator
from indicators.periods import YEAR
from indicators.regions import Level, Region, RegionTree
from services.access import SYSTEM
from services.query import Query, Question
from tests.builders import an_indicator

RATIO, MORE = 4.0, 5.0
"""What is allowed: times the hand-written SQL from 700 rows up, milliseconds more below."""

NEW_YEAR = datetime(2025, 1, 5, tzinfo=UTC)
"""December is not due yet; a third of it is there all the same."""


@dataclass(frozen=True)
class Case:
    """A question, and the SQL that reads its facts."""

    name: str
    question: Question
    text: str
    values: Sequence[int]


def regions() -> RegionTree:
    """The regions of the benchmark store."""
    counties = [Region(code, CITY, Level.COUNTY, "county", str(code)) for code in COUNTIES]
    towns = [Region(code, code // 10**6 * 10**6, Level.TOWN, "town", str(code)) for code in TOWNS]
    return RegionTree([Region(CITY, None, Level.CITY, "city", str(CITY)), *counties, *towns], CITY)


def indicators(size: Size, agg_region: str) -> list[Indicator]:
    """Monthly figures, collected in townships or in counties as the store has them."""
    words = {"basis": "period", "agg_time": "sum", "agg_region": agg_region}
    return [
        an_indicator(code, lowest_level="town" if number <= size.towns else "county", **words)
        for number, code in enumerate(size.codes, start=1)
    ]


def in_months(
    name: str, size: Size, numbers: Sequence[int], places: Sequence[int], months: Sequence[int], **more: Any
) -> Case:
    """Figures of named months and of the year before."""
    codes = tuple(size.codes[number - 1] for number in numbers)
    wanted = [*months, *(month - YEAR for month in months)]
    text = (
        f"SELECT {COLUMNS} FROM current WHERE indicator IN ({listed(numbers)}) AND item = 0 "
        f"AND region IN ({listed(places)}) AND period IN ({listed(wanted)})"
    )
    question = Question(codes, tuple(places), **({"periods": tuple(months)} | more))
    return Case(name, question, text, [*numbers, *places, *wanted])


def newest(name: str, size: Size, numbers: Sequence[int], places: Sequence[int]) -> Case:
    """The newest figure of every series and that of the year before, in its best form by hand."""
    codes = tuple(size.codes[number - 1] for number in numbers)
    pairs = [value for number in numbers for place in places for value in (number, place)]
    names = ", ".join("c." + column for column in COLUMNS.split(", "))
    text = (
        f"WITH series(i, r) AS (VALUES {', '.join(['(?, ?)'] * (len(pairs) // 2))}), "
        "last(i, r, p) AS (SELECT i, r, (SELECT max(period) FROM current n WHERE n.indicator = i AND n.item = 0 "
        f"AND n.region = r) FROM series) SELECT {names} FROM last CROSS JOIN current c ON c.indicator = i "
        f"AND c.item = 0 AND c.region = r AND c.period IN (p, p - {YEAR})"
    )
    return Case(name, Question(codes, tuple(places)), text, pairs)


def cases(size: Size) -> list[Case]:
    """What boards ask."""
    some, every = list(range(1, 481, 8)), list(range(1, 501))
    last = MONTHS[-2]
    return [
        newest("newest of 60 indicators, 1 region", size, some, [CITY]),
        newest("newest of 500 indicators, 6 counties", size, every, COUNTIES),
        in_months("1 indicator, 110 townships, 1 month", size, [2], TOWNS, [last]),
        in_months("9 indicators, 110 townships, 1 month", size, list(range(2, 11)), TOWNS, [last]),
        in_months("500 indicators, 6 counties, 1 month", size, every, COUNTIES, [last]),
        in_months(
            "60 indicators, 1 region, 13 months", size, some, [CITY], MONTHS[-14:-1],
            periods=None, since=MONTHS[-14], until=last,
        ),
        in_months(
            "1 series, 9 years", size, [size.towns + 1], [COUNTIES[0]], MONTHS[12:],
            periods=None, since=MONTHS[12], until=MONTHS[-1],
        ),
    ]  # fmt: skip


def compare(
    query: Query, fetch: Callable[..., list[Any]], size: Size, runs: int, *, bounded: bool = True
) -> list[Row]:
    """Each question as a ratio from 700 rows up, as milliseconds more below.

    bounded  whether the limits hold: not for sums, where gaps are filled from children that the SQL does not read
    """
    rows = []
    for case in cases(size):
        ours, theirs = interleaved(
            runs,
            lambda case=case: query.ask(SYSTEM, case.question),
            lambda case=case: fetch(case.text, case.values),
        )
        count = len(fetch(case.text, case.values))
        note = f"{count} rows, by hand {statistics.median(theirs) * 1000:.2f} ms"
        name = f"ask {size.name}: {case.name}" + ("" if bounded else ", gaps filled from children")
        if count >= 700:
            rows.append(Row(name, median_ratio(ours, theirs), RATIO if bounded else None, "×", note))
        else:
            # Milliseconds, unlike ratios, grow with the load of the machine: the quietest runs are compared.
            more = (min(ours) - min(theirs)) * 1000
            rows.append(Row(name, more, MORE if bounded else None, "ms more", note))
    return rows


def run(size: Size = MIDDLE, runs: int = 15) -> list[Row]:
    """Measure on a fresh SQLite store; nothing is kept in a cache."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        engine = create_engine(StoreSettings(url=f"sqlite:///{path}"))
        build(engine, size)
        bare = sqlite3.connect(path)

        def measured(agg_region: str, bounded: bool) -> list[Row]:
            catalog = Catalog(indicators(size, agg_region))
            query = Query(ObservationStore(engine), catalog, regions(), lambda: NEW_YEAR)
            by_hand = lambda text, values: bare.execute(text, values).fetchall()  # noqa: E731
            return compare(query, by_hand, size, runs, bounded=bounded)

        try:
            return [*measured("not_additive", True), *measured("sum", False)]
        finally:
            bare.close()
            engine.dispose()


if __name__ == "__main__":
    print(table(run()))
