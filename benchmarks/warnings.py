"""Warnings at full size: 2,000 rules over 140 regions and 36 months at four levels, followed and told; then one month.

``python -m benchmarks.warnings`` prints the table. Everything is what runs in the product: figures are read from the
store, judged, recorded, followed (grouping, folding, escalation) and put to the outbox of ten people who asked to be
told. ``RULES`` makes it smaller. Seconds are those of this process, which is one core however busy the machine is.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks import Row, table
from data_access.accounts import Account, AccountStore, Grant
from data_access.alerts import AlertStore
from data_access.config import NoticeSettings, StoreSettings, WarningSettings
from data_access.engine import create_engine, transaction
from data_access.handling import HandlingStore
from data_access.migrations import create_schema
from data_access.observations import LoadInfo, ObservationStore
from data_access.outbox import Channel, OutboxStore, Subscription
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
from services.alerts import Alerts, Report
from services.following import Following
from services.query import Query
from services.telling import Telling
from services.telling_words import Words

RULES = int(os.environ.get("RULES", "2000"))
TOWNS_OF_A_COUNTY, PEOPLE, MONTHS, LEVELS = 22, 10, 36, 4
BATCH = DELIVERED = 50
"""Indicators that are loaded together, and that one department delivers in one file."""

CITY = 440900000000
COUNTIES = [CITY + 10**6 * n for n in (2, 4, 81, 82, 83, 84)]
TOWNS = [county + 1000 * (100 + n) for county in COUNTIES for n in range(TOWNS_OF_A_COUNTY)]
REGIONS = (CITY, *COUNTIES, *TOWNS, CITY + 10**6)  # 140: city, six counties, a zone, 132 townships

FIRST = (2021, 7)
NOW = datetime(2024, 7, 25, tzinfo=UTC)
RULE = {
    "type": "threshold", "op": ">", "red": 99, "orange": 97, "yellow": 95, "blue": 90, "persist": 2, "keep": 1,
}  # fmt: skip

CHECKS_A_SECOND, OF_THE_WHOLE = 1.0, 1 / 20
"""The limits: millions, and the share of one month in the full evaluation."""


def run() -> list[Row]:
    """Few figures over the line, as in a city; then so many that nobody would call them warnings."""
    rows = []
    for name, centre, bound in (("few over the line", 72.0, True), ("a third over the line", 84.0, False)):
        with a_city(centre) as city:
            rows += measured(city, name, CHECKS_A_SECOND if bound else None, OF_THE_WHOLE if bound else None)
    return rows


@dataclass
class City:
    """A store full of figures, and what judges them."""

    store: ObservationStore
    alerts: Alerts
    codes: list[str]
    figures: np.random.Generator
    centre: float
    waiting: Callable[[], int]

    def load(self, codes: list[str], months: list[int], name: str) -> None:
        """New figures of some indicators."""
        indicator, region, period = (
            grid.ravel() for grid in np.meshgrid(np.array(codes), np.array(REGIONS), np.array(months))
        )
        rows = {
            "indicator": indicator, "region": region, "period": period,
            "value": self.figures.normal(self.centre, 12, len(region)),
            "status": int(DataStatus.FINAL), "source": 1,
        }  # fmt: skip
        self.store.write(rows, LoadInfo(name, "file.csv", "bench", int(NOW.timestamp())))


@contextmanager
def a_city(centre: float) -> Iterator[City]:
    """A store with all figures but those of the newest month, in which nothing has been judged."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(StoreSettings(url=f"sqlite:///{Path(folder) / 'store.db'}"))
        create_schema(engine)
        codes = [f"econ.i{n}" for n in range(RULES)]
        catalog, tree, store = Catalog(map(indicator, codes)), regions(), ObservationStore(engine)
        people, outbox = AccountStore(engine), OutboxStore(engine)
        somebody_to_tell(people, outbox)
        query = Query(store, catalog, tree, lambda: NOW)
        words = Words(catalog, tree, "Asia/Shanghai", "")
        following = Following(
            HandlingStore(engine), catalog, tree, Telling(outbox, tree, words, NoticeSettings(), "Asia/Shanghai"),
            people.all, lambda: transaction(engine), WarningSettings(), query,
        )  # fmt: skip
        alerts = Alerts(AlertStore(engine), store, query, catalog, tree, timedelta(hours=8), following.follow)
        city = City(
            store, alerts, codes, np.random.default_rng(4), centre,
            lambda: sum(outbox.counts().values()),
        )  # fmt: skip
        months = calendar()
        for first in range(0, RULES, BATCH):
            city.load(codes[first : first + BATCH], months[:-1], f"history {first}")
        yield city
        engine.dispose()


def measured(city: City, name: str, least: float | None, most: float | None) -> list[Row]:
    """Everything judged and told from nothing; then months of one indicator; then the newest month of all."""
    whole, report = timed(lambda: city.alerts.evaluate_all(NOW))
    cells = len(city.codes) * len(REGIONS) * (MONTHS - 1) * LEVELS
    newest = calendar()[-1]
    shares = []
    for code in city.codes[:5]:
        city.load([code], [newest], f"month {code}")
        shares.append(timed(lambda: city.alerts.evaluate_pending(NOW))[0] / whole)
    part = city.codes[5 : 5 + DELIVERED]
    city.load(part, [newest], "delivery")
    delivery, _ = timed(lambda: city.alerts.evaluate_pending(NOW))
    city.load(city.codes[5 + DELIVERED :], [newest], "newest")
    one_month, after = timed(lambda: city.alerts.evaluate_pending(NOW))
    told = city.waiting()
    return [
        Row(
            f"level checks a second, from the store to the outbox, {name}", cells / whole / 1e6, least, "M",
            f"{len(city.codes)} rules, {cells / 1e6:.0f} M checks in {whole:.1f} s, {said(report)}", at_least=True,
        ),
        Row(
            f"one month of one indicator against everything, {name}", statistics.median(shares), most, "×",
            f"{1000 * whole * statistics.median(shares):.0f} ms",
        ),
        Row(
            f"one month of {len(part)} indicators, as a department delivers it, against everything, {name}",
            delivery / whole, most, "×", f"{1000 * delivery:.0f} ms",
        ),
        Row(
            f"the newest month of all other indicators at once against everything, {name}",
            one_month / whole, None, "×",
            f"{one_month:.2f} s, {said(after)}; {told} messages wait",
        ),
    ]  # fmt: skip


def timed(work: Callable[[], Report]) -> tuple[float, Report]:
    """Seconds of this process, and what was done."""
    begun = time.process_time()
    report = work()
    return time.process_time() - begun, report


def said(report: Report) -> str:
    """What a round came to."""
    return f"{report.opened} opened, {report.changed} changed, {report.resolved} resolved"


def calendar() -> list[int]:
    """The months, the oldest first."""
    first = FIRST[0] * 12 + FIRST[1] - 1
    return [months_key(nth // 12, nth % 12 + 1, 1) for nth in range(first, first + MONTHS)]


def somebody_to_tell(people: AccountStore, outbox: OutboxStore) -> None:
    """People who asked to be told of everything from yellow on in their region."""
    at = int(NOW.timestamp())
    with outbox.begin() as connection:
        outbox.keep_channel(
            connection, Channel("hook", "hook", "webhook", CITY, settings={"url": "https://example.invalid/"}),
            at=at, actor="bench", act="channel",
        )  # fmt: skip
    for nth in range(PEOPLE):
        region = (CITY, *COUNTIES)[nth % (len(COUNTIES) + 1)]
        name = f"reader{nth}"
        account = Account(name, name, name, "analyst", created_at=at, grants=(Grant(region, ("*",)),))
        people.create(account, "", at=at, actor="bench")
        with outbox.begin() as connection:
            outbox.keep_subscription(
                connection, Subscription(0, account.name, "hook", level=2), at=at, actor="bench"
            )


def regions() -> RegionTree:
    """A city with counties, a zone and townships."""
    counties = [*COUNTIES, CITY + 10**6]
    found = [Region(CITY, None, Level.CITY, "city", "市", "City", "shi")]
    found += [Region(code, CITY, Level.COUNTY, "county", "县", "County", "xian") for code in counties]
    found += [Region(code, code // 10**6 * 10**6, Level.TOWN, "town", "镇", "Town", "zhen") for code in TOWNS]
    return RegionTree(found, CITY)


def indicator(code: str) -> Indicator:
    """An indicator that is judged at four levels."""
    return Indicator(
        code=code, system="econ", theme=None, headline=True, name_zh=code, name_en=code, unit="件",
        unit_en="cases", frequency=Frequency.MONTHLY, basis=Basis.PERIOD, polarity=Polarity.LOWER_BETTER,
        agg_region=RegionAggregation.NOT_ADDITIVE, agg_time=TimeAggregation.NOT_ADDITIVE, lowest_level="town",
        department="stats", sensitivity=Sensitivity.PUBLIC, definition_zh="",
        release=Release(timedelta(days=20), timedelta(days=5)), rule=RuleSpec(RULE),
    )  # fmt: skip


if __name__ == "__main__":
    print(table(run()))
