"""Trying a rule: ten years of months in 140 regions, from the store to what is shown; and one step of a slider.

``python -m benchmarks.backtest``. Seconds are of this process, since others use its core too. The first is measured
with nothing remembered, on figures that cross the bounds often; the step of the slider beside a cold home board of the
same store, in the same run.
"""

import gzip
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import orjson

from benchmarks import Row, interleaved, median_ratio, table
from benchmarks.boards import CHANGE_KB, Clock, _drawn, _store, _watched
from data_access.alerts import AlertStore
from data_access.config import StoreSettings, WarningSettings
from data_access.engine import create_engine, transaction
from data_access.migrations import create_schema
from data_access.observations import LoadInfo, ObservationStore
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
from pages._components import rule_page
from pages._session import Session
from pages._state import PageState
from services.access import Actor
from services.backtest import Backtest, BacktestWish
from services.query import Query
from services.replays import Replays
from services.texts import Texts

CITY, COUNTIES, TOWNS = 440900000000, 6, 133
MONTHS = 120
ROUNDS = 7
MOST_SECONDS = 1.0
SAMPLE_RULE = "proj.issue.resolve_rate"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
RULE = {
    "type": "threshold",
    "op": ">",
    "red": 80,
    "orange": 70,
    "yellow": 60,
    "blue": 55,
    "persist": 2,
    "keep": 1,
}


def run() -> list[Row]:
    """All figures of this room."""
    return [*_long(), *_slider()]


def _long() -> list[Row]:
    """Ten years of months in 140 regions."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(StoreSettings(url=f"sqlite:///{folder}/store.db"))
        create_schema(engine)
        tree, catalog, store = _tree(), Catalog([_indicator()]), ObservationStore(engine)
        _fill(store, engine, tree)
        leader = Actor("bench", "bench", "leader", (CITY,))

        def fresh() -> Backtest:
            replays = Replays(Query(store, catalog, tree, lambda: NOW), catalog, tree, store.counters)
            return Backtest(AlertStore(engine), replays, catalog, tree, (), WarningSettings(), lambda: NOW)

        cold, step, warm, openings = [], [], fresh(), 0
        for nth in range(ROUNDS + 1):
            one = fresh()
            begun = time.process_time()
            openings = one.run(leader, BacktestWish("bench.one")).outcome.openings
            cold.append(time.process_time() - begun)
            begun = time.process_time()
            warm.run(leader, BacktestWish("bench.one", {"blue": 50 + nth}))
            step.append(time.process_time() - begun)
        engine.dispose()
    what = f"{len(tree)} regions × {MONTHS} months"
    return [
        Row(f"one rule, {what}, nothing remembered", statistics.median(cold[1:]), MOST_SECONDS, "s",
            f"{openings} warnings opened"),
        Row(f"another threshold, {what}", statistics.median(step[1:]), MOST_SECONDS, "s"),
    ]  # fmt: skip


def _slider() -> list[Row]:
    """One step of a slider, as it travels, beside a cold home board."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        services, _ = _watched(_store(Path(folder)), clock)
        here = Session(Actor("bench", "bench", "leader", (services.pack.root,)), services, Texts(), "dark")
        threshold = count(60)

        def moved() -> bytes:
            state = PageState(filter=f"yellow:{80 - next(threshold) / 100:g}")
            wish = BacktestWish(SAMPLE_RULE, {"yellow": float(state.filters["yellow"])})
            view = services.backtest.run(here.actor, wish, here.language)
            return orjson.dumps(rule_page.render(view, here, state))

        sent = moved()
        step, board = interleaved(ROUNDS, moved, lambda: _drawn("home", here, clock))
    note = f"{1000 * statistics.median(step):.0f} ms, the board {1000 * statistics.median(board):.0f} ms"
    return [
        Row("a step of the slider over a cold home board", median_ratio(step, board), 1.0, note=note),
        Row("a step of the slider, compressed", len(gzip.compress(sent)) / 1000, CHANGE_KB, unit="kB"),
    ]


def _tree() -> RegionTree:
    """A city, its counties, their towns: 140 regions."""
    regions = [Region(CITY, None, Level.CITY, "city", "城", "City", "city")]
    for county in range(1, COUNTIES + 1):
        code = CITY + (80 + county) * 10**6
        regions.append(
            Region(code, CITY, Level.COUNTY, "county", f"县{county}", f"County {county}", f"c{county}")
        )
    for town in range(TOWNS):
        above = CITY + (81 + town % COUNTIES) * 10**6
        code = above + (town + 1) * 1000
        regions.append(Region(code, above, Level.TOWN, "town", f"镇{town}", f"Town {town}", f"t{town}"))
    return RegionTree(regions, CITY)


def _indicator() -> Indicator:
    return Indicator(
        code="bench.one", system="bench", theme=None, headline=True, name_zh="一", name_en="one", unit="件",
        unit_en="cases", frequency=Frequency.MONTHLY, basis=Basis.PERIOD, polarity=Polarity.LOWER_BETTER,
        agg_region=RegionAggregation.SUM, agg_time=TimeAggregation.SUM, lowest_level="town", department="stats",
        sensitivity=Sensitivity.PUBLIC, definition_zh="", release=Release(timedelta(days=10), timedelta(days=5)),
        rule=RuleSpec(RULE),
    )  # fmt: skip


def _fill(store: ObservationStore, engine: object, tree: RegionTree) -> None:
    """Figures that wander over the bounds, every fiftieth missing."""
    codes = np.array([region.code for region in tree])
    keys = np.array([months_key(2016 + (nth + 10) // 12, (nth + 10) % 12 + 1, 1) for nth in range(MONTHS)])
    random = np.random.default_rng(5)
    values = random.normal(52, 12, (len(codes), MONTHS))
    values[random.random(values.shape) < 0.02] = np.nan
    rows = values.size
    columns = {
        "indicator": ["bench.one"] * rows,
        "region": np.repeat(codes, MONTHS),
        "period": np.tile(keys, len(codes)),
        "value": values.ravel(),
        "status": np.where(np.isnan(values.ravel()), DataStatus.MISSING, DataStatus.FINAL),
        "reason": ["未报送" if one != one else None for one in values.ravel().tolist()],
        "source": 1,
    }
    with transaction(engine) as connection:  # type: ignore[arg-type]
        store.write(columns, LoadInfo("bench", "bench", "bench", int(NOW.timestamp())), connection)


if __name__ == "__main__":
    print(table(run()))
