"""Starred indicators: the usual ones until a reader chooses, an order of one's own, nothing that one may not see."""

from datetime import UTC, datetime

import pytest

from data_access.stars import StarStore
from indicators.errors import CockpitError
from indicators.regions import Level
from services.access import Actor
from services.scenes import published
from services.stars import MOST, USUAL, USUAL_COUNT, Stars
from tests.builders import CITY, COUNTY_A, TOWN_A1, a_catalog, a_tree, an_indicator

MAYOR = Actor("m", "mayor", "leader", (CITY,))
HEAD = Actor("h", "head", "county_head", (COUNTY_A,))
CLERK = Actor("t", "clerk", "analyst", (TOWN_A1,))
BUILDER = Actor("b", "builder", "analyst", (CITY,), systems=("proj",))

EXTRA = "econ.retail.total"
LEVELS = {"econ.gdp.total": "county", "sign.env.pm25": "county"}
CATALOG = a_catalog(
    *(an_indicator(code, lowest_level=LEVELS.get(code, "town")) for code in (*USUAL, EXTRA)),
    *(an_indicator(f"econ.more.n{n}") for n in range(MOST)),
)


@pytest.fixture
def stars(engine):
    return Stars(StarStore(engine), CATALOG, a_tree(), lambda: datetime(2026, 10, 28, tzinfo=UTC))


def test_who_never_chose_sees_the_usual_five(stars):
    assert stars.of(MAYOR) == USUAL[:USUAL_COUNT]


def test_the_usual_ones_are_published_at_the_readers_own_level(stars):
    usual = stars.of(CLERK)
    assert len(usual) == USUAL_COUNT
    assert all(published(CATALOG, code, Level.TOWN) for code in usual)


def test_a_star_is_added_at_the_end_and_taken_away_again(stars):
    assert stars.toggle(MAYOR, EXTRA) is True
    assert stars.of(MAYOR) == (*USUAL[:USUAL_COUNT], EXTRA)
    assert stars.toggle(MAYOR, USUAL[0]) is False
    assert stars.of(MAYOR) == (*USUAL[1:USUAL_COUNT], EXTRA)


def test_who_takes_every_star_away_has_none_and_not_the_usual_ones(stars):
    for code in stars.of(MAYOR):
        stars.toggle(MAYOR, code)
    assert stars.of(MAYOR) == ()


def test_the_stars_of_one_account_are_not_those_of_another(stars):
    stars.toggle(MAYOR, EXTRA)
    assert EXTRA not in stars.of(HEAD)


@pytest.mark.parametrize(
    ("code", "steps", "order"),
    [(0, 1, (1, 0, 2, 3, 4)), (4, -1, (0, 1, 2, 4, 3)), (0, -1, (0, 1, 2, 3, 4)), (2, 9, (0, 1, 3, 4, 2))],
)
def test_the_order_is_the_readers_own(stars, code, steps, order):
    stars.move(MAYOR, USUAL[code], steps)
    assert stars.of(MAYOR) == tuple(USUAL[place] for place in order)


def test_what_is_not_starred_is_not_moved(stars):
    stars.move(MAYOR, EXTRA, -1)
    assert stars.of(MAYOR) == USUAL[:USUAL_COUNT]


def test_a_reader_of_one_system_is_shown_and_may_star_nothing_of_another(stars):
    assert stars.of(BUILDER) == ("proj.invest.completion_rate",)
    with pytest.raises(CockpitError) as refused:
        stars.toggle(BUILDER, EXTRA)
    assert refused.value.key == "forbidden"


def test_what_is_no_indicator_gets_no_star(stars):
    with pytest.raises(CockpitError) as refused:
        stars.toggle(MAYOR, "econ.no.such")
    assert "econ.no.such" in str(refused.value)


def test_there_is_an_end_to_stars(stars):
    for n in range(MOST - USUAL_COUNT):
        stars.toggle(MAYOR, f"econ.more.n{n}")
    with pytest.raises(CockpitError) as refused:
        stars.toggle(MAYOR, EXTRA)
    assert refused.value.key == "too_many_stars"
    assert len(stars.of(MAYOR)) == MOST
