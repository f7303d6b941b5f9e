"""Targets and season curves: a region is judged by its own records; a load can be taken back."""

from datetime import date

import pytest

from data_access.targets import TargetStore
from indicators.definition import SeasonCurve, Target

CITY, COUNTY = 440900000000, 440981000000
AT = 1_790_000_000
EVEN = tuple(100 * month / 12 for month in range(1, 13))
LATE = (1, 3, 6, 10, 15, 22, 30, 40, 52, 66, 82, 100)


def a_target(value: float | None = 95, **fields: object) -> Target:
    """A target of the city for 2024, at least so much."""
    given = {"indicator": "dgov.net.coverage", "region": CITY, "year": 2024, "op": ">=", "plan": "plan2020"}
    return Target(**(given | {"value": value} | fields))


@pytest.fixture
def targets(engine) -> TargetStore:
    """An empty store of targets."""
    return TargetStore(engine)


def test_a_target_holds_for_its_indicator_region_and_year_only(targets):
    targets.add([a_target()], AT)
    assert targets.value("dgov.net.coverage", CITY, 2024) == 95
    assert targets.value("dgov.net.coverage", COUNTY, 2024) is None
    assert targets.value("dgov.net.coverage", CITY, 2025) is None
    assert targets.value("dgov.data.open_rate", CITY, 2024) is None


def test_a_target_keeps_the_sentence_that_sets_it(targets):
    given = a_target(statement_zh="覆盖率达到95%", source="规划", note="n", unit="%", due=date(2024, 12, 31))
    targets.add([given], AT)
    assert targets.of_region(CITY) == [given]
    assert targets.current().target("dgov.net.coverage", CITY, 2024) == given


def test_a_milestone_has_no_number_and_a_range_gives_its_lower_end(targets):
    milestone = a_target(None, indicator=None, op="done", statement_zh="建成平台")
    targets.add([milestone, a_target(3, upper=5, op="between", indicator="dgov.data.open_rate")], AT)
    assert targets.of_region(CITY)[0] == milestone
    assert targets.value("dgov.data.open_rate", CITY, 2024) == 3
    assert targets.current().target("dgov.data.open_rate", CITY, 2024).upper == 5


def test_growth_and_parts_of_a_year_are_no_target_of_the_year(targets):
    growth = a_target(6, plan="", measure="yoy_pct", due=date(2024, 12, 31))
    half = a_target(50, plan="", due=date(2024, 6, 30))
    targets.add([growth, half], AT)
    assert targets.value("dgov.net.coverage", CITY, 2024) is None
    assert targets.of_region(CITY) == [growth, half]


def test_a_plan_sets_a_new_value_in_the_place_of_the_old_one(targets):
    targets.add([a_target(90)], AT)
    assert targets.add([a_target(95)], AT + 1) == 1
    assert targets.value("dgov.net.coverage", CITY, 2024) == 95
    assert len(targets.of_region(CITY)) == 1


def test_what_already_holds_changes_nothing(targets):
    given = [a_target(), a_target(None, indicator=None, op="done", statement_zh="建成平台")]
    assert targets.add(given, AT) == 2
    version = targets.current().version
    assert targets.add(given, AT + 1) == 0
    assert targets.current().version == version


def test_taking_a_load_back_brings_back_what_it_replaced(targets):
    targets.add([a_target(90)], AT)
    targets.add([a_target(95), a_target(7, indicator="econ.gdp.growth")], AT + 1, load=7)
    assert targets.undo(7, AT + 2) == 2
    assert targets.value("dgov.net.coverage", CITY, 2024) == 90
    assert targets.value("econ.gdp.growth", CITY, 2024) is None
    assert targets.undo(7, AT + 3) == 0


def test_a_change_is_seen_by_every_reader_of_the_store(targets, engine):
    other = TargetStore(engine)
    assert other.value("dgov.net.coverage", CITY, 2024) is None
    targets.add([a_target()], AT)
    assert other.value("dgov.net.coverage", CITY, 2024) == 95


def test_the_nearest_season_curve_holds(targets):
    targets.add_curves(
        [
            SeasonCurve("proj.invest.ytd", None, EVEN),
            SeasonCurve("proj.invest.ytd", CITY, LATE),
            SeasonCurve("proj.invest.ytd", CITY, EVEN, year=2025),
        ],
        AT,
    )
    assert targets.curve("proj.invest.ytd", COUNTY) == EVEN
    assert targets.curve("proj.invest.ytd", CITY, 2024) == LATE
    assert targets.curve("proj.invest.ytd", CITY, 2025) == EVEN
    assert targets.curve("proj.start.rate", CITY) is None


def test_a_new_season_curve_takes_the_place_of_the_old_one(targets):
    assert targets.add_curves([SeasonCurve("proj.invest.ytd", CITY, EVEN)], AT) == 1
    assert targets.add_curves([SeasonCurve("proj.invest.ytd", CITY, EVEN)], AT + 1) == 0
    assert targets.add_curves([SeasonCurve("proj.invest.ytd", CITY, LATE)], AT + 2) == 1
    assert targets.curve("proj.invest.ytd", CITY) == LATE
