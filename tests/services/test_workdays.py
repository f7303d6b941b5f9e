"""Working days of China: weekends, holidays, make-up days, and what is corrected by hand."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.errors import CockpitError
from services.workdays import Workdays, read_fixed

DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 2, 13), True),
        (date(2026, 2, 14), True),  # a Saturday that makes up for the Spring Festival
        (date(2026, 2, 16), False),  # 除夕
        (date(2026, 2, 23), False),  # swapped with the Saturday after
        (date(2026, 2, 28), True),
        (date(2026, 10, 5), False),
        (date(2026, 10, 10), True),
        (date(2026, 11, 22), False),
        (date(2026, 11, 23), True),
    ],
)
def test_a_day_is_worked_or_not_as_the_state_council_announced(day: date, works: bool) -> None:
    assert Workdays().works(day) is works


def test_deadlines_pass_over_holidays_and_count_make_up_days() -> None:
    workdays = Workdays()
    assert workdays.after(date(2026, 2, 12), 2) == date(2026, 2, 14)
    assert workdays.after(date(2026, 2, 14), 1) == date(2026, 2, 24)
    assert workdays.after(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert workdays.after(date(2026, 11, 21), 0) == date(2026, 11, 23)


@given(DAYS, st.integers(1, 40))
def test_counting_on_and_counting_between_agree(day: date, count: int) -> None:
    workdays = Workdays()
    end = workdays.after(day, count)
    assert workdays.works(end)
    assert workdays.between(day, end) == count
    assert workdays.between(day, end - timedelta(days=1)) == count - 1


def test_what_is_corrected_by_hand_wins_over_the_pack_and_the_pack_over_the_library(tmp_path: Path) -> None:
    file = tmp_path / "workdays.yaml"
    file.write_text("work: [2026-11-22]\nrest: [2026-11-23]\n", encoding="utf-8")
    by_hand = {date(2026, 11, 23): True}
    workdays = Workdays(lambda: by_hand, read_fixed(file))
    assert [workdays.works(date(2026, 11, day)) for day in (21, 22, 23)] == [False, True, True]
    by_hand[date(2026, 11, 22)] = False
    assert not workdays.works(date(2026, 11, 22))


def test_a_calendar_without_working_days_and_one_that_cannot_be_read_say_so(tmp_path: Path) -> None:
    start = date(2026, 1, 1)
    never = {start + timedelta(days=number): False for number in range(800)}
    with pytest.raises(CockpitError) as error:
        Workdays(lambda: never).after(start, 5)
    assert error.value.key == "no_workdays"
    file = tmp_path / "workdays.yaml"
    file.write_text("work: [someday]", encoding="utf-8")
    with pytest.raises(CockpitError) as error:
        read_fixed(file)
    assert error.value.key == "bad_workdays"
    assert read_fixed(None) == {}


def test_a_year_that_is_not_announced_is_told_apart() -> None:
    assert Workdays().announced(2026)
    assert not Workdays().announced(2090)
