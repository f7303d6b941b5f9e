"""Boards as plain values, on the published figures of 茂名 and nothing else."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.config import load_settings
from data_access.layouts import LEVELS, load_layouts
from indicators.comparison import Note
from indicators.definition import DataStatus, Target
from indicators.errors import CockpitError
from indicators.periods import months_key
from services import courses
from services.access import Actor
from services.answers import Course
from services.boards import typeset
from services.bootstrap import build
from services.depth import BANDS, band_of, class_edges
from services.views import Choice
from tests.builders import an_indicator

CITY, MAONAN, GAOZHOU, HUAZHOU, TOWN = 440900000000, 440902000000, 440981000000, 440982000000, 440981105000
OWN_ACCOUNT = 440970000000
LEADER = Actor("1", "leader", "leader", (CITY,))
HEAD = Actor("2", "head", "county_head", (GAOZHOU,))
AUDITOR = Actor("3", "auditor", "auditor", (CITY,))
REVENUE, GDP, CPI = "econ.fiscal.revenue", "econ.gdp.total", "econ.price.cpi"
JUNE = "2024-06"


@pytest.fixture(scope="module")
def services(published, tmp_path_factory):
    """The services on a store with the published figures, in the middle of July 2024."""
    folder = tmp_path_factory.mktemp("boards")
    for file in published.parent.glob("city.db*"):
        shutil.copy(file, folder)
    settings = load_settings(environ={"CHENGMAI_STORE_URL": f"sqlite:///{folder / 'city.db'}"})
    return build(settings, clock=lambda: datetime(2024, 7, 15, 2, tzinfo=UTC))


@pytest.fixture
def boards(services):
    return services.boards


def tiles(view):
    return [tile for group in view.groups for tile in group.tiles]


def tile(view, indicator):
    return next(one for one in tiles(view) if one.indicator == indicator)


def fiscal(boards, actor=LEADER, **wish):
    return boards.economy(actor, Choice(**({"period": JUNE, "theme": "fiscal", "indicator": REVENUE} | wish)))


# ---- the published county table


def test_the_counties_the_own_account_and_what_is_not_itemised_make_the_city(boards):
    rank = fiscal(boards).focus.rank
    lines = [
        (row.role, row.place.name if row.place else None, round(row.figure.value, 2)) for row in rank.rows
    ]
    assert lines == [
        ("region", "电白区", 12.36),
        ("region", "高州市", 9.46),
        ("region", "化州市", 7.29),
        ("region", "信宜市", 6.92),
        ("region", "茂南区", 5.86),
        ("reporting_unit", "茂名市本级", 21.87),
        ("residual", None, 1.82),
    ]
    assert rank.total.value == 65.58
    assert round(sum(row.figure.value for row in rank.rows if row.role == "region"), 2) == 41.89


def test_only_regions_are_ranked(boards):
    assert [row.rank for row in fiscal(boards).focus.rank.rows] == [1, 2, 3, 4, 5, None, None]


def test_shares_of_all_parts_make_the_whole(boards):
    assert sum(row.share for row in fiscal(boards).focus.rank.rows) == pytest.approx(100)


def test_published_growth_stands_first(boards):
    first = tile(fiscal(boards), REVENUE).comparisons[0]
    assert (first.kind, first.value, first.unit) == ("yoy", 4.2, "%")


def test_a_computed_growth_stands_beside_where_it_prints_differently():
    line = courses_line(yoy_published=4.2, yoy_computed=6.2)
    assert [one.kind for one in courses.growth(an_indicator(), line)] == ["yoy", "yoy_computed"]
    alike = courses_line(yoy_published=4.2, yoy_computed=4.21)
    assert [one.kind for one in courses.growth(an_indicator(), alike)] == ["yoy"]


@pytest.mark.parametrize(
    "fields", [{"calibre_zh": "同比按不变价。"}, {"definition_zh": "当年价累计"}, {"calibre_zh": "可比价。"}]
)
def test_a_growth_computed_beside_one_at_comparable_prices_is_nominal_and_no_contradiction(fields):
    line = courses_line(yoy_published=5.2, yoy_computed=3.3, note=Note.DIFFERS)
    real = an_indicator(**fields)
    assert [one.kind for one in courses.growth(real, line)] == ["yoy", "yoy_nominal"]
    assert courses.growth_note(real, line) == ""
    assert courses.growth_note(an_indicator(), line)


def test_the_total_of_a_ranking_grows_as_its_tile_says(boards):
    view = fiscal(boards)
    assert view.focus.rank.growth == tile(view, REVENUE).comparisons[0].value == 4.2


def courses_line(**growth):
    class Line:
        pass

    line = Line()
    line.__dict__.update({"note": Note.NONE} | growth)
    return line


# ---- where and when


def test_a_reader_starts_at_the_own_region(boards):
    assert boards.home(LEADER, Choice()).place.code == CITY
    assert boards.home(HEAD, Choice()).place.code == GAOZHOU


def test_the_path_begins_at_the_readers_region(boards):
    deep = Choice(region=str(TOWN))
    assert [place.code for place in boards.home(LEADER, deep).path] == [CITY, GAOZHOU, TOWN]
    assert [place.code for place in boards.home(HEAD, deep).path] == [GAOZHOU, TOWN]


@pytest.mark.parametrize(
    ("region", "kind"),
    [(str(HUAZHOU), "forbidden"), ("440982100000", "forbidden"), ("440000000000", "forbidden"),
     ("999999999999", "unknown"), (str(OWN_ACCOUNT), "unknown")],
)  # fmt: skip
def test_what_a_county_may_not_open_shows_why_and_not_one_figure(boards, region, kind):
    for board in (boards.home, boards.economy):
        view = board(HEAD, Choice(region=region))
        assert view.face.kind == kind
        assert not tiles(view)
        assert view.focus is None
        assert view.sheet is None


def test_whoever_may_read_no_figures_gets_none(boards):
    assert boards.home(AUDITOR, Choice()).face.kind == "forbidden"


def test_the_city_is_context_for_a_county_with_totals_and_nothing_of_its_siblings(boards):
    view = fiscal(boards, HEAD, region=str(CITY))
    assert view.place.context
    assert tile(view, REVENUE).figure.value == 65.58
    assert view.focus.map is None
    assert view.focus.rank is None
    assert not view.children


def test_a_county_learns_its_place_among_siblings_without_their_names(boards):
    view = fiscal(boards, HEAD)
    assert (view.focus.standing.rank, view.focus.standing.among) == (2, 5)
    assert "化州" not in repr(view)
    assert fiscal(boards).focus.standing is None


@pytest.mark.parametrize("sheet", [(REVENUE, str(HUAZHOU)), (REVENUE, "1"), ("no.such.thing", None)])
def test_a_sheet_that_may_not_be_read_stays_shut(boards, sheet):
    assert boards.home(HEAD, Choice(sheet=sheet)).sheet is None


@pytest.mark.parametrize("wish", [{"period": "0000"}, {"period": "2024-13"}, {"as_of": "2024-99-99"}, {"theme": "x"},
                                  {"indicator": "no.such"}])  # fmt: skip
def test_a_wish_that_means_nothing_is_passed_over(boards, wish):
    assert boards.economy(LEADER, Choice(**wish)).face is None


@pytest.mark.parametrize(
    ("wish", "vain"),
    [({"period": "2024-99"}, ("period",)), ({"as_of": "2024-99-99"}, ("as_of",)), ({"theme": "nope"}, ("theme",)),
     ({"indicator": "econ.nope"}, ("map",)), ({"sheet": ("econ.nope", None)}, ("sheet",)),
     ({"indicator": GDP, "sheet": (GDP, None), "theme": "fiscal", "period": JUNE, "as_of": "2024-07-01"}, ())],
)  # fmt: skip
def test_a_wish_that_came_to_nothing_is_named(boards, wish, vain):
    assert boards.home(LEADER, Choice(**wish)).vain == vain
    assert boards.economy(LEADER, Choice(**wish)).vain == vain


def test_a_board_tells_as_of_which_day_it_is(boards):
    assert boards.home(LEADER, Choice(as_of="2024-04-20")).as_of == date(2024, 4, 20)
    assert boards.home(LEADER, Choice()).as_of is None


def test_a_period_asks_for_what_was_newest_at_its_end(boards):
    assert tile(fiscal(boards, period="2024-05"), REVENUE).figure.value == 52.34
    assert tile(fiscal(boards), REVENUE).figure.value == 65.58


def test_a_day_asks_for_what_was_known_then(boards):
    then = tile(fiscal(boards, as_of="2020-01-01"), REVENUE)
    assert then.figure.value is None


# ---- what stands on a board


def test_home_has_the_headline_tiles_of_all_six_systems(boards):
    assert [group.system for group in boards.home(LEADER, Choice()).groups if group.system] == [
        "econ",
        "proj",
        "emerg",
        "sign",
        "dgov",
        "ops",
    ]


def test_no_figure_is_missing_without_a_reason(boards):
    for view in (
        boards.home(LEADER, Choice()),
        boards.home(LEADER, Choice(region=str(TOWN))),
        fiscal(boards),
    ):
        for one in tiles(view):
            assert one.figure.value is not None or one.figure.reason, one.indicator


def test_what_a_level_does_not_publish_is_named_once_and_not_drawn(boards):
    view = boards.economy(LEADER, Choice(region=str(GAOZHOU), theme="price"))
    assert CPI not in [one.indicator for one in tiles(view)]
    assert CPI in [code for code, _ in view.groups[0].unpublished]


def test_every_theme_of_the_system_is_a_tab_after_the_overview(boards, services):
    tabs = boards.economy(LEADER, Choice()).tabs
    themes = [theme for theme in services.catalog.themes.values() if theme.system == "econ"]
    assert [tab.id for tab in tabs] == [
        "overview",
        *(one.id for one in sorted(themes, key=lambda one: one.order)),
    ]


def test_a_mark_is_an_open_warning_and_nothing_else_is_a_mark(boards, services):
    view = boards.home(LEADER, Choice())
    subtree = (CITY, *services.tree.subtree(CITY))
    opened = {(one.indicator, one.region) for one in services.alerts.open_alerts(LEADER, subtree)}
    for one in tiles(view):
        rule = services.catalog.get(one.indicator).rule
        watched = rule.mapping["code"] if rule and rule.type == "refer" else one.indicator
        assert (one.mark is not None) == bool({(one.indicator, CITY), (watched, CITY)} & opened)


def test_siblings_drawn_beside_a_region_bear_their_marks_and_their_warnings_stay_off_its_list(
    boards, services
):
    counties = services.tree.children(CITY, territories_only=True)
    alert = next(
        one for one in services.alerts.open_alerts(LEADER, counties, "econ")
        if services.catalog.get(one.indicator).lowest_level == "county"
    )  # fmt: skip
    other = next(code for code in counties if code != alert.region)
    view = boards.economy(LEADER, Choice(region=str(other), indicator=alert.indicator))
    marked = {row.place.code for row in view.focus.rank.rows if row.mark and row.place}
    assert alert.region in marked
    assert alert.region in {area.place.code for area in view.focus.map.areas if area.mark}
    assert alert.region not in {
        line.place.code for group in view.warnings for top in group.lines for line in top.flat
    }


def test_a_unit_is_printed_as_it_is_written():
    assert typeset("ug/m3") == "µg/m³"
    assert typeset("10 thousand m2 per month") == "10 thousand m² per month"
    assert typeset("units") == "units"


def test_a_board_of_the_past_bears_no_mark_of_a_later_warning(boards, services):
    alert = next(one for one in services.alerts.open_alerts(LEADER, (CITY,), "econ") if one.level)
    theme = services.catalog.get(alert.indicator).theme
    now, earlier = (boards.economy(LEADER, Choice(theme=theme, period=period)) for period in (None, "2010"))
    assert tile(now, alert.indicator).mark.level == alert.level
    assert tile(earlier, alert.indicator).mark is None


def test_warnings_are_counted_whole_and_sorted_most_severe_first(boards):
    for group in boards.home(LEADER, Choice()).warnings:
        levels = [line.level for line in group.lines]
        assert levels == sorted(levels, reverse=True)
        assert group.total == len(group.statutory) + sum(len(line.flat) for line in group.lines)
        assert all(below.level <= line.level for line in group.lines for below in line.folded)


def test_warnings_below_put_a_count_on_the_number_above_that_has_none_of_its_own(boards, services):
    view = boards.home(LEADER, Choice())
    opened = [one.indicator for one in services.alerts.open_alerts(LEADER, services.tree.subtree(CITY))
              if one.region != CITY]  # fmt: skip
    for one in tiles(view):
        assert one.below == (0 if one.mark else opened.count(one.indicator))


def test_names_are_in_the_language_of_the_reader(boards):
    assert boards.home(LEADER, Choice(), "en").place.name == "Maoming City"
    assert tile(boards.home(LEADER, Choice(), "en"), GDP).name == "Gross regional product"


def test_the_map_of_a_city_shows_its_counties_and_no_reporting_unit(boards):
    areas = fiscal(boards).focus.map.areas
    assert len(areas) == 5
    assert OWN_ACCOUNT not in [area.place.code for area in areas]


def test_a_township_is_shown_among_its_siblings(boards):
    focus = boards.economy(LEADER, Choice(region=str(TOWN), indicator="econ.fiscal.tax")).focus
    assert focus.map.parent.code == GAOZHOU
    assert [area.place.code for area in focus.map.areas if area.chosen] == [TOWN]
    assert focus.map.approximate


def test_a_composition_is_the_parts_of_the_total_largest_first(boards):
    view = boards.economy(LEADER, Choice(theme="general", indicator=GDP, period="2022")).focus.composition
    values = [part.figure.value for part in view.parts]
    assert [part.name for part in view.parts][:3] == ["第三产业增加值", "第二产业增加值", "第一产业增加值"]
    assert values == sorted(values, reverse=True)


# ---- the number sheet


def test_the_sheet_tells_all_that_is_known_of_a_number(boards):
    sheet = boards.home(LEADER, Choice(period="2023", sheet=(GDP, None))).sheet
    assert sheet.figure.value == 3987.22
    assert sheet.source["title"]
    assert sheet.source["citation"].startswith("http")
    assert (sheet.definition, sheet.department, sheet.version) != ("", "", 0)
    assert sheet.next_release is not None


def test_the_sheet_of_a_derived_number_gives_the_values_that_went_into_it(boards, services):
    sheet = boards.home(LEADER, Choice(sheet=("econ.fiscal.tax_share", None))).sheet
    assert [term.code for term in sheet.terms] == ["econ.fiscal.tax", REVENUE]
    assert sheet.formula == services.catalog.get("econ.fiscal.tax_share").formula


# ---- courses


def a_course(*values, reported=None):
    count = len(values)
    return Course(
        np.array([months_key(2023 + i // 12, i % 12 + 1, i % 12 + 1) for i in range(count)]),
        np.array(values, float),
        np.full(count, DataStatus.FINAL, np.int8),
        np.full(count, 5, np.int32) if reported is None else np.array(reported, np.int32),
        np.full(count, 5, np.int32),
    )


class Targets:
    """A target of 120 along the calendar."""

    def target(self, indicator, region, year):
        return Target(indicator, region, year, ">=", 120.0)

    def curve(self, indicator, region, year=None):
        return None


def lines(course, indicator=None):
    indicator = indicator or an_indicator()
    return {
        one.key: one
        for one in courses.course_lines(indicator, course, courses.TargetCourse(Targets(), indicator, CITY))
    }


def test_a_cumulative_figure_sets_this_year_beside_the_last_and_what_is_due():
    found = lines(a_course(*range(1, 16)))
    assert [point.value for point in found["current"].points] == [13, 14, 15]
    assert [point.value for point in found["previous"].points][:3] == [1, 2, 3]
    assert found["previous"].points[0].period == found["current"].points[0].period
    assert found["target"].points[5].value == 60.0


def test_a_partial_figure_is_marked_where_it_stands():
    found = lines(a_course(1.0, 2.0, 1.0, reported=[5, 5, 3]))
    assert [point.state for point in found["current"].points] == ["ok", "ok", "partial"]


def test_a_missing_figure_is_a_gap_in_the_course():
    assert [point.value for point in lines(a_course(1.0, float("nan"), 3.0))["current"].points] == [
        1.0,
        None,
        3.0,
    ]


def test_one_figure_is_no_course():
    assert lines(a_course(1.0)) == {}


def test_the_schedule_of_a_rate_is_drawn_only_where_a_rule_watches_it():
    assert "target" not in lines(a_course(1.0, 2.0), an_indicator(unit="%"))


# ---- classes of the map


@given(
    st.lists(
        st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 2)), min_size=1, max_size=60
    )
)
def test_every_figure_falls_into_a_class_and_larger_ones_never_into_a_lower(values):
    edges = class_edges(values)
    assert 2 <= len(edges) <= BANDS + 1
    assert list(edges) == sorted(edges)
    bands = [band_of(value, edges) for value in sorted(values)]
    assert bands == sorted(bands)
    assert 0 <= bands[0] <= bands[-1] < BANDS


def test_five_figures_make_five_classes_and_equal_ones_share_theirs():
    assert [
        band_of(value, class_edges([5.86, 6.92, 7.29, 9.46, 12.36]))
        for value in (5.86, 6.92, 7.29, 9.46, 12.36)
    ] == [0, 1, 2, 3, 4]
    assert len({band_of(value, class_edges([1.0, 1.0, 2.0])) for value in (1.0, 1.0)}) == 1


def test_no_figure_has_no_class():
    assert band_of(None, class_edges([1.0, 2.0])) is None
    assert class_edges([]) == ()


# ---- layouts


def test_every_indicator_that_a_layout_names_exists_and_is_a_headline(services):
    for board in services.boards.names:
        for level in LEVELS:
            for section in services.layouts.sections(board, level):
                for entry in section.entries:
                    assert entry.kind == "panel" or services.catalog.get(entry.name).headline, entry.name


def test_a_layout_with_mistakes_is_told_all_of_them(services, tmp_path):
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards" / "home.yaml").write_text(
        "board: home\ncolour: red\ngroups: [{system: econ, tails: []}]\n", "utf-8"
    )
    (tmp_path / "boards" / "economy.yaml").write_text("board: [", "utf-8")
    with pytest.raises(CockpitError) as told:
        load_layouts(replace(services.pack, folders=(tmp_path,)))
    assert sorted(issue.key for issue in told.value.issues) == [
        "layout_key_unknown",
        "layout_key_unknown",
        "layout_unreadable",
    ]
