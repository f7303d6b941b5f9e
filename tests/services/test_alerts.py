"""Warnings from change notes to screens: on both engines, with real figures' paths and a small world."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from data_access import alerts as rooms
from data_access.alerts import AlertStore
from data_access.observations import LoadInfo, ObservationStore
from indicators.alerts import Cause, EventKind, Health
from indicators.catalog import Catalog
from indicators.definition import (
    Basis,
    DataStatus,
    Frequency,
    Indicator,
    Polarity,
    RegionAggregation,
    Relation,
    Release,
    RuleSpec,
    Sensitivity,
    TimeAggregation,
)
from indicators.periods import YEAR, instant_key, months_key
from indicators.regions import Level, Region, RegionTree
from indicators.rules import Kind, WarningLevel
from services.access import SYSTEM, Actor
from services.alerts import Alerts
from services.query import Query

CITY, NORTH, SOUTH, TOWN, OWN = 440900000000, 440981000000, 440982000000, 440981001000, 440900990000
NOW = datetime(2024, 7, 25, 4, 0, tzinfo=UTC)

TREE = RegionTree(
    [
        Region(CITY, None, Level.CITY, "city", "茂名市", "Maoming", "maoming"),
        Region(NORTH, CITY, Level.COUNTY, "county", "高州市", "Gaozhou", "gaozhou"),
        Region(SOUTH, CITY, Level.COUNTY, "county", "化州市", "Huazhou", "huazhou"),
        Region(TOWN, NORTH, Level.TOWN, "town", "石鼓镇", "Shigu", "shigu"),
        Region(OWN, CITY, Level.COUNTY, "own", "市本级", "City proper", "shibenji", reporting_unit=True),
    ],
    CITY,
)

LEADER = Actor("l", "市领导", "leader", (CITY,))
HEAD_OF_NORTH = Actor("h", "高州市委书记", "county_head", (NORTH,))


def an_indicator(code: str, rule: dict | None = None, **changes) -> Indicator:
    """A monthly figure that is due 20 days after its month, with 5 days of grace."""
    plain = Indicator(
        code=code,
        system=code.split(".")[0],
        theme=None,
        headline=True,
        name_zh=code,
        name_en=code,
        unit="件",
        unit_en="cases",
        frequency=Frequency.MONTHLY,
        basis=Basis.PERIOD,
        polarity=Polarity.LOWER_BETTER,
        agg_region=RegionAggregation.SUM,
        agg_time=TimeAggregation.SUM,
        lowest_level="county",
        department="stats",
        sensitivity=Sensitivity.PUBLIC,
        definition_zh="",
        release=Release(timedelta(days=20), timedelta(days=5)),
        rule=RuleSpec(rule) if rule else None,
    )
    return replace(plain, **changes)


OVER_TEN = {
    "type": "threshold",
    "measure": "value",
    "op": ">",
    "red": 20,
    "orange": 15,
    "yellow": 10,
    "blue": 5,
}


class World:
    """A store, the warnings on it, and a clock that is set by hand."""

    def __init__(self, engine: Engine, *indicators: Indicator) -> None:
        self.engine = engine
        self.store = ObservationStore(engine)
        self.now = NOW
        self.loads = 0
        self.define(*indicators)

    def define(self, *indicators: Indicator) -> None:
        """Another set of definitions, as after a start with a changed registry."""
        catalog = Catalog(indicators)
        query = Query(self.store, catalog, TREE, lambda: self.now)
        self.alerts = Alerts(AlertStore(self.engine), self.store, query, catalog, TREE)

    def load(self, code: str, values: dict[int, float | None], region: int = NORTH, **columns) -> int:
        """Store figures by period key; None is a figure that is missing with a reason."""
        self.loads += 1
        with rooms.engines.transaction(self.engine) as connection:
            rows = {
                "indicator": [code] * len(values),
                "region": [region] * len(values),
                "period": list(values),
                "value": [float("nan") if v is None else v for v in values.values()],
                "status": [DataStatus.MISSING if v is None else DataStatus.FINAL for v in values.values()],
                "reason": ["未报送" if v is None else None for v in values.values()],
                "source": [1] * len(values),
            }
            info = LoadInfo(f"load {self.loads}", "file.csv", "tester", int(self.now.timestamp()))
            return self.store.write(rows | columns, info, connection).load

    def loaded(self, code: str, values: dict[int, float | None], region: int = NORTH) -> int:
        """Load and judge at once, as every door does."""
        number = self.load(code, values, region)
        self.alerts.evaluate_pending(self.now)
        return number

    def levels(self, actor: Actor = SYSTEM) -> dict[tuple[str, int], str]:
        """Open warnings: indicator and region to the word of the level."""
        return {(a.indicator, a.region): a.level.word for a in self.alerts.open_alerts(actor)}

    def kinds(self) -> list[str]:
        """The whole history, oldest first."""
        return [event.kind.name for event in reversed(self.alerts.history(SYSTEM))]


def month(number: int, year: int = 2024) -> int:
    """A month alone."""
    return months_key(year, number, 1)


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine, an_indicator("econ.cases", OVER_TEN))


def test_a_loaded_figure_opens_a_warning_with_all_that_a_leader_reads(world: World):
    world.loaded("econ.cases", {month(5): 3, month(6): 12})
    (alert,) = world.alerts.open_alerts(LEADER)
    assert (alert.indicator, alert.region, alert.level) == ("econ.cases", NORTH, WarningLevel.YELLOW)
    assert (alert.value, alert.unit, alert.measure, alert.measured) == (12, "件", "value", 12)
    assert (alert.op, alert.threshold, alert.lasted) == (">", 10, 1)
    assert (alert.period, alert.opened, alert.opened_at) == (month(6), month(6), int(NOW.timestamp()))
    assert (alert.kind, alert.status, alert.health) == (Kind.MANAGEMENT, "final", Health.OK)


def test_the_notes_are_answered_once(world: World):
    world.loaded("econ.cases", {month(6): 12})
    assert world.store.pending() == []
    before = world.alerts.version()
    assert world.alerts.evaluate_pending(NOW).events == 0
    assert world.alerts.version() == before


def test_a_stop_between_load_and_evaluation_loses_nothing(world: World):
    world.load("econ.cases", {month(6): 12})
    assert world.levels() == {}
    world.alerts.tick(NOW)
    assert world.levels() == {("econ.cases", NORTH): "yellow"}


def test_a_stop_in_the_middle_of_storing_leaves_everything_to_the_next_round(world: World, monkeypatch):
    world.load("econ.cases", {month(6): 12})

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "settle", stopped)
        with pytest.raises(KeyboardInterrupt):
            world.alerts.evaluate_pending(NOW)
    assert (world.levels(), world.kinds()) == ({}, [])
    world.alerts.evaluate_pending(NOW)
    assert (world.levels(), world.kinds()) == ({("econ.cases", NORTH): "yellow"}, ["OPEN"])


def test_a_round_that_was_overtaken_begins_again(world: World):
    world.load("econ.cases", {month(6): 12})
    real, overtaken = world.store.pending, []

    def meanwhile(*arguments):
        notes = real(*arguments)
        if not overtaken:
            overtaken.append(True)
            AlertStore(world.engine).record(rooms.Outcome(world.alerts.version()))
        return notes

    world.store.pending = meanwhile  # type: ignore[method-assign]
    world.alerts.tick(NOW)
    assert world.kinds() == ["OPEN"]


def test_new_months_go_on_from_the_stored_latches(engine: Engine):
    world = World(engine, an_indicator("econ.cases", OVER_TEN | {"persist": {"yellow": 2, "blue": 2}}))
    world.loaded("econ.cases", {month(4): 12})
    assert world.levels() == {}
    world.loaded("econ.cases", {month(5): 12})
    assert world.levels() == {("econ.cases", NORTH): "yellow"}
    world.loaded("econ.cases", {month(6): 30})
    (alert,) = world.alerts.open_alerts(LEADER)
    assert (alert.level, alert.opened, alert.lasted) == (WarningLevel.RED, month(5), 2)
    assert world.kinds() == ["OPEN", "UPGRADE"]


def test_undoing_a_load_closes_what_it_opened_and_keeps_the_trace(world: World):
    world.loaded("econ.cases", {month(5): 3, month(6): 4})
    correction = world.loaded("econ.cases", {month(6): 30})
    assert world.levels() == {("econ.cases", NORTH): "red"}
    world.store.undo(correction, "tester", int(NOW.timestamp()))
    world.alerts.evaluate_pending(NOW)
    assert world.levels() == {}
    newest = world.alerts.history(SYSTEM)[0]
    assert (newest.kind, newest.cause, newest.level) == (EventKind.REVISED, Cause.REVISION, WarningLevel.NONE)
    assert world.kinds() == ["OPEN", "REVISED"]


def test_undoing_the_only_load_leaves_no_warning(world: World):
    only = world.loaded("econ.cases", {month(6): 30})
    world.store.undo(only, "tester", int(NOW.timestamp()))
    world.alerts.evaluate_pending(NOW)
    assert world.levels() == {}


def test_a_load_into_an_older_period_is_entered_back_dated(world: World):
    world.loaded("econ.cases", {month(3): 3, month(4): 3, month(5): 3, month(6): 3})
    world.loaded("econ.cases", {month(4): 12})
    assert world.levels() == {}
    resolved, opened = world.alerts.history(SYSTEM)
    assert (opened.kind, opened.period, opened.back_dated) == (EventKind.OPEN, month(4), True)
    assert (resolved.kind, resolved.period, resolved.back_dated) == (EventKind.RESOLVE, month(5), True)


def test_the_order_of_loads_does_not_change_what_stands(engine: Engine):
    months = {month(n): value for n, value in enumerate((12, 3, 12, 12, 30, 12), 1)}
    world = World(engine, an_indicator("econ.cases", OVER_TEN | {"persist": 2}))
    for key in (month(4), month(2), month(6), month(1), month(5), month(3)):
        world.loaded("econ.cases", {key: months[key]})
    scrambled = world.alerts.open_alerts(SYSTEM)
    world.alerts.evaluate_all(NOW)
    assert world.alerts.open_alerts(SYSTEM) == scrambled
    assert (scrambled[0].opened, scrambled[0].level) == (month(4), WarningLevel.YELLOW)


def test_evaluating_all_again_changes_nothing(world: World):
    world.loaded("econ.cases", {month(4): 12, month(5): 3, month(6): 30})
    history = world.kinds()
    world.alerts.evaluate_all(NOW)
    assert world.kinds() == history


def test_a_correction_of_an_input_reaches_the_rule_of_what_is_made_of_it(engine: Engine):
    world = World(
        engine,
        an_indicator("econ.late"),
        an_indicator("econ.all", related=(Relation("denominator_of", "econ.share"),)),
        an_indicator(
            "econ.share",
            OVER_TEN,
            formula="100 * econ.late / econ.all",
            unit="%",
            agg_region=RegionAggregation.RATIO_OF_SUMS,
            agg_time=TimeAggregation.RATIO_OF_SUMS,
        ),
    )
    world.loaded("econ.all", {month(6): 100})
    world.loaded("econ.late", {month(6): 12})
    assert world.levels()["econ.share", NORTH] == "yellow"
    world.loaded("econ.all", {month(6): 50})
    assert world.levels()["econ.share", NORTH] == "red"


def test_a_county_is_rolled_up_and_a_reporting_unit_is_never_judged(world: World):
    for region in (NORTH, SOUTH, OWN):
        world.load("econ.cases", {month(6): 7}, region)
    world.alerts.evaluate_pending(NOW)
    assert world.levels() == {
        ("econ.cases", CITY): "red",
        ("econ.cases", NORTH): "blue",
        ("econ.cases", SOUTH): "blue",
    }


def test_no_warning_below_the_level_at_which_a_figure_is_published(world: World):
    world.loaded("econ.cases", {month(6): 30}, TOWN)
    assert ("econ.cases", TOWN) not in world.levels()


def test_thresholds_are_scaled_to_the_level_of_the_region(engine: Engine):
    world = World(engine, an_indicator("econ.cases", OVER_TEN | {"level_scale": {"city": 4, "county": 1}}))
    world.load("econ.cases", {month(6): 30}, CITY)
    world.load("econ.cases", {month(6): 30}, NORTH)
    world.alerts.evaluate_pending(NOW)
    assert world.levels() == {("econ.cases", CITY): "blue", ("econ.cases", NORTH): "red"}
    (city,) = world.alerts.open_alerts(SYSTEM, [CITY])
    assert city.threshold == 20


def test_a_silent_figure_is_late_then_missing_and_closes_nothing(world: World):
    world.now = datetime(2024, 7, 15, 4, tzinfo=UTC)
    world.loaded("econ.cases", {month(4): 12, month(5): 12})
    world.loaded("econ.cases", {month(5): 3, month(6): 3}, SOUTH)
    seen = {}
    for day in (18, 22, 27):
        world.now = datetime(2024, 7, day, 4, tzinfo=UTC)
        world.alerts.tick(world.now)
        (alert,) = world.alerts.open_alerts(SYSTEM, [NORTH])
        seen[day] = (alert.health, alert.lasted)
    assert seen == {18: (Health.OK, 2), 22: (Health.STALE, 2), 27: (Health.NO_DATA, 2)}
    assert world.alerts.troubles(SYSTEM) == ()


def test_when_the_figure_returns_the_warning_goes_on_without_a_second_opening(world: World):
    world.loaded("econ.cases", {month(4): 12})
    world.alerts.tick(NOW)
    world.loaded("econ.cases", {month(6): 12})
    (alert,) = world.alerts.open_alerts(SYSTEM, [NORTH])
    assert (alert.health, alert.opened, alert.lasted) == (Health.OK, month(4), 2)
    assert world.kinds().count("OPEN") == world.kinds().count("RESOLVE") + 1


def test_a_rule_that_hears_nothing_at_all_is_one_trouble(world: World):
    world.loaded("econ.cases", {month(3): 12}, NORTH)
    world.loaded("econ.cases", {month(3): 3}, SOUTH)
    world.alerts.tick(NOW)
    (trouble,) = world.alerts.troubles(SYSTEM)
    assert (trouble.indicator, trouble.health) == ("econ.cases", Health.NO_DATA)


def test_silence_that_warns_is_one_warning_when_nobody_is_heard(engine: Engine):
    watch = OVER_TEN | {"no_data": "alert", "no_data_level": "orange"}
    world = World(engine, an_indicator("ops.sensors", watch))
    world.now = datetime(2024, 7, 10, 4, tzinfo=UTC)
    for region in (CITY, NORTH, SOUTH):
        world.load("ops.sensors", {month(5): 1}, region)
    world.load("ops.sensors", {month(6): 1}, SOUTH)
    world.alerts.evaluate_pending(world.now)
    world.now = datetime(2024, 7, 27, 4, tzinfo=UTC)
    world.alerts.tick(world.now)
    assert world.levels() == {("ops.sensors", CITY): "orange", ("ops.sensors", NORTH): "orange"}
    world.loaded("ops.sensors", {month(6): 1}, NORTH)
    world.loaded("ops.sensors", {month(6): 1}, CITY)
    assert world.levels() == {}
    world.now = datetime(2024, 8, 27, 4, tzinfo=UTC)
    world.alerts.tick(world.now)
    (alert,) = world.alerts.open_alerts(SYSTEM)
    assert (alert.region, alert.health, alert.value) == (CITY, Health.NO_DATA, None)


@pytest.mark.parametrize("frequency", [Frequency.HOURLY, Frequency.REALTIME, Frequency.DAILY])
def test_a_feed_that_stopped_long_ago_is_judged_on_what_it_said_last(engine: Engine, frequency: Frequency):
    span = {Frequency.HOURLY: 2, Frequency.REALTIME: 1, Frequency.DAILY: 3}[frequency]
    clock = {Frequency.HOURLY: 1059, Frequency.REALTIME: 1055, Frequency.DAILY: 2359}[frequency]
    week = Release(timedelta(days=1), timedelta(days=1))
    world = World(engine, an_indicator("sign.load", OVER_TEN, frequency=frequency, release=week))
    world.loaded("sign.load", {(20240701 * 10_000 + clock) * 1000 + span: 12})
    (alert,) = world.alerts.open_alerts(SYSTEM, [NORTH])
    assert (alert.level, alert.value, alert.health) == (WarningLevel.YELLOW, 12, Health.NO_DATA)
    assert {trouble.indicator for trouble in world.alerts.troubles(SYSTEM)} == {"sign.load"}


def test_growth_is_judged_against_the_year_before(engine: Engine):
    rule = {"type": "threshold", "measure": "yoy_pct", "op": "<", "red": -20, "yellow": -5, "min_base": 10}
    world = World(engine, an_indicator("econ.sales", rule))
    world.loaded("econ.sales", {month(6) - YEAR: 100, month(6): 70})
    (alert,) = world.alerts.open_alerts(SYSTEM, [NORTH])
    assert (alert.level, alert.value, alert.measure) == (WarningLevel.RED, 70, "yoy_pct")
    assert alert.measured == pytest.approx(-30)
    world.loaded("econ.sales", {month(6) - YEAR: 9, month(6): 7})
    assert world.kinds()[-1] == "REVISED"


def test_an_official_level_is_mirrored_as_long_as_it_is_in_force(engine: Engine):
    signal = an_indicator(
        "emerg.signal",
        {"type": "state", "no_data": "keep"},
        frequency=Frequency.REALTIME,
        basis=Basis.POINT,
        agg_region=RegionAggregation.MAX_SEVERITY,
        agg_time=TimeAggregation.MAX_SEVERITY,
        release=Release(timedelta(minutes=5), timedelta(minutes=10)),
    )
    world = World(engine, signal)
    noon = 202407251200 * 1000
    world.loaded("emerg.signal", {noon - 200_000: 3}, CITY)
    (alert,) = world.alerts.open_alerts(SYSTEM, [CITY])
    assert (alert.kind, alert.level) == (Kind.STATUTORY, WarningLevel.ORANGE)
    world.loaded("emerg.signal", {noon - 100_000: 4}, CITY)
    assert world.levels()["emerg.signal", CITY] == "red"
    world.now = NOW + timedelta(hours=3)
    world.alerts.tick(world.now)
    (alert,) = world.alerts.open_alerts(SYSTEM, [CITY])
    assert (alert.level, alert.health) == (WarningLevel.RED, Health.NO_DATA)
    world.loaded("emerg.signal", {noon + 200_000: 0}, CITY)
    assert world.levels() == {}
    assert world.alerts.history(SYSTEM, [CITY])[0].period == noon + 200_000


def test_a_new_version_of_a_rule_closes_what_no_longer_fires_saying_why(world: World):
    world.loaded("econ.cases", {month(5): 12, month(6): 12})
    milder = {"type": "threshold", "measure": "value", "op": ">", "red": 200, "blue": 100}
    world.define(an_indicator("econ.cases", milder, version=2))
    world.alerts.tick(NOW)
    assert world.levels() == {}
    newest = world.alerts.history(SYSTEM)[0]
    assert (newest.kind, newest.cause) == (EventKind.RESOLVE, Cause.RULE_CHANGED)
    world.alerts.evaluate_all(NOW)
    assert world.kinds() == ["OPEN", "RESOLVE"]


def test_a_rule_that_is_gone_leaves_no_orphans(world: World):
    world.loaded("econ.cases", {month(6): 12})
    world.define(an_indicator("econ.cases"))
    world.alerts.tick(NOW)
    assert AlertStore(world.engine).open() == []
    with world.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(rooms.alerts)) == 0
    assert world.alerts.history(SYSTEM)[0].cause is Cause.RULE_REMOVED


def test_a_broken_rule_spoils_no_other(engine: Engine):
    broken = an_indicator("econ.broken", {"type": "threshold", "op": ">", "red": 1, "blue": 5})
    world = World(engine, broken, an_indicator("econ.cases", OVER_TEN))
    world.load("econ.cases", {month(6): 12})
    report = world.alerts.evaluate_pending(NOW)
    assert [issue.key for issue in report.issues] == ["rule_order", "rule_recovery_order"]
    assert world.levels() == {("econ.cases", NORTH): "yellow"}


def test_a_county_head_sees_the_own_county_and_the_city_as_context_but_no_sibling(world: World):
    for region in (CITY, NORTH, SOUTH):
        world.load("econ.cases", {month(6): 30}, region)
    world.alerts.evaluate_pending(NOW)
    seen = {alert.region: alert.context for alert in world.alerts.open_alerts(HEAD_OF_NORTH)}
    assert seen == {CITY: True, NORTH: False}
    assert {event.region for event in world.alerts.history(HEAD_OF_NORTH)} == {CITY, NORTH}
    assert world.alerts.open_alerts(HEAD_OF_NORTH, [SOUTH]) == ()


@pytest.mark.parametrize("actor", [LEADER, HEAD_OF_NORTH, SYSTEM], ids=lambda actor: actor.role)
def test_counts_are_those_of_the_list(world: World, actor: Actor):
    for region, value in ((CITY, 30), (NORTH, 12), (SOUTH, 7)):
        world.load("econ.cases", {month(6): value}, region)
    world.alerts.evaluate_pending(NOW)
    assert sum(world.alerts.counts(actor).values()) == len(world.alerts.open_alerts(actor)) > 0


def test_the_most_severe_comes_first_and_a_system_can_be_asked_for_alone(engine: Engine):
    world = World(engine, an_indicator("econ.cases", OVER_TEN), an_indicator("sign.cases", OVER_TEN))
    world.load("econ.cases", {month(6): 12})
    world.load("sign.cases", {month(6): 30})
    world.alerts.evaluate_pending(NOW)
    assert [a.indicator for a in world.alerts.open_alerts(LEADER, [NORTH])] == ["sign.cases", "econ.cases"]
    assert [a.indicator for a in world.alerts.open_alerts(LEADER, [NORTH], system="econ")] == ["econ.cases"]
    only_signs = replace(LEADER, systems=("sign",))
    assert {a.system for a in world.alerts.open_alerts(only_signs)} == {"sign"}


def test_one_month_touches_only_the_rules_and_regions_that_it_reaches(engine: Engine):
    world = World(engine, an_indicator("econ.cases", OVER_TEN), an_indicator("econ.other", OVER_TEN))
    for code in ("econ.cases", "econ.other"):
        for region in (NORTH, SOUTH):
            world.load(code, {month(4): 1, month(5): 1}, region)
    world.alerts.evaluate_pending(NOW)
    world.load("econ.cases", {month(6): 12}, NORTH)
    asked = []
    real = world.alerts._query.readings
    world.alerts._query.readings = lambda actor, question: asked.append(question) or real(actor, question)  # type: ignore[method-assign]
    assert world.alerts.evaluate_pending(NOW).rules == 1
    (question,) = asked
    assert (question.indicators, set(question.regions)) == (("econ.cases",), {NORTH, CITY})
    assert question.since == month(5)


def test_a_batch_is_judged_once_it_is_old_enough(engine: Engine):
    rule = {"type": "threshold", "measure": "value", "op": "<", "red": 40, "blue": 80, "min_age_months": 6}
    batches = an_indicator("proj.land_rate", rule, basis=Basis.COHORT, unit="%")
    world = World(engine, replace(batches, agg_region=RegionAggregation.NOT_ADDITIVE))
    world.loaded("proj.land_rate", {months_key(2024, 3, 1): 10})
    assert world.levels() == {}
    world.now = datetime(2024, 9, 20, tzinfo=UTC)
    world.alerts.tick(world.now)
    assert world.levels() == {("proj.land_rate", NORTH): "red"}


def test_a_stock_at_the_end_of_a_month_is_a_figure_like_others(engine: Engine):
    debt = an_indicator("econ.debt", OVER_TEN, basis=Basis.POINT, agg_time=TimeAggregation.LAST)
    world = World(engine, debt)
    world.loaded("econ.debt", {instant_key(2024, 6): 12})
    (alert,) = world.alerts.open_alerts(SYSTEM, [NORTH])
    assert alert.period == instant_key(2024, 6)
    assert alert.opened_at == int(NOW.timestamp())
