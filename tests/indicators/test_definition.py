"""Definitions as values: words, days in force, limits, release dates, season curves."""

from datetime import UTC, date, datetime, timedelta

import pytest

from indicators.definition import STATUS, DataStatus, LimitVersion, Release, SeasonCurve
from tests.builders import a_ratio, an_indicator


def test_a_stored_status_is_a_number_whose_word_stands_in_that_place():
    assert [STATUS[status] for status in DataStatus] == [status.word for status in DataStatus]
    assert STATUS[DataStatus.SIMULATED] == "simulated"


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "day", "holds"),
    [
        (None, None, date(1990, 1, 1), True),
        (date(2024, 1, 1), None, date(2024, 1, 1), True),
        (date(2024, 1, 1), None, date(2023, 12, 31), False),
        (None, date(2024, 12, 31), date(2024, 12, 31), True),
        (None, date(2024, 12, 31), date(2025, 1, 1), False),
        (None, None, None, True),
        (None, date(2024, 12, 31), None, False),
    ],
)
def test_a_definition_holds_from_its_first_day_to_its_last(valid_from, valid_to, day, holds):
    assert an_indicator(valid_from=valid_from, valid_to=valid_to).holds(day) is holds


@pytest.mark.parametrize(
    ("day", "limit"),
    [(date(2015, 12, 31), None), (date(2026, 2, 28), 35), (date(2026, 3, 1), 30), (date(2040, 1, 1), 30)],
)
def test_the_limit_is_that_of_the_day(day, limit):
    versions = (
        LimitVersion(35, date(2016, 1, 1), date(2026, 2, 28)),
        LimitVersion(30, date(2026, 3, 1), None),
    )
    assert an_indicator(limit_versions=versions).limit(day) == limit


def test_a_figure_is_due_some_days_after_its_period_and_late_after_the_grace():
    release = Release(due_after=timedelta(days=18), grace=timedelta(days=7))
    end = datetime(2024, 7, 1, tzinfo=UTC)
    assert release.due(end) == datetime(2024, 7, 19, tzinfo=UTC)
    assert release.late(end) == datetime(2024, 7, 26, tzinfo=UTC)


def test_the_name_is_that_of_the_reader():
    one = an_indicator(name_zh="收入", name_en="Revenue")
    assert (one.name("zh_CN"), one.name("en")) == ("收入", "Revenue")


def test_a_figure_with_a_formula_is_derived():
    assert a_ratio("econ.x.share", "econ.x.a / econ.x.b").derived
    assert not an_indicator().derived


def test_a_season_curve_gives_the_share_due_by_the_end_of_a_month():
    curve = SeasonCurve("econ.x.a", None, (5, 12, 20, 30, 40, 50, 58, 66, 75, 83, 91, 100))
    assert (curve.share(1), curve.share(12)) == (5, 100)


def test_definitions_of_the_same_content_are_equal_wherever_they_stand():
    assert an_indicator(where="a.yaml:1") == an_indicator(where="b.yaml:9")
    assert hash(an_indicator(where="a.yaml:1")) == hash(an_indicator(where="b.yaml:9"))
