"""Resources, what is near and who is affected: metres of the projection, estimates that say so, one's own regions only."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from data_access.engine import transaction
from data_access.observations import LoadInfo, Source
from data_access.resources import Resource, Stock
from indicators import periods
from indicators.errors import CockpitError
from services import statutory_seed
from services.access import SYSTEM, Actor
from services.answers import Question
from services.bootstrap import build
from services.resources import DETOUR, FIGURES, TRAVEL, web_address

CITY, MAONAN, DIANBAI, GAOZHOU = 440900000000, 440902000000, 440904000000, 440981000000
JINTANG = 440902100000
NOW = datetime(2026, 10, 31, 7, 0, tzinfo=UTC)
LONG_AGO = int(datetime(2022, 12, 31, tzinfo=UTC).timestamp())
HERE = (21.68, 110.90)

LEADER = Actor("1", "leader", "leader", (CITY,))
OF_GAOZHOU = Actor("2", "county", "county_head", (GAOZHOU,))
EDITOR = Actor("3", "editor", "editor", (CITY,))


@pytest.fixture
def services(city):
    return build(city, clock=lambda: NOW)


@pytest.fixture
def told(services):
    return services.resources


def a_resource(kind="team", name="一队", region=JINTANG, lat=HERE[0], lon=HERE[1], **fields):
    return Resource(0, kind, name, region, lat, lon, since=LONG_AGO, **fields)


def figure(services, code, region=MAONAN):
    line = services.query.ask(SYSTEM, Question((code,), (region,))).row(code, region)
    return None if line is None else line.value


# -- near


def test_distances_are_metres_on_the_ground(told):
    told.add(EDITOR, [a_resource(lat=HERE[0] + 0.1), a_resource(name="二队", lon=HERE[1] + 0.1)])
    lengths = {one.resource.name: one.distance_m for one in told.near(LEADER, HERE)}
    north, east = 0.1 * 110_740, 0.1 * 111_320 * math.cos(math.radians(HERE[0]))
    assert lengths["一队"] == pytest.approx(north, rel=0.003)
    assert lengths["二队"] == pytest.approx(east, rel=0.003)


def test_who_can_be_there_soonest_comes_first_even_if_another_is_nearer(told):
    told.add(EDITOR, [a_resource("store", "仓库", lat=21.70), a_resource("team", "救援队", lat=21.73)])
    store, team = (
        next(one for one in told.near(LEADER, HERE) if one.resource.kind == kind)
        for kind in ("store", "team")
    )
    assert store.distance_m < team.distance_m
    assert [one.resource.kind for one in told.near(LEADER, HERE)] == ["team", "store"]
    assert team.route_m == pytest.approx(team.distance_m * DETOUR)
    travel = TRAVEL["team"]
    assert team.minutes == pytest.approx(travel.turnout + team.route_m / 1000 / travel.speed * 60)


def test_only_the_kinds_that_help_and_only_so_many(told):
    told.add(EDITOR, [a_resource(name=f"{n}队") for n in range(9)] + [a_resource("grid", "网格")])
    assert len(told.near(LEADER, HERE, limit=4)) == 4
    assert {one.resource.kind for one in told.near(LEADER, HERE, limit=99)} == {"team"}
    assert [one.resource.kind for one in told.near(LEADER, HERE, ("grid",))] == ["grid"]


def test_a_reader_is_told_of_the_own_regions_only(told):
    told.add(EDITOR, [a_resource(), a_resource(name="高州队", region=GAOZHOU)])
    assert [one.resource.name for one in told.near(OF_GAOZHOU, HERE)] == ["高州队"]
    assert [one.name for one in told.here(OF_GAOZHOU, CITY)] == ["高州队"]
    assert told.near(Actor("9", "a", "auditor", (CITY,)), HERE) == ()
    assert told.near(Actor("9", "e", "analyst", (CITY,), systems=("econ",)), HERE) == ()


# -- affected


def settle_people(services, region, ten_thousands):
    """Write the population of a county."""
    key = periods.instant_key(2025, 12)
    columns = {
        "indicator": ["econ.pop.resident"],
        "region": [region],
        "period": [key],
        "value": [ten_thousands],
    }
    with transaction(services.store.engine) as connection:
        source = services.store.source_id(Source("公报", "https://example.org"), connection)
        services.store.write(
            columns | {"source": source}, LoadInfo("people", "people", "test", 0), connection
        )


def test_people_are_the_population_of_the_county_by_the_share_of_its_area(services, told):
    settle_people(services, MAONAN, 106.67)
    population = 1_066_700
    all_of_it = told.affected(LEADER, HERE, 200_000)
    in_the_county = sum(
        part.people for part in all_of_it.parts if services.tree.contains(MAONAN, part.region)
    )
    assert in_the_county == pytest.approx(population, rel=1e-6)
    small, large = told.affected(LEADER, HERE, 1000), told.affected(LEADER, HERE, 2000)
    assert large.people == pytest.approx(4 * small.people, rel=0.02)
    assert small.people == pytest.approx(sum(part.people for part in small.parts))
    assert small.approximate
    assert not small.outside
    assert not small.unknown


def test_a_county_of_unknown_population_is_not_counted_and_the_answer_says_so(told):
    found = told.affected(LEADER, HERE, 1000)
    assert (found.people, found.unknown) == (None, True)


def test_what_lies_in_another_county_is_not_told_and_the_answer_says_that_it_is_not_all(told):
    beside = told.affected(OF_GAOZHOU, HERE, 5000)
    assert (beside.people, beside.parts, beside.outside) == (None, (), True)
    edge = told.affected(LEADER, (21.45, 111.0), 30_000)
    assert edge.outside


@pytest.mark.parametrize("position", [(0.0, 0.0), (89.9, 179.9), (-90.0, -180.0)])
def test_a_place_far_away_has_nobody(told, position):
    assert told.affected(LEADER, position, 5000).people is None


# -- the records


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"kind": "tank"}, "kind"),
        ({"name": " "}, "name"),
        ({"region": 1}, "region"),
        ({"region": CITY}, "region"),
        ({"lat": 110.9, "lon": 21.7}, "position"),
        ({"capacity": -1.0}, "capacity"),
        ({"capacity": math.nan}, "capacity"),
        ({"kind": "video"}, "link"),
        ({"kind": "video", "link": "javascript:alert(1)"}, "link"),
    ],
)
def test_what_is_wrong_with_a_resource_is_told_at_its_field_and_nothing_is_stored(told, wrong, where):
    with pytest.raises(CockpitError) as refused:
        told.add(EDITOR, [a_resource(), replace(a_resource(name="坏的"), **wrong)])
    assert [issue.where for issue in refused.value.issues] == [where]
    assert told.here(LEADER, CITY) == ()


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://video.gov.cn/stream?id=1", True),
        ("http://10.0.0.1:8080/a", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//video.gov.cn", False),
        ("https://", False),
        ("https://user:secret@video.gov.cn", False),
        ("https:\\\\video.gov.cn", False),
        ("https://video.gov.cn/ a", False),
        ("https://video.gov.cn/\n", False),
        ("https://[::1", False),
        ("ftp://video.gov.cn", False),
        ("https://x/" + "a" * 500, False),
    ],
)
def test_a_link_is_http_or_https_and_nothing_else(text, good):
    assert web_address(text) is good


def test_records_are_changed_and_withdrawn_with_a_reason_by_those_who_may(told):
    (number,) = told.add(EDITOR, [a_resource()])
    kept = told.here(LEADER, CITY)[0]
    told.change(EDITOR, replace(kept, capacity=30.0))
    assert told.here(LEADER, CITY)[0].capacity == 30
    for actor, why in ((LEADER, "撤并"), (EDITOR, " ")):
        with pytest.raises(CockpitError):
            told.withdraw(actor, number, why)
    told.withdraw(EDITOR, number, "撤并")
    assert told.here(LEADER, CITY) == ()
    with pytest.raises(CockpitError):
        told.change(EDITOR, kept)


# -- figures


def test_figures_are_counted_from_the_records_at_city_and_county(services, told):
    stock = (Stock("帐篷", 200, "顶", 200), Stock("冲锋舟", 3, "艘", 8), Stock("旗", 1, "面"))
    told.add(
        EDITOR,
        [
            a_resource("store", "仓库", stock=stock), a_resource("shelter", "广场", capacity=5000.0),
            a_resource("shelter", "学校", GAOZHOU, capacity=3000.0, simulated=True),
        ],
    )  # fmt: skip
    assert [figure(services, code) for code in FIGURES] == [2, 1, 5000]
    assert [figure(services, code, CITY) for code in FIGURES] == [2, 1, 8000]
    answer = services.query.ask(SYSTEM, Question((FIGURES[2],), (CITY, MAONAN)))
    assert [answer.row(FIGURES[2], region).status for region in (CITY, MAONAN)] == ["simulated", "computed"]
    assert answer.row(FIGURES[2], CITY).period == periods.instant_key(2025, 12)


def test_without_a_record_no_figure_is_made(services, told):
    told.tick(NOW)
    assert [figure(services, code) for code in FIGURES] == [None, None, None]


def test_the_sample_fills_the_map_once(services, told):
    made = statutory_seed.fill_resources(told, services.pack, services.query, 7)
    assert 120 <= made <= 200
    assert statutory_seed.fill_resources(told, services.pack, services.query, 7) == 0
    found = told.here(LEADER, CITY)
    assert {one.kind for one in found} == {"team", "shelter", "store", "hospital", "video", "grid"}
    assert all(one.simulated and one.name_en for one in found)
    inside = [told.region_at((one.lat, one.lon)) is not None for one in found]
    assert sum(inside) / len(inside) > 0.9
    assert 95 < figure(services, "emerg.res.supply_rate", CITY) < 100
