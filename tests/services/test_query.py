"""Asking for a number on a real store: one and many, latest and named, partial and missing, by whom and as of when."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from data_access.observations import LoadInfo, ObservationStore
from indicators.comparison import Note
from indicators.contribution import Role
from indicators.definition import Basis, DataStatus, Indicator, Relation, RuleSpec, Target
from indicators.errors import CockpitError
from indicators.periods import INSTANT, Period, day_key, instant_key, moment_key, months_key
from services.access import SYSTEM, Actor
from services.query import Query, Question
from tests.builders import (
    CITY,
    COUNTY_A,
    COUNTY_B,
    OWN_ACCOUNT,
    TOWN_A1,
    TOWN_A2,
    TOWN_A3,
    a_catalog,
    a_ratio,
    a_tree,
    an_indicator,
    rows,
)

JUNE, LAST_JUNE = months_key(2024, 6, 6), months_key(2023, 6, 6)
REVENUE = an_indicator("econ.revenue")
TAX = an_indicator("econ.tax")
SHARE = a_ratio("econ.share", "100 * econ.tax / econ.revenue")
MID_JULY = datetime(2024, 7, 20, 4, tzinfo=UTC)

Build = Callable[..., Query]


class Shelf(dict[str, Any]):
    """A cache that counts how often it is asked and filled."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


@pytest.fixture
def build(store: ObservationStore) -> Build:
    """A query over these rows; each call is one more load."""
    loads: list[int] = []

    def make(
        *figures: Any, catalog: Any = None, now: datetime = MID_JULY, at: int = 1_700_000_000, **more: Any
    ) -> Query:
        loads.append(at)
        if figures:
            store.write(rows(*figures), LoadInfo(f"load {len(loads)}", "test.csv", "analyst", at))
        known = catalog or a_catalog(REVENUE, TAX, SHARE)
        return Query(store, known, a_tree(), lambda: now, **more)

    return make


REVENUES = (
    ("econ.revenue", CITY, JUNE, 65.58, {"yoy": 4.2}),
    ("econ.revenue", CITY, LAST_JUNE, 62.9),
    ("econ.revenue", COUNTY_A, JUNE, 9.46, {"yoy": 3.2}),
    ("econ.revenue", COUNTY_B, JUNE, 32.43),
    ("econ.revenue", OWN_ACCOUNT, JUNE, 21.87, {"yoy": 0.8}),
)


def test_one_number_comes_with_all_that_it_must_not_travel_without(build: Build) -> None:
    line = build(*REVENUES).ask(SYSTEM, Question(("econ.revenue",), (CITY,), (JUNE,))).one()
    assert (line.value, line.unit, line.state, line.status, line.origin) == (
        65.58,
        "亿元",
        "ok",
        "final",
        "published",
    )
    assert (line.period, line.reported, line.expected, line.version, line.source) == (JUNE, 1, 1, 1, 1)
    assert (line.yoy, line.yoy_published, line.base) == (4.2, 4.2, 62.9)
    assert line.yoy_computed == pytest.approx(4.2607, abs=1e-4)
    assert line.note is Note.NONE


def test_a_published_growth_that_the_levels_do_not_bear_out_is_kept_and_marked(build: Build) -> None:
    query = build(("econ.revenue", CITY, JUNE, 100.0, {"yoy": 9.0}), ("econ.revenue", CITY, LAST_JUNE, 100.0))
    line = query.ask(SYSTEM, Question(("econ.revenue",), (CITY,), (JUNE,))).one()
    assert (line.yoy, line.yoy_computed, line.note) == (9.0, 0.0, Note.DIFFERS)


def test_the_county_view_adds_up_to_the_city_with_own_account_and_rest(build: Build) -> None:
    answer = build(*REVENUES).ask(SYSTEM, Question(("econ.revenue",), (CITY,), (JUNE,), children=True))
    parts = answer.parts["econ.revenue", 0, CITY]
    assert parts.region.tolist() == [COUNTY_A, COUNTY_B, OWN_ACCOUNT, CITY]
    assert parts.role.tolist() == [Role.REGION, Role.REGION, Role.REPORTING_UNIT, Role.RESIDUAL]
    np.testing.assert_allclose(parts.value, [9.46, 32.43, 21.87, 1.82])
    assert parts.rank.tolist() == [2, 1, 0, 0]


def test_the_latest_figure_is_that_of_each_indicator_and_region(build: Build) -> None:
    query = build(
        *REVENUES,
        ("econ.tax", CITY, months_key(2024, 5, 5), 40.0),
        ("econ.revenue", COUNTY_B, LAST_JUNE, 30.0),
    )
    answer = query.ask(SYSTEM, Question(("econ.tax", "econ.revenue"), (CITY, COUNTY_B)))
    found = [(line.indicator, line.region, line.period, line.value) for line in answer]
    assert found[0] == ("econ.tax", CITY, months_key(2024, 5, 5), 40.0)
    assert found[2:] == [("econ.revenue", CITY, JUNE, 65.58), ("econ.revenue", COUNTY_B, JUNE, 32.43)]
    assert answer.row("econ.revenue", COUNTY_B).yoy_computed == pytest.approx(8.1)


def test_a_figure_that_is_years_old_is_still_the_latest_one(build: Build) -> None:
    old = months_key(2019, 12, 12)
    line = build(("econ.revenue", CITY, old, 50.0)).ask(SYSTEM, Question(("econ.revenue",), (CITY,))).one()
    assert (line.period, line.value, line.state) == (old, 50.0, "late")


def test_a_board_of_the_past_shows_what_was_the_latest_then(build: Build) -> None:
    query = build(*REVENUES, ("econ.revenue", CITY, months_key(2024, 3, 3), 30.0))
    question = Question(("econ.revenue",), (CITY,), until=months_key(2024, 4, 4))
    assert query.ask(SYSTEM, question).one().value == 30.0


def test_a_gap_is_filled_from_children_and_says_how_many_reported(build: Build) -> None:
    query = build(("econ.revenue", TOWN_A1, JUNE, 1.0), ("econ.revenue", TOWN_A2, JUNE, 2.0))
    county = query.ask(SYSTEM, Question(("econ.revenue",), (COUNTY_A,))).one()
    assert (county.value, county.state, county.reported, county.expected) == (3.0, "partial", 2, 3)
    city = query.ask(SYSTEM, Question(("econ.revenue",), (CITY,), (JUNE,))).one()
    assert (city.value, city.origin, city.reported, city.expected) == (3.0, "rolled_up", 2, 4)


def test_a_partial_roll_up_does_not_replace_a_whole_figure_and_shows_in_its_course(build: Build) -> None:
    july = months_key(2024, 7, 7)
    query = build(*REVENUES, ("econ.revenue", COUNTY_B, july, 40.0), now=datetime(2024, 8, 28, tzinfo=UTC))
    answer = query.ask(SYSTEM, Question(("econ.revenue",), (CITY,), history=2))
    assert (answer.one().period, answer.one().value) == (JUNE, 65.58)
    course = answer.series("econ.revenue", CITY)
    assert course is not None
    assert course.periods.tolist() == [months_key(2024, 5, 5), JUNE, july]
    assert course.partial.tolist() == [False, False, True]


BY_COUNTY = tuple(
    (code, region, JUNE, value)
    for region, parts in ((COUNTY_A, (1.0, 10.0)), (COUNTY_B, (30.0, 40.0)), (OWN_ACCOUNT, (9.0, 50.0)))
    for code, value in zip(("econ.tax", "econ.revenue"), parts, strict=True)
)


@pytest.mark.parametrize("when", [None, (JUNE,)])
def test_the_city_beside_a_county_is_the_whole_city(build: Build, when: tuple[int, ...] | None) -> None:
    answer = build(*BY_COUNTY).ask(SYSTEM, Question(("econ.share",), (COUNTY_A, CITY), when))
    county, city = answer
    assert (county.value, city.value, city.reported, city.expected) == (10.0, 40.0, 3, 3)


@pytest.mark.parametrize("when", [None, (JUNE,)])
def test_a_county_is_set_beside_the_whole_city(build: Build, when: tuple[int, ...] | None) -> None:
    question = Question(("econ.share",), (COUNTY_A,), when, measures=("benchmark_gap_pp",))
    line = build(*BY_COUNTY).ask(SYSTEM, question).one()
    assert dict(line.measures) == {"benchmark_gap_pp": pytest.approx(-30.0)}


def test_what_is_made_only_of_the_children_that_happened_to_be_read_is_not_the_figure_of_the_city(
    build: Build,
) -> None:
    may = months_key(2024, 5, 5)
    query = build(
        *BY_COUNTY,
        ("econ.tax", COUNTY_A, may, 0.5),
        ("econ.tax", COUNTY_B, may, 25.0),
        ("econ.tax", CITY, JUNE, 40.0),
    )
    city = query.ask(SYSTEM, Question(("econ.tax",), (CITY, COUNTY_A), history=1)).series("econ.tax", CITY)
    assert city is not None
    np.testing.assert_array_equal(city.value, [np.nan, 40.0])


def test_a_ratio_is_computed_from_what_stands_there_and_has_no_source_of_its_own(build: Build) -> None:
    query = build(*REVENUES, ("econ.tax", CITY, JUNE, 40.0, {"status": DataStatus.PRELIMINARY}))
    line = query.ask(SYSTEM, Question(("econ.share",), (CITY,))).one()
    assert line.value == pytest.approx(100 * 40 / 65.58)
    assert (line.origin, line.status, line.source) == ("formula", "preliminary", None)


def test_a_simulated_part_marks_what_is_computed_from_it(build: Build) -> None:
    query = build(*REVENUES, ("econ.tax", CITY, JUNE, 40.0, {"status": DataStatus.SIMULATED}))
    assert query.ask(SYSTEM, Question(("econ.share",), (CITY,))).one().simulated
    assert not query.ask(SYSTEM, Question(("econ.revenue",), (CITY,))).one().simulated


def test_growth_from_a_simulated_base_is_marked(build: Build) -> None:
    simulated = {"status": DataStatus.SIMULATED}
    query = build(("econ.revenue", CITY, JUNE, 11.0), ("econ.revenue", CITY, LAST_JUNE, 10.0, simulated))
    line = query.ask(SYSTEM, Question(("econ.revenue",), (CITY,))).one()
    assert (line.status, line.growth_status) == ("final", "simulated")


# -- what is old ------------------------------------------------------------------------------------------------

LONG_BEFORE = date(2024, 6, 3)
HALF_HOURS = tuple(moment_key(datetime(2024, 6, 3, 23, minute), INSTANT) for minute in (0, 30))  # noqa: DTZ001


def now_and_then(frequency: str, **fields: Any) -> Indicator:
    """A stock that comes many times a day."""
    return an_indicator("emerg.open", frequency=frequency, basis="point", **fields)


@pytest.mark.parametrize("frequency", ["realtime", "hourly"])
@pytest.mark.parametrize("days", [30, 300, 3000])
def test_the_last_figure_of_a_fine_rhythm_is_late_however_old_it_is(
    build: Build, frequency: str, days: int
) -> None:
    stock = now_and_then(frequency, agg_region="distinct")
    figures = [
        ("emerg.open", place, key, value)
        for place in (CITY, COUNTY_A)
        for key, value in zip(HALF_HOURS, (3.0, 4.0), strict=True)
    ]
    now = datetime(2024, 6, 4, tzinfo=UTC) + timedelta(days=days)
    query = build(*figures, catalog=a_catalog(stock), now=now)
    for line in query.ask(SYSTEM, Question(("emerg.open",), (CITY, COUNTY_A), history=3)):
        assert (line.value, line.state, line.period) == (4.0, "late", HALF_HOURS[1])


@pytest.mark.parametrize("frequency", ["daily", "weekly", "monthly"])
def test_what_is_read_of_the_year_before_is_never_taken_for_the_last_figure(
    build: Build, frequency: str
) -> None:
    """Some time after the last figure, only the stretch of the year before holds one: a newer one lies between."""
    stock = an_indicator("emerg.open", frequency=frequency, basis="point", agg_region="distinct")
    days = [date(2024, 3, 3), *(date(2023, month, day) for month in (3, 4, 5) for day in (3, 17))]
    keys = {
        instant_key(day.year, day.month) if frequency == "monthly" else day_key(day, INSTANT) for day in days
    }
    figures = [("emerg.open", CITY, key, 4.0 if key == max(keys) else 3.0) for key in sorted(keys)]
    build(*figures, catalog=a_catalog(stock))
    for later in (10, 30, 60, 80):
        now = datetime(2024, 3, 8, tzinfo=UTC) + timedelta(days=later)
        query = build(catalog=a_catalog(stock), now=now)
        assert query.ask(SYSTEM, Question(("emerg.open",), (CITY,))).one().value == 4.0


@pytest.mark.parametrize("frequency", ["daily", "monthly"])
@pytest.mark.parametrize("later", [2, 30, 500])
def test_children_stand_beside_the_last_figure_of_their_parent_however_old_it_is(
    build: Build, frequency: str, later: int
) -> None:
    stock = an_indicator("emerg.open", frequency=frequency, basis="point", agg_region="not_additive")
    key = instant_key(2024, 3) if frequency == "monthly" else day_key(date(2024, 3, 31), INSTANT)
    figures = [("emerg.open", place, key, 2.0) for place in (CITY, COUNTY_A, COUNTY_B)]
    now = datetime(2024, 4, 1, tzinfo=UTC) + timedelta(days=later)
    query = build(*figures, catalog=a_catalog(stock), now=now)
    answer = query.ask(SYSTEM, Question(("emerg.open",), (CITY,), children=True))
    for place in (CITY, COUNTY_A, COUNTY_B):
        line = answer.row("emerg.open", place)
        assert line is not None
        assert (line.value, line.period) == (2.0, key)


@pytest.mark.parametrize("frequency", ["realtime", "hourly", "daily"])
def test_the_last_figure_of_a_fine_rhythm_is_made_of_those_of_all_children(
    build: Build, frequency: str
) -> None:
    stock = now_and_then(frequency)
    key = day_key(LONG_BEFORE, INSTANT)
    figures = [("emerg.open", place, key, 2.0) for place in (TOWN_A1, TOWN_A2, TOWN_A3, COUNTY_B)]
    query = build(*figures, catalog=a_catalog(stock))
    county = query.ask(SYSTEM, Question(("emerg.open",), (COUNTY_A,))).one()
    assert (county.value, county.period, county.state, county.origin) == (6.0, key, "late", "rolled_up")
    city = query.ask(SYSTEM, Question(("emerg.open",), (CITY,))).one()
    assert (city.value, city.period, city.origin) == (8.0, key, "rolled_up")


@pytest.mark.parametrize("frequency", ["realtime", "hourly", "daily", "weekly", "yearly"])
@pytest.mark.parametrize("basis", ["point", "period"])
def test_what_was_never_known_is_missing_in_a_period_that_there_is(
    build: Build, frequency: str, basis: str
) -> None:
    never = an_indicator("emerg.open", frequency=frequency, basis=basis, agg_time="sum")
    line = build(catalog=a_catalog(never)).ask(SYSTEM, Question(("emerg.open",), (CITY,))).one()
    assert (line.value, line.state, line.reason) == (None, "missing", "no_data")
    assert date(2023, 12, 31) <= Period(line.period).end <= MID_JULY.date()


# -- missing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "now", "state", "reason"),
    [
        (an_indicator("econ.revenue"), "2024-07-10", "not_due", "not_due"),
        (an_indicator("econ.revenue"), "2024-07-20", "stale", "within_grace"),
        (an_indicator("econ.revenue"), "2024-09-20", "late", "overdue"),
        (an_indicator("econ.revenue"), "2026-09-20", "missing", "no_data"),
        (
            an_indicator("econ.revenue", lowest_level="province"),
            "2024-09-20",
            "not_published",
            "below_lowest_level",
        ),
        (an_indicator("econ.revenue", agg_region="not_additive"), "2024-09-20", "missing", "not_additive"),
    ],
)
def test_what_is_missing_says_why(
    build: Build, definition: Indicator, now: str, state: str, reason: str
) -> None:
    moment = datetime.combine(date.fromisoformat(now), datetime.min.time(), UTC)
    query = build(catalog=a_catalog(definition), now=moment)
    line = query.ask(SYSTEM, Question(("econ.revenue",), (CITY,), (JUNE,))).one()
    assert (line.value, line.state, line.reason, line.status) == (None, state, reason, "missing")


MERGED = {"frequency": "monthly", "jan_feb": True}


@pytest.mark.parametrize("agg", ["sum", "not_additive"])
@pytest.mark.parametrize("month", [1, 2])
@pytest.mark.parametrize("now", ["2024-02-10", "2024-07-20", "2026-09-20"])
def test_january_and_february_have_no_figure_of_their_own_where_they_are_released_together(
    build: Build, agg: str, month: int, now: str
) -> None:
    merged = an_indicator("econ.revenue", agg_region=agg, **MERGED)
    moment = datetime.combine(date.fromisoformat(now), datetime.min.time(), UTC)
    query = build(("econ.revenue", CITY, months_key(2024, 2, 2), 9.0), catalog=a_catalog(merged), now=moment)
    line = query.ask(SYSTEM, Question(("econ.revenue",), (CITY,), (months_key(2024, month, 1),))).one()
    assert (line.value, line.state, line.reason) == (None, "missing", "merged_release")


def test_of_what_was_never_reported_there_is_no_data(build: Build) -> None:
    apart = an_indicator("econ.apart", agg_region="not_additive")
    query = build(catalog=a_catalog(REVENUE, apart))
    found = query.ask(SYSTEM, Question(("econ.revenue", "econ.apart"), (CITY,)))
    assert [(line.state, line.reason) for line in found] == [
        ("missing", "no_data"),
        ("missing", "not_additive"),
    ]


def test_a_stored_gap_keeps_the_reason_that_was_given(build: Build) -> None:
    gap = ("econ.revenue", CITY, JUNE, float("nan"), {"status": DataStatus.MISSING, "reason": "withheld"})
    line = build(gap).ask(SYSTEM, Question(("econ.revenue",), (CITY,), (JUNE,))).one()
    assert (line.value, line.state, line.reason) == (None, "missing", "withheld")


@pytest.mark.parametrize(
    ("now", "state"), [("2024-08-10", "ok"), ("2024-08-20", "stale"), ("2024-09-01", "late")]
)
def test_a_figure_grows_stale_when_a_newer_one_is_due(build: Build, now: str, state: str) -> None:
    moment = datetime.combine(date.fromisoformat(now), datetime.min.time(), UTC)
    line = build(*REVENUES, now=moment).ask(SYSTEM, Question(("econ.revenue",), (CITY,))).one()
    assert (line.value, line.state) == (65.58, state)


def test_a_figure_with_growth_and_no_level_is_legal(build: Build) -> None:
    query = build(("econ.revenue", CITY, JUNE, float("nan"), {"yoy": 5.1}))
    line = query.ask(SYSTEM, Question(("econ.revenue",), (CITY,), (JUNE,))).one()
    assert (line.value, line.yoy) == (None, 5.1)


# -- other periods, breakdowns, versions -----------------------------------------------------------------------


def test_a_single_month_is_taken_out_of_cumulative_figures(build: Build) -> None:
    query = build(*REVENUES, ("econ.revenue", CITY, months_key(2024, 5, 5), 55.0))
    line = query.ask(SYSTEM, Question(("econ.revenue",), (CITY,), (months_key(2024, 6, 1),))).one()
    assert (line.value, line.origin) == (10.58, "over_time")


def test_the_items_of_a_breakdown_come_when_they_are_asked_for(build: Build) -> None:
    query = build(
        *REVENUES,
        ("econ.revenue", CITY, JUNE, 20.0, {"item": 7}),
        ("econ.revenue", CITY, JUNE, 45.0, {"item": 8}),
    )
    total = query.ask(SYSTEM, Question(("econ.revenue",), (CITY,), (JUNE,)))
    every = query.ask(SYSTEM, Question(("econ.revenue",), (CITY,), (JUNE,), items=None))
    assert [line.item for line in total] == [0]
    assert [(line.item, line.value) for line in every] == [(0, 65.58), (7, 20.0), (8, 45.0)]


def test_a_figure_is_computed_with_the_definition_in_force_in_its_period(build: Build) -> None:
    old = a_ratio("econ.share", "econ.tax", version=1, valid_to=date(2023, 12, 31))
    new = a_ratio("econ.share", "2 * econ.tax", version=2, valid_from=date(2024, 1, 1))
    query = build(
        ("econ.tax", CITY, JUNE, 5.0),
        ("econ.tax", CITY, LAST_JUNE, 5.0),
        catalog=a_catalog(REVENUE, TAX, old, new),
    )
    answer = query.ask(SYSTEM, Question(("econ.share",), (CITY,), (LAST_JUNE, JUNE)))
    assert [line.value for line in answer] == [5.0, 10.0]


def test_as_of_a_day_the_figure_is_what_was_known_then(build: Build) -> None:
    build(("econ.revenue", CITY, JUNE, 60.0, {"known_at": 1_720_000_000}), at=1_720_000_000)
    query = build(("econ.revenue", CITY, JUNE, 65.58, {"known_at": 1_721_000_000}), at=1_721_000_000)
    question = Question(("econ.revenue",), (CITY,), (JUNE,))
    assert query.ask(SYSTEM, question).one().value == 65.58
    then = Question(("econ.revenue",), (CITY,), (JUNE,), as_of=1_720_500_000)
    assert query.ask(SYSTEM, then).one().value == 60.0


# -- measures --------------------------------------------------------------------------------------------------


class Book:
    """Targets and curves as ``data_access.targets`` gives them."""

    def __init__(self, curve: tuple[float, ...] | None = None) -> None:
        self._curve = curve

    def current(self) -> "Book":
        return self

    def target(self, indicator: str, region: int, year: int) -> Target | None:
        known = {("econ.revenue", CITY): "value", ("econ.revenue", COUNTY_B): "yoy_pct"}
        measure = known.get((indicator, region)) if year == 2024 else None
        return Target(indicator, region, year, ">=", 150.0, measure=measure) if measure else None

    def curve(self, indicator: str, region: int, year: int | None = None) -> tuple[float, ...] | None:
        return self._curve


@pytest.mark.parametrize(("curve", "gap"), [(None, 43.72 - 50), (tuple(range(5, 65, 5)), 43.72 - 30)])
def test_the_schedule_gap_is_completion_less_the_course_of_the_year(
    build: Build, curve: Any, gap: float
) -> None:
    query = build(*REVENUES, targets=Book(curve))
    wanted = ("schedule_gap_pp", "target_gap_pp")
    city, without, of_growth = query.ask(
        SYSTEM, Question(("econ.revenue",), (CITY, COUNTY_A, COUNTY_B), (JUNE,), measures=wanted)
    )
    assert city.measures["schedule_gap_pp"] == pytest.approx(gap)
    assert city.measures["target_gap_pp"] == pytest.approx(65.58 - 150)
    assert without.measures == of_growth.measures == {"schedule_gap_pp": None, "target_gap_pp": None}


def test_the_benchmark_of_a_county_is_its_city(build: Build) -> None:
    rate = an_indicator("econ.rate", unit="%", agg_region="not_additive")
    query = build(
        ("econ.rate", CITY, JUNE, 5.0), ("econ.rate", COUNTY_A, JUNE, 3.5), ("econ.rate", COUNTY_A, LAST_JUNE, 3.0),
        catalog=a_catalog(rate),
    )  # fmt: skip
    measures = ("benchmark_gap_pp", "yoy_pp", "yoy_pct", "yoy_real_pct", "value")
    line = query.ask(SYSTEM, Question(("econ.rate",), (COUNTY_A,), (JUNE,), measures=measures)).one()
    expected = {"benchmark_gap_pp": -1.5, "yoy_pp": 0.5, "yoy_pct": None, "yoy_real_pct": None, "value": 3.5}
    assert dict(line.measures) == expected


def test_readings_for_rules_are_periods_by_regions_with_base_and_denominator(build: Build) -> None:
    divisor = an_indicator("econ.revenue", related=(Relation("denominator_of", "econ.share"),))
    query = build(*REVENUES, ("econ.tax", CITY, JUNE, 40.0), catalog=a_catalog(divisor, TAX, SHARE))
    question = Question(
        ("econ.share", "econ.revenue"), (CITY, COUNTY_A), since=months_key(2024, 5, 5), until=day_key(date(2024, 7, 20)),
        measures=("yoy_pct",),
    )  # fmt: skip
    found = query.readings(SYSTEM, question)
    share, revenue = found["econ.share"], found["econ.revenue"]
    assert share.periods.tolist() == [months_key(2024, 5, 5), JUNE]
    assert share.value.shape == (2, 2)
    assert share.denominator[1, 0] == 65.58
    assert (revenue.base[1, 0], revenue.measures["yoy_pct"][1].tolist()) == (62.9, [4.2, 3.2])
    june_is_over = datetime(2024, 6, 30, 16, tzinfo=UTC).timestamp()
    assert (revenue.due[1] - june_is_over, revenue.late[1] - revenue.due[1]) == (15 * 86400, 10 * 86400)


def test_the_next_release_follows_the_figure_that_is_there(build: Build) -> None:
    coming = build().next_release("econ.revenue", JUNE)
    assert coming is not None
    assert (coming.period, coming.due, coming.late) == (
        months_key(2024, 7, 7), datetime(2024, 8, 16), datetime(2024, 8, 26),  # noqa: DTZ001  local time
    )  # fmt: skip


# -- who asks --------------------------------------------------------------------------------------------------

HEAD_OF_A = Actor("head", "县长", "county_head", (COUNTY_A,))


def test_a_county_sees_itself_and_the_city_and_no_sibling(build: Build) -> None:
    answer = build(*REVENUES).ask(HEAD_OF_A, Question(("econ.revenue",), (COUNTY_A, COUNTY_B, CITY), (JUNE,)))
    assert [line.region for line in answer] == [COUNTY_A, CITY]
    assert [notice.key for notice in answer.notices] == ["out_of_scope"]


def test_a_county_gets_no_siblings_no_ranks_and_no_rest_among_the_children_of_the_city(build: Build) -> None:
    answer = build(*REVENUES).ask(HEAD_OF_A, Question(("econ.revenue",), (CITY,), (JUNE,), children=True))
    parts = answer.parts["econ.revenue", 0, CITY]
    assert (parts.region.tolist(), parts.rank.tolist()) == ([COUNTY_A], [0])
    assert COUNTY_B not in answer.columns["region"]


@pytest.mark.parametrize(
    "actor", [HEAD_OF_A, Actor("a", "a", "leader", ()), Actor("b", "b", "leader", (CITY,), systems=("proj",))]
)
def test_a_question_of_which_nothing_may_be_seen_is_refused(build: Build, actor: Actor) -> None:
    with pytest.raises(CockpitError) as refused:
        build(*REVENUES).ask(actor, Question(("econ.revenue",), (COUNTY_B,)))
    assert refused.value.key == "forbidden"


def test_what_is_unknown_is_named_all_at_once(build: Build) -> None:
    with pytest.raises(CockpitError) as refused:
        build().ask(SYSTEM, Question(("econ.nothing", "econ.nowhere"), (CITY,)))
    assert [issue.key for issue in refused.value.issues] == ["unknown_indicator"] * 2
    with pytest.raises(CockpitError) as refused:
        build().ask(SYSTEM, Question(("econ.revenue",), (999999000000,)))
    assert refused.value.key == "unknown_region"


# -- cost ------------------------------------------------------------------------------------------------------


def test_an_answer_is_kept_until_the_data_change(build: Build, store: ObservationStore) -> None:
    shelf = Shelf()
    query = build(*REVENUES, cache=shelf)
    question = Question(("econ.revenue",), (CITY,), (JUNE,))
    first = query.ask(SYSTEM, question)
    assert query.ask(SYSTEM, question) is first
    build(("econ.revenue", CITY, JUNE, 70.0, {"known_at": 1_800_000_000}), at=1_800_000_000)
    assert query.ask(SYSTEM, question).one().value == 70.0


def test_readers_of_different_scope_do_not_share_an_answer(build: Build) -> None:
    query = build(*REVENUES, cache=Shelf())
    question = Question(("econ.revenue",), (CITY,), (JUNE,), children=True)
    assert len(query.ask(SYSTEM, question)) == 4
    assert len(query.ask(HEAD_OF_A, question)) == 2


class Counting:
    """A store that counts the demands put to it."""

    def __init__(self, store: ObservationStore) -> None:
        self._store = store
        self.demands = 0

    def answer(self, demand: Any) -> Any:
        self.demands += 1
        return self._store.answer(demand)

    def data_version(self) -> int:
        return self._store.data_version()


def test_a_board_of_many_indicators_is_a_handful_of_demands(store: ObservationStore) -> None:
    many = [an_indicator(f"econ.n{number}", agg_region="not_additive") for number in range(40)]
    stock = an_indicator("econ.stock", frequency="yearly", basis="point", agg_region="not_additive")
    figures = [(one.code, CITY, key, 1.0) for one in many for key in (JUNE, LAST_JUNE)]
    store.write(rows(*figures, ("econ.stock", CITY, instant_key(2023, 12), 1.0)), LoadInfo("d", "t", "a", 1))
    counting = Counting(store)
    query = Query(counting, a_catalog(*many, stock), a_tree(), lambda: MID_JULY)
    answer = query.ask(SYSTEM, Question(tuple(one.code for one in (*many, stock)), (CITY,)))
    assert len(answer) == 41
    assert counting.demands <= 4


RATED_WELL = a_ratio("sign.well", "100 * sign.good / sign.rated")
SMALL = {"type": "threshold", "measure": "value", "op": "<", "red": 75, "min_denominator": 30}
SAMPLE = a_catalog(
    replace(RATED_WELL, rule=RuleSpec(SMALL, "test")),
    an_indicator("sign.good"),
    an_indicator("sign.rated", related=(Relation("denominator_of", "sign.well"),)),
)


def test_a_ratio_of_too_small_a_sample_is_not_published_and_its_parts_still_count(build: Build) -> None:
    query = build(
        ("sign.good", COUNTY_A, JUNE, 20.0), ("sign.rated", COUNTY_A, JUNE, 29.0),
        ("sign.good", COUNTY_B, JUNE, 25.0), ("sign.rated", COUNTY_B, JUNE, 30.0),
        catalog=SAMPLE,
    )  # fmt: skip
    for when in ((JUNE,), None):
        found = query.ask(SYSTEM, Question(("sign.well",), (CITY, COUNTY_A, COUNTY_B), when))
        told = {line.region: (round(line.value or 0, 2), line.reason) for line in found}
        assert told == {COUNTY_A: (0, "sample_too_small"), COUNTY_B: (83.33, ""), CITY: (76.27, "")}


def test_a_batch_is_never_made_of_figures_that_count_everybody(build: Build) -> None:
    batches = replace(RATED_WELL, basis=Basis.COHORT, rule=None)
    inputs = (an_indicator("sign.good"), an_indicator("sign.rated"))
    month = months_key(2024, 6, 1)
    query = build(
        ("sign.good", COUNTY_A, month, 3.0), ("sign.rated", COUNTY_A, month, 4.0),
        ("sign.well", COUNTY_B, month, 60.0),
        catalog=a_catalog(batches, *inputs),
    )  # fmt: skip
    found = query.ask(SYSTEM, Question(("sign.well",), (COUNTY_A, COUNTY_B), (month,)))
    assert [line.value for line in found] == [None, 60.0]


@pytest.mark.parametrize("month", [9, 10])
def test_months_of_a_daily_count_that_children_tell_without_their_days_make_the_month_of_the_parent(
    build: Build, month: int
) -> None:
    cases = an_indicator("sign.cases", frequency="daily", basis="period", agg_time="sum")
    key = months_key(2024, month, 1)
    query = build(
        ("sign.cases", COUNTY_A, key, 30.0), ("sign.cases", COUNTY_B, key, 12.0),
        catalog=a_catalog(cases), now=datetime(2024, 12, 1, tzinfo=UTC),
    )  # fmt: skip
    line = query.ask(SYSTEM, Question(("sign.cases",), (CITY,), (key,))).one()
    assert (line.value, line.reported, line.expected) == (42, 2, 2)
