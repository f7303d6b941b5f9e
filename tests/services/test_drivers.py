"""What drives a warning: contributions add up for every way of taking it apart, and what does not add up says why."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from data_access.alerts import AlertStore
from data_access.config import StoreSettings
from data_access.engine import create_engine, transaction
from data_access.migrations import create_schema
from data_access.observations import LoadInfo, ObservationStore
from indicators.catalog import Catalog, Context
from indicators.definition import Identity, Indicator, Relation, RuleSpec
from indicators.errors import CockpitError
from indicators.periods import YEAR, months_key
from services.access import SYSTEM, Actor
from services.alerts import Alerts
from services.drivers import Drivers
from services.drivers_views import DriversView, Split
from services.query import Query
from tests.builders import CITY, COUNTY_A, COUNTY_B, TOWN_A1, TOWN_A2, TOWN_A3, a_ratio, a_tree, an_indicator

NOW = datetime(2024, 7, 25, 4, 0, tzinfo=UTC)
JUNE = months_key(2024, 6, 6)
LOW = {"type": "threshold", "op": "<", "measure": "value", "red": 50, "orange": 60, "yellow": 70, "blue": 80}
FALLING = {
    "type": "threshold",
    "op": "<",
    "measure": "yoy_pct",
    "red": -20,
    "orange": -10,
    "yellow": 0,
    "blue": 2,
}
MANY = {"type": "threshold", "op": ">", "measure": "value", "red": 40, "orange": 30, "yellow": 20, "blue": 5}
DONE, PLAN, RATE, SALES = "econ.x.done", "econ.x.plan", "econ.x.rate", "econ.x.sales"
TOWNS = {TOWN_A1: (10.0, 40.0), TOWN_A2: (30.0, 40.0), TOWN_A3: (20.0, 20.0)}
HEAD_OF_A = Actor("h", "县委书记", "county_head", (COUNTY_A,))


class Targets:
    """No plan sets anything."""

    def target(self, _indicator: str, _region: int, _year: int) -> None:
        """None."""

    def curve(self, _indicator: str, _region: int, _year: int | None = None) -> None:
        """None."""


class World:
    """Figures of a county and its towns, judged; and what drives the warnings that came of it."""

    def __init__(self, engine: Engine, *indicators: Indicator, identities: tuple[Identity, ...] = ()) -> None:
        self.store = ObservationStore(engine)
        self.engine = engine
        self.loads = 0
        self.catalog = Catalog(indicators, Context(identities=identities))
        query = Query(self.store, self.catalog, a_tree(), lambda: NOW)
        self.alerts = Alerts(AlertStore(engine), self.store, query, self.catalog, a_tree())
        self.drivers = Drivers(self.alerts, query, self.catalog, a_tree(), self.store.items, Targets)

    def told(self, *figures: tuple[str, int, int, float], item: str = "", yoy: float | None = None) -> None:
        """Store figures: indicator, region, period, value."""
        self.loads += 1
        codes, regions, keys, values = (list(column) for column in zip(*figures, strict=True))
        with transaction(self.engine) as connection:
            number = self.store.item_id(item, "", connection) if item else 0
            columns: dict[str, Any] = {
                "indicator": codes, "region": regions, "period": keys, "value": values, "source": 1, "status": 2,
                "item": number, "reason": [None] * len(codes),
            }  # fmt: skip
            if yoy is not None:
                columns["yoy"] = yoy
            self.store.write(columns, LoadInfo(f"load {self.loads}", "f.csv", "tester", 1), connection)

    def of(self, code: str, region: int, actor: Actor = SYSTEM, language: str = "zh") -> DriversView:
        """What drives the warning of an indicator in a region."""
        self.alerts.evaluate_pending(NOW)
        found = next(
            one for one in self.alerts.open_alerts(actor) if (one.indicator, one.region) == (code, region)
        )
        return self.drivers.of(actor, found.id, language)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, of which each test gets a copy."""
    path = tmp_path_factory.mktemp("empty") / "store.db"
    engine = create_engine(StoreSettings(url=f"sqlite:///{path}", synchronous="normal"))
    create_schema(engine)
    engine.dispose()
    return path


@pytest.fixture
def engine(empty: Path, tmp_path: Path) -> Iterator[Engine]:
    """The engine that is quick to make: nothing here depends on which it is."""
    for file in empty.parent.glob("store.db*"):
        shutil.copy(file, tmp_path)
    engine = create_engine(StoreSettings(url=f"sqlite:///{tmp_path}/store.db", synchronous="normal"))
    yield engine
    engine.dispose()


def by(view: DriversView, name: str) -> dict[str, float | None]:
    split = view.split(name)
    assert split is not None
    return {
        row.name if row.role != "region" else str(row.place and row.place.code): row.contribution
        for row in split.rows
    }


def adds_up(split: Split | None) -> bool:
    assert split is not None
    return split.total == pytest.approx(sum(row.contribution or 0.0 for row in split.rows))


@pytest.fixture
def completion(engine: Engine) -> World:
    """A county at 60 % of its plan, of which 80 % were due; the year before it was at 90 %."""
    world = World(
        engine,
        an_indicator(DONE, dimensions=("industry",)),
        an_indicator(PLAN, dimensions=("industry",)),
        a_ratio(RATE, f"100 * {DONE} / {PLAN}", rule=RuleSpec(LOW), dimensions=("industry",)),
        an_indicator("econ.x.start", unit="%", agg_region="not_additive", related=(Relation("leads", RATE),)),
    )
    figures = [(DONE, town, JUNE, done) for town, (done, _) in TOWNS.items()]
    figures += [(PLAN, town, JUNE, plan) for town, (_, plan) in TOWNS.items()]
    figures += [(DONE, COUNTY_A, JUNE, 60.0), (PLAN, COUNTY_A, JUNE, 100.0)]
    figures += [(DONE, COUNTY_A, JUNE - YEAR, 90.0), (PLAN, COUNTY_A, JUNE - YEAR, 100.0)]
    world.told(*figures)
    return world


def test_towns_add_up_to_the_gap_of_their_county(completion: World) -> None:
    view = completion.of(RATE, COUNTY_A)
    regions = view.split("regions")
    assert regions is not None
    # 60 % against the bound of orange, 70 %: each town adds (done − 70 % of its plan) over the plan of the county
    assert by(view, "regions") == {
        str(TOWN_A1): pytest.approx(-18.0), str(TOWN_A2): pytest.approx(2.0), str(TOWN_A3): pytest.approx(6.0)
    }  # fmt: skip
    assert regions.total == pytest.approx(-10.0)
    assert [row.driving for row in regions.rows] == [True, False, False]


def test_numerator_and_denominator_add_up_to_the_change(completion: World) -> None:
    view = completion.of(RATE, COUNTY_A)
    parts = view.split("components")
    assert parts is not None
    assert {row.code: row.contribution for row in parts.rows} == {DONE: pytest.approx(-30.0), PLAN: 0.0}
    assert parts.total == pytest.approx(-30.0)
    assert [row.base for row in parts.rows] == [90.0, 100.0]


def test_items_add_up_and_what_they_leave_is_a_line(completion: World) -> None:
    for item, done, plan in (("chemicals", 5.0, 30.0), ("food", 45.0, 50.0)):
        completion.told((DONE, COUNTY_A, JUNE, done), (PLAN, COUNTY_A, JUNE, plan), item=f"industry={item}")
    items = completion.of(RATE, COUNTY_A).split("items")
    assert items is not None
    adds = {row.name: row.contribution for row in items.rows}
    assert adds["Chemicals"] == pytest.approx(5.0 - 21.0)
    assert adds["Food"] == pytest.approx(45.0 - 35.0)
    assert items.rows[-1].role == "rest"
    assert adds_up(items)


def test_a_town_that_did_not_report_leaves_a_rest(completion: World) -> None:
    completion.told((DONE, TOWN_A2, JUNE, 10.0))
    view = completion.of(RATE, COUNTY_A)
    assert by(view, "regions")["其余（未列出或不能分到各项）"] == pytest.approx(20.0)
    assert adds_up(view.split("regions"))


def test_the_sentence_names_where_and_what_in_both_languages(completion: World) -> None:
    view = completion.of(RATE, COUNTY_A)
    assert view.sentence == (
        f"R{COUNTY_A}{RATE}为 60\u202f%，比预警线低 10\u202f个百分点；分下级地区看，主要是R{TOWN_A1}（−18\u202f个百分点）；"
        f"与2023年1—6月 累计相比的变化：{DONE}（−30\u202f个百分点）。"
    )
    english = completion.of(RATE, COUNTY_A, language="en").sentence
    assert "percentage points" in english
    assert english.isascii() or not any("\u4e00" <= sign <= "\u9fff" for sign in english)


def test_parts_add_to_the_gap_of_a_growth_from_its_bound(engine: Engine) -> None:
    world = World(engine, an_indicator(SALES, rule=RuleSpec(FALLING)))
    now, before = {TOWN_A1: 30.0, TOWN_A2: 50.0, TOWN_A3: 10.0}, {TOWN_A1: 45.0, TOWN_A2: 45.0, TOWN_A3: 10.0}
    world.told(*((SALES, town, JUNE, value) for town, value in now.items()))
    world.told(*((SALES, town, JUNE - YEAR, value) for town, value in before.items()))
    world.told((SALES, COUNTY_A, JUNE, 90.0), (SALES, COUNTY_A, JUNE - YEAR, 100.0))
    view = world.of(SALES, COUNTY_A)
    # −10 %, against the bound of yellow, 0 %
    assert by(view, "regions") == {
        str(TOWN_A1): pytest.approx(-15.0), str(TOWN_A2): pytest.approx(5.0), str(TOWN_A3): pytest.approx(0.0)
    }  # fmt: skip
    assert adds_up(view.split("regions"))
    assert "同比下降 10\u202f%，比预警线低 10\u202f个百分点" in view.sentence


def test_a_published_growth_that_parts_do_not_make_leaves_a_rest(engine: Engine) -> None:
    world = World(engine, an_indicator(SALES, rule=RuleSpec(FALLING)))
    world.told(
        *((SALES, town, JUNE, 30.0) for town in TOWNS), *((SALES, town, JUNE - YEAR, 30.0) for town in TOWNS)
    )
    world.told((SALES, COUNTY_A, JUNE - YEAR, 90.0))
    world.told((SALES, COUNTY_A, JUNE, 90.0), yoy=-12.0)
    regions = world.of(SALES, COUNTY_A).split("regions")
    assert regions is not None
    assert regions.rows[-1].role == "rest"
    assert adds_up(regions)


def test_counts_are_made_of_the_counts_below_and_of_their_parts(engine: Engine) -> None:
    world = World(
        engine,
        an_indicator("econ.x.count", basis="period", unit="件", rule=RuleSpec(MANY)),
        an_indicator("econ.x.old", basis="period", unit="件"),
        an_indicator("econ.x.new", basis="period", unit="件"),
        identities=(Identity("econ.x.count", ("econ.x.old", "econ.x.new"), 0.5),),
    )
    june = months_key(2024, 6, 1)
    world.told(
        ("econ.x.count", COUNTY_A, june, 9.0), ("econ.x.old", COUNTY_A, june, 7.0), ("econ.x.new", COUNTY_A, june, 2.0),
        ("econ.x.count", TOWN_A1, june, 6.0), ("econ.x.count", TOWN_A2, june, 2.0), ("econ.x.count", TOWN_A3, june, 1.0),
    )  # fmt: skip
    view = world.of("econ.x.count", COUNTY_A)
    assert by(view, "regions") == {str(TOWN_A1): 6.0, str(TOWN_A2): 2.0, str(TOWN_A3): 1.0}
    assert by(view, "components") == {"econ.x.old": 7.0, "econ.x.new": 2.0}
    assert adds_up(view.split("regions"))
    assert adds_up(view.split("components"))


@pytest.mark.parametrize(
    ("how", "reason"),
    [("max", "取下级中最突出的一个"), ("not_additive", "不能由下级相加"), ("station_mean", "要由站点值重算")],
)
def test_what_does_not_add_up_says_why_and_names_the_worst(engine: Engine, how: str, reason: str) -> None:
    world = World(
        engine, an_indicator("econ.x.delay", basis="period", unit="天", agg_region=how, rule=RuleSpec(MANY))
    )
    june = months_key(2024, 6, 1)
    world.told(
        ("econ.x.delay", COUNTY_A, june, 30.0), ("econ.x.delay", TOWN_A1, june, 4.0), ("econ.x.delay", TOWN_A2, june, 30.0)
    )  # fmt: skip
    view = world.of("econ.x.delay", COUNTY_A)
    regions = view.split("regions")
    assert regions is not None
    assert (regions.total, regions.adds_up) == (None, False)
    assert reason in regions.reason
    assert regions.rows[0].place is not None
    assert regions.rows[0].place.code == TOWN_A2
    assert f"最突出的是R{TOWN_A2}" in view.sentence


def test_who_sees_the_city_only_for_comparison_is_told_nothing_of_its_counties(engine: Engine) -> None:
    world = World(engine, an_indicator(SALES, basis="period", rule=RuleSpec(MANY)))
    june = months_key(2024, 6, 1)
    world.told((SALES, CITY, june, 90.0), (SALES, COUNTY_A, june, 50.0), (SALES, COUNTY_B, june, 40.0))
    view = world.of(SALES, CITY, HEAD_OF_A)
    regions = view.split("regions")
    assert regions is not None
    assert not regions.rows
    assert f"R{COUNTY_B}" not in str(view)
    with pytest.raises(CockpitError) as refused:
        world.drivers.of(HEAD_OF_A, f"{SALES}:{COUNTY_B}:{june}", "zh")
    assert refused.value.issues[0].key == "alert_not_open"


def test_what_leads_is_said_to_have_moved_since_it_left_its_course(completion: World) -> None:
    months = [months_key(2022 + n // 12, n % 12 + 1, n % 12 + 1) for n in range(30)]
    values = [80.0 + n % 3 for n in range(26)] + [60.0, 58.0, 55.0, 50.0]
    completion.told(
        *(("econ.x.start", COUNTY_A, key, value) for key, value in zip(months, values, strict=True))
    )
    view = completion.of(RATE, COUNTY_A)
    (lead,) = view.leading
    assert (lead.code, lead.since, lead.rising, lead.moved) == (
        "econ.x.start",
        months_key(2024, 3, 3),
        False,
        True,
    )
    assert lead.ahead == 3
    assert "此前econ.x.start自2024年1—3月 累计起走低" in view.sentence
