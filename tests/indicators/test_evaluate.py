"""Definitions and rows to figures: roll-ups, formulas over other rhythms, spans of time, and what taints them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest

from indicators import periods
from indicators.definition import CalibreBreak, DataStatus, Frequency, Indicator
from indicators.evaluate import Figures, Origin, Shape, belongs, compiled, least_certain, own_keys, shape_of
from indicators.measures import Measures
from indicators.periods import DAY, day_key, instant_key, months_key
from indicators.regions import Level, Region
from tests.builders import (
    CITY,
    COUNTY_A,
    COUNTY_B,
    OWN_ACCOUNT,
    PROVINCE,
    TOWN_A1,
    TOWN_A2,
    TOWN_A3,
    Observed,
    a_ratio,
    a_region,
    a_tree,
    an_indicator,
    rows,
)

EVERYWHERE = (CITY, COUNTY_A, COUNTY_B, OWN_ACCOUNT, TOWN_A1, TOWN_A2, TOWN_A3)
JUNE = months_key(2024, 6, 6)
NAN = float("nan")


def figures(
    indicators: Sequence[Indicator],
    *stored: Any,
    keys: Mapping[str, Sequence[int]] | None = None,
    regions: Sequence[int] = EVERYWHERE,
    more_regions: Sequence[Region] = (),
) -> Figures:
    """Figures of these rows, rolled up and computed; ``keys`` are further periods by indicator."""
    by_code = {indicator.code: indicator for indicator in indicators}
    window: dict[Shape, Any] = {}
    for code, wanted in (keys or {}).items():
        window[shape_of(by_code[code])] = np.array(wanted, np.int64)
    found = Figures(
        by_code,
        [(code, 0) for code in by_code],
        regions,
        a_tree(*more_regions),
        window,
        [Observed(rows(*stored))],
    )
    found.roll_up()
    found.complete()
    for indicator in indicators:
        if indicator.derived:
            found.compute(indicator)
    return found


class Cell:
    """One figure as it came out."""

    def __init__(self, found: Figures, code: str, region: int, period: int) -> None:
        panel = found.panel(code)
        at = (panel.place[code, 0], found.region_place[region], int(np.searchsorted(panel.keys, period)))
        assert panel.keys[at[2]] == period
        self.value = float(panel.value[at])
        self.other = float(panel.other[at])
        self.status = DataStatus(int(panel.status[at]))
        self.origin = Origin(int(panel.origin[at]))
        self.coverage = (int(panel.reported[at]), int(panel.expected[at]))


REVENUE = an_indicator("revenue")


def test_children_make_their_parent_and_a_figure_of_its_own_wins() -> None:
    found = figures([REVENUE], ("revenue", COUNTY_A, JUNE, 9.0), ("revenue", COUNTY_B, JUNE, 7.0))
    city = Cell(found, "revenue", CITY, JUNE)
    assert (city.value, city.coverage, city.origin) == (16.0, (2, 2), Origin.ROLLED_UP)
    own = figures([REVENUE], ("revenue", COUNTY_A, JUNE, 9.0), ("revenue", CITY, JUNE, 65.58))
    assert Cell(own, "revenue", CITY, JUNE).value == 65.58
    assert Cell(own, "revenue", CITY, JUNE).coverage == (1, 1)


def test_towns_make_counties_and_counties_the_city_with_every_place_counted() -> None:
    found = figures(
        [REVENUE],
        ("revenue", TOWN_A1, JUNE, 1.0),
        ("revenue", TOWN_A2, JUNE, 2.0),
        ("revenue", COUNTY_B, JUNE, 7.0),
    )
    assert (
        Cell(found, "revenue", COUNTY_A, JUNE).value,
        Cell(found, "revenue", COUNTY_A, JUNE).coverage,
    ) == (3.0, (2, 3))
    assert (Cell(found, "revenue", CITY, JUNE).value, Cell(found, "revenue", CITY, JUNE).coverage) == (
        10.0,
        (3, 4),
    )


def test_a_reporting_unit_counts_where_it_reports_and_is_not_awaited_elsewhere() -> None:
    counties = (("revenue", COUNTY_A, JUNE, 1.0), ("revenue", COUNTY_B, JUNE, 2.0))
    assert Cell(figures([REVENUE], *counties), "revenue", CITY, JUNE).coverage == (2, 2)
    found = figures([REVENUE], *counties, ("revenue", OWN_ACCOUNT, JUNE, 21.87))
    assert (Cell(found, "revenue", CITY, JUNE).value, Cell(found, "revenue", CITY, JUNE).coverage) == (
        24.87,
        (3, 3),
    )


def test_below_the_lowest_level_nobody_is_awaited() -> None:
    county_only = an_indicator("revenue", lowest_level="county")
    found = figures([county_only], ("revenue", TOWN_A1, JUNE, 1.0), ("revenue", COUNTY_B, JUNE, 2.0))
    assert np.isnan(Cell(found, "revenue", COUNTY_A, JUNE).value)
    assert Cell(found, "revenue", CITY, JUNE).coverage == (1, 2)


def test_a_region_is_awaited_only_while_it_exists() -> None:
    gone = a_region(440903000000, CITY, Level.COUNTY, valid_to=date(2014, 2, 28))
    figure_of = ("revenue", COUNTY_A, JUNE, 1.0), ("revenue", COUNTY_B, JUNE, 2.0)
    found = figures([REVENUE], *figure_of, regions=(*EVERYWHERE, gone.code), more_regions=[gone])
    assert Cell(found, "revenue", CITY, JUNE).coverage == (2, 2)
    before = months_key(2013, 6, 6)
    then = figures(
        [REVENUE], ("revenue", COUNTY_A, before, 1.0), regions=(*EVERYWHERE, gone.code), more_regions=[gone]
    )
    assert Cell(then, "revenue", CITY, before).coverage == (1, 3)


def test_the_city_of_this_house_never_stands_for_its_province() -> None:
    found = figures([REVENUE], ("revenue", CITY, JUNE, 65.58), regions=(PROVINCE, *EVERYWHERE))
    assert np.isnan(Cell(found, "revenue", PROVINCE, JUNE).value)


def test_what_cannot_be_added_stays_empty_above() -> None:
    found = figures([an_indicator("cpi", agg_region="not_additive")], ("cpi", COUNTY_A, JUNE, 101.0))
    assert np.isnan(Cell(found, "cpi", CITY, JUNE).value)


def test_a_mean_is_weighted_by_the_population_known_at_the_time() -> None:
    water = an_indicator(
        "water", agg_region="pop_weighted_mean", weight="pop", unit="%", lowest_level="county"
    )
    people = an_indicator("pop", frequency="yearly", basis="point", agg_time="last", lowest_level="county")
    found = figures(
        [people, water],
        ("pop", COUNTY_A, instant_key(2023, 12), 30.0),
        ("pop", COUNTY_B, instant_key(2023, 12), 10.0),
        ("water", COUNTY_A, JUNE, 80.0),
        ("water", COUNTY_B, JUNE, 100.0),
    )
    assert Cell(found, "water", CITY, JUNE).value == 85.0


TAX, SHARE = an_indicator("tax"), a_ratio("share", "100 * tax / revenue")


def test_a_ratio_is_applied_after_adding_and_never_averaged() -> None:
    found = figures(
        [REVENUE, TAX, SHARE],
        ("tax", COUNTY_A, JUNE, 9.0), ("revenue", COUNTY_A, JUNE, 10.0),
        ("tax", COUNTY_B, JUNE, 9.0), ("revenue", COUNTY_B, JUNE, 90.0),
        regions=(CITY, COUNTY_A, COUNTY_B),
    )  # fmt: skip
    city = Cell(found, "share", CITY, JUNE)
    assert (city.value, city.coverage, city.origin) == (18.0, (2, 2), Origin.FORMULA)
    assert [Cell(found, "share", county, JUNE).value for county in (COUNTY_A, COUNTY_B)] == [90.0, 10.0]


def test_a_ratio_compares_like_with_like_where_an_input_is_only_partly_there() -> None:
    found = figures(
        [REVENUE, TAX, SHARE],
        ("tax", COUNTY_A, JUNE, 9.0), ("revenue", COUNTY_A, JUNE, 10.0),
        ("revenue", COUNTY_B, JUNE, 90.0),
        regions=(CITY, COUNTY_A, COUNTY_B),
    )  # fmt: skip
    city = Cell(found, "share", CITY, JUNE)
    assert city.value == 90.0
    assert city.coverage == (1, 2)


def test_a_published_ratio_wins_and_the_computed_one_stands_beside_it() -> None:
    found = figures(
        [REVENUE, TAX, SHARE],
        ("tax", CITY, JUNE, 40.0), ("revenue", CITY, JUNE, 80.0), ("share", CITY, JUNE, 50.2),
    )  # fmt: skip
    city = Cell(found, "share", CITY, JUNE)
    assert (city.value, city.other, city.origin) == (50.2, 50.0, Origin.PUBLISHED)


@pytest.mark.parametrize("divisor", [0.0, NAN])
def test_a_division_by_nothing_is_missing(divisor: float) -> None:
    more = {"status": DataStatus.MISSING, "reason": "no_data"} if np.isnan(divisor) else {}
    found = figures([REVENUE, TAX, SHARE], ("tax", CITY, JUNE, 40.0), ("revenue", CITY, JUNE, divisor, more))
    assert np.isnan(Cell(found, "share", CITY, JUNE).value)


def test_a_formula_that_looks_back_counts_periods_of_its_own_rhythm() -> None:
    month = an_indicator("sales", basis="period", agg_time="sum")
    change = an_indicator("change", basis="period", agg_time="not_additive", formula="sales - lag(sales, 1)")
    year = ("sales", CITY, months_key(2023, 12, 12), 999.0)
    found = figures(
        [month, change], year, *(("sales", CITY, months_key(2024, m, 1), 10.0 * m) for m in (1, 2, 3))
    )
    assert [Cell(found, "change", CITY, months_key(2024, m, 1)).value for m in (2, 3)] == [10.0, 10.0]


@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        (("FINAL", "FINAL"), "COMPUTED"),
        (("FINAL", "REVISED"), "COMPUTED"),
        (("FINAL", "UNSTATED"), "UNSTATED"),
        (("FINAL", "PRELIMINARY"), "PRELIMINARY"),
        (("PRELIMINARY", "SIMULATED"), "SIMULATED"),
        (("MISSING", "FINAL"), "COMPUTED"),
    ],
)
def test_a_figure_is_as_certain_as_the_least_certain_of_its_parts(
    statuses: tuple[str, str], word: str
) -> None:
    assert least_certain([np.array([DataStatus[status]], np.int8) for status in statuses]).tolist() == [
        DataStatus[word]
    ]


def test_one_simulated_part_marks_the_roll_up_and_the_ratio_made_of_it() -> None:
    found = figures(
        [REVENUE, TAX, SHARE],
        ("tax", COUNTY_A, JUNE, 9.0), ("revenue", COUNTY_A, JUNE, 10.0),
        ("tax", COUNTY_B, JUNE, 9.0), ("revenue", COUNTY_B, JUNE, 90.0, {"status": DataStatus.SIMULATED}),
        regions=(CITY, COUNTY_A, COUNTY_B),
    )  # fmt: skip
    assert Cell(found, "revenue", CITY, JUNE).status is DataStatus.SIMULATED
    assert Cell(found, "tax", CITY, JUNE).status is DataStatus.COMPUTED
    assert Cell(found, "share", CITY, JUNE).status is DataStatus.SIMULATED
    assert Cell(found, "share", COUNTY_A, JUNE).status is DataStatus.COMPUTED


# -- other rhythms ---------------------------------------------------------------------------------------------


def test_a_month_is_the_difference_of_two_cumulative_figures_of_one_year() -> None:
    stored = [("revenue", CITY, months_key(2023, m, m), v) for m, v in ((2, 20.0), (3, 31.0), (5, 55.0))]
    asked = [
        months_key(2023, month, count) for month, count in ((2, 2), (3, 1), (4, 1), (5, 1), (5, 2), (1, 1))
    ]
    found = figures([REVENUE], *stored, keys={"revenue": asked})
    values = [Cell(found, "revenue", CITY, key).value for key in asked]
    np.testing.assert_equal(values, [20.0, 11.0, NAN, NAN, 24.0, NAN])


def test_nothing_is_taken_apart_across_the_end_of_a_year() -> None:
    january = months_key(2024, 1, 1)
    found = figures(
        [REVENUE], ("revenue", CITY, months_key(2023, 12, 12), 120.0), ("revenue", CITY, january, 11.0)
    )
    assert Cell(found, "revenue", CITY, january).value == 11.0


def test_days_make_a_month_and_say_how_many_there_were() -> None:
    calls = an_indicator("calls", frequency="daily", basis="period", agg_time="sum", unit="件")
    may = months_key(2024, 5, 1)
    days = [day_key(date(2024, 5, day)) for day in range(1, 32)]
    stored = [("calls", CITY, day, 2.0) for day in days[:-3]]
    found = figures([calls], *stored, keys={"calls": [*days, may]})
    month = Cell(found, "calls", CITY, may)
    assert (month.value, month.coverage, month.origin) == (56.0, (28, 31), Origin.OVER_TIME)


def test_a_span_that_the_question_does_not_reach_back_to_is_not_added() -> None:
    calls = an_indicator("calls", frequency="daily", basis="period", agg_time="sum", unit="件")
    may, last_days = months_key(2024, 5, 1), [day_key(date(2024, 5, day)) for day in (30, 31)]
    found = figures(
        [calls], *(("calls", CITY, day, 2.0) for day in last_days), keys={"calls": [*last_days, may]}
    )
    assert np.isnan(Cell(found, "calls", CITY, may).value)


def test_a_monthly_rate_of_daily_counts_adds_each_before_dividing() -> None:
    ok = an_indicator("ok", frequency="daily", basis="period", agg_time="sum", unit="件")
    all_ = an_indicator("all", frequency="daily", basis="period", agg_time="sum", unit="件")
    rate = a_ratio("rate", "100 * ok / all", basis="period")
    days = [day_key(date(2024, 6, day)) for day in range(1, 31)]
    june = months_key(2024, 6, 1)
    stored = [
        row for n, day in enumerate(days) for row in (("ok", CITY, day, 1.0), ("all", CITY, day, 1.0 + n % 2))
    ]
    found = figures([ok, all_, rate], *stored, keys={"ok": days, "rate": [june]})
    assert Cell(found, "rate", CITY, june).value == pytest.approx(100 * 30 / 45)


def test_a_slow_stock_is_carried_on_and_not_for_ever() -> None:
    beds = an_indicator("beds", frequency="quarterly", basis="point", agg_time="last", unit="张")
    people = an_indicator("people", frequency="yearly", basis="point", agg_time="last", unit="万人")
    per = a_ratio("per", "beds / people", frequency="quarterly", basis="point", unit="张/万人")
    quarters = [instant_key(2024, 6), instant_key(2026, 6)]
    found = figures(
        [beds, people, per],
        ("people", CITY, instant_key(2023, 12), 50.0),
        *(("beds", CITY, quarter, 100.0) for quarter in quarters),
    )
    assert Cell(found, "per", CITY, quarters[0]).value == 2.0
    assert np.isnan(Cell(found, "per", CITY, quarters[1]).value)


def test_a_cumulative_rate_is_measured_against_the_plan_of_its_own_year() -> None:
    jobs = an_indicator("jobs", unit="人")
    plan = an_indicator("plan", frequency="yearly", basis="point", agg_time="last", unit="人")
    rate = a_ratio("rate", "100 * jobs / plan")
    found = figures(
        [jobs, plan, rate],
        ("jobs", CITY, JUNE, 30.0), ("jobs", CITY, months_key(2025, 6, 6), 30.0),
        ("plan", CITY, instant_key(2023, 12), 10.0), ("plan", CITY, instant_key(2024, 12), 60.0),
    )  # fmt: skip
    assert Cell(found, "rate", CITY, JUNE).value == 50.0
    assert np.isnan(Cell(found, "rate", CITY, months_key(2025, 6, 6)).value)


def test_the_schedule_gap_formula_counts_the_months_of_the_year() -> None:
    done = an_indicator("done", unit="%", agg_region="not_additive")
    gap = an_indicator(
        "gap", formula="done - time_progress", unit="百分点", agg_region="derived", agg_time="derived"
    )
    assert Cell(figures([done, gap], ("done", CITY, JUNE, 42.0)), "gap", CITY, JUNE).value == -8.0


@pytest.mark.parametrize(
    ("frequency", "basis", "merged", "yes", "no"),
    [
        ("monthly", "ytd", False, months_key(2024, 6, 6), months_key(2024, 6, 1)),
        ("monthly", "period", False, months_key(2024, 6, 1), months_key(2024, 12, 12)),
        ("monthly", "period", True, months_key(2024, 2, 2), months_key(2024, 2, 1)),
        ("quarterly", "period", False, months_key(2024, 6, 3), months_key(2024, 5, 3)),
        ("yearly", "point", False, instant_key(2024, 12), instant_key(2024, 6)),
        ("daily", "period", False, day_key(date(2024, 6, 1)), months_key(2024, 6, 1)),
        (
            "daily",
            "ytd",
            False,
            day_key(date(2024, 6, 1), periods.YEAR_TO_DAY),
            day_key(date(2024, 6, 1), DAY),
        ),
    ],
)
def test_which_periods_belong_to_a_rhythm(
    frequency: str, basis: str, merged: bool, yes: int, no: int
) -> None:
    shape = shape_of(an_indicator(frequency=frequency, basis=basis, jan_feb=merged))
    assert belongs(np.array([yes, no]), shape).tolist() == [True, False]
    calendar = periods.calendar_keys(date(2024, 1, 1), date(2024, 12, 31), frequency, basis, merged)
    assert belongs(calendar, shape).all()


def test_june_of_a_stock_is_the_instant_at_its_end() -> None:
    stock = Shape(Frequency.MONTHLY, an_indicator(basis="point").basis, False)
    assert (
        own_keys(np.array([months_key(2024, 6, 6), months_key(2024, 6, 1)]), stock).tolist()
        == [instant_key(2024, 6)] * 2
    )


def test_a_formula_knows_its_inputs_and_how_far_it_looks_back() -> None:
    formula = compiled("lag(a.b, 3) + c.d")
    assert (formula.inputs, formula.look_back) == (("a.b", "c.d"), 3)


# -- measures --------------------------------------------------------------------------------------------------


def measures(found: Figures, code: str, region: int, period: int) -> Measures:
    panel = found.panel(code)
    at = (panel.place[code, 0], found.region_place[region], int(np.searchsorted(panel.keys, period)))
    return Measures(found, panel, tuple(np.array([place]) for place in at))


MONTHS_2024 = [months_key(2024, month, month) for month in range(1, 13)]


def test_the_month_before_is_taken_from_cumulative_figures() -> None:
    stored = [
        ("revenue", CITY, key, value) for key, value in zip(MONTHS_2024, (10.0, 30.0, 60.0), strict=False)
    ]
    found = figures([REVENUE], *stored)
    growth = [measures(found, "revenue", CITY, key).mom_pct().item() for key in MONTHS_2024[:3]]
    np.testing.assert_allclose(growth, [NAN, 100.0, 50.0])


def test_after_a_merged_release_march_has_no_month_before() -> None:
    merged = an_indicator("revenue", jan_feb=True)
    stored = [
        ("revenue", CITY, key, value) for key, value in zip(MONTHS_2024[1:4], (20.0, 31.0, 42.0), strict=True)
    ]
    found = figures([merged], *stored)
    growth = [measures(found, "revenue", CITY, key).mom_pct().item() for key in MONTHS_2024[1:4]]
    np.testing.assert_allclose(growth, [NAN, NAN, 0.0], atol=1e-9)


def test_a_break_of_calibre_withholds_the_growth_across_it() -> None:
    broken = an_indicator("revenue", calibre_breaks=(CalibreBreak(date(2024, 1, 1), "换版"),))
    stored = [("revenue", CITY, months_key(year, 6, 6), 10.0) for year in (2022, 2023, 2024)]
    found = figures([broken], *stored)
    across = measures(found, "revenue", CITY, JUNE).growth()
    assert np.isnan(across.computed).all()
    assert across.note.tolist() == [7]
    assert measures(found, "revenue", CITY, months_key(2023, 6, 6)).growth().computed.tolist() == [0.0]


def test_a_partial_roll_up_is_never_compared() -> None:
    before = months_key(2023, 6, 6)
    found = figures(
        [REVENUE],
        ("revenue", COUNTY_A, before, 10.0), ("revenue", COUNTY_B, before, 10.0), ("revenue", COUNTY_A, JUNE, 11.0),
        regions=(CITY, COUNTY_A, COUNTY_B),
    )  # fmt: skip
    city = measures(found, "revenue", CITY, JUNE).growth()
    assert np.isnan(city.computed).all()
    assert city.note.tolist() == [9]
    assert measures(found, "revenue", COUNTY_A, JUNE).growth().computed.tolist() == [pytest.approx(10.0)]


def test_the_baseline_of_a_day_is_the_same_weekday_of_the_last_weeks() -> None:
    calls = an_indicator("calls", frequency="daily", basis="period", agg_time="sum", unit="件")
    today = date(2024, 6, 28)
    mondays = [
        ("calls", CITY, day_key(date.fromordinal(today.toordinal() - 7 * n)), 10.0 + n % 2)
        for n in range(1, 13)
    ]
    other = [
        ("calls", CITY, day_key(date.fromordinal(today.toordinal() - 7 * n - 1)), 500.0) for n in range(1, 13)
    ]
    found = figures([calls], *mondays, *other, ("calls", CITY, day_key(today), 12.0))
    z = measures(found, "calls", CITY, day_key(today)).baseline_z().item()
    assert z == pytest.approx((12 - 10.5) / np.std([10, 11] * 6, ddof=1))
