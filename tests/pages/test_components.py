"""What boards draw from views: anatomy of a card, honest faces, figures that never turn missing into zero."""

from dataclasses import replace
from datetime import date
from urllib.parse import unquote

import orjson
import pytest

from indicators.periods import instant_key, months_key
from pages._components import board, charts, drawer, filters, lists, spark, states
from pages._components import map as maps
from pages._components.tile import tile
from pages._components.words import Words
from pages._state import PageState
from pages._tokens import tokens
from services.texts import Texts
from services.views import (
    AlertGroupView,
    AlertLine,
    Area,
    BoardView,
    Comparison,
    CompositionView,
    Face,
    Figure,
    Focus,
    MapView,
    Mark,
    Part,
    Place,
    Point,
    RankRow,
    RankView,
    Series,
    SheetView,
    Slot,
    SystemGroup,
    Tab,
    Term,
    TileView,
    TrendView,
)

CITY = Place(440900000000, "茂名市", "city")
GAOZHOU = Place(440981000000, "高州市", "county")
JUNE = months_key(2024, 6, 6)
ZH, EN = Words(Texts("zh")), Words(Texts("en"), {"人": "persons"})
DARK = tokens("dark")
HERE = PageState(region="440900000000")


def a_figure(value=65.58, **fields):
    return Figure(
        **({"value": value, "unit": "亿元", "period": JUNE, "state": "ok", "status": "final"} | fields)
    )


def a_tile(figure=None, **fields):
    given = {
        "indicator": "econ.fiscal.revenue",
        "name": "一般公共预算收入",
        "place": CITY,
        "figure": figure or a_figure(),
        "frequency": "monthly",
        "basis": "ytd",
    }
    return TileView(**(given | fields))


def a_series(*values, key="current", partial=False, name=""):
    last = len(values) - 1
    points = (
        Point(months_key(2024, i + 1, i + 1), value, "partial" if partial and i == last else "ok")
        for i, value in enumerate(values)
    )
    return Series(key, name, tuple(points))


def a_map(*areas, **fields):
    given = {
        "indicator": "econ.fiscal.revenue",
        "name": "一般公共预算收入",
        "parent": CITY,
        "level": "county",
        "areas": areas,
        "edges": (5.86, 8.0, 12.36),
        "ramp": (0, 4),
        "unit": "亿元",
        "period": JUNE,
        "bounds": (110.0, 21.0, 111.0, 22.0),
        "approximate": False,
        "version": "tag",
    }
    return MapView(**(given | fields))


def a_rank(*rows, **fields):
    given = {
        "indicator": "econ.fiscal.revenue",
        "name": "一般公共预算收入",
        "parent": CITY,
        "unit": "亿元",
        "period": JUNE,
        "total": a_figure(),
        "rows": rows,
    }
    return RankView(**(given | fields))


def an_alert(level=4, kind="management", **fields):
    given = {
        "id": "1",
        "kind": kind,
        "level": level,
        "indicator": "proj.invest.completion_rate",
        "name": "年度投资完成率",
        "place": GAOZHOU,
        "value": 41.2,
        "unit": "%",
        "measure": "schedule_gap_pp",
        "compared": -33.1,
        "op": "<",
        "threshold": -30.0,
        "lasted": 3,
        "period": JUNE,
        "since": JUNE,
        "frequency": "monthly",
        "department": "市发展改革局",
    }
    return AlertLine(**(given | fields))


def a_group(*tiles, panels=(), unpublished=()):
    """A section of the economy with these cards and, below them, built-in panels of half a row."""
    cards = [Slot("tile", one.indicator, "normal", place, one) for place, one in enumerate(tiles)]
    below = [Slot("panel", name, "half", len(tiles) + place) for place, name in enumerate(panels)]
    return SystemGroup("econ", "经济运行", (*cards, *below), unpublished, "econ")


def a_board(**fields):
    given = {
        "board": "home",
        "place": CITY,
        "path": (CITY,),
        "children": (GAOZHOU,),
        "face": None,
        "warnings": (
            AlertGroupView("statutory", (0, 0, 0, 0), ()),
            AlertGroupView("management", (0, 0, 0, 0), ()),
        ),
        "tabs": (),
        "tab": "",
        "groups": (a_group(a_tile()),),
        "focus": None,
        "sheet": None,
        "periods": (),
        "period": None,
        "newest": JUNE,
        "simulated": False,
    }
    return BoardView(**(given | fields))


def all_of(element, key=None):
    """Every component below an element; with a key, those that have the property."""
    found = []
    if isinstance(element, dict):
        if "props" in element:
            found.append(element)
        for value in element.values():
            found += all_of(value)
    elif isinstance(element, list):
        for value in element:
            found += all_of(value)
    return [one for one in found if key is None or key in one["props"]]


def text_of(element):
    """The words of an element, as they are read."""
    if isinstance(element, dict):
        return text_of(element.get("props", {}).get("children", ""))
    if isinstance(element, list):
        return " ".join(text_of(child) for child in element)
    return str(element)


def links(element):
    return {one["props"]["href"] for one in all_of(element, "href")}


# ---- one card


def test_a_card_reads_from_name_to_status():
    card = tile(a_tile(comparisons=(Comparison("yoy", 4.2, "%"),)), HERE, ZH)
    said = text_of(card)
    order = [
        said.index(part) for part in ("一般公共预算收入", "65.58", "亿元", "同比", "2024年1—6月", "正式")
    ]
    assert order == sorted(order)


def test_the_number_opens_its_sheet_and_the_name_turns_the_map_to_it():
    card = tile(a_tile(), HERE, ZH)
    assert links(card) == {
        "?region=440900000000&sheet=econ.fiscal.revenue",
        "?region=440900000000&map=econ.fiscal.revenue",
    }


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("late", "超过发布时间仍未报送", "逾期未报"),
        ("not_due", "未到发布时间", "未到发布时间"),
        ("not_published", "本级不发布", "本级不发布"),
        ("missing", "停机检修", "停机检修"),
    ],
)
def test_a_missing_figure_is_a_dash_with_its_reason_and_never_a_zero(state, reason, words):
    card = text_of(tile(a_tile(a_figure(None, state=state, reason=reason, status="missing")), HERE, ZH))
    assert "—" in card
    assert words in card
    assert "0" not in card.replace("2024", "")


def test_a_partial_roll_up_says_how_many_reported():
    card = tile(a_tile(a_figure(state="partial", reported=87, expected=110)), HERE, ZH)
    assert "已报 87/110" in text_of(card)


def test_a_simulated_figure_says_so_where_the_status_stands():
    assert "模拟" in text_of(tile(a_tile(a_figure(status="simulated")), HERE, ZH))
    assert "simulated" in text_of(tile(a_tile(a_figure(status="simulated")), HERE, EN))


def test_a_figure_that_is_overtaken_keeps_its_number_and_says_a_newer_one_is_due():
    card = text_of(tile(a_tile(a_figure(state="late")), HERE, ZH))
    assert "65.58" in card
    assert "新一期逾期未报" in card


@pytest.mark.parametrize("state", ["ok", "stale", "late", "partial", "missing"])
def test_no_state_of_a_figure_colours_a_card_without_an_open_warning(state):
    value = None if state == "missing" else -99.0
    assert not all_of(tile(a_tile(a_figure(value, state=state)), HERE, ZH), "data-level")


@pytest.mark.parametrize(("level", "word"), [(1, "blue"), (2, "yellow"), (3, "orange"), (4, "red")])
@pytest.mark.parametrize("kind", ["statutory", "management"])
def test_an_open_warning_marks_the_card_by_level_and_kind_and_says_it_in_words(level, word, kind):
    card = tile(a_tile(mark=Mark(level, kind)), HERE, ZH)
    assert (card["props"]["data-level"], card["props"]["data-kind"]) == (word, kind)
    spoken = [
        one["props"]["aria-label"] for one in all_of(card, "data-level") if "aria-label" in one["props"]
    ]
    assert spoken == [ZH.level(level, kind)]


def test_a_falling_number_is_an_arrow_in_words_not_a_colour():
    card = tile(a_tile(comparisons=(Comparison("yoy", -6.2, "%"),)), HERE, ZH)
    assert "▼" in text_of(card)
    assert not all_of(card, "data-level")


# ---- small trends


def drawing(element, which="spark-own"):
    line = next(one for one in all_of(element, "style") if which in one["props"]["className"])
    return unquote(line["props"]["style"]["maskImage"])


def test_a_trend_needs_two_figures():
    assert spark.sparkline((a_series(1.0, None),), "走势") is None
    assert spark.sparkline((), "走势") is None


def test_a_gap_breaks_the_line_instead_of_falling_to_zero():
    drawn = drawing(spark.sparkline((a_series(5.0, None, 6.0, 7.0),), "走势"))
    assert drawn.count("M") == 1 + 1 + 1  # two pieces and the dot


def test_a_partial_last_figure_is_dashed_to_a_hollow_dot():
    whole = drawing(spark.sparkline((a_series(5.0, 6.0, 2.0),), "走势"))
    partial = drawing(spark.sparkline((a_series(5.0, 6.0, 2.0, partial=True),), "走势"))
    assert "stroke-dasharray" not in whole
    assert "stroke-dasharray" in partial
    assert "stroke='#000'" in partial


def test_targets_and_other_years_stand_beside_in_grey():
    element = spark.sparkline((a_series(1.0, 2.0), a_series(1.5, 2.5, key="target")), "走势")
    assert "stroke-dasharray" in drawing(element, "spark-beside")


# ---- drawn figures


def a_trend(*series, **fields):
    given = {
        "indicator": "econ.fiscal.revenue",
        "name": "一般公共预算收入",
        "place": CITY,
        "unit": "亿元",
        "frequency": "monthly",
        "seasonal": True,
        "series": series,
    }
    return TrendView(**(given | fields))


def test_a_cumulative_trend_sets_year_beside_year_by_months():
    figure = charts.trend(
        a_trend(a_series(10.0, 21.0, name="2024"), a_series(9.0, 20.0, key="previous", name="2023")), ZH, DARK
    )
    assert [trace["name"] for trace in figure["data"]] == ["2024年", "2023年"]
    assert figure["data"][0]["x"] == [1, 2]
    assert figure["layout"]["xaxis"]["ticktext"][:2] == ["1月", "2月"]
    assert (
        charts.trend(a_trend(a_series(1.0, 2.0, name="2024")), EN, DARK)["layout"]["xaxis"]["ticktext"][0]
        == "Jan"
    )


def test_a_partial_end_is_a_line_of_its_own_and_not_a_fall():
    figure = charts.trend(a_trend(a_series(10.0, 21.0, 12.0, name="2024", partial=True)), ZH, DARK)
    whole, tail = figure["data"]
    assert whole["y"] == [10.0, 21.0]
    assert (tail["y"], tail["line"]["dash"], tail["name"]) == ([21.0, 12.0], "dot", "2024年（未报齐）")


def test_the_data_is_one_hue_and_what_it_is_compared_with_grey():
    figure = charts.trend(
        a_trend(a_series(1.0, 2.0, name="2024"), a_series(1.0, 2.0, key="previous", name="2023")), ZH, DARK
    )
    assert [trace["line"]["color"] for trace in figure["data"]] == [DARK["data"], DARK["data-2"]]


def test_a_change_of_calibre_is_a_line_with_a_word():
    monthly = a_trend(
        Series("current", "", tuple(Point(instant_key(2024, m), float(m)) for m in (1, 2, 3))),
        seasonal=False, breaks=((instant_key(2024, 2), "口径调整"),),
    )  # fmt: skip
    figure = charts.trend(monthly, ZH, DARK)
    assert len(figure["layout"]["shapes"]) == 1
    assert any(note["text"].endswith("口径变更") for note in figure["layout"]["annotations"])
    assert [trace["y"] for trace in figure["data"]] == [
        [1.0],
        [2.0, 3.0],
    ]  # the line ends there and begins anew


def test_names_from_data_cannot_become_markup():
    figure = charts.trend(a_trend(a_series(1.0, 2.0, name="<b onclick=x>")), ZH, DARK)
    assert "<b" not in str(figure["layout"]["annotations"]) + figure["data"][0]["hovertemplate"].replace(
        "<extra>", ""
    )


# ---- map


def an_area(place, value, band, **fields):
    return Area(place, a_figure(value, state="ok" if value is not None else "late"), band, **fields)


def test_the_map_names_where_its_polygons_are_and_carries_none():
    figure = maps.figure(a_map(an_area(GAOZHOU, 9.46, 4)), ZH, DARK)
    assert figure["data"][1]["geojson"] == "/geo/440900000000/county.json?v=tag"
    assert b"coordinates" not in orjson.dumps(figure)


def test_an_area_without_a_figure_is_in_the_hatched_trace_and_says_so():
    view = a_map(an_area(GAOZHOU, None, None), an_area(CITY, 12.36, 4))
    figure = maps.figure(view, ZH, DARK)
    assert figure["data"][0]["locations"] == ["440981000000"]
    assert "高州市 —" in figure["data"][2]["text"]
    assert "gaps" in str(maps.panel(view, ZH, DARK))
    assert "— 无数据" in text_of(maps.legend(view, ZH))


def test_the_legend_prints_the_bounds_of_every_class():
    assert "5.86 至 8" in text_of(maps.legend(a_map(an_area(GAOZHOU, 9.46, 4)), ZH))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_name_on_the_map_is_in_the_ink_that_is_read_better_on_its_ground(theme):
    palette = tokens(theme)
    areas = [an_area(Place(code, str(code), "county"), 1.0, code) for code in range(5)]
    for trace in maps.figure(a_map(*areas), ZH, palette)["data"][2:4]:
        assert trace["text"]
        for code in map(int, trace["locations"]):
            read = [maps.contrast(palette[ink], palette[f"ramp-{code + 1}"]) for ink in ("text", "on-level")]
            assert maps.contrast(trace["textfont"]["color"], palette[f"ramp-{code + 1}"]) >= max(read) / 1.2


def test_a_name_with_a_mark_stands_clear_of_it():
    figure = maps.figure(a_map(an_area(GAOZHOU, 9.46, 0, mark=Mark(4)), an_area(CITY, 1.0, 0)), ZH, DARK)
    names, marks = figure["data"][2], figure["data"][4]
    assert names["textposition"] == ["bottom center", "middle center"]
    assert names["marker"] == {"size": [marks["marker"]["size"], 0], "opacity": 0}


def test_the_frame_of_the_map_is_given_and_not_fitted():
    geo = maps.figure(a_map(an_area(GAOZHOU, 9.46, 4)), ZH, DARK)["layout"]["geo"]
    west, east = geo["lonaxis"]["range"]
    assert west < 110.0 < 111.0 < east
    assert "fitbounds" not in geo


def test_approximate_borders_and_simulated_figures_are_said_beneath_the_map():
    said = text_of(maps.panel(a_map(an_area(GAOZHOU, 9.46, 4), approximate=True, simulated=True), ZH, DARK))
    assert "虚线为示意界线" in said
    assert "含模拟数据" in said


def test_a_warning_on_the_map_has_the_shape_of_its_level():
    figure = maps.figure(a_map(an_area(GAOZHOU, 9.46, 4, mark=Mark(4))), ZH, DARK)
    assert figure["data"][4]["marker"]["symbol"] == ["octagon"]
    assert figure["data"][4]["marker"]["color"] == [DARK["red"]]


# ---- lists


def test_statutory_and_management_warnings_stand_apart():
    groups = (
        AlertGroupView("statutory", (0, 0, 1, 0), (an_alert(3, "statutory"),)),
        AlertGroupView("management", (0, 0, 0, 1), (an_alert(4),)),
    )
    drawn = lists.warnings(groups, HERE, ZH)
    sections = [one for one in all_of(drawn) if "warning-group" in one["props"].get("className", "")]
    assert [section["props"]["className"] for section in sections] == [
        "warning-group statutory",
        "warning-group management",
    ]


def test_what_a_warning_stands_for_is_one_line_that_opens():
    below = (an_alert(3, id="2"), an_alert(1, id="3"))
    group = AlertGroupView("management", (1, 0, 1, 1), (an_alert(4, folded=below), an_alert(2, id="4")))
    drawn = lists.warnings((group,), HERE, ZH)
    (fold,) = [one for one in all_of(drawn) if "warning-below" in one["props"].get("className", "")]
    assert "另有 2 条下级预警" in text_of(fold)
    assert [one["props"].get("className") for one in all_of(fold)].count("warning") == 2


def test_warnings_below_are_a_quiet_word_on_the_tile_and_no_colour():
    quiet, warned = (tile(a_tile(below=3, mark=mark), HERE, ZH) for mark in (None, Mark(2)))
    assert "下级 3 条预警" in text_of(quiet)
    assert "data-level" not in quiet["props"]
    assert warned["props"]["data-level"] == "yellow"


def test_a_warning_line_tells_value_bound_duration_date_and_owner():
    line = " ".join(ZH.alert(an_alert()))
    for said in ("41.2", "−33.1", "−30", "已持续 3 期", "2024年1—6月", "市发展改革局"):
        assert said in line


def test_no_open_warning_is_said_in_a_quiet_sentence():
    assert "没有生效的管理预警" in text_of(
        lists.warnings((AlertGroupView("management", (0, 0, 0, 0), ()),), HERE, ZH)
    )


def test_the_residual_is_a_line_of_its_own_and_is_not_ranked():
    rows = (
        RankRow("region", GAOZHOU, a_figure(9.46), rank=1, share=14.4),
        RankRow("reporting_unit", Place(440970000000, "茂名市本级", "county"), a_figure(21.87), share=33.3),
        RankRow("residual", None, a_figure(1.82, status="computed"), share=2.8),
    )
    table = lists.ranking(a_rank(*rows), HERE, ZH)
    said = text_of(table)
    assert "未单列功能区" in said
    assert "茂名市本级" in said
    ranks = [text_of(one) for one in all_of(table) if one["props"].get("className") == "rank"]
    assert ranks == ["1", "", ""]
    assert not any("440970000000" in href and "sheet" not in href for href in links(table))


def test_a_region_that_did_not_report_stands_in_the_ranking_with_a_dash():
    row = RankRow("region", GAOZHOU, a_figure(None, state="late", reason="超过发布时间仍未报送"))
    said = text_of(lists.ranking(a_rank(row), HERE, ZH))
    assert "—" in said
    assert "逾期未报" in said


def cells(table, column):
    return [text_of(one) for one in all_of(table) if one["props"].get("className") == f"number {column}"]


def test_the_total_grows_as_its_tile_says_and_sums_contributions_only_when_all_are_known():
    known = RankRow("region", GAOZHOU, a_figure(9.46), growth=3.0, contribution=0.5)
    unknown = RankRow("region", CITY, a_figure(7.0))
    table = lists.ranking(a_rank(known, unknown, growth=2.12), HERE, ZH)
    assert cells(table, "growth")[-1].startswith("+2.12")
    assert cells(table, "contribution")[1:] == ["+0.50", "—", "—"]
    assert cells(lists.ranking(a_rank(known, known), HERE, ZH), "contribution")[-1] == "+1.00"


def test_parts_that_are_more_than_their_total_are_said_to_be():
    parts = (Part("a.b", "税收", a_figure(80.0), 122.0),)
    assert "大于总数" in text_of(
        lists.composition(CompositionView("x", "收入", "", a_figure(), parts, balanced=False), HERE, ZH)
    )


# ---- number sheet


def a_sheet(**fields):
    given = {
        "indicator": "proj.invest.completion_rate",
        "name": "年度投资完成率",
        "place": GAOZHOU,
        "figure": a_figure(43.8, unit="%", status="computed"),
        "frequency": "monthly",
        "basis": "ytd",
        "department": "市发展改革局",
        "definition": "累计完成投资占年度计划投资的比例。",
        "calibre": "",
        "unit": "%",
        "sensitivity": "internal",
    }
    return SheetView(**(given | fields))


def test_the_sheet_shows_the_formula_in_names_with_live_values():
    sheet = a_sheet(
        formula="100 * proj.invest.ytd / proj.invest.year_plan",
        terms=(Term("proj.invest.ytd", "累计完成投资", a_figure(120.2)), Term("proj.invest.year_plan", "年度计划投资", a_figure(None, state="late"))),
    )  # fmt: skip
    said = text_of(drawer.sheet(sheet, HERE, ZH))
    assert "「累计完成投资」 ÷ 「年度计划投资」" in said
    assert "120.2" in said
    assert "逾期未报" in said


def test_the_sheet_cites_its_source_and_tells_the_rule_with_every_bound():
    sheet = a_sheet(
        source={"title": "统计公报", "citation": "https://example.org/1", "quality": "B"},
        rule={
            "id": "proj.invest.completion_rate",
            "type": "schedule_gap",
            "measure": "schedule_gap_pp",
            "op": "<",
            "bounds": {4: -30.0, 1: -5.0},
            "unit": "百分点",
        },
    )
    said = text_of(drawer.sheet(sheet, HERE, ZH))
    for part in ("统计公报", "https://example.org/1", "来源等级 B", "落后于时序进度", "< −30", "< −5"):
        assert part in said
    assert "https://example.org/1" not in links(drawer.sheet(sheet, HERE, ZH)), (
        "a citation is text: it leads nowhere outside"
    )


def test_closing_the_sheet_keeps_all_else_of_the_state():
    shown = replace(HERE, period="2024-06", sheet="proj.invest.completion_rate")
    close = next(
        one
        for one in all_of(drawer.sheet(a_sheet(), shown, ZH), "id")
        if one["props"]["id"] == drawer.CLOSE_ID
    )
    assert close["props"]["href"] == "?region=440900000000&period=2024-06"


def test_an_english_reader_is_told_that_a_definition_is_in_chinese():
    assert [one["props"]["lang"] for one in all_of(drawer.sheet(a_sheet(), HERE, EN), "data-note")] == [
        "zh-CN"
    ]


# ---- faces and choices


@pytest.mark.parametrize("kind", ["forbidden", "unknown", "empty"])
@pytest.mark.parametrize("words", [ZH, EN])
def test_every_face_says_what_and_what_to_do(kind, words):
    said = text_of(states.face(Face(kind, "", {}), words, "?"))
    assert len(said) > 10
    assert "{" not in said


def test_a_closed_board_shows_its_face_and_no_figures():
    drawn = board.render(
        a_board(face=Face("forbidden", "{place}不在您的职责范围内", {"place": "化州市"})), HERE, ZH, DARK
    )
    assert "化州市不在您的职责范围内" in text_of(drawn)
    assert "65.58" not in text_of(drawn)


def test_a_board_without_any_figure_says_so_and_keeps_its_tabs():
    drawn = board.render(
        a_board(face=Face("empty", "", {}), tabs=(Tab("overview", "总览"),), tab="overview"), HERE, ZH, DARK
    )
    assert "这里还没有数据" in text_of(drawn)
    assert "总览" in text_of(drawn)


def test_themes_are_tabs_with_the_mark_of_their_worst_warning():
    drawn = filters.tabs((Tab("overview", "总览"), Tab("fiscal", "财政", Mark(3))), "fiscal", HERE, ZH)
    assert [one["props"]["href"] for one in all_of(drawn, "aria-current")] == [
        "?region=440900000000&theme=fiscal"
    ]
    assert [one["props"]["data-level"] for one in all_of(drawn, "data-level")] == ["orange"]


def test_the_period_picker_offers_addresses():
    drawn = filters.periods((months_key(2024, 6, 1), months_key(2024, 5, 1)), None, HERE, ZH)
    assert "?region=440900000000&period=2024-05" in links(drawn)


# ---- the whole board


def test_warnings_come_before_any_figure():
    said = text_of(board.render(a_board(), HERE, ZH, DARK))
    assert said.index("管理预警") < said.index("65.58")


def test_what_a_level_does_not_publish_is_one_line_and_no_empty_cards():
    group = a_group(a_tile(), unpublished=(("econ.price.cpi", "居民消费价格"),))
    drawn = board.render(a_board(groups=(group,)), HERE, ZH, DARK)
    assert "本级不发布" in text_of(drawn)
    assert len([one for one in all_of(drawn) if one["type"] == "Article"]) == 1


def test_a_board_with_everything_is_small_on_the_wire_and_made_of_plain_values():
    focus = Focus(
        "econ.fiscal.revenue",
        a_map(an_area(GAOZHOU, 9.46, 4)),
        a_rank(),
        a_trend(a_series(1.0, 2.0, name="2024")),
        None,
    )
    series = tuple(a_series(*range(1, 13)) for _ in range(2))
    tiles = tuple(a_tile(trend=series, comparisons=(Comparison("yoy", 4.2, "%"),)) for _ in range(40))
    drawn = board.render(
        a_board(groups=(a_group(*tiles, panels=("map", "ranking", "trend")),), focus=focus, sheet=a_sheet()),
        HERE,
        ZH,
        DARK,
    )
    assert len(orjson.dumps(drawn)) < 200_000
    assert sum(one["type"] == "Graph" for one in all_of(drawn)) == 2, "small trends are not figures"


def test_a_board_as_known_on_a_day_says_so_and_whose_warnings_it_shows():
    day = a_board(as_of=date(2024, 4, 20))
    said = text_of(board.render(day, HERE, ZH, DARK))
    assert "按2024年4月20日已知" in said
    assert "预警为当前状态" in said
    assert "as known on 20 April 2024" in text_of(board.render(day, HERE, EN, DARK))
    assert "预警为当前状态" in text_of(board.render(a_board(period=JUNE), HERE, ZH, DARK))
    assert "预警为当前状态" not in text_of(board.render(a_board(), HERE, ZH, DARK))


def test_what_the_address_names_in_vain_is_told():
    state = PageState(theme="nope", map="econ.nope")
    said = text_of(board.render(a_board(vain=("theme", "map")), state, EN, DARK))
    assert "theme=nope, map=econ.nope" in said


def test_a_board_without_figures_is_one_panel_that_says_what_would_stand_there():
    focus = Focus("econ.gdp.total", None, a_rank(), None, None)
    bare = a_board(face=Face("empty", "", {}), focus=focus)
    drawn = board.render(bare, HERE, ZH, DARK)
    said = text_of(drawn)
    assert "一般公共预算收入" in said
    assert "chengmai load" in said
    assert not [one for one in all_of(drawn) if one["type"] in ("Article", "Table")]
    past = board.render(bare, PageState(period="1990"), ZH, DARK)
    assert "chengmai load" not in text_of(past)
    assert "?" in links(past)


def test_what_an_address_said_in_vain_is_told():
    assert "region" in text_of(board.render(a_board(), PageState(ignored=("region",)), ZH, DARK))


@pytest.mark.parametrize(("compared", "said"), [(-33.1, False), (-29.0, True), (-30.0, True), (None, False)])
def test_a_warning_whose_bound_is_no_longer_crossed_says_that_it_recovers(compared, said):
    assert ("恢复中" in Words(Texts("zh")).alert(an_alert(compared=compared))) is said
