"""A replay keeps what stood after every period, counts it, and knows what would have been told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.alerts import Alerts, EventKind, Health, Timing, replay
from indicators.backtest import (
    FOREVER,
    Audience,
    Span,
    follow,
    levels,
    messages,
    shared,
    stretches,
    tally,
)
from indicators.handling import Kind
from indicators.periods import months_key
from indicators.rules import Readings, parse, verdicts

FOUR = {"comparison": ">=", "thresholds": {"blue": 80, "yellow": 90, "orange": 100, "red": 110}}
CITY, NORTH, SOUTH = 440900000000, 440981000000, 440982000000


def months(count: int) -> np.ndarray:
    return np.array([months_key(2023 + nth // 12, nth % 12 + 1, 1) for nth in range(count)])


def course(rule: dict, *series: list):
    """A replay of some regions, one list of figures each; None is missing and overdue."""
    values = np.array(
        [[np.nan if one is None else float(one) for one in row] for row in zip(*series, strict=True)]
    )
    parsed = parse(rule)
    health = np.where(np.isnan(values), Health.NO_DATA, Health.OK).astype(np.int8)
    return follow(parsed, verdicts(parsed, Readings(values)), health, months(len(values)).tolist())


figures = st.lists(st.one_of(st.none(), st.integers(70, 120)), min_size=1, max_size=30)


@settings(deadline=None, max_examples=40)
@given(figures, st.integers(0, 2), st.integers(0, 2))
def test_what_stands_after_every_period_is_what_the_events_say(values, hold, keep):
    rule = FOUR | {"for_periods": hold, "keep_firing_for_periods": keep}
    found = course(rule, values)
    keys = months(len(values))
    assert levels(found.events, keys, 1).tolist() == found.level.tolist()
    parsed = parse(rule)
    column = np.array([[np.nan if one is None else one] for one in values], float)
    verdict = verdicts(parsed, Readings(column))
    health = np.where(np.isnan(column), Health.NO_DATA, Health.OK).astype(np.int8)
    end, events = replay(Alerts.normal(1), Timing.of(parsed), verdict, health, keys.tolist())
    assert list(found.events) == events
    assert found.end.latch.tolist() == end.latch.tolist()


def test_openings_are_counted_by_year_and_region_and_time_by_level():
    found = course(FOUR, [85, 70, 95, 95], [70, 70, 70, 115])
    counted = tally(found.events, found.level, months(4))
    assert (counted.openings, counted.opened) == ({2023: 3}, 3)
    assert counted.by_row.tolist() == [2, 1]
    assert counted.time.tolist() == [[1, 1, 2, 0, 0], [3, 0, 0, 0, 1]]
    assert counted.events[EventKind.RESOLVE] == 1


def test_a_year_without_an_opening_is_told_too():
    found = course(FOUR, [85, *[70] * 13])
    assert tally(found.events, found.level, months(14)).openings == {2023: 1, 2024: 0}


def test_a_warning_is_known_by_its_opening_its_end_and_its_worst_level():
    found = course(FOUR, [85, 115, 70, 95])
    keys = months(4).tolist()
    assert [(one.opened, one.closed, one.worst) for one in stretches(found.events)] == [
        (keys[0], keys[2], 4),
        (keys[3], 0, 2),
    ]


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (("2024-01-01", "2024-01-31"), ("2024-01-31", "2024-02-05"), 1),
        (("2024-01-01", "2024-01-31"), ("2024-02-01", "2024-02-05"), 0),
        (("2024-01-01", None), ("2030-02-01", "2030-02-05"), 1),
    ],
)
def test_warnings_overlap_where_days_do(one, other, meet):
    def span(days, region=NORTH):
        return Span(region, np.datetime64(days[0]), FOREVER if days[1] is None else np.datetime64(days[1]))

    assert shared([span(one)], [span(other)]) == meet
    assert shared([span(one)], [span(other, SOUTH)]) == 0


def told(found, count: int, answers=lambda _region: True):
    """The messages of a replay of the city and its two counties, in this order."""
    audience = Audience(
        "a.b", "a.b", (CITY, NORTH, SOUTH), lambda one: () if one == CITY else (CITY,), answers
    )
    return messages(found.events, found.health, months(count), audience)


def test_counties_that_turn_in_the_same_period_are_one_message():
    found = told(course(FOUR, [70, 70], [70, 95], [70, 85]), 2)
    assert [(group.kind, len(group.said)) for group in found.groups] == [(Kind.OPEN, 2)]
    assert (found.lines, found.spared) == (2, 0)


def test_a_city_that_stands_for_its_counties_spares_its_reader_their_lines():
    found = course(FOUR, [115], [95], [85])
    city = told(found, 1)
    assert [group.said[0].instance.region for group in city.groups] == [CITY]
    assert (city.lines, city.spared) == (1, 2)
    county = told(found, 1, lambda region: region != CITY)
    assert county.lines == 3


def test_a_stronger_county_is_told_beside_its_city():
    found = told(course(FOUR, [85], [115], [70]), 1)
    assert {one.instance.region for group in found.groups for one in group.said} == {CITY, NORTH}


def test_an_upgrade_is_told_and_a_downgrade_is_not():
    found = told(course(FOUR, [70] * 4, [85, 115, 85, 70], [70] * 4), 4)
    assert [group.kind for group in found.groups] == [Kind.OPEN, Kind.UPGRADE, Kind.RESOLVE]
    assert found.by_year() == {2023: 3}


def test_nothing_is_told_while_it_flaps():
    turning = [85 if nth % 2 else 70 for nth in range(24)]
    found = told(course(FOUR, [70] * 24, turning, [70] * 24), 24)
    assert found.spared > 10
    assert found.lines < 10
