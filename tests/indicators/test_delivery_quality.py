"""What was due, what came, what came in time: worked out from when figures came."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from indicators import periods
from indicators.definition import DataStatus, Release
from indicators.delivery_quality import NEVER, Came, among, expected
from tests.builders import COUNTY_A, COUNTY_B, an_indicator

ZONE = timedelta(hours=8)
BEGIN = date(2026, 1, 1)
DAILY = an_indicator(
    "sign.gov.hot_total", frequency="daily", basis="period", unit="件", agg_time="sum",
    release=Release(timedelta(days=1), timedelta(days=2)),
)  # fmt: skip


def at(day: int, hour: int = 0, month: int = 10) -> int:
    """An hour on the city's clock, as epoch seconds."""
    return int((datetime(2026, month, day, hour, tzinfo=UTC) - ZONE).timestamp())


def key(day: int) -> int:
    return periods.day_key(date(2026, 10, day))


def came(*rows: tuple[int, int], region: int = COUNTY_A, **fields: object) -> Came:
    """Figures of days of October: (day, when it came)."""
    given = {
        "value": 5.0,
        "status": DataStatus.FINAL,
        "made_at": at(1),
        "by_hand": True,
        "recorded": False,
        "load": 3,
    }
    told = given | fields

    def column(name: str, kind: type) -> np.ndarray:
        return np.full(len(rows), told[name], kind)

    return Came(
        np.full(len(rows), region, np.int64), np.array([key(day) for day, _ in rows], np.int64),
        column("value", np.float64), np.array([moment for _, moment in rows], np.int64),
        column("status", np.int64), column("made_at", np.int64), column("by_hand", np.bool_),
        column("recorded", np.bool_), column("load", np.int64),
    )  # fmt: skip


def joined(*parts: Came) -> Came:
    return Came(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Came.__dataclass_fields__)
    )


def told(figures: Came, now: int = at(8), drawn_until: int = 0):
    """By day: came, in time."""
    points = expected(DAILY, figures, BEGIN, now, ZONE, drawn_until)
    days = [periods.Period(int(one)).end.day for one in points.period]
    return dict(zip(days, zip(points.arrived.tolist(), points.in_time.tolist(), strict=True), strict=True))


def test_a_figure_is_in_time_until_the_moment_it_is_due():
    assert told(came((1, at(3)), (2, at(4) + 1), (3, at(5) - 1)), now=at(5)) == {
        1: (True, True), 2: (True, False), 3: (True, True),
    }  # fmt: skip


def test_what_never_came_is_expected_once_it_is_due():
    assert told(came((1, at(2))), now=at(4)) == {1: (True, True), 2: (False, False)}
    assert told(came((1, at(2))), now=at(4) - 1) == {1: (True, True)}


def test_nothing_is_expected_before_somebody_delivered_for_the_first_time():
    read_in_late = came((1, at(6)), (2, at(6)), (6, at(7)), made_at=at(6))
    assert sorted(told(read_in_late, now=at(9))) == [4, 5, 6, 7], (
        "of the first five days those due since then"
    )


def test_what_the_first_start_read_in_is_nobodys_delivery():
    assert told(came((1, at(6)), (2, at(6)), by_hand=False)) == {}


def test_what_the_cockpit_computes_is_no_delivery():
    assert told(came((1, at(2)), status=DataStatus.COMPUTED)) == {}


def test_sample_figures_are_expected_up_to_the_end_of_the_sample():
    drawn = came((1, at(2)), (3, at(4)), status=DataStatus.SIMULATED, by_hand=False)
    assert told(drawn, now=at(20), drawn_until=at(4)) == {1: (True, True), 2: (False, False), 3: (True, True)}


def test_a_stated_gap_is_due_and_no_longer_waited_for():
    gap = joined(came((1, at(2))), came((2, at(3)), status=DataStatus.MISSING, value=np.nan))
    points = expected(DAILY, gap, BEGIN, at(8), ZONE, 0)
    assert points.arrived.tolist()[:2] == [True, False]
    assert points.until.tolist()[1] == at(3)
    assert points.until.tolist()[2] == NEVER, "of the third nobody said a word"


def test_where_records_give_nothing_nothing_was_due():
    gap = joined(came((1, at(2))), came((2, at(3)), status=DataStatus.MISSING, value=np.nan, recorded=True))
    assert sorted(told(gap, now=at(5))) == [1, 3]


def test_a_later_figure_ends_the_wait_for_an_earlier_one():
    points = expected(DAILY, came((1, at(2)), (3, at(5))), BEGIN, at(5), ZONE, 0)
    assert dict(zip([1, 2, 3], points.until.tolist(), strict=True))[2] == at(5)


@pytest.mark.parametrize(
    ("unit", "before", "now", "odd"),
    [("件", 100, 501, True), ("件", 100, 500, False), ("件", 500, 99, True), ("件", 8, 41, False), ("%", 1, 90, False),
     ("亿元", 1.5, 9.5, True)],
)  # fmt: skip
def test_a_figure_far_from_that_of_a_year_before_is_odd(unit, before, now, odd):
    monthly = an_indicator("econ.x.y", unit=unit, basis="period", agg_time="sum")
    keys = [periods.months_key(2025, 9, 1), periods.months_key(2026, 9, 1)]
    figures = joined(came((1, at(2)), value=before), came((1, at(2)), value=now))
    figures.period[:] = keys
    points = expected(monthly, figures, date(2025, 1, 1), at(28), ZONE, 0)
    assert points.odd.tolist() == [odd], "the first one has nothing to be compared with and was due before"


def test_a_share_beyond_a_hundred_is_odd():
    share = an_indicator(
        "dgov.x.y", name_zh="覆盖率", unit="%", frequency="daily", basis="period", agg_time="mean"
    )
    figures = joined(came((1, at(2)), value=100.0), came((2, at(2)), value=100.1))
    assert expected(share, figures, BEGIN, at(28), ZONE, 0).odd.tolist()[:2] == [False, True]


def test_points_are_found_by_region_and_period():
    points = expected(
        DAILY, joined(came((1, at(2))), came((1, at(2)), region=COUNTY_B)), BEGIN, at(3), ZONE, 0
    )
    assert among(points, {(COUNTY_B, key(1))}).tolist() == [False, True]
    assert among(points, ()).tolist() == [False, False]
