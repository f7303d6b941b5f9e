"""A rule tried on history says what the live evaluation recorded, writes nothing, and shows a reader only the own."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from data_access import alerts as rooms
from data_access.alerts import AlertStore
from data_access.config import StoreSettings, WarningSettings
from data_access.engine import create_engine
from data_access.migrations import create_schema
from data_access.observations import LoadInfo
from indicators.alerts import standing
from indicators.backtest import FOREVER, Span
from indicators.catalog import Catalog
from indicators.definition import DataStatus, RuleSpec
from indicators.errors import CockpitError
from services.access import SYSTEM, Actor
from services.backtest import Backtest, BacktestWish, wish_of
from services.evaluation import as_event
from services.hindsight import Known, Watch, known_episodes
from services.query import Query
from services.replays import Replays
from tests.services.test_alerts import (
    CITY,
    HEAD_OF_NORTH,
    LEADER,
    NORTH,
    OVER_TEN,
    SOUTH,
    TREE,
    World,
    an_indicator,
    month,
)

BEGUN = datetime(2023, 2, 1, tzinfo=UTC)

KINDS = {
    "plain": OVER_TEN,
    "patient": OVER_TEN | {"persist": {"red": 1, "blue": 3}, "keep": 1},
    "band": {"type": "band", "measure": "value", "red": [0, 22], "blue": [4, 16]},
    "silent": OVER_TEN | {"no_data": "alert", "no_data_level": "blue"},
    "growing": OVER_TEN | {"measure": "mom_pct", "red": 80, "orange": 60, "yellow": 40, "blue": 20},
    "falling": {"type": "trend", "direction": "falling", "red": 3, "blue": 2},
    "last": {"type": "rank", "end": "top", "least_siblings": 2, "red": 1},
    "both": {"type": "composite", "of": ["econ.plain", "econ.patient"], "when": "and"},
    "either": {"type": "composite", "of": ["econ.both", "econ.falling"], "when": "or"},
}


class Past(World):
    """A world with back-tests."""

    episodes: tuple[Known, ...] = ()

    def define(self, *indicators) -> None:
        super().define(*indicators)
        catalog = Catalog(indicators)
        query = Query(self.store, catalog, TREE, lambda: self.now)
        self.replays = Replays(query, catalog, TREE, self.store.counters)
        self.backtest = Backtest(
            AlertStore(self.engine),
            self.replays,
            catalog,
            TREE,
            self.episodes,
            WarningSettings(),
            lambda: self.now,
        )

    def load_all(self, key: int, cells: list[tuple[str, int]], figures: list[float]) -> None:
        """The figures of one month in one load."""
        self.loads += 1
        codes, regions = zip(*cells, strict=True)
        rows = {"indicator": list(codes), "region": list(regions), "period": [key] * len(cells), "value": figures,
                "status": [DataStatus.FINAL] * len(cells), "reason": [None] * len(cells), "source": [1] * len(cells)}  # fmt: skip
        with rooms.engines.transaction(self.engine) as connection:
            info = LoadInfo(f"load {self.loads}", "file.csv", "tester", int(self.now.timestamp()))
            self.store.write(rows, info, connection)

    def run(self, rule: str = "econ.plain", actor: Actor = LEADER, **wish):
        return self.backtest.run(actor, BacktestWish(rule, **wish))


def a_store(folder):
    engine = create_engine(StoreSettings(url=f"sqlite:///{folder}/store.db"))
    create_schema(engine)
    return engine


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A year and a half that was judged month by month, with late and missing figures and corrections."""
    world = Past(a_store(tmp_path_factory.mktemp("lived")))
    world.now = BEGUN
    world.define(*(an_indicator(f"econ.{name}", rule) for name, rule in KINDS.items()))
    random = np.random.default_rng(7)
    for nth in range(15):
        world.now = BEGUN + timedelta(days=30.5 * nth + 15)
        key = month(nth % 12 + 1, 2023 + nth // 12)
        cells = [(name, region) for name in KINDS for region in (CITY, NORTH, SOUTH) if random.random() < 0.9]
        figures = [round(float(random.normal(11, 6)), 1) for _ in cells]
        world.load_all(key, [(f"econ.{name}", region) for name, region in cells], figures)
        if nth % 5 == 4:
            world.load("econ.plain", {month(nth % 12, 2023 + nth // 12): 25.0}, NORTH)
        world.alerts.tick(world.now)
    world.now += timedelta(days=60)
    world.alerts.tick(world.now)
    return world


@pytest.mark.parametrize("name", KINDS)
def test_the_back_test_says_what_was_recorded_live(lived, name):
    rule = f"econ.{name}"
    one = lived.replays.rule(rule)
    stretch = lived.replays.stretch(one.indicator, lived.now)
    found = lived.replays.standing(one, stretch)
    row = {region: nth for nth, region in enumerate(found.regions.tolist())}
    recorded = AlertStore(lived.engine).events([rule], list(row))
    held = standing(as_event(event, row[event.region]) for event in recorded)
    assert len(held) > 1
    assert sorted(found.events, key=lambda e: (e.row, e.period)) == held


def test_it_writes_nothing_and_tells_nobody(lived):
    def rows():
        with lived.engine.connect() as connection:
            return [
                connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for table in (rooms.alerts, rooms.alert_events, rooms.alert_rules)
            ]

    before, counters = rows(), lived.store.counters()
    lived.run(draft={"blue": 7})
    assert (rows(), lived.store.counters()) == (before, counters)


def test_a_draft_stands_beside_the_rule_in_force(lived):
    view = lived.run(draft={"blue": 2})
    assert view.changed
    assert view.outcome.openings != view.standing.openings
    assert sum(view.outcome.time[1:]) > sum(view.standing.time[1:])
    assert {one.level: (one.value, one.live) for one in view.handles} == {
        1: (2, 5), 2: (10, 10), 3: (15, 15), 4: (20, 20),
    }  # fmt: skip
    assert sum(one.openings for one in view.outcome.years) == view.outcome.openings
    assert sum(one.openings for one in view.outcome.places) == view.outcome.openings
    assert [one.year for one in view.outcome.years] == [2023, 2024]


def test_a_rule_in_force_is_tried_without_a_draft(lived):
    view = lived.run()
    assert (view.changed, view.standing) == (False, None)
    assert view.place.code == CITY
    assert view.course.compared[0] is not None
    assert {event.kind for event in view.happened} >= {"open", "resolve"}


@pytest.mark.parametrize(
    ("draft", "key"),
    [({"yellow": 30}, "rule_order"), ({"red": None, "orange": None, "yellow": None, "blue": None}, "rule_without_level"),
     ({"recover": {"red": 25}}, "rule_recovery_side"), ({"persist": 0}, "rule_span")],
)  # fmt: skip
def test_a_draft_that_contradicts_itself_is_answered_with_what_is_wrong(lived, draft, key):
    view = lived.run(draft=draft)
    assert key in [issue.key for issue in view.issues]
    assert (view.changed, view.standing) == (False, None)
    assert view.outcome.openings == lived.run().outcome.openings


def test_what_an_authority_decides_is_not_tried_otherwise(tmp_path):
    world = Past(a_store(tmp_path), an_indicator("econ.plain", {"type": "state"}))
    world.load("econ.plain", {month(1): 2})
    view = world.run(draft={"keep": 3})
    assert [issue.key for issue in view.issues] == ["rule_statutory"]
    assert (view.changed, view.handles, view.outcome.openings) == (False, (), 1)


def test_a_county_sees_its_own_and_the_city_and_not_its_sibling(lived):
    view = lived.run(actor=HEAD_OF_NORTH)
    assert {one.place.code for one in view.outcome.places} == {CITY, NORTH}
    assert view.place.code == NORTH
    assert view.outcome.openings < lived.run().outcome.openings
    assert lived.run(actor=HEAD_OF_NORTH, region=SOUTH).place.code == NORTH
    assert lived.run(region=SOUTH).place.code == SOUTH


def test_a_place_among_siblings_is_the_same_for_whoever_looks(lived):
    whole = {one.place.code: one.openings for one in lived.run("econ.last").outcome.places}
    county = {one.place.code: one.openings for one in lived.run("econ.last", HEAD_OF_NORTH).outcome.places}
    assert county[NORTH] == whole[NORTH] > 0
    assert lived.run("econ.last").place.code in (NORTH, SOUTH)  # the city has no siblings and no curve


def test_regions_may_be_of_one_level_and_years_be_left_out(lived):
    assert {one.place.code for one in lived.run(level="county").outcome.places} == {NORTH, SOUTH}
    assert [one.year for one in lived.run(since=2024).outcome.years] == [2024]


def test_counties_under_a_warning_of_the_city_are_folded_for_its_reader(lived):
    city = lived.run().outcome
    county = lived.run(actor=HEAD_OF_NORTH).outcome
    assert 0 < city.messages <= city.lines
    assert city.spared > 0
    assert county.messages > 0


def test_rules_in_force_that_warn_at_the_same_time_are_named(lived):
    view = lived.run()
    assert view.overlaps[0].of == view.outcome.openings
    assert "econ.both" in [one.rule for one in view.overlaps]
    assert "econ.plain" not in [one.rule for one in view.overlaps]


def test_what_is_known_to_have_happened_was_seen_or_missed(tmp_path):
    def known(name, region, first, last):
        span = Span(region, np.datetime64(first), np.datetime64(last))
        return Known(name, name, name, (Watch("econ.plain", span),))

    class Remembering(Past):
        episodes = (
            known("seen", NORTH, "2024-03-01", "2024-04-30"),
            known("missed", NORTH, "2024-05-01", "2024-06-30"),
            known("elsewhere", SOUTH, "2024-03-01", "2024-04-30"),
            Known(
                "other",
                "other",
                "other",
                (Watch("econ.other", Span(NORTH, np.datetime64("2024-01-01"), FOREVER)),),
            ),
        )

    world = Remembering(a_store(tmp_path), an_indicator("econ.plain", OVER_TEN))
    world.load("econ.plain", {month(nth): value for nth, value in enumerate([1, 1, 12, 12, 3, 3], 1)})
    assert [(one.id, one.seen) for one in world.run().episodes] == [
        ("seen", True), ("missed", False), ("elsewhere", False),
    ]  # fmt: skip
    assert [(one.id, one.seen) for one in world.run(draft={"blue": 2}).episodes][1] == ("missed", True)
    assert [one.id for one in world.run(actor=HEAD_OF_NORTH).episodes] == ["seen", "missed"]


def test_episodes_are_read_from_the_files_of_a_pack(tmp_path):
    file = tmp_path / "episodes.yaml"
    file.write_text(
        "episodes:\n"
        "  - {id: a, zh: 甲, en: A, effects: [{indicator: econ.plain, region: '4409', from: 2024-03}]}\n"
        "  - {id: b, zh: 乙, watch: [{indicator: econ.plain, region: '440981', from: 2024-03, to: 2024-05}]}\n",
        "utf-8",
    )
    one, other = known_episodes([file])
    assert (one.text("en"), one.watch[0].span.region, one.watch[0].span.last) == ("A", CITY, FOREVER)
    assert (other.text("en"), other.watch[0].span.region) == ("乙", NORTH)
    assert str(other.watch[0].span.last) == "2024-05-31"


def test_a_recovery_value_that_is_written_goes_along_with_its_bound(tmp_path):
    rule = OVER_TEN | {"recover": {"red": 18, "blue": 4}}
    world = Past(a_store(tmp_path), an_indicator("econ.plain", rule))
    world.load("econ.plain", {month(1): 12})
    assert world.run(draft={"red": 30}).written["recover"] == {"red": 28, "blue": 4}
    assert "blue" not in world.run(draft={"blue": None}).written["recover"]


@pytest.mark.parametrize(
    ("rule", "actor", "key"),
    [
        ("econ.none", LEADER, "unknown_rule"),
        ("econ.plain~other", LEADER, "unknown_rule"),
        ("econ.context", LEADER, "rule_says_nothing"),
        ("econ.overdue", LEADER, "rule_by_clock"),
        ("econ.plain", Actor("e", "e", "leader", (CITY,), systems=("emerg",)), "forbidden"),
        ("econ.plain", Actor("u", "u", "unit", (CITY,)), "forbidden"),
    ],
)
def test_what_cannot_be_tried_says_why(tmp_path, rule, actor, key):
    world = Past(
        a_store(tmp_path),
        an_indicator("econ.plain", OVER_TEN),
        an_indicator("econ.context", {"type": "none"}),
        an_indicator("econ.overdue", {"type": "late", "red": 30, "blue": 5}),
    )
    with pytest.raises(CockpitError) as refused:
        world.run(rule, actor)
    assert refused.value.key == key


def test_a_rule_without_any_figure_is_shown_without_an_outcome(tmp_path):
    view = Past(a_store(tmp_path), an_indicator("econ.plain", OVER_TEN)).run(actor=SYSTEM)
    assert (view.periods, view.course, view.outcome.openings, view.outcome.places) == (0, None, 0, ())


def test_a_further_rule_is_tried_by_its_name(tmp_path):
    named = RuleSpec({**OVER_TEN, "name_zh": "又一条", "name_en": "another"}, "", "another")
    world = Past(a_store(tmp_path), an_indicator("econ.plain", OVER_TEN, rules=(named,)))
    world.load("econ.plain", {month(1): 12})
    view = world.run("econ.plain~another", draft={"blue": 6})
    assert (view.id, view.name, view.changed) == ("econ.plain~another", "又一条", True)


@pytest.mark.parametrize(
    ("filters", "draft"),
    [
        ({"red": "-3", "blue": "2.5"}, {"red": -3, "blue": 2.5}),
        ({"red": "-3~5", "blue": "~2"}, {"red": [-3, 5], "blue": [None, 2]}),
        ({"orange": "off", "persist": "2", "keep": "0"}, {"orange": None, "persist": 2, "keep": 0}),
        ({"red": "many", "yellow": "1e9", "purple": "3"}, {}),
    ],
)
def test_an_address_says_what_is_tried(filters, draft):
    wish = wish_of("econ.plain", filters | {"since": "2020", "level": "county"}, NORTH)
    assert wish.draft == draft
    assert (wish.region, wish.since, wish.level) == (NORTH, 2020, "county")
