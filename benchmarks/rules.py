"""Rule evaluation: level checks a second on one core, with latches and missing figures, against bare numpy.

``python -m benchmarks.rules`` prints the table. A round judges one new period of 70 000 series at four levels.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks import Row, interleaved, median_ratio, table
from data_access.alerts import AlertStore
from data_access.config import StoreSettings
from data_access.engine import create_engine
from data_access.migrations import create_schema
from data_access.observations import LoadInfo, ObservationStore
from indicators.alerts import Alerts as Latches
from indicators.alerts import Health, Timing, step
from indicators.catalog import Catalog
from indicators.definition import (
    Basis,
    DataStatus,
    Frequency,
    Indicator,
    Polarity,
    RegionAggregation,
    Release,
    RuleSpec,
    Sensitivity,
    TimeAggregation,
)
from indicators.periods import months_key
from indicators.regions import Level, Region, RegionTree
from indicators.rules import LEVELS, Readings, parse, verdicts
from services.alerts import Alerts
from services.query import Query

SERIES = 70_000
RULES = 500
ROUNDS = 9
RULE = {
    "type": "threshold",
    "op": ">",
    "red": 99,
    "orange": 97,
    "yellow": 95,
    "blue": 90,
    "persist": 2,
    "keep": 1,
}


def run() -> list[Row]:
    """All figures of this room."""
    return [*_rounds(), *_store()]


def _rounds() -> list[Row]:
    """Rounds over series that are mostly quiet; then with every second series over the line."""
    rows = []
    for name, centre in (("few over the line", 50.0), ("half of them over the line", 92.0)):
        values = np.random.default_rng(2).normal(centre, 20, (ROUNDS + 1, SERIES))
        values[np.random.default_rng(3).random(values.shape) < 0.02] = np.nan
        one, many = _Judge(values, 1), _Judge(values, RULES)
        bare, together, apart = _seconds(lambda v=values: _bare(v[0]), one.round, many.round)
        checks = SERIES * len(LEVELS) / 1e6
        rows += [
            Row(
                f"level checks a second, {name}",
                checks / statistics.median(together),
                2,
                "M",
                "one rule",
                True,
            ),
            Row(
                f"level checks a second, {name}",
                checks / statistics.median(apart),
                2,
                "M",
                f"{RULES} rules",
                True,
            ),
            Row(f"a round against bare numpy comparisons, {name}", median_ratio(together, bare), None),
        ]
    return rows


def _seconds(*contenders: Callable[[], object]) -> list[list[float]]:
    """Like `interleaved`, in seconds of this process: the figure is one for a core, and others use it too."""
    seconds: list[list[float]] = [[] for _ in contenders]
    for nth in range(ROUNDS + 1):
        for contender, taken in zip(contenders, seconds, strict=True):
            start = time.process_time()
            contender()
            if nth:
                taken.append(time.process_time() - start)
    return seconds


class _Judge:
    """Series shared out among rules, each with its latches; every round takes the next period."""

    def __init__(self, values: np.ndarray, rules: int) -> None:
        self._rule = parse(RULE)
        self._timing = Timing.of(self._rule)
        self._values = np.split(values, rules, axis=1)
        self._alerts = [Latches.normal(part.shape[1]) for part in self._values]
        self._period = 0

    def round(self) -> int:
        """One period of all rules; how many things happened."""
        happened = 0
        for nth, part in enumerate(self._values):
            figures = part[self._period]
            verdict = verdicts(self._rule, Readings(figures))
            health = np.where(verdict.missing, Health.NO_DATA, Health.OK).astype(np.int8)
            self._alerts[nth], events = step(
                self._alerts[nth], self._timing, verdict, health, self._period + 1
            )
            happened += len(events)
        self._period += 1
        return happened


def _bare(figures: np.ndarray) -> np.ndarray:
    return figures[:, None] > np.array([90.0, 95.0, 97.0, 99.0])


CITY = 440900000000
COUNTIES = [CITY + 10**6 * n for n in (2, 4, 81, 82, 83)]
TOWNS = [county + 1000 * (100 + n) for county in COUNTIES for n in range(22)]
INDICATORS = 60
NOW = datetime(2024, 7, 25, tzinfo=UTC)


def _store() -> list[Row]:
    """From change notes to stored warnings: a month of one indicator against everything."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(StoreSettings(url=f"sqlite:///{Path(folder) / 'store.db'}"))
        create_schema(engine)
        store, codes = ObservationStore(engine), [f"econ.i{n}" for n in range(INDICATORS)]
        catalog, tree = Catalog(map(_indicator, codes)), _tree()
        alerts = Alerts(AlertStore(engine), store, Query(store, catalog, tree, lambda: NOW), catalog, tree)
        random = np.random.default_rng(4)
        for code in codes:
            _load(
                store,
                code,
                [months_key(y, m, 1) for y in (2022, 2023, 2024) for m in range(1, 13)][:29],
                random,
            )
        first, _ = interleaved(1, lambda: alerts.evaluate_all(NOW), lambda: None)
        news = iter([months_key(2024, 6, 1)] + [months_key(2024, m, 1) for m in (5, 4, 3)])

        def month() -> None:
            _load(store, codes[0], [next(news)], random)
            alerts.evaluate_pending(NOW)

        def everything() -> None:
            alerts.evaluate_all(NOW)

        one, whole = interleaved(3, month, everything)
        engine.dispose()
    cells = INDICATORS * (len(TOWNS) + len(COUNTIES) + 1) * 29 * len(LEVELS)
    return [
        Row(
            "one month of one indicator, loaded and judged, against judging everything",
            median_ratio(one, whole),
            0.2,
        ),
        Row("level checks a second, from the store to stored warnings", cells / first[0] / 1e6, None, "M"),
    ]


def _load(store: ObservationStore, code: str, periods: list[int], random: np.random.Generator) -> None:
    regions = np.array([CITY, *COUNTIES, *TOWNS])
    region, period = (grid.ravel() for grid in np.meshgrid(regions, np.array(periods)))
    rows = {
        "indicator": code,
        "region": region,
        "period": period,
        "value": random.normal(80, 10, len(region)),
        "status": int(DataStatus.FINAL),
        "source": 1,
    }
    store.write(rows, LoadInfo(f"{code} {random.random()}", "file.csv", "bench", int(NOW.timestamp())))


def _tree() -> RegionTree:
    regions = [Region(CITY, None, Level.CITY, "city", "市", "City", "shi")]
    regions += [Region(code, CITY, Level.COUNTY, "county", "县", "County", "xian") for code in COUNTIES]
    regions += [
        Region(code, code // 10**6 * 10**6, Level.TOWN, "town", "镇", "Town", "zhen") for code in TOWNS
    ]
    return RegionTree(regions, CITY)


def _indicator(code: str) -> Indicator:
    return Indicator(
        code=code,
        system="econ",
        theme=None,
        headline=True,
        name_zh=code,
        name_en=code,
        unit="件",
        unit_en="cases",
        frequency=Frequency.MONTHLY,
        basis=Basis.PERIOD,
        polarity=Polarity.LOWER_BETTER,
        agg_region=RegionAggregation.NOT_ADDITIVE,
        agg_time=TimeAggregation.NOT_ADDITIVE,
        lowest_level="town",
        department="stats",
        sensitivity=Sensitivity.PUBLIC,
        definition_zh="",
        release=Release(timedelta(days=20), timedelta(days=5)),
        rule=RuleSpec(RULE),
    )


if __name__ == "__main__":
    print(table(run()))
