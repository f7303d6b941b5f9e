"""Periods: what texts mean, what keys say, and the laws of the calendar."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import periods
from indicators.errors import CockpitError, Severity
from indicators.periods import NO_PERIOD, Period, day_key, instant_key, label, months_key, read

CASES = Path(__file__).parents[1] / "cases"
PERIOD_TEXTS = json.loads((CASES / "intake" / "period_parse_cases.json").read_text())["cases"]
CALENDAR = json.loads((CASES / "timeseries" / "calendar_and_arithmetic_cases.json").read_text())["cases"]

KINDS = {
    "point": {"span"},
    "ytd": {"cumulative", "span"},
    "range": {"range"},
    "stock": {"instant"},
    "plan": {"plan"},
}
"""The words of the cases in the words of the product."""

ERRORS = {"error_or": "ambiguous_numeric_period", "needs": "period_without_year"}


def of_kind(kind: str) -> list[Any]:
    wanted = [case for case in CALENDAR if case["kind"] == kind]
    return [pytest.param(case["input"], case["expected"], id=case["id"]) for case in wanted]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in PERIOD_TEXTS])
def test_the_text_of_a_cell_is_read_as_a_statistician_reads_it(case: dict[str, Any]) -> None:
    expected = case["expected"]
    if "error" in expected or expected.keys() & ERRORS.keys():
        wanted = expected.get("error") or next(ERRORS[word] for word in ERRORS if word in expected)
        with pytest.raises(CockpitError) as refused:
            periods.parse(case["text"])
        assert refused.value.key == wanted
        return
    reading = periods.parse(case["text"])
    if "missing" in expected:
        assert reading is None
        return
    assert reading is not None
    if "warning" in expected:
        assert [note.key for note in reading.notes] == [expected["warning"]]
        assert reading.notes[0].severity == Severity.WARNING
        return
    if reading.kind == "plan":
        assert label(reading.key) == expected["period"]
    else:
        assert reading.text == expected["period"]
    assert reading.kind in KINDS[expected["kind"]]
    assert reading.status == expected.get("vintage", "")
    if "starts" in expected:
        assert Period(reading.key).start.isoformat() == expected["starts"]


def test_a_year_from_the_context_completes_a_month() -> None:
    reading = periods.parse("3月", year=2023)
    assert reading is not None
    assert reading.text == "2023-03"


@pytest.mark.parametrize(
    ("text", "basis", "frequency", "key"),
    [
        ("2024-06", "ytd", "monthly", months_key(2024, 6, 6)),
        ("2024年6月当月", "ytd", "monthly", months_key(2024, 6, 1)),
        ("2024年6月累计", "period", "monthly", months_key(2024, 6, 6)),
        ("2024年1-6月", "ytd", "monthly", months_key(2024, 6, 6)),
        ("2024年1—2月", "period", "monthly", months_key(2024, 2, 2)),
        ("2024-06", "period", "monthly", months_key(2024, 6, 1)),
        ("2024-06", "point", "monthly", instant_key(2024, 6)),
        ("2024-06-30", "point", "monthly", instant_key(2024, 6)),
        ("2024年末", "point", "yearly", instant_key(2024, 12)),
        ("２０２４年上半年", "ytd", "quarterly", months_key(2024, 6, 6)),
        ("前三季度", "ytd", "quarterly", months_key(2024, 9, 9)),
        ("2024-Q3", "ytd", "quarterly", months_key(2024, 9, 9)),
        ("2024-Q3", "period", "quarterly", months_key(2024, 9, 3)),
        ("2024", "ytd", "quarterly", months_key(2024, 12, 12)),
        (2024, "period", "yearly", months_key(2024, 12, 12)),
        (202406, "ytd", "monthly", months_key(2024, 6, 6)),
        (date(2024, 6, 1), "period", "monthly", months_key(2024, 6, 1)),
        (datetime(2024, 6, 30), "ytd", "monthly", months_key(2024, 6, 6)),  # noqa: DTZ001
        ("2024-06-15", "period", "daily", day_key(date(2024, 6, 15))),
        ("2024-06-15", "ytd", "daily", day_key(date(2024, 6, 15), periods.YEAR_TO_DAY)),
        ("2024-06", "point", "daily", day_key(date(2024, 6, 30), periods.INSTANT)),
        ("2026-10-31T08:00", "period", "hourly", 202610310859_002),
        ("2026年10月31日8时", "point", "hourly", 202610310859_000),
        ("2026-10-31 08:05", "point", "realtime", 202610310805_000),
        ("Mar 2023", "period", "monthly", months_key(2023, 3, 1)),
    ],
)
def test_the_same_text_means_another_period_for_another_basis(
    text: object, basis: str, frequency: str, key: int
) -> None:
    assert read(text, basis, frequency, year=2024) == key


def test_the_source_decides_between_cumulative_and_single() -> None:
    assert read("2023-Q4", "ytd", "quarterly", cumulative=False) == months_key(2023, 12, 3)
    assert read("2023-Q4", "period", "quarterly", cumulative=True) == months_key(2023, 12, 12)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "missing_period"),
        ("2023-02-30", "no_such_day"),
        ("2023-W53", "no_such_week"),
        ("上半年", "period_without_year"),
        ("2023年13月", "month_out_of_range"),
        ("2023.1", "ambiguous_numeric_period"),
        ("昨天", "lunar_or_unknown"),
        ("145", "ambiguous_numeric_period"),
    ],
)
def test_what_cannot_be_a_period_is_refused_by_name(text: str, key: str) -> None:
    with pytest.raises(CockpitError) as refused:
        read(text, "period", "monthly")
    assert refused.value.key == key


def test_a_day_does_not_name_the_month_of_a_monthly_figure() -> None:
    with pytest.raises(CockpitError) as refused:
        read("2024-06-15", "period", "monthly")
    assert refused.value.key == "period_finer_than_indicator"


def test_a_year_a_cumulative_fourth_quarter_and_a_cumulative_december_are_one() -> None:
    assert read("2023", "ytd") == read("2023-Q4", "ytd") == read("2023-12", "ytd") == months_key(2023, 12, 12)
    assert label(months_key(2023, 12, 12), "quarterly", "ytd") == "2023"


# -- the calendar ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "expected"), of_kind("iso_week"))
def test_a_day_lies_in_its_iso_week(day: str, expected: str) -> None:
    year, week, _ = expected.split("-")
    key = periods.week_key(int(year), int(week[1:]))
    assert Period(key).contains(Period(day_key(date.fromisoformat(day))))
    assert label(key) == f"{year}-{week}"


@pytest.mark.parametrize(("year", "weeks"), of_kind("weeks_in_year"))
def test_a_year_has_its_weeks(year: int, weeks: int) -> None:
    assert periods.weeks_in_year(year) == weeks
    assert (periods.week_key(year, 53) == NO_PERIOD) == (weeks == 52)


@pytest.mark.parametrize(("week", "_expected"), of_kind("iso_week_yoy"))
def test_week_53_has_no_week_a_year_earlier(week: str, _expected: dict[str, str]) -> None:
    assert periods.year_before([read(week, "period")]).tolist() == [NO_PERIOD]


@pytest.mark.parametrize(("given_month", "half"), of_kind("half_of_month"))
def test_a_month_lies_in_its_half(given_month: dict[str, str], half: str) -> None:
    assert Period(read(half, "period")).contains(Period(read(given_month["month"], "period")))


@pytest.mark.parametrize(("asked", "expected"), of_kind("fiscal_quarter"))
def test_the_fiscal_quarter_follows_its_convention(asked: dict[str, Any], expected: str) -> None:
    year, month = map(int, asked["month"].split("-"))
    named_by = asked.get("label_by", "start")
    assert periods.fiscal_quarter(year, month, asked["fiscal_year_starts"], named_by) == expected


@pytest.mark.parametrize(("cumulative", "expected"), of_kind("months_from_ytd"))
def test_months_are_differences_of_cumulative_figures(
    cumulative: dict[str, float], expected: dict[str, Any]
) -> None:
    keys = [read(text, "ytd") for text in cumulative]
    found, values, _, negative = periods.months_from_cumulative(keys, list(cumulative.values()))
    months = {label(int(key), basis="period"): value for key, value in zip(found, values, strict=True)}
    warning = expected.pop("warning", None)
    for text, value in expected.items():
        assert months.get(text, "missing") == value
    assert negative.any() == (warning == "negative_month_from_ytd")


def test_the_merged_release_is_one_period_and_march_has_no_month_before() -> None:
    keys = [read(text, "ytd") for text in ("2024年1-2月", "2024-03")]
    found, values, _, _ = periods.months_from_cumulative(keys, [20.0, 33.0])
    assert dict(zip(found.tolist(), values.tolist(), strict=True)) == {
        months_key(2024, 2, 2): 20.0,
        months_key(2024, 3, 1): 13.0,
    }
    assert periods.previous_cumulative(keys, "monthly", merged=True).tolist() == [NO_PERIOD, keys[0]]
    assert periods.previous([months_key(2024, 2, 2)], "monthly").tolist() == [NO_PERIOD]


def test_quarterly_gdp_is_differenced_inside_a_year_only() -> None:
    rows = np.genfromtxt(
        CASES / "timeseries" / "cn_gdp_quarter_cumulative.csv",
        delimiter=",",
        names=True,
        dtype=None,
        encoding="utf-8",
    )
    keys = [read(text, "ytd") for text in rows["period"]]
    _, values, positions, negative = periods.months_from_cumulative(keys, rows["gdp_ytd_yi_yuan"])
    np.testing.assert_allclose(values, rows["single_quarter_value_expected"][positions], atol=0.051)
    assert not negative.any()


@pytest.mark.parametrize(
    ("key", "share"),
    [
        (months_key(2024, 6, 6), 50.0),
        (months_key(2024, 12, 12), 100.0),
        (instant_key(2024, 3), 25.0),
        (day_key(date(2023, 12, 31)), 100.0),
        (day_key(date(2024, 7, 1)), 50.0),
    ],
)
def test_the_elapsed_share_of_a_year(key: int, share: float) -> None:
    assert periods.elapsed_share([key])[0] == pytest.approx(share, abs=0.01)


def test_a_calendar_lists_what_is_expected_of_an_indicator() -> None:
    first, last = date(2024, 1, 1), date(2024, 4, 29)
    merged = periods.calendar_keys(first, last, "monthly", "ytd", merged=True)
    assert [label(int(key), "monthly", "ytd") for key in merged] == ["2024-02", "2024-03"]
    assert len(periods.calendar_keys(first, date(2024, 12, 31), "monthly", "period")) == 12
    assert len(periods.calendar_keys(first, date(2024, 12, 31), "quarterly", "point")) == 4
    assert len(periods.calendar_keys(first, date(2024, 12, 31), "daily", "ytd")) == 366
    assert len(periods.calendar_keys(first, first, "hourly", "period")) == 24
    assert len(periods.calendar_keys(first, first, "realtime", "point", minutes=5)) == 288
    weeks = periods.calendar_keys(first, date(2024, 1, 14), "weekly", "period")
    assert [label(int(key)) for key in weeks] == ["2024-W01", "2024-W02"]


# -- laws --------------------------------------------------------------------------------------------------

MONTHLY = st.builds(months_key, st.integers(1990, 2060), st.integers(1, 12), st.integers(1, 36))
DAILY = st.dates(date(1990, 1, 1), date(2060, 12, 31)).map(day_key)
WEEKLY = st.builds(periods.week_key, st.integers(1990, 2060), st.integers(1, 52))
INSTANTS = st.builds(instant_key, st.integers(1990, 2060), st.integers(1, 12))
KEYS = st.one_of(MONTHLY, DAILY, WEEKLY, INSTANTS)


@given(KEYS)
def test_a_period_contains_itself_and_arrays_agree_with_scalars(key: int) -> None:
    period = Period(key)
    assert period.contains(period)
    assert periods.start_days([key])[0].item() == period.start
    assert periods.end_days([key])[0].item() == period.end
    assert period.start <= period.end


@given(st.one_of(MONTHLY, DAILY, WEEKLY))
def test_a_label_reads_back_as_the_same_period(key: int) -> None:
    assert read(label(key, basis="period"), "period") == key


@given(MONTHLY.filter(lambda key: Period(key).months <= 12), st.sampled_from(["monthly", "quarterly"]))
def test_a_label_of_a_cumulative_indicator_reads_back(key: int, frequency: str) -> None:
    assert read(label(key, frequency, "ytd"), "ytd", frequency) == key


@given(INSTANTS)
def test_a_label_of_an_instant_reads_back(key: int) -> None:
    assert read(label(key, "monthly", "point"), "point", "monthly") == key


@given(st.integers(1990, 2060), st.integers(1, 12))
def test_a_month_lies_in_its_quarter_half_and_year(year: int, month: int) -> None:
    alone = Period(months_key(year, month, 1))
    for text in (f"{year}-Q{(month + 2) // 3}", f"{year}-H{(month + 5) // 6}", str(year)):
        assert Period(read(text, "period")).contains(alone)


@given(KEYS)
def test_a_year_before_is_a_year_before(key: int) -> None:
    before = int(periods.year_before([key])[0])
    if before != NO_PERIOD:
        assert abs((Period(key).end - Period(before).end).days - 365) <= 6
        assert before % 1000 == key % 1000


@given(st.integers(1990, 2060), st.sampled_from([1, 3, 6, 12]), st.integers(0, 11))
def test_the_previous_period_ends_the_day_before(year: int, length: int, place: int) -> None:
    month = (place % (12 // length) + 1) * length
    key = months_key(year, month, length)
    before = Period(int(periods.previous([key], "monthly")[0]))
    assert (Period(key).start - before.end).days == 1
    assert before.months == length


def refusal(text: str) -> str:
    """The key under which a text is refused; empty when it can be read."""
    try:
        periods.parse(text)
    except CockpitError as refused:
        return refused.key
    return ""


@given(
    st.one_of(
        st.text(max_size=20), st.text("0123456789年月季度周日-/.末累计上下半前QHW一二三十 ", max_size=12)
    )
)
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    assert refusal(text) in {
        "",
        "ambiguous_numeric_period",
        "lunar_or_unknown",
        "month_out_of_range",
        "no_such_day",
        "no_such_week",
        "period_without_year",
        "reversed_range",
        "total_row",
    }


@given(st.lists(st.floats(0, 1e6), min_size=12, max_size=12))
def test_months_add_up_to_the_cumulative_figures(figures: list[float]) -> None:
    cumulative = np.cumsum(figures)
    keys = [months_key(2024, month, month) for month in range(1, 13)]
    _, values, _, _ = periods.months_from_cumulative(keys, cumulative)
    assert values.sum() == pytest.approx(cumulative[-1])


@given(KEYS, st.integers(-400, 400))
def test_a_shift_and_its_reverse_cancel(key: int, count: int) -> None:
    assert periods.shift_months(periods.shift_months([key], count), -count).tolist() == [key]
