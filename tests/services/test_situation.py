"""The situation map: layers that can be switched, narrowed like everything else, and what is around a point."""

import shutil
from datetime import UTC, datetime

import pytest

from data_access.config import load_settings
from data_access.resources import Resource
from indicators.errors import CockpitError
from pages._components import situation as drawn
from pages._components.words import Words
from pages._tokens import tokens
from services.access import SYSTEM, Actor
from services.bootstrap import build
from services.panels import PanelWish
from services.situation import LAYERS, RADII, USUAL, layers_in, position_in
from services.situation_views import SituationView
from services.texts import Texts
from services.views import Choice, Face
from tests.data_access.test_cap import a_message

CITY, MAONAN, DIANBAI, GAOZHOU = 440900000000, 440902000000, 440904000000, 440981000000
JINTANG, BOHE = 440902100000, 440904125000
NOW = datetime(2026, 10, 31, 7, 5, tzinfo=UTC)
LEADER = Actor("1", "leader", "leader", (CITY,))
OF_GAOZHOU = Actor("2", "county", "county_head", (GAOZHOU,))
EDITOR = Actor("3", "editor", "editor", (CITY,))
WORDS = Words(Texts("zh"), {})


@pytest.fixture(scope="module")
def services(published, tmp_path_factory):
    """One store for all: nothing here writes after this."""
    folder = tmp_path_factory.mktemp("situation")
    for file in published.parent.glob("city.db*"):
        shutil.copy(file, folder)
    settings = load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{folder / 'city.db'}"})
    made = build(settings, clock=lambda: NOW)
    made.resources.add(
        EDITOR,
        [
            Resource(0, "team", "<b>一队</b>", JINTANG, 21.75, 110.84, capacity=30.0, simulated=True),
            Resource(0, "video", "视频", JINTANG, 21.76, 110.84, link="https://video.example/1"),
            Resource(0, "team", "高州队", GAOZHOU, 21.92, 110.85),
        ],
    )
    made.statutory.receive(SYSTEM, a_message(info="<expires>2026-10-31T21:00:00+08:00</expires>"), "command")
    return made


def map_of(services, actor=LEADER, region=None, **filters):
    choice = Choice(region=str(region) if region else None, filters=filters)
    scene = services.boards.scene(actor, choice, "zh")
    return services.situation.view(PanelWish(scene, choice, NOW))


# -- what is on


@pytest.mark.parametrize(
    ("said", "on"),
    [
        ({}, set(USUAL)),
        ({"layers": "none"}, set()),
        ({"layers": "team,video,nonsense"}, {"team", "video"}),
        ({"layers": ",".join(LAYERS)}, set(LAYERS)),
    ],
)
def test_the_address_says_which_layers_are_on(said, on):
    assert layers_in(said) == on


def test_a_layer_shows_its_marks_when_it_is_on_and_counts_them_always(services):
    usual, with_video = map_of(services), map_of(services, layers="video")
    assert {mark.layer for mark in usual.marks} == {"team"}
    assert [mark.link for mark in with_video.marks] == ["https://video.example/1"]
    counts = {layer.key: layer.count for layer in with_video.layers}
    assert (counts["team"], counts["video"], counts["warnings"]) == (2, 1, 1)
    assert [layer.key for layer in with_video.layers] == list(LAYERS)


def test_areas_bear_the_level_of_the_warning_in_force_there(services):
    levels = {area.place.code: area.level for area in map_of(services).areas}
    assert levels == {MAONAN: 0, DIANBAI: 3, GAOZHOU: 0, 440982000000: 0, 440983000000: 0}
    assert {area.level for area in map_of(services, layers="team").areas} == {0}
    assert [level for level, _ in map_of(services).shapes] == [3]


def test_a_county_has_its_townships_and_its_own_things_only(services):
    view = map_of(services, OF_GAOZHOU)
    assert (view.level, view.parent.code, view.approximate) == ("town", GAOZHOU, True)
    assert [mark.name for mark in view.marks] == ["高州队"]
    assert {area.level for area in view.areas} == {0}


def test_a_township_stands_among_its_siblings(services):
    view = map_of(services, LEADER, JINTANG)
    assert view.parent.code == MAONAN
    assert [area.place.code for area in view.areas if area.chosen] == [JINTANG]


def test_above_ones_own_region_there_is_no_map(services):
    assert isinstance(map_of(services, OF_GAOZHOU, CITY), Face)


# -- a point


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("21.68,110.90", (21.68, 110.90)),
        ("110.90,21.68", (21.68, 110.90)),
        ("21.68，110.90", (21.68, 110.90)),
        ("博贺镇", None),
        ("1,2,3", None),
        ("nan,110", None),
        ("200,300", None),
        ("", None),
    ],
)
def test_a_text_may_name_a_point_by_its_coordinates(text, position):
    assert position_in(text) == position


def test_a_point_shows_what_is_near_and_who_lives_around(services):
    point = map_of(services, at="440902", radius="10").point
    assert point.name == "茂南区"
    assert point.radius_km == 10
    assert [line.name for line in point.near] == ["<b>一队</b>", "高州队"]
    assert map_of(services, at="440904", radius="7").point.radius_km == 5
    assert 7 not in RADII
    assert map_of(services, at="440904").point.people.people > 10_000


@pytest.mark.parametrize("text", ["没有这个地方", "0,0", "39.9,116.4", "999999"])
def test_a_point_that_is_none_is_answered_and_the_map_stands(services, text):
    view = map_of(services, at=text)
    assert isinstance(view, SituationView)
    assert view.point is None
    assert view.problem


def test_the_point_of_a_sibling_is_not_told(services):
    assert map_of(services, OF_GAOZHOU, at="440904").point is None
    with pytest.raises(CockpitError) as refused:
        services.situation.find(OF_GAOZHOU, "21.70,111.23")
    assert [issue.where for issue in refused.value.issues] == ["place"]


# -- how it is drawn


def test_the_figure_shows_names_as_they_are_written_and_marks_that_lead_to_their_line(services):
    figure = drawn.figure(map_of(services, layers="warnings,team"), WORDS, tokens("light"))
    areas, *others = figure["data"]
    assert areas["type"] == "choropleth"
    assert max(areas["z"]) == 3
    (teams,) = [trace for trace in others if "customdata" in trace]
    assert "&lt;b&gt;一队&lt;/b&gt;" in teams["text"][0]
    assert "<b>" not in teams["text"][0]
    assert [cell[2] for cell in teams["customdata"]] == ["team-1", "team-3"]
    outline = next(trace for trace in others if trace["mode"] == "lines")
    assert (outline["lat"][0], outline["lon"][0]) == (21.50, 110.85)


def test_no_mark_has_the_shape_of_a_level():
    shapes = {symbol for symbol, _ in drawn.SYMBOLS.values()}
    assert not shapes & set(drawn.LEVEL_SYMBOLS[1:])
    assert set(drawn.SYMBOLS) == set(LAYERS) - {"warnings"}


@pytest.mark.parametrize(
    ("people", "shown"), [(3, 3), (99.6, 100), (514, 514), (13_482, 13_500), (143_095, 143_000)]
)
def test_an_estimate_has_three_figures_that_count(people, shown):
    assert drawn._rounded(people) == shown
