"""Revisions: what a figure said before, what it says since, why, by whom and when; told to those who see the figure."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from data_access.observations import LoadInfo, ObservationStore
from data_access.revisions import RevisionStore
from indicators.definition import DataStatus
from indicators.errors import CockpitError
from indicators.periods import months_key
from services.access import SYSTEM, Actor
from services.revision_views import RevisedFigure
from services.revisions import CORRECTION, REAL, STAGE, UNDO, Revisions
from tests.builders import CITY, COUNTY_A, COUNTY_B, a_catalog, a_ratio, a_tree, an_indicator, rows

CODE, OTHER = "econ.revenue", "econ.tax"
JUNE = months_key(2024, 6, 6)
APRIL_20 = int(datetime(2024, 4, 20, tzinfo=UTC).timestamp())
DAY = 86_400
COUNTY = Actor(id="c", name="county", role="county_head", regions=(COUNTY_A,))
HELD: list[tuple[str, int, int, int, int]] = []


@pytest.fixture
def told(engine: Engine) -> Revisions:
    catalog = a_catalog(
        an_indicator(CODE), an_indicator(OTHER), a_ratio("econ.share", f"100 * {OTHER} / {CODE}")
    )
    HELD.clear()
    people = {"7f": "陈编辑", "boss": "王主任"}
    return Revisions(
        RevisionStore(engine), catalog, a_tree(), lambda: people, lambda: HELD, timedelta(hours=8)
    )


def load(engine: Engine, day: int, value: float, region: int = CITY, actor: str = "7f", reason: str = "", **more: Any) -> int:  # fmt: skip
    at = APRIL_20 + day * DAY
    info = LoadInfo(f"{day}-{region}-{value}", f"day {day}.xlsx", actor, at, reason)
    return (
        ObservationStore(engine).write(rows((CODE, region, JUNE, value, {"known_at": at} | more)), info).load
    )


def test_a_revision_tells_old_new_why_who_and_when(engine: Engine, told: Revisions) -> None:
    load(engine, 0, 45.5, status=DataStatus.PRELIMINARY)
    load(engine, 30, 45.2, reason="财政厅更正了口径", status=DataStatus.PRELIMINARY)
    (one,) = told.of(SYSTEM, CODE)
    assert (one.old, one.new) == (
        RevisedFigure(45.5, None, "preliminary"),
        RevisedFigure(45.2, None, "preliminary"),
    )
    assert (one.reason, one.who, one.at) == ("财政厅更正了口径", "陈编辑", APRIL_20 + 30 * DAY)
    assert (one.kind, one.source, one.period, one.region) == (CORRECTION, "day 30.xlsx", JUNE, CITY)


def test_every_change_is_there_the_newest_first_each_with_its_kind(engine: Engine, told: Revisions) -> None:
    load(engine, 0, 1.0, status=DataStatus.SIMULATED)
    load(engine, 1, 2.0, status=DataStatus.PRELIMINARY)
    load(engine, 2, 2.0, status=DataStatus.FINAL)
    load(engine, 3, 3.0, status=DataStatus.FINAL)
    found = told.of(SYSTEM, CODE)
    assert [(one.kind, one.old.value, one.new.value if one.new else None) for one in found] == [
        (CORRECTION, 2.0, 3.0), (STAGE, 2.0, 2.0), (REAL, 1.0, 2.0),
    ]  # fmt: skip


def test_an_undo_is_a_revision_of_its_own(engine: Engine, told: Revisions) -> None:
    load(engine, 0, 1.0)
    wrong = load(engine, 1, 9.0)
    ObservationStore(engine).undo(wrong, "boss", APRIL_20 + 5 * DAY)
    back, before = told.of(SYSTEM, CODE)
    assert (back.kind, back.old.value, back.new.value if back.new else None) == (UNDO, 9.0, 1.0)
    assert (back.who, back.at, back.source) == ("王主任", APRIL_20 + 5 * DAY, "day 1.xlsx")
    assert (before.old.value, before.new.value if before.new else None) == (1.0, 9.0)


def test_a_figure_that_was_taken_away_has_no_new_one(engine: Engine, told: Revisions) -> None:
    only = load(engine, 0, 1.0)
    ObservationStore(engine).undo(only, "boss", APRIL_20 + DAY)
    (one,) = told.of(SYSTEM, CODE)
    assert (one.old.value, one.new, one.kind) == (1.0, None, UNDO)


def test_the_list_of_a_day_knows_nothing_of_later(engine: Engine, told: Revisions) -> None:
    for day, value in enumerate((1.0, 2.0, 3.0)):
        load(engine, day, value)
    assert [one.old.value for one in told.of(SYSTEM, CODE, until=APRIL_20 + DAY)] == [1.0]


def test_a_figure_that_is_held_back_is_not_told(engine: Engine, told: Revisions) -> None:
    load(engine, 0, 1.0)
    number = load(engine, 1, 99.0)
    HELD.append((CODE, 0, CITY, JUNE, number))
    (one,) = told.of(SYSTEM, CODE)
    assert (one.old.value, one.new) == (1.0, RevisedFigure(None, None, "held"))


def test_a_sibling_is_not_told_of(engine: Engine, told: Revisions) -> None:
    for region in (CITY, COUNTY_A, COUNTY_B):
        load(engine, 0, 1.0, region)
        load(engine, 1, 2.0, region)
    assert {one.region for one in told.of(COUNTY, CODE)} == {
        CITY,
        COUNTY_A,
    }  # what is above it is public to it
    with pytest.raises(CockpitError) as refused:
        told.of(COUNTY, CODE, COUNTY_B)
    assert refused.value.key == "forbidden"
    assert told.days(COUNTY, CODE, COUNTY_B) == ()


def test_the_days_to_go_back_to_are_those_on_which_something_became_known(
    engine: Engine, told: Revisions
) -> None:
    load(engine, 0, 1.0)
    load(engine, 30, 2.0)
    assert told.days(SYSTEM, CODE, CITY) == (date(2024, 5, 20), date(2024, 4, 20))
    assert told.days(SYSTEM, "econ.share", CITY) == told.days(SYSTEM, CODE, CITY)  # of what it is made of
